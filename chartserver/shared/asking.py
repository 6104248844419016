"""A connection of one thread's own, over which several commands go together."""

from collections.abc import Sequence
from typing import Any

from chartserver.errors import StoreFault
from chartserver.shared.link import Client, Link, faults, together


class Asking:
    """Asks the Redis of `link`, connects when it has to, and waits `answer_s` for what.

    Without a second try: who asks knows when to ask again.
    """

    def __init__(self, link: Link, answer_s: float) -> None:
        self._link = link
        self._answer_s = answer_s
        self._client: Client | None = None

    def __call__(self, *commands: Sequence[str | int]) -> Sequence[Any]:
        """Return what Redis answers to each, texts as `str`.

        Raises:
            StoreFault: not all of it could be had; any of the commands may have been done.
        """
        if not commands:
            return []
        try:
            if self._client is None:
                self._client = self._link.connect(self._answer_s)
            with faults():
                return [_text(one) for one in together(self._client, commands)]
        except StoreFault:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _text(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, bytes):
        return answer.decode("utf-8", "replace")
    return [_text(one) for one in answer] if isinstance(answer, list) else answer
