"""The connection to Redis that one thread keeps: made when it is needed, and anew after a failure.

Says what is wrong with it once, and once that it is well again. Knows nothing of what is sent.
"""

import logging
from collections.abc import Callable

from chartserver.errors import ChartServerError
from chartserver.shared.link import Client, Link, run_of

log = logging.getLogger(__name__)


class Connection:
    """A connection of `link`, over which logs are `what`: written, or read.

    `prepare` is called with each that is made, before anybody else has it. For one thread alone.

    Attributes:
        fault: what is wrong now; "" when all is well.
        run_id: which run of Redis it leads to.
    """

    def __init__(
        self,
        link: Link,
        what: str,
        prepare: Callable[[Client], object],
        answer_s: float | None = None,
    ) -> None:
        self.fault = ""
        self.run_id = ""
        self._link = link
        self._what = what
        self._prepare = prepare
        self._answer_s = answer_s
        self._client: Client | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is there, as far as is known; from any thread."""
        return self._client is not None

    def client(self) -> Client:
        """Return it, made when it is not there.

        Raises:
            StoreFault: Redis is not there.
        """
        if self._client is None:
            client = self._link.connect(self._answer_s)
            try:
                self.run_id = run_of(client)
                self._prepare(client)
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client

    def close(self) -> None:
        """Let go of it; the next who asks has another."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def is_well(self, assurance: str = "") -> None:
        """Take note that all went well."""
        if self.fault:
            log.warning("Redis %s: is %s again%s", self._link.name, self._what, assurance)
            self.fault = ""

    def failed(self, error: Exception) -> None:
        """Let go of it, and take note of why."""
        self.close()
        text = str(error)
        if not isinstance(error, ChartServerError):
            text = f"cannot be {self._what} ({type(error).__name__}); the log says more"
            if text != self.fault:
                log.error("Redis %s: %s", self._link.name, text, exc_info=error)
        elif not self.fault:
            log.error("Redis %s: %s; tried again until it can be", self._link.name, text)
        self.fault = text
