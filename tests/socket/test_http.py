"""The HTTP interface and the pages, asked through the whole WSGI application."""

import json

import pytest

from chartserver.web.page_policy import HEADERS

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def get(room, path, **options):
    """Return the answer to a GET."""
    return room.http.get(path, buffered=True, **options)


def error_of(response):
    """Return the text of an error that came as JSON, on one line."""
    assert response.content_type == "application/json"
    text = json.loads(response.text)["error"]
    assert "\n" not in text
    return text


@pytest.fixture
def fx(room):
    return room.chart("fx", 1.5, 2.0, 3.0)


def test_the_charts_are_listed_in_the_order_in_which_they_were_made(room, fx):
    room.chart("abc", 1.0)

    listed = get(room, "/api/charts").json["charts"]

    assert [chart["name"] for chart in listed] == ["fx", "abc"]


def test_a_server_without_charts_lists_none(room):
    assert get(room, "/api/charts").json == {"charts": []}


def test_a_chart_is_described_with_its_position(room, fx):
    description = get(room, "/api/charts/fx").json

    assert description == fx.describe()
    assert (description["epoch"], description["offset"]) == (fx.history.epoch, 3)


def test_all_that_is_kept_is_one_frame(room, fx):
    assert get(room, "/api/charts/fx/ticks").json == {
        "v": 1,
        "chart": "fx",
        "epoch": fx.history.epoch,
        "offset": 3,
        "t": [1000.0, 2000.0, 3000.0],
        "y": [[1.5, 2.0, 3.0]],
    }


def test_ticks_are_asked_for_by_position(room, fx):
    frame = get(room, f"/api/charts/fx/ticks?since={fx.history.epoch}:1").json

    assert (frame["offset"], frame["y"]) == (3, [[2.0, 3.0]])


@pytest.mark.parametrize(
    ("query", "values", "offset"),
    [
        ("from=2000", [2.0, 3.0], 3),
        ("to=2000", [1.5, 2.0], 2),
        ("from=1500&to=2999.5", [2.0], 2),
        ("from=9000", [], 3),
        ("from=0&to=1", [], 0),
    ],
)
def test_ticks_are_asked_for_by_time_both_ends_included(room, fx, query, values, offset):
    frame = get(room, f"/api/charts/fx/ticks?{query}").json

    assert (frame["y"], frame["offset"]) == ([values], offset)


def test_ticks_are_reduced_to_the_points_asked(room):
    room.chart("long", *map(float, range(200)))

    frame = get(room, "/api/charts/long/ticks?points=10").json

    assert frame["reduced"] is True
    assert len(frame["t"]) <= 10
    assert (frame["y"][0][0], frame["y"][0][-1]) == (0.0, 199.0)


def test_csv_has_a_header_times_in_utc_and_nothing_for_what_is_missing(room):
    chart = room.chart("lab", series=("a", "b, with a comma"))
    chart.append(1.5, None, time_ms=1_763_829_000_123.456)
    chart.append(-0.1, 2.0, time_ms=1_763_829_001_000.0)
    room.beat()

    response = get(room, "/api/charts/lab/ticks?format=csv")

    assert response.content_type == "text/csv; charset=utf-8"
    assert response.text == (
        'time,a,"b, with a comma"\n'
        "2025-11-22T16:30:00.123456Z,1.5,\n"
        "2025-11-22T16:30:01.000000Z,-0.1,2.0\n"
    )


@pytest.mark.parametrize(
    ("time_ms", "said"),
    [(-62_135_596_800_000, "0001-01-01T00:00:00"), (253_402_300_799_000, "9999-12-31T23:59:59")],
)
def test_csv_can_say_every_time_that_a_chart_takes(room, time_ms, said):
    room.chart("old").append(1.0, time_ms=time_ms)
    room.beat()

    assert said in get(room, "/api/charts/old/ticks?format=csv").text


