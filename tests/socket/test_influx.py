"""Line protocol pushed as to an InfluxDB, and answered as by one."""

import base64
import gzip
import math
import time

import pytest

V1, V2 = "/write?db=any", "/api/v2/write?org=any&bucket=any"
T_S = 1_761_832_800
TOKEN = "a-token-of-the-tests"


class Writing:
    """A room in which ticks that are pushed are in the history at once."""

    def __init__(self, room):
        self.room = room
        self.charts = room.server.charts
        # Charts tell it of each push that they have taken.
        room.server._charts.alarm.set = room.beat

    def write(self, body, path=V2, kind="text/plain; charset=utf-8", **headers):
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.room.http.post(path, data=body, content_type=kind, headers=names)

    def ticks(self, chart):
        """Return each tick of a chart: its time, and its values by series where there are any."""
        shown = self.charts[chart]
        ticks = shown.history.all()
        names = [series.name for series in shown.series]
        rows = [
            {name: y for name, y in zip(names, row, strict=True) if not math.isnan(y)}
            for row in ticks.values.T.tolist()
        ]
        return list(zip(ticks.time_ms.tolist(), rows, strict=True))


@pytest.fixture
def writing(room):
    return Writing(room)


@pytest.fixture
def make_writing(make_room):
    return lambda **settings: Writing(make_room(**settings))


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize(
    ("precision", "per_s"), [("", 10**9), ("ns", 10**9), ("us", 10**6), ("ms", 10**3), ("s", 1)]
)
def test_a_write_is_taken_and_answered_with_nothing(writing, path, precision, per_s):
    asked = f"{path}&precision={precision}" if precision else path

    answer = writing.write(f"cpu,host=a user=1.5 {T_S * per_s}", asked)

    assert (answer.status_code, answer.data) == (204, b"")
    assert writing.ticks("cpu") == [(T_S * 1000.0, {"user{host=a}": 1.5})]


@pytest.mark.parametrize(("precision", "time"), [("m", 5), ("h", 1), ("u", 10**6), ("n", 10**9)])
def test_version_1_has_more_units(writing, precision, time):
    in_s = {"m": 300, "h": 3600, "u": 1, "n": 1}[precision]

    assert writing.write(f"m f=1 {time}", f"{V1}&precision={precision}").status_code == 204
    assert writing.ticks("m") == [(in_s * 1000.0, {"f": 1.0})]
    assert writing.write("m f=1 9", f"{V2}&precision={precision}").status_code == 400


def test_a_body_may_be_packed_and_of_the_type_that_curl_says(writing):
    kind = "application/x-www-form-urlencoded"

    answer = writing.write(gzip.compress(b"m f=1"), kind=kind, Content_Encoding="gzip")

    assert answer.status_code == 204


def test_measurements_are_charts_and_all_or_none_are_written(writing):
    writing.write(f"cpu u=1 {T_S}\nmem u=1 {T_S}", f"{V2}&precision=s")

    answer = writing.write(f"cpu u=2 {T_S + 1}\nmem u=2 {T_S - 1}", f"{V2}&precision=s")

    assert (answer.status_code, answer.json["line"]) == (400, 2)
    assert [len(writing.ticks(name)) for name in ("cpu", "mem")] == [1, 1]


def test_a_write_that_comes_again_is_not_taken_twice(writing):
    body = f"cpu u=1 {T_S}\nmem u=1 {T_S}"
    for _ in range(2):
        assert writing.write(body, f"{V2}&precision=s").status_code == 204

    assert [len(writing.ticks(name)) for name in ("cpu", "mem")] == [1, 1]


def test_what_was_taken_of_a_write_that_failed_is_not_taken_again(writing):
    writing.write("cpu u=1\nmem u=1")
    soon_ms = int(time.time() * 1000) + 60_000
    body = f"cpu u=2 {soon_ms}\nmem u=2 {soon_ms}"
    push, writing.charts["mem"].push = writing.charts["mem"].push, None
    failed = writing.write(body, f"{V2}&precision=ms")

    writing.charts["mem"].push = push
    again = writing.write(body, f"{V2}&precision=ms")

    assert (failed.status_code, again.status_code) == (500, 204)
    assert [len(writing.ticks(name)) for name in ("cpu", "mem")] == [2, 2]


def test_points_without_a_time_are_new_each_time(writing):
    for _ in range(2):
        writing.write("m f=1")

    assert len(writing.ticks("m")) == 2


def test_fields_of_text_are_left_out_and_counted(writing):
    answer = writing.write('system,host=a load=1.5,version="6.1"\nlog text="hello"')

    assert (answer.status_code, answer.headers["X-Chartserver-Left-Out"]) == (204, "2")
    assert list(writing.charts) == ["system"]


