"""What Python programs can ask of the client, against one real server."""

import sys
import threading
import time

import pandas as pd
import pytest
from processes import Servers

import chartserver
from chartserver.errors import ChartServerError, Silent
from chartserver.ticks import Position, Series

LIMIT_S = 60.0


@pytest.fixture(scope="module")
def server():
    """Serve a chart that moves, and one that never does."""
    with Servers() as servers:
        yield servers.start(
            "--chart=fx=walk?interval_s=0.02&series=EURUSD,USDJPY",
            "--chart=calm=push?series=a",
        )


def take(client, n):
    return [tick for tick, _ in zip(client, range(n), strict=False)]


def test_a_client_goes_on_where_an_earlier_one_was(server):
    with chartserver.connect(f"{server.url}/fx") as first:
        before = take(first, 3)
    with chartserver.connect(f"{server.url}/fx") as other:
        take(other, 20)

    with chartserver.connect(f"{server.url}/fx", since=str(before[-1].position)) as second:
        after = take(second, 30)

    offset = before[-1].offset
    assert [tick.offset for tick in after] == list(range(offset + 1, offset + 31))
    assert set(after[0].values) == {"EURUSD", "USDJPY"}
    assert (second.counts.missed, second.counts.restarts) == (0, 0)


def test_a_client_of_another_epoch_gets_all_there_is(server):
    with chartserver.connect(f"{server.url}/fx", since=Position("aaaaaaaa", 7)) as client:
        ticks = take(client, 5)

    assert [tick.offset for tick in ticks] == [1, 2, 3, 4, 5]
    assert client.counts.restarts == 1


def test_a_position_that_is_none_is_refused():
    with pytest.raises(ChartServerError, match="since is 'yesterday'; expected an epoch"):
        chartserver.connect("127.0.0.1:1/fx", since="yesterday")


def test_a_client_tells_the_series(server):
    with chartserver.connect(f"{server.url}/fx") as client:
        assert [one.name for one in client.series] == ["EURUSD", "USDJPY"]
        assert all(isinstance(one, Series) for one in client.series)


def test_a_silent_chart_ends_the_iteration_when_that_is_wanted(server):
    with chartserver.connect(f"{server.url}/calm", timeout_s=0.2) as client:
        with pytest.raises(Silent, match=r"/calm sent no tick for 0\.2 s.*expected one"):
            next(iter(client))
        with pytest.raises(TimeoutError):
            next(iter(client))


def test_closing_from_other_threads_ends_the_iteration(server):
    client = chartserver.connect(f"{server.url}/calm")
    seen = []
    iterating = threading.Thread(target=lambda: seen.extend(client))
    closing = [threading.Thread(target=client.close) for _ in range(5)]

    for thread in (iterating, *closing):
        thread.start()
    for thread in (iterating, *closing):
        thread.join(LIMIT_S)

    assert not iterating.is_alive()
    assert (seen, client.link) == ([], "closed")


def test_a_closed_client_cannot_be_connected_again(server):
    client = chartserver.Client(f"{server.url}/fx")
    client.close()

    with pytest.raises(ChartServerError, match="is closed; expected a new one"):
        client.connect()


def test_the_history_is_a_table_and_then_what_is_new(server):
    with chartserver.connect(f"{server.url}/fx", history=True) as client:
        first = client.to_pandas()
        until_new = time.monotonic() + LIMIT_S
        second = client.to_pandas()
        while second.empty:
            assert time.monotonic() < until_new
            second = client.to_pandas()

    assert list(first.columns) == ["EURUSD", "USDJPY"]
    assert (first.dtypes == "float64").all()
    assert str(first.index.tz) == "UTC"
    assert first.index.name == "time"
    assert not first.index.nanosecond.any()
    assert first.attrs["chart"] == "fx"
    assert first.attrs["reduced"] is False
    assert Position.parse(second.attrs["position"]).offset > len(first)
    both = pd.concat([first, second])
    assert both.index.is_monotonic_increasing
    assert len(both) == Position.parse(second.attrs["position"]).offset


def test_a_table_without_ticks_has_its_columns(server):
    with chartserver.connect(f"{server.url}/calm", history=True) as client:
        table = client.to_pandas()

    assert table.empty
    assert list(table.columns) == ["a"]
    assert str(table.index.tz) == "UTC"


def test_without_pandas_the_error_says_what_to_do(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with (
        chartserver.connect(f"{server.url}/fx") as client,
        pytest.raises(ChartServerError, match="pip install pandas"),
    ):
        client.to_pandas()
