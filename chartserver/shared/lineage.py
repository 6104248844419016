"""Which epoch of a history went on from which, and where."""

from chartserver.ticks import Position


class Lineage:
    """Epochs that went on from others, as far as they were noted here."""

    def __init__(self) -> None:
        self._came_from: dict[str, Position] = {}

    def note(self, epoch: str, came_from: Position) -> None:
        """Take note that `epoch` goes on from a position of another."""
        self._came_from[epoch] = came_from

    def leads_to(self, before: Position, epoch: str) -> bool:
        """Whether what stood at a position of one epoch stands there in `epoch`, or a later one."""
        while epoch and epoch != before.epoch:
            came_from = self._came_from.get(epoch)
            epoch = came_from.epoch if came_from and before.offset <= came_from.offset else ""
        return epoch == before.epoch
