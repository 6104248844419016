"""Ticks pushed over HTTP: what is taken, what is answered, and who may."""

import gzip
import json
import math

import pytest

PATH = "/api/charts/fx/ticks"
T_S, T_MS = 1_761_832_800, 1_761_832_800_000.0
TOKEN = "a-token-of-the-tests"


class Pushing:
    """A room in which ticks that are pushed are in the history at once."""

    def __init__(self, room):
        self.room = room
        # Charts tell it of each push that they have taken.
        room.server._charts.alarm.set = room.beat

    def post(self, content, path=PATH, kind="application/json", **headers):
        body = content if isinstance(content, bytes | str) else json.dumps(content)
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.room.http.post(path, data=body, content_type=kind, headers=names)

    def ticks(self, chart="fx"):
        """Return what the history holds: names, times and rows, None for missing."""
        shown = self.room.server.charts[chart]
        ticks = shown.history.all()
        rows = [[None if math.isnan(y) else y for y in row] for row in ticks.values.tolist()]
        return [series.name for series in shown.series], ticks.time_ms.tolist(), rows


@pytest.fixture
def pushing(room):
    return Pushing(room)


@pytest.fixture
def make_pushing(make_room):
    return lambda **settings: Pushing(make_room(**settings))


def test_a_push_is_answered_with_the_position_after_it(pushing):
    pushing.post({"time": T_S, "EURUSD": 1.08})

    answer = pushing.post([{"EURUSD": 1.09}, {"EURUSD": 1.1}])

    chart = pushing.room.server.charts["fx"]
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {
        "chart": "fx",
        "epoch": chart.history.epoch,
        "offset": 3,
        "ticks": 2,
        "reordered": 0,
        "repeat": False,
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            "application/json",
            f'[{{"time": {T_S}, "a": 1, "b": null}}, {{"time": {T_S + 1}, "a": 2}}]',
        ),
        (
            "application/json; charset=utf-8",
            f'{{"time": [{T_S}, {T_S + 1}], "a": [1, 2], "b": [null, null]}}',
        ),
        (
            "application/x-ndjson",
            f'{{"time": {T_S}, "a": 1, "b": null}}\n{{"time": {T_S + 1}, "a": 2}}',
        ),
        ("text/csv", f"time,a,b\n{T_S},1,\n2025-10-30T14:00:01Z,2,"),
        ("text/tab-separated-values", f"time\ta\tb\n{T_S}\t1\t\n{T_S + 1}\t2\t"),
    ],
)
def test_each_format_brings_the_same_ticks(pushing, kind, body):
    answer = pushing.post(body, kind=kind)

    assert answer.status_code == 200, answer.text
    assert pushing.ticks() == (["a", "b"], [T_MS, T_MS + 1000], [[1.0, 2.0], [None, None]])


def test_a_frame_of_one_chart_can_be_pushed_to_another(pushing):
    pushing.room.chart("fx", 1.0, None, 3.0)
    pushing.room.server.chart("copy", series=["a"])

    answer = pushing.post(pushing.room.http.get(PATH).data, path="/api/charts/copy/ticks")

    assert answer.status_code == 200, answer.text
    assert pushing.ticks("copy") == pushing.ticks("fx")


def test_the_csv_of_one_server_is_the_same_ticks_in_another(pushing, make_pushing):
    pushing.post({"time": [T_S + 0.000123, T_S + 1.5], "a, b": [1, None], 'c"': [0.1, -2e300]})
    csv = pushing.room.http.get(f"{PATH}?format=csv").data
    other = make_pushing()

    answer = other.post(csv, kind="text/csv")

    assert answer.status_code == 200, answer.text
    assert other.ticks() == pushing.ticks()


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_body_may_be_packed(pushing, encoding):
    body = json.dumps({"a": 1}).encode()

    answer = pushing.post(
        gzip.compress(body) if encoding == "gzip" else body, Content_Encoding=encoding
    )

    assert answer.status_code == 200


def test_a_large_body_is_read_beside_the_loop(pushing, monkeypatch):
    offloaded = []
    offload = pushing.room.server.offload
    monkeypatch.setattr(type(offload), "__call__", lambda _, work: offloaded.append(work) or work())

    pushing.post([{"a": 1}] * 20)
    pushing.post([{"a": i} for i in range(15_000)])

    assert len(offloaded) == 1
    assert len(pushing.ticks()[1]) == 15_020


def test_precision_says_the_unit_of_times(pushing):
    pushing.post({"time": 5, "a": 1}, path=f"{PATH}?precision=ms")

    assert pushing.ticks()[1] == [5.0]


