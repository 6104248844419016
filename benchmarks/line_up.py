"""Who is measured, by name, in the order of the table."""

from collections.abc import Mapping

from benchmarks.peers.chartserver import OURS, OURS_ORDINARY
from benchmarks.peers.flask_socketio import STOCK, STOCK_DEFLATE
from benchmarks.peers.loops import CLoop, PythonLoop
from benchmarks.peers.nchan import NCHAN, NCHAN_FLOODED
from benchmarks.peers.node import Node
from benchmarks.peers.peer import Peer

PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        OURS,
        OURS_ORDINARY,
        STOCK,
        STOCK_DEFLATE,
        Node(),
        NCHAN,
        NCHAN_FLOODED,
        PythonLoop(),
        CLoop(),
    )
}