@pytest.mark.parametrize("path", ["", "/ticks", "/ticks?format=csv"])
def test_an_unknown_chart_is_404_and_the_known_are_named(room, fx, path):
    response = get(room, f"/api/charts/nope{path}", headers=BROWSER)

    assert response.status_code == 404
    assert error_of(response) == "chart is 'nope'; expected one of: fx"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("since=x", "since is 'x'; expected an epoch"),
        ("since=", "since is ''; expected an epoch"),
        ("since=9f2c41aa:-1", "since is '9f2c41aa:-1'"),
        ("from=noon", "from is 'noon'; expected milliseconds since 1970"),
        ("to=noon", "to is 'noon'; expected milliseconds since 1970"),
        ("from=nan", "from is 'nan'"),
        ("to=-inf", "to is '-inf'"),
        ("to=1e999", "to is '1e999'; expected milliseconds since 1970"),
        ("to=253402300799001", "to is '253402300799001'"),
        ("from=1_000", "from is '1_000'"),
        ("from=%D9%A3", "from is '٣'"),
        ("from=+1", "from is ' 1'"),
        ("from=2&to=1", "from is 2.0 and to is 1.0; expected from at or before to"),
        ("points=0", "points is 0; expected a whole number from 2 to 1000000"),
        ("points=-1", "points is '-1'"),
        ("points=%D9%A3", "points is '٣'"),
        ("points=1_0", "points is '1_0'"),
        ("points=%2010", "points is ' 10'"),
        ("points=10%00", "points is '10\\x00'"),
        ("points=10&points=20", "points is given 2 times; expected it once"),
        ("since=x&since=y&since=z", "since is given 3 times"),
        ("format=csv&format=csv", "format is given 2 times"),
        ("points=1000000000", "points is 1000000000"),
        ("points=x", "points is 'x'; expected a whole number"),
        ("points=1.5", "points is '1.5'; expected a whole number"),
        ("points=", "points is ''; expected a whole number"),
        ("points=" + "9" * 5000, "points is '9999"),
        ("format=xml", "format is 'xml'; expected json or csv"),
        ("format=", "format is ''; expected json or csv"),
    ],
)
def test_what_makes_no_sense_is_400_with_one_line(room, fx, query, error):
    response = get(room, f"/api/charts/fx/ticks?{query}")

    assert response.status_code == 400
    assert error_of(response).startswith(error)


@pytest.mark.parametrize("offset", [0, 9])
def test_a_position_that_is_not_kept_is_410(room, offset):
    chart = room.chart("fx")
    chart.history.capacity = 2
    for i in range(5):
        chart.append(float(i))
    room.beat()

    response = get(room, f"/api/charts/fx/ticks?since={chart.history.epoch}:{offset}")

    assert response.status_code == 410
    assert "snapshot" in error_of(response)


def test_a_position_of_another_epoch_is_410(room, fx):
    response = get(room, "/api/charts/fx/ticks?since=00000000:1")

    assert response.status_code == 410
    assert "00000000" in error_of(response)


def test_the_server_says_that_it_is_alive(room):
    assert get(room, "/healthz").json == {"status": "ok"}


ANSWERS = [
    ("/", 200),
    ("/fx", 200),
    ("/nope", 404),
    ("/classic", 200),
    ("/healthz", 200),
    ("/api/charts", 200),
    ("/api/charts/nope", 404),
    ("/api/charts/fx/ticks?points=0", 400),
    ("/static/favicon.svg", 200),
    ("/static/nope.js", 404),
    ("/static/../setup.cfg", 404),
    ("/publish", 426),
    ("/a/b/c", 404),
    ("/socket.io/?EIO=3&transport=polling", 400),
    ("/socket.io/?EIO=4&transport=polling&sid=nope", 400),
    ("/socket.io/?EIO=4&transport=polling", 200),
]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_has_the_headers_of_security(room, fx, path, status):
    response = get(room, path, headers=BROWSER)

    assert response.status_code == status
    for name, text in HEADERS.items():
        assert response.headers.getlist(name) == [text]


def test_no_script_or_style_may_stand_in_a_page_or_come_from_elsewhere():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_only_static_files_may_be_kept_by_caches(room, fx):
    for path in ("/", "/fx", "/api/charts", "/nope"):
        assert get(room, path).headers["Cache-Control"] == "no-store"
    assert get(room, "/static/favicon.svg").headers["Cache-Control"] != "no-store"


