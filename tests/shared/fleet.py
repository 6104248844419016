"""Several server processes that have their charts together in one Redis; and what befalls them."""

import signal
import time

from processes import URL, Process, command, free_port

# Also of a machine that stalls: a server ends within 8 s, after 25 at the very last.
END_LIMIT_S = 60.0
# Several that start at once beside other tests take their time.
START_LIMIT_S = 120.0
WAIT_LIMIT_S = 60.0
# They come back at once: a test has no 5 s to spare.
QUICK = ("--return-within-s", "0.5")


class Member:
    """One process of a fleet; it is started, and waited for when its `url` is asked for.

    Attributes:
        process: the process, see `processes.Process`.
        is_lost: whether it was killed: how it ends does not matter then.
    """

    def __init__(self, arguments, env=None, **options):
        self.arguments, self.env = arguments, env
        self.process = Process(command(*arguments), env=env, **options)
        self.is_lost = False
        self._url = None

    @property
    def url(self):
        """The URL at which it serves, once it does."""
        if self._url is None:
            said = self.process.lines_until(URL, "stderr", START_LIMIT_S)
            self._url = URL.search(said[-1])[1]
        return self._url

    @property
    def port(self):
        return int(self.url.rpartition(":")[2])

    @property
    def is_alive(self):
        return self.process.popen.poll() is None

    def kill(self):
        """End it with SIGKILL: a crash."""
        self.is_lost = True
        self.process.kill()

    def freeze(self):
        """Have it stand still, as a machine does that is swapped out or moved."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Have it go on."""
        self.process.send_signal(signal.SIGCONT)

    def terminate(self):
        """Ask it to end, and do not wait."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """End it as a deployment does, and check that it ends well."""
        if self.is_alive and not self.is_lost:
            self.terminate()
        self.ended_well()

    def ended_well(self):
        """Wait for its end and check that it was in good order; may be called again."""
        if self.is_lost:
            return
        status = self.process.wait(END_LIMIT_S)
        assert status == 0, f"{self.process.name} exited with {status}{self.process.told()}"
        assert not self.process.has_traceback, self.process.told()


class Fleet:
    """Servers with the same charts and one Redis; a context, at whose end all must end well.

    `arguments` are those of `serve` for each of them, such as `"--chart", "fx=walk"`.
    """

    def __init__(self, redis_url, *arguments, env=None):
        self.members = []
        self._arguments = [*QUICK, *arguments]
        self._redis_url = redis_url
        self._env = env

    def start(self, *arguments, command_name="serve", redis_url=None, env=None, **options):
        """Start one more; it need not serve yet when this returns: ask for its `url`.

        `redis_url` is another way to the same Redis, such as a proxy's.
        """
        # It may be started again there; workers have ports of their own, which are not to be taken.
        own_port = "0" if "--worker-ports" in self._arguments else str(free_port())
        port = () if "--port" in arguments or command_name != "serve" else ("--port", own_port)
        member = Member(
            [
                *(command_name, *port, *self._arguments, *arguments),
                *("--redis-url", redis_url or self._redis_url),
            ],
            {**(self._env or {}), **(env or {})},
            **options,
        )
        self.members.append(member)
        return member

    def start_again(self, member):
        """Start one in the place of a member that has ended: at its port, with all that it had."""
        at = member.arguments.index("--port") + 1
        arguments = [*member.arguments[:at], str(member.port), *member.arguments[at + 1 :]]
        self.members.append(Member(arguments, member.env))
        return self.members[-1]

    def start_all(self, n):
        """Start `n` at the same instant; return them once all serve."""
        started = [self.start() for _ in range(n)]
        for member in started:
            assert member.url
        return started

    @property
    def alive(self):
        return [member for member in self.members if member.is_alive]

    @property
    def urls(self):
        """The URLs of those that run."""
        return [member.url for member in self.alive]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            for member in self.alive:
                member.thaw()
                member.terminate()
            # Of a test that has failed already, how they end is not looked at.
            for member in self.members if kind is None else ():
                member.ended_well()
        finally:
            for member in self.members:
                member.process.kill()


def wait_until(is_so, what, limit_s=WAIT_LIMIT_S):
    """Wait until `is_so()`; `what` may be called for the words of the failure."""
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        told = what() if callable(what) else what
        assert time.monotonic() < deadline_s, f"not in {limit_s:g} s: {told}"
        time.sleep(0.02)
