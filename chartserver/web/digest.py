"""`GET /api/charts/<chart>/digest`: by which viewers see that they hold what everybody holds."""

from collections import OrderedDict
from collections.abc import Mapping

from flask import Blueprint, Response, request

from chartserver import frames
from chartserver.access.doorkeeper import Doorkeeper
from chartserver.broadcast.subscription import find_chart
from chartserver.chart import Chart
from chartserver.digest import digest
from chartserver.errors import BadRequest, PositionLost
from chartserver.history import MemoryHistory
from chartserver.stack.offload import Offload
from chartserver.ticks import Position, short
from chartserver.web.faults import answer_faults
from chartserver.web.push_desk import only
from chartserver.web.ticks_query import WHOLE

TICKS_DEFAULT, TICKS_MAX = 100, 1_000
# So many values are a millisecond's work.
AT_ONCE_VALUES = 4_000
KEPT_MAX = 1_000


def make_digest(charts: Mapping[str, Chart], doorkeeper: Doorkeeper, offload: Offload) -> Blueprint:
    """Return the route; digests of many values are worked out by `offload`."""
    routes = Blueprint("digest", __name__)
    kept: OrderedDict[tuple[Position, int], str] = OrderedDict()

    @routes.get("/api/charts/<name>/digest")
    def tell(name: str) -> Response:
        chart = find_chart(name, charts, doorkeeper.permit(request.environ))
        end, ticks = _asked(chart.history)
        found = kept.get((end, ticks))
        if found is None:
            found = kept[end, ticks] = _digest(chart.history, end, ticks, offload)
            if len(kept) > KEPT_MAX:
                kept.popitem(last=False)
        content = {"chart": name, **end._asdict(), "ticks": ticks, "digest": found}
        return Response(frames.dump_bytes(content), content_type="application/json")

    return answer_faults(routes)


def _asked(history: MemoryHistory) -> tuple[Position, int]:
    """Return the position at the end of the ticks that are asked for, and how many they are."""
    now = history.position
    offset, ticks = _whole("offset", now.offset), _whole("ticks", TICKS_DEFAULT)
    if not 1 <= ticks <= TICKS_MAX:
        raise BadRequest(f"ticks is {ticks}; expected 1 to {TICKS_MAX}, such as {TICKS_DEFAULT}")
    if not 0 <= offset <= now.offset:
        raise PositionLost(f"offset is {offset}; the history ends at {now.offset}")
    # The first ticks of a history are fewer than that.
    return Position(now.epoch, offset), min(ticks, offset)


def _digest(history: MemoryHistory, end: Position, ticks: int, offload: Offload) -> str:
    history.check_kept(Position(end.epoch, end.offset - ticks))
    run = history.part(end.offset - ticks, end.offset)
    if run.values.size <= AT_ONCE_VALUES:
        return digest(run)
    return offload(lambda: digest(run))


def _whole(name: str, default: int) -> int:
    text = only(name)
    if text is None:
        return default
    if not WHOLE.fullmatch(text):
        raise BadRequest(f"{name} is {short(text)}; expected a whole number, such as 100")
    return int(text)
