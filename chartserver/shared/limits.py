"""Limits for strangers that hold for all processes together, as far as that costs nothing."""

from chartserver.access import wrong_tries
from chartserver.access.wrong_tries import WrongTries
from chartserver.entrance import request_limits
from chartserver.entrance.request_limits import RequestLimits
from chartserver.shared.peers import Peers


def count_together(peers: Peers | None, tries: WrongTries, requests: RequestLimits) -> None:
    """Have wrong tokens and requests be counted with those at `peers`, where there are any."""
    if peers:
        tries.tally = peers.tally("tries", wrong_tries.WINDOW_S)
        requests.tally = peers.tally("requests", request_limits.WINDOW_S)
