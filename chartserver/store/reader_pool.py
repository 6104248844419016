"""The connections for reading: few, apart from the writer's, each used by one thread at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chartserver.errors import StoreFault
from chartserver.store.database import Connection

READERS_MAX = 4
WAIT_S = 10.0


class ReaderPool:
    """Lends connections, made as they are needed."""

    def __init__(self, connect: Callable[[], Connection], wait_s: float = WAIT_S) -> None:
        self._connect = connect
        self._wait_s = wait_s
        self._free: list[Connection] = []
        self._places = threading.BoundedSemaphore(READERS_MAX)
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that sees one state of the store.

        Raises:
            StoreFault: none is free for too long, or none can be made.
        """
        if not self._places.acquire(timeout=self._wait_s):
            raise StoreFault(
                f"{READERS_MAX} others have been reading for {self._wait_s:g} s; ask again later"
            )
        try:
            connection = self._begun()
            is_sound = True
            try:
                yield connection
                connection.commit()
            except StoreFault:
                is_sound = False
                raise
            except BaseException:
                connection.rollback()
                raise
            finally:
                if is_sound and not self._is_closed:
                    self._free.append(connection)
                else:
                    connection.close()
        finally:
            self._places.release()

    def _begun(self) -> Connection:
        """Return a connection in a transaction: one that has waited, or else a new one."""
        while self._free:
            connection = self._free.pop()
            try:
                connection.begin()
            except StoreFault:
                # Its server may have been started anew meanwhile.
                connection.close()
            else:
                return connection
        connection = self._connect()
        try:
            connection.begin()
        except StoreFault:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Let go of all that are not lent, and of the others as they come back."""
        self._is_closed = True
        while self._free:
            self._free.pop().close()
