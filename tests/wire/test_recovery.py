"""Viewers who were cut off, and viewers who outlive their server, are told the truth."""

import time

from processes import free_port
from recorder import Recorder

CUT_S = 10.0


def test_viewers_cut_off_for_ten_seconds_get_exactly_what_they_missed(serve, lay_line):
    server = serve("--chart", "fx=walk?interval_s=0.05")
    line = lay_line(server.port)
    viewers = [Recorder(line.url, transports=[name]) for name in ("websocket", "polling")]
    whole = Recorder(server.url)
    whole.wait_for("tick")
    for viewer in viewers:
        viewer.wait_for("tick", 5)

    line.cut()
    for viewer in viewers:
        viewer.wait_for("disconnect")
    last = [max(offset for _, _, offset in viewer.series) for viewer in viewers]
    began = max(*last, whole.of("tick")[-1]["offset"])
    time.sleep(CUT_S)
    whole.wait(lambda: whole.of("tick")[-1]["offset"] >= began + 10, "ten ticks meanwhile")
    least = whole.of("tick")[-1]["offset"] - began
    line.mend()

    for viewer, offset in zip(viewers, last, strict=True):
        backfill = viewer.wait_for("backfill")
        viewer.wait(lambda: viewer.names()[-1] == "tick", "a tick after the backfill")  # noqa: B023
        assert len(viewer.of("snapshot")) == 1
        missed = backfill["offset"] - offset
        assert len(backfill["t"]) == missed >= least
    for viewer in viewers:
        viewer.close()
    longest = max(len(viewer.series) for viewer in viewers)
    whole.wait(lambda: len(whole.series) >= longest, "as many ticks")
    whole.close()
    for viewer in viewers:
        assert [offset for _, _, offset in viewer.series] == list(range(1, len(viewer.series) + 1))
        common = viewer.series.keys() & whole.series.keys()
        assert len(common) == len(viewer.series)
        assert all(viewer.series[place] == whole.series[place] for place in common)


def test_a_viewer_that_outlives_its_server_gets_a_new_epoch_and_is_told_so(serve):
    first = serve("--chart", "fx=walk?interval_s=0.05", "--port", free_port())
    viewer = Recorder(first.url, transports=["websocket"])
    epoch = viewer.wait_for("snapshot")["epoch"]
    viewer.wait_for("tick", 3)

    first.stop()
    assert viewer.wait_for("status")["chart"] == "fx"
    viewer.wait_for("disconnect")
    serve("--chart", "fx=walk?interval_s=0.05", "--port", first.port)

    snapshot = viewer.wait_for("snapshot", 2)
    viewer.wait(lambda: viewer.names()[-1] == "tick", "a tick")
    viewer.close()
    assert snapshot["epoch"] != epoch
    assert snapshot["recovered"] is False
    assert epoch in snapshot["reason"]
    assert viewer.of("backfill") == []
    assert "stopping" in [status["status"] for status in viewer.of("status")]