@pytest.mark.parametrize(
    ("status", "code", "words", "options"),
    [
        (400, "invalid", "no point", {"body": "m f=1\nm f="}),
        (400, "invalid", "no point", {"body": ""}),
        (400, "invalid", "text alone", {"body": 'm f="x"'}),
        (400, "invalid", "precision is 'x'", {"body": "m f=1", "path": f"{V2}&precision=x"}),
        (400, "invalid", "UTF-8", {"body": b"m f=1\n\xff"}),
        (400, "invalid", "is that of measurement 'cpu'", {"body": "cpu f=1\nCPU f=1"}),
        (400, "invalid", "printable", {"body": "m," + "t" * 130 + "=1 f=1"}),
        (404, "not found", "may make no more", {"body": "a f=1\nb f=1\nc f=1\nd f=1"}),
        (409, "conflict", "source of its own", {"body": "walk f=1"}),
        (413, "request too large", "unpacked", {"body": b"\x1f\x8b", "path": V1}),
        (415, "unsupported media type", "text/plain", {"body": "{}", "kind": "application/json"}),
        (
            415,
            "unsupported media type",
            "utf-8",
            {"body": "m f=1", "kind": "text/plain; charset=x"},
        ),
    ],
)
def test_a_write_that_cannot_be_taken_is_refused_as_clients_understand(
    make_writing, status, code, words, options
):
    writing = make_writing(new_charts=3)
    writing.room.server.chart("walk").is_pushable = False
    if status == 413:
        options = {"body": gzip.compress(bytes(5_000_000)), "Content_Encoding": "gzip"}

    answer = writing.write(**options)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert words in answer.json["message"]
    assert answer.json["error"] == answer.json["message"]


def test_a_measurement_does_not_mix_into_the_chart_of_another(writing):
    writing.write("Disk_IO f=1")

    answer = writing.write("disk_io f=1")

    assert answer.status_code == 400
    assert "is that of measurement 'Disk_IO'" in answer.json["message"]


def test_too_many_points_a_second_are_to_come_again_later(make_writing):
    writing = make_writing(push_ticks_per_s=10.0)
    writing.write("\n".join(["m f=1"] * 30))

    answer = writing.write("m f=1")

    assert (answer.status_code, answer.json["code"]) == (429, "too many requests")
    assert int(answer.headers["Retry-After"]) > 0


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        (V2, None, 401),
        (V2, f"Token {TOKEN}", 204),
        (V2, f"Bearer {TOKEN}", 204),
        (V2, "Token none", 403),
        (V2, basic("any", TOKEN), 401),
        (f"{V2}&p={TOKEN}", None, 401),
        (V1, None, 401),
        (V1, f"Token {TOKEN}", 204),
        (V1, basic("any", TOKEN), 204),
        (V1, basic("any", "none"), 403),
        (V1, "Basic %%%", 401),
        (f"{V1}&u=any&p={TOKEN}", None, 204),
        (f"{V1}&u=any&p=none", None, 403),
    ],
)
def test_a_token_is_shown_as_either_version_has_it(make_writing, path, authorization, status):
    writing = make_writing(push_tokens=[TOKEN])

    answer = writing.write(
        "m f=1", path, **({"Authorization": authorization} if authorization else {})
    )

    assert answer.status_code == status
    if status != 204:
        assert answer.json["code"] in ("unauthorized", "forbidden")


def test_many_wrong_passwords_are_looked_at_no_more(make_writing):
    writing = make_writing(push_tokens=[TOKEN])
    for i in range(10):
        writing.write("m f=1", V1, Authorization=basic("any", f"wrong-{i}"))

    answer = writing.write("m f=1", V1, Authorization=basic("any", TOKEN))

    assert (answer.status_code, answer.json["code"]) == (429, "too many requests")


def test_pages_of_others_may_not_write(writing):
    answer = writing.write("m f=1", kind="text/plain", Origin="https://evil.example")

    assert answer.status_code == 403


def test_databases_may_be_created_and_nothing_asked(writing):
    def query(text):
        return writing.room.http.post("/query", data={"q": text})

    assert query('CREATE DATABASE "telegraf"').json == {"results": [{"statement_id": 0}]}
    assert query("CREATE DATABASE telegraf WITH DURATION 3d").status_code == 200
    assert query("SELECT * FROM cpu").status_code == 400
    assert query("").status_code == 400


def test_only_who_may_push_may_create_databases(make_writing):
    writing = make_writing(push_tokens=[TOKEN])

    assert writing.room.http.post("/query?q=CREATE+DATABASE+x").status_code == 401


def test_a_ping_is_answered_as_clients_expect(writing):
    answer = writing.room.http.get("/ping")

    assert answer.status_code == 204
    assert answer.headers["X-Influxdb-Version"].startswith("chartserver-")


@pytest.mark.parametrize("path", ["/write", "/query", "/api/v2/write"])
def test_what_is_allowed_is_to_post(writing, path):
    assert set(writing.room.http.options(path).headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
