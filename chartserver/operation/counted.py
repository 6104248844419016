"""All that is counted in a server, as one table: what it is called, and where it is read.

Nothing is counted here: whoever does a thing counts it, in a plain attribute. Knows no format.
"""

import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chartserver.broadcast.fanout import FanOut
from chartserver.broadcast.fanout_direct import DirectBroadcast
from chartserver.broadcast.viewers import Viewers
from chartserver.chart import Chart
from chartserver.operation.histogram import Histogram
from chartserver.operation.log_writer import LogWriter
from chartserver.operation.watchdog import Watchdog
from chartserver.refusals import KINDS, Refusals
from chartserver.shared.keeper import SharedKeeper
from chartserver.shared.peers import TICKER, WEB, Peers
from chartserver.source_thread import SourceThread
from chartserver.stack.heartbeat import Heartbeat
from chartserver.stack.sessions_ordinary import Sweep
from chartserver.status import STATUSES
from chartserver.store.store import Store
from chartserver.ticker import Ticker
from chartserver.together.stage import Stage
from chartserver.version import VERSION

# The values of the labels, then the value.
Sample = tuple[Sequence[str], float]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Where the numbers are: the parts of a server that count."""

    async_mode: str
    charts: Mapping[str, Chart]
    threads: Sequence[SourceThread]
    ticker: Ticker
    fan_out: FanOut
    heartbeat: Heartbeat | Sweep
    viewers: Viewers
    stage: Stage
    refusals: Refusals
    watchdog: Watchdog
    log_writer: Callable[[], LogWriter | None]
    sessions: Callable[[], Mapping[str, int]]
    connections: Callable[[], int]
    is_ready: Callable[[], bool]
    shared: SharedKeeper | None = None
    store: Store | None = None
    peers: Peers | None = None


class Metric(NamedTuple):
    """One row of the table; `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    help_text: str
    labels: Sequence[str]
    read: Callable[[Counted], Iterable[Sample] | Histogram]


def _each_chart(read: Callable[[Chart], float]) -> Callable[[Counted], Iterable[Sample]]:
    return lambda of: [((name,), read(chart)) for name, chart in dict(of.charts).items()]


def _by(read: Callable[[Counted], Mapping[str, float]]) -> Callable[[Counted], Iterable[Sample]]:
    return lambda of: [((name,), value) for name, value in dict(read(of)).items()]


def _one(read: Callable[[Counted], float]) -> Callable[[Counted], Iterable[Sample]]:
    return lambda of: [((), read(of))]


def _direct(read: Callable[[DirectBroadcast], float]) -> Callable[[Counted], Iterable[Sample]]:
    """Read what only the fast broadcast counts; 0 where the ordinary one serves."""
    return _one(lambda of: read(of.fan_out) if isinstance(of.fan_out, DirectBroadcast) else 0)


def _stored(read: Callable[[Store], float]) -> Callable[[Counted], Iterable[Sample]]:
    """Read what a store counts; 0 where histories are in memory alone."""
    return _one(lambda of: read(of.store) if of.store else 0)


def _shared(read: Callable[[Peers], float]) -> Callable[[Counted], Iterable[Sample]]:
    """Read what is counted of other processes; 0 where there are none."""
    return _one(lambda of: read(of.peers) if of.peers else 0)


def _processes(of: Counted) -> Iterable[Sample]:
    roles = [of.peers.role, *(one.role for one in of.peers.presence.others)] if of.peers else []
    return [((role,), roles.count(role)) for role in (WEB, TICKER)]


def _by_log(read: Callable[[SharedKeeper], float]) -> Callable[[Counted], Iterable[Sample]]:
    """Read what is counted of histories that processes share; 0 where none are."""
    return _one(lambda of: read(of.shared) if of.shared else 0)


def _refused(of: Counted) -> Iterable[Sample]:
    counts = dict.fromkeys(KINDS, 0) | of.refusals.counts
    return [((kind,), count) for kind, count in counts.items()]


def _pushes_refused(of: Counted) -> Iterable[Sample]:
    for name, chart in dict(of.charts).items():
        for kind, count in chart.pushes.runs_refused.items():
            if chart.is_pushable or count:
                yield (name, kind), count


def _states(of: Counted) -> Iterable[Sample]:
    for name, chart in dict(of.charts).items():
        now = chart.status.status
        for status in STATUSES:
            yield (name, status), status == now


def _last_ticks(of: Counted) -> Iterable[Sample]:
    ago_s = time.monotonic() - time.time()
    for name, chart in dict(of.charts).items():
        if chart.ticks_taken:
            yield (name,), chart.arrived_s - ago_s


def _log_lines_lost(of: Counted) -> float:
    writer = of.log_writer()
    return writer.lost if writer else 0


def _build(of: Counted) -> Iterable[Sample]:
    fan_out = "direct" if isinstance(of.fan_out, DirectBroadcast) else "ordinary"
    return [((VERSION, platform.python_version(), of.async_mode, fan_out), 1)]


# fmt: off
TABLE: Sequence[Metric] = (
    Metric("build_info", "gauge", "What is running; always 1.",
           ("version", "python", "async_mode", "fan_out"), _build),
    Metric("ready", "gauge", "1 when /readyz says ready.", (), _one(lambda of: of.is_ready())),

    Metric("ticks_taken", "counter", "Ticks taken into the history.", ("chart",),
           _each_chart(lambda chart: chart.ticks_taken)),
    Metric("ticks_refused", "counter", "Ticks that did not fit their chart.", ("chart",),
           _each_chart(lambda chart: chart.ticks_refused)),
    Metric("values_refused", "counter", "Infinite values taken for missing ones.", ("chart",),
           _each_chart(lambda chart: chart.values_refused)),
    Metric("ticks_pushed", "counter", "Ticks taken of pushes.", ("chart",),
           _each_chart(lambda chart: chart.pushes.ticks_pushed)),
    Metric("pushes_refused", "counter", "Runs of ticks that were pushed and not taken, by kind.",
           ("chart", "kind"), _pushes_refused),
    Metric("ticks_waiting", "gauge", "Ticks that have come and are not in the history yet.",
           ("chart",), _each_chart(lambda chart: chart.n_waiting)),
    Metric("history_ticks", "gauge", "Ticks kept in memory.", ("chart",),
           _each_chart(lambda chart: len(chart.history))),
    Metric("last_tick_timestamp_seconds", "gauge", "When the last tick came, since 1970.",
           ("chart",), _last_ticks),
    Metric("source_state", "gauge", "1 for the state that the chart's source is in.",
           ("chart", "state"), _states),
    Metric("source_restarts", "counter", "Failures of a source, after each of which it is started"
           " again.", ("chart",), lambda of: [((one.chart.name,), one.restarts)
                                              for one in list(of.threads)]),

    Metric("store_fault", "gauge", "1 while the store keeps nothing; ticks wait.", (),
           _stored(lambda store: store.fault != "")),
    Metric("store_batches_in_flight", "gauge", "Batches of ticks on their way to the store.", (),
           _one(lambda of: sum(chart.batch is not None for chart in list(of.charts.values())))),
    Metric("store_ticks_kept", "counter", "Ticks that the store has kept.", (),
           _stored(lambda store: store.ticks_kept)),
    Metric("store_commits", "counter", "Transactions that the store has written.", (),
           _stored(lambda store: store.commits)),
    Metric("store_failures", "counter", "Transactions that it could not write.", (),
           _stored(lambda store: store.failures)),

    Metric("lease_held", "gauge", "1 while the source of a chart runs here, with a Redis.",
           ("chart",), _each_chart(lambda chart: chart.fence != "")),
    Metric("leases_got", "counter", "Leases of sources that this process has got.", (),
           _shared(lambda peers: peers.leases.got)),
    Metric("leases_lost", "counter", "Leases that it has lost, and not given back.", (),
           _shared(lambda peers: peers.leases.lost)),
    Metric("ticks_fenced", "counter", "Ticks of a source that came when it ran elsewhere already.",
           ("chart",), _each_chart(lambda chart: chart.ticks_fenced)),
    Metric("processes", "gauge", "Processes that have the same charts, by role, this one included.",
           ("role",), _processes),

    Metric("shared_late", "counter", "Batches of ticks that came behind those of another process,"
           " with a Redis.", (), _by_log(lambda shared: shared.late)),
    Metric("shared_repeats", "counter", "Pushes that another process had kept already.", (),
           _by_log(lambda shared: shared.repeats)),
    Metric("shared_renewals", "counter", "Histories that began anew: Redis had lost them, or they"
           " were read too late.", (), _by_log(lambda shared: shared.renewals)),
    Metric("shared_round_seconds", "histogram", "From when ticks are given to Redis until the"
           " history here has them.", (), lambda of: of.shared.round if of.shared else Histogram()),

    Metric("frames", "counter", "Frames of new ticks handed to the broadcast.", ("chart",),
           _each_chart(lambda chart: chart.frames)),
    Metric("deliveries", "counter", "Frames times the viewers whose sockets took them whole in the"
           " broadcast loop (fast path).", (), _direct(lambda fan_out: fan_out.deliveries)),
    Metric("delivered_bytes", "counter", "Bytes of these; what brings up those who were behind is"
           " not in it.", (), _direct(lambda fan_out: fan_out.delivered_bytes)),
    Metric("passed_by", "counter", "Frames that found a viewer busy and passed it by (fast path).",
           (), _direct(lambda fan_out: fan_out.passed_by)),
    Metric("conflated", "counter", "Catch-ups that were reduced, as there was much to catch up"
           " with (fast path).", (), _direct(lambda fan_out: fan_out.conflated)),
    Metric("delivery_lag_seconds", "histogram", "From the arrival of a frame's first tick until the"
           " broadcast loop over all viewers ended.", (), lambda of: of.ticker.lag),

    Metric("viewers", "gauge", "Who watch, by chart.", ("chart",),
           _each_chart(lambda chart: chart.viewers)),
    Metric("viewers_elsewhere", "gauge", "Who watch the chart at other processes.", ("chart",),
           _each_chart(lambda chart: chart.viewers_elsewhere)),
    Metric("notes_written", "counter", "Notes that viewers have written.", ("chart",),
           _each_chart(lambda chart: chart.notes.written)),
    Metric("presenters", "gauge", "Viewers who show others what they look at.", (),
           _one(lambda of: len(of.stage))),
    Metric("followers", "gauge", "Viewers who follow one who presents.", (),
           _one(lambda of: of.stage.n_followers)),
    Metric("sessions", "gauge", "Open sessions, by transport.", ("transport",),
           _by(lambda of: of.sessions())),
    Metric("open_connections", "gauge", "TCP connections, whatever they are used for.", (),
           _one(lambda of: of.connections())),
    Metric("joins", "counter", "Viewers that have come, also from another chart.", ("chart",),
           _each_chart(lambda chart: chart.joins)),
    Metric("answers", "counter", "What was sent to who joined or came back: snapshot or backfill.",
           ("event",), _by(lambda of: of.viewers.answers)),
    Metric("answers_encoded", "counter", "Snapshots and backfills that were encoded (fast path).",
           (), _direct(lambda fan_out: fan_out.snapshots.encoded)),
    Metric("answers_shared", "counter", "Snapshots and backfills that were there, encoded for"
           " another (fast path).", (), _direct(lambda fan_out: fan_out.snapshots.shared)),
    Metric("drafts_made", "counter", "Greater parts of large answers that were made ahead (fast"
           " path).", (), _direct(lambda fan_out: fan_out.drafts.made)),
    Metric("evicted", "counter", "Viewers closed by us: slow (took nothing for too long), silent"
           " (no answer to pings), overflow (too much waits).", ("reason",),
           _by(lambda of: of.heartbeat.evicted)),
    Metric("refused", "counter", "What was refused, by kind.", ("kind",),
           _refused),

    Metric("beats_skipped", "counter", "Beats of the ticker that were due when it was late.", (),
           _one(lambda of: of.ticker.beats_skipped)),
    Metric("beat_failures", "counter", "Beats of a chart that failed; the traceback is in the log.",
           (), _one(lambda of: of.ticker.failures)),
    Metric("loop_lag_seconds", "histogram", "How much later than asked a task gets its turn.", (),
           lambda of: of.watchdog.lag),
    Metric("loop_stalls", "counter", "Times that the loop stood still for more than a second.", (),
           _one(lambda of: of.watchdog.stalls)),
    Metric("loop_stalled_seconds", "counter", "For how long in all.", (),
           _one(lambda of: of.watchdog.stalled_s)),
    Metric("log_lines_suppressed", "counter", "Refusals that were counted but not logged each.", (),
           _one(lambda of: of.refusals.lines_suppressed)),
    Metric("log_lines_lost", "counter", "Log lines that could not be written.", (),
           _one(_log_lines_lost)),
)
# fmt: on
