"""A viewer that polls: one request after the other, and another connection to say something."""

import asyncio

from benchmarks.soak.http_line import Answer, HttpLine
from benchmarks.soak.talk import CLOSE, LEAVE, PROBE, UPGRADE, Talk
from benchmarks.soak.viewer import Address, Ended, Viewer

PATH = "/socket.io/?EIO=4&transport=polling"
SEPARATOR = b"\x1e"
OK = 200


class Poller:
    """Fetches by HTTP what there is, and may change over to a WebSocket."""

    def __init__(self, address: Address, talk: Talk) -> None:
        self.talk = talk
        self._address = address
        self._polls, self._posts = HttpLine(address), HttpLine(address)

    async def open(self) -> None:
        """Begin a session and connect.

        Raises:
            Ended: the server does not let us in.
        """
        await self._take_all(await self._get(self._polls, PATH))

    async def poll(self) -> None:
        """Fetch what there is, or will be in a while; answer it.

        Raises:
            Ended: the session is over.
        """
        await self._take_all(await self._get(self._polls, self._path))

    async def upgrade(self) -> Viewer:
        """Change over to a WebSocket as clients do, with a poll under way.

        Raises:
            Ended: the change does not come about.
        """
        viewer = await Viewer.connect(self._address, self.talk, sid=self.talk.sid)
        poll = asyncio.create_task(self.poll())
        try:
            await viewer.open()
            viewer.say(PROBE)
            await viewer.until(lambda: self.talk.is_probed, "the answer to the probe")
            await poll
            viewer.say(UPGRADE)
        except BaseException:
            viewer.cut()
            raise
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
            self.close()
        return viewer

    async def leave(self) -> None:
        """Leave as a page does that is closed."""
        await self._post(LEAVE + SEPARATOR + CLOSE)
        self.close()

    def close(self) -> None:
        """Poll no more, and say nothing of it."""
        self._polls.close()
        self._posts.close()

    @property
    def _path(self) -> str:
        return f"{PATH}&sid={self.talk.sid}"

    async def _take_all(self, answer: Answer) -> None:
        for packet in filter(None, answer.body.split(SEPARATOR)):
            reply = self.talk.take(packet)
            if packet == CLOSE:
                raise Ended("the server ended the session")
            if reply is not None:
                await self._post(reply)

    async def _post(self, packets: bytes) -> None:
        try:
            answer = await self._posts.request("POST", self._path, packets)
        except OSError as error:
            raise Ended(f"a POST failed: {error}") from None
        if answer.status != OK:
            raise Ended(f"a POST was answered {answer.status}: {answer.body[:80]!r}")

    async def _get(self, line: HttpLine, path: str) -> Answer:
        try:
            answer = await line.request("GET", path)
        except OSError as error:
            raise Ended(f"a poll failed: {error}") from None
        if answer.status != OK:
            raise Ended(f"a poll was answered {answer.status}: {answer.body[:80]!r}")
        return answer