def test_a_key_makes_a_repeat_harmless(pushing):
    first = pushing.post({"a": 1}, Idempotency_Key="k")
    again = pushing.post({"a": 1}, Idempotency_Key="k")

    assert again.json == first.json | {"repeat": True}
    assert len(pushing.ticks()[1]) == 1


def test_a_key_is_of_one_chart(pushing):
    pushing.post({"a": 1}, Idempotency_Key="k")

    other = pushing.post({"a": 2}, path="/api/charts/other/ticks", Idempotency_Key="k")

    assert (other.status_code, other.json["repeat"]) == (200, False)


def test_a_key_with_another_body_is_refused(pushing):
    pushing.post({"a": 1}, Idempotency_Key="k")

    assert pushing.post({"a": 2}, Idempotency_Key="k").status_code == 422
    assert len(pushing.ticks()[1]) == 1


def test_a_key_is_of_its_body_after_a_restart_too(make_pushing, tmp_path):
    for value, status in ((1, 200), (2, 422), (1, 200)):
        pushing = make_pushing(store=f"sqlite:///{tmp_path}/kept.db")

        answer = pushing.post({"a": value}, Idempotency_Key="k")

        assert pushing.room.server.store.close(10.0)
        assert (answer.status_code, answer.json.get("offset", 1)) == (status, 1)
    assert answer.json["repeat"]


def test_a_key_of_a_push_that_was_refused_may_come_again(pushing):
    pushing.post({"a": "x"}, Idempotency_Key="k")

    assert pushing.post({"a": 2}, Idempotency_Key="k").json["repeat"] is False


@pytest.mark.parametrize("key", ["", "k" * 201, "käse"])
def test_what_is_no_key_is_refused(pushing, key):
    assert "Idempotency-Key" in pushing.post({"a": 1}, Idempotency_Key=key).json["error"]


@pytest.mark.parametrize(
    ("status", "words", "options"),
    [
        (400, "value of 'a' is 'x'", {"content": {"a": "x"}}),
        (400, "got no JSON", {"content": "{"}),
        (400, "precision is 'h'", {"content": {"a": 1}, "path": f"{PATH}?precision=h"}),
        (400, "one value", {"content": {"a": 1}, "path": f"{PATH}?precision=s&precision=ms"}),
        (400, "chart name", {"content": {"a": 1}, "path": "/api/charts/No%20Name/ticks"}),
        (400, "a path of the server", {"content": {"a": 1}, "path": "/api/charts/write/ticks"}),
        (400, "no whole gzip", {"content": {"a": 1}, "Content_Encoding": "gzip"}),
        (400, "UTF-8", {"content": b"a\n\xff", "kind": "text/csv"}),
        (400, "series", {"content": {f"s{i}": i for i in range(1_000)}}),
        (400, "printable", {"content": {"a\u0007": 1}}),
        (400, "printable", {"content": {"": 1}}),
        (409, "source of its own", {"content": {"a": 1}, "path": "/api/charts/walk/ticks"}),
        (415, "content type", {"content": "a=1", "kind": "application/x-www-form-urlencoded"}),
        (415, "content type", {"content": "{}", "kind": ""}),
        (415, "charset", {"content": {"a": 1}, "kind": "application/json; charset=latin-1"}),
        (415, "content encoding", {"content": {"a": 1}, "Content_Encoding": "br"}),
    ],
)
def test_what_cannot_be_taken_is_refused_and_says_why(pushing, status, words, options):
    pushing.room.server.chart("walk").is_pushable = False

    answer = pushing.post(**options)

    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert words in answer.json["error"]


def test_a_bomb_is_refused(make_pushing):
    pushing = make_pushing(push_bytes=100_000)

    answer = pushing.post(gzip.compress(b" " * 1_000_000), Content_Encoding="gzip")

    assert answer.status_code == 413
    assert pushing.room.server.refusals.counts["request_too_large"] == 1


def test_a_body_may_be_as_large_as_the_setting_says_and_no_larger(make_pushing):
    pushing = make_pushing(push_bytes=100_000)

    assert pushing.post('{"a": 1}' + " " * 99_992).status_code == 200
    assert pushing.post('{"a": 1}' + " " * 99_993).status_code == 413


def test_nothing_of_a_push_is_taken_when_one_tick_is_wrong(pushing):
    pushing.post({"time": T_S, "a": 1})

    early = pushing.post([{"time": T_S + 1, "a": 2}, {"time": T_S - 1, "a": 2}])
    wrong = pushing.post('{"a": 2}\n{"a": 3}\n{"a": true}', kind="application/x-ndjson")

    assert (early.status_code, early.json["index"]) == (400, 1)
    assert (wrong.status_code, wrong.json["line"]) == (400, 3)
    assert pushing.ticks() == (["a"], [T_MS], [[1.0]])