@pytest.mark.parametrize("path", ["/nope", "/a/b", "/static/nope.js"])
def test_a_browser_gets_an_error_as_a_page(room, fx, path):
    response = get(room, path, headers=BROWSER)

    assert response.status_code == 404
    assert response.content_type == "text/html; charset=utf-8"
    assert 'class="error-status">404<' in response.text


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_a_program_gets_an_error_as_json(room, fx, accept):
    headers = {"Accept": accept} if accept else {}

    response = get(room, "/nope", headers=headers)

    assert response.status_code == 404
    assert error_of(response) == "chart is 'nope'; expected one of: fx"


def test_what_a_path_says_is_escaped_in_the_error_page(room, fx):
    response = get(room, "/<script>alert(1)<%2Fscript>", headers=BROWSER)

    assert response.status_code == 404
    assert "<script>" not in response.text


def test_a_method_that_is_not_allowed_says_which_are(room, fx):
    response = room.http.delete("/api/charts")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert error_of(response)


def test_a_failure_of_ours_is_one_line_and_is_logged(room, fx, caplog):
    fx.describe = lambda: 1 / 0

    response = get(room, "/api/charts/fx")

    assert response.status_code == 500
    assert error_of(response) == "something went wrong in the server; it has been logged"
    assert "ZeroDivisionError" in caplog.text


def test_one_chart_is_the_front_page_and_several_are_listed_there(room, fx):
    assert 'data-chart="fx"' in get(room, "/").text
    room.chart("lab", 1.0)

    page = get(room, "/").text

    assert 'href="/fx"' in page
    assert 'href="/lab"' in page


@pytest.mark.parametrize("path", ["/", "/fx", "/classic"])
def test_no_page_has_inline_script_or_style(room, fx, path):
    page = get(room, path).text

    assert "<style" not in page
    assert " style=" not in page
    assert " onload=" not in page
    for script in page.split("<script")[1:]:
        tag = script.split(">")[0]
        # What is of the latter type is data, which nothing runs.
        assert " src=" in tag or ' type="application/json"' in tag


def test_what_a_page_carries_as_data_cannot_end_it(room):
    room.server.chart("odd", series=["a"], title="</script><script>alert(1)</script>")

    page = get(room, "/odd").text

    assert "alert(1)</script>" not in page


def test_the_classic_page_of_a_chart_is_asked_for_by_name(room, fx):
    room.chart("lab", 1.0)

    assert 'data-chart="lab"' in get(room, "/classic?chart=lab").text
    assert get(room, "/classic?chart=nope").status_code == 404


def test_publish_without_a_websocket_says_what_it_wants(room, fx):
    response = get(room, "/publish")

    assert response.status_code == 426
    assert response.headers["Upgrade"] == "websocket"
    assert "expected a WebSocket" in error_of(response)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_publish_is_for_get_alone(room, fx, method):
    response = room.http.open("/publish", method=method)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_page_of_others_cannot_have_somebody_signed_out_by_an_address(room, fx):
    response = get(room, "/sign-out")

    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in")
    assert "Set-Cookie" not in response.headers


def test_publish_of_an_unknown_chart_is_404(room, fx):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}

    response = get(room, "/publish?chart=nope", headers=headers)

    assert response.status_code == 404
    assert "'nope'" in error_of(response)


def test_a_server_that_stops_takes_no_more_requests(room, fx):
    room.server.gate.is_stopping = True

    response = get(room, "/fx")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert "stopping" in error_of(response)


def test_a_page_and_a_chart_of_a_server_without_charts(room):
    assert get(room, "/").status_code == 200
    assert get(room, "/fx").status_code == 404


@pytest.mark.parametrize("path", ["/", "/odd", "/fx", "/classic?chart=odd"])
def test_a_title_that_is_no_text_is_escaped_on_the_pages(room, fx, path):
    # So Python gives the name of a file whose bytes are no UTF-8.
    room.chart("odd", 1.0).adopt("a\udcff.csv", (), None)

    response = get(room, path, headers=BROWSER)

    assert response.status_code == 200
    assert path == "/fx" or "a\\udcff.csv" in response.text