def test_a_tick_that_is_too_early_is_named_by_its_line(pushing):
    pushing.post({"time": T_S, "a": 1})

    answer = pushing.post(f"time,a\n\n{T_S + 1},1\n{T_S - 1},2", kind="text/csv")

    assert answer.json["line"] == 4


def test_a_new_chart_is_refused_where_pushes_may_make_none(make_pushing):
    answer = make_pushing(new_charts=0).post({"a": 1})

    assert answer.status_code == 404
    assert "no chart 'fx'" in answer.json["error"]


def test_too_many_ticks_a_second_are_to_come_again_later(make_pushing):
    pushing = make_pushing(push_ticks_per_s=10.0)
    pushing.post([{"a": 1}] * 30)

    answer = pushing.post({"a": 1})

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] in ("1", "2", "3")


def test_a_push_that_is_not_kept_in_time_is_to_come_again(make_room):
    room = make_room(request_timeout_s=0.01)

    answer = room.http.post(PATH, json={"a": 1}, headers={"Idempotency-Key": "k"})
    room.beat()
    again = room.http.post(PATH, json={"a": 1}, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "same Idempotency-Key" in answer.json["error"]
    assert (again.status_code, again.json["offset"], again.json["repeat"]) == (200, 1, True)


def test_a_server_that_stops_takes_nothing(pushing):
    pushing.post({"a": 1})
    pushing.room.server.charts["fx"].close()

    answer = pushing.post({"a": 2})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_only_who_has_a_push_token_may_push(make_pushing):
    pushing = make_pushing(push_tokens=[TOKEN], view_tokens=["viewers-token"])

    assert pushing.post({"a": 1}).status_code == 401
    assert pushing.post({"a": 1}, Authorization="Bearer viewers-token").status_code == 403
    assert pushing.post({"a": 1}, Authorization="Bearer none").status_code == 403
    assert pushing.post({"a": 1}, path=f"{PATH}?link={TOKEN}").status_code == 401
    assert pushing.post({"a": 1}, Authorization=f"Bearer {TOKEN}").status_code == 200
    assert pushing.post({"a": 1}, Authorization=f"Token {TOKEN}").status_code == 200


def test_a_cookie_does_not_let_push(make_pushing):
    pushing = make_pushing(push_tokens=[TOKEN])
    pushing.room.http.set_cookie("chartserver_token", TOKEN)

    assert pushing.post({"a": 1}).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_pages_of_others_may_not_push(pushing, origin):
    answer = pushing.post({"a": 1}, Origin=origin)

    assert answer.status_code == 403
    assert "fx" not in pushing.room.server.charts


def test_a_page_of_our_own_may_push(pushing):
    assert pushing.post({"a": 1}, Origin="http://localhost").status_code == 200


def test_who_is_late_is_told_the_time_of_the_last_tick(pushing):
    pushing.post({"time": [T_S, T_S + 10], "a": [1, 2]})

    answer = pushing.post([{"time": T_S + 11, "a": 3}, {"time": T_S + 9, "a": 4}])

    told = answer.json
    assert (answer.status_code, told["code"], told["index"]) == (400, "late", 1)
    assert told["last"] == T_MS + 10_000
    assert len(pushing.ticks()[1]) == 2


def test_a_time_far_ahead_is_refused_where_that_is_bounded(pushing, make_pushing):
    ahead = {"time": "9999-12-31T23:59:59Z", "a": 1}

    answer = pushing.post(ahead)

    assert answer.status_code == 400
    assert "ahead of the server's clock" in answer.json["error"]
    assert make_pushing(future_s=0.0).post(ahead).status_code == 200


def test_a_push_that_is_refused_is_counted_by_its_chart(pushing):
    pushing.post({"a": 1})

    assert pushing.post({"time": 1e300, "a": 1}).status_code == 400
    assert pushing.room.server.charts["fx"].pushes.runs_refused["bad_tick"] == 1


def test_a_push_that_is_refused_makes_no_chart(pushing):
    assert pushing.post({"time": 1e300, "a": 1}).status_code == 400
    assert "fx" not in pushing.room.server.charts


def test_a_little_that_unpacks_to_much_is_read_beside_the_loop(pushing, monkeypatch):
    offloaded = []
    offload = pushing.room.server.offload
    monkeypatch.setattr(type(offload), "__call__", lambda _, work: offloaded.append(work) or work())
    packed = gzip.compress(b'{"a": 1}' + b" " * 1_000_000)

    assert pushing.post(packed, Content_Encoding="gzip").status_code == 200
    assert len(packed) < 4_000
    assert len(offloaded) == 1
