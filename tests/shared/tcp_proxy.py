"""A TCP proxy between a process and what it depends on: cut, frozen, slow, and healed again."""

import contextlib
import queue
import socket
import threading
import time

CHUNK_BYTES = 65_536
# What one direction reads ahead while it must not pass on: who sends shall feel it at last.
CHUNKS_MAX = 16
NAP_S = 0.02
JOIN_LIMIT_S = 5.0


class TcpProxy:
    """Passes connections on to a `port` of this machine.

    Between `cut` and `heal` all connections are broken and new ones too; between `freeze` and
    `heal` nothing passes and nothing breaks, as when a cable is pulled: new connections stand, and
    nobody answers. `delay` holds back each byte for so long, in both directions.

    Attributes:
        n_accepted: how many connections have come.
    """

    def __init__(self, port):
        self.n_accepted = 0
        self._to_port = port
        self._delay_s = 0.0
        self._is_cut = False
        self._passes = threading.Event()
        self._passes.set()
        self._lock = threading.Lock()
        self._open = set()
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def url(self, scheme="redis", path="/0"):
        """Return the URL at which it stands for what is behind it."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def cut(self):
        """Break all connections, and each new one, until `heal`."""
        with self._lock:
            self._is_cut = True
            for sock in self._open:
                break_off(sock)
        # Who waits to write shall notice, too.
        self._passes.set()

    def freeze(self):
        """Let nothing pass until `heal`."""
        self._passes.clear()

    def delay(self, seconds):
        """Hold each byte back for so long."""
        self._delay_s = seconds

    def heal(self):
        """Pass all on at once, also what was held back."""
        self._is_cut = False
        self._delay_s = 0.0
        self._passes.set()

    def turn_to(self, port):
        """Pass new connections on to another port, and break those that stand."""
        self._to_port = port
        self.cut()
        self.heal()

    def close(self):
        """End for good."""
        self._delay_s = 0.0
        self.cut()
        # On Linux this wakes the thread that accepts; closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(JOIN_LIMIT_S)
        self._listener.close()

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self.n_accepted += 1
            try:
                there = socket.create_connection(("127.0.0.1", self._to_port), 5)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            with self._lock:
                if self._is_cut:
                    here.close()
                    there.close()
                    continue
                self._open |= {here, there}
            self._start(self._run, here, there)

    def _read(self, source, waiting):
        """Read from `source` into `waiting`, as pairs of due time and bytes; b"" is the end."""
        data = b"more"
        while data:
            try:
                data = source.recv(CHUNK_BYTES)
            except OSError:
                data = b""
            waiting.put((time.monotonic() + self._delay_s, data))

    def _write(self, target, waiting):
        """Write to `target` what has waited until it was due."""
        data = b"more"
        with contextlib.suppress(OSError):  # the line was cut
            while data:
                due_s, data = waiting.get()
                while self._delay_s and (left_s := due_s - time.monotonic()) > 0:
                    time.sleep(min(left_s, NAP_S))
                self._passes.wait()
                if data:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)
            return
        # The reader must not wait for room for ever.
        while data:
            data = waiting.get()[1]

    def _run(self, here, there):
        """Pass both directions of a connection on until both have ended."""
        threads = []
        for source, target in ((here, there), (there, here)):
            waiting = queue.Queue(CHUNKS_MAX)
            for run, sock in ((self._read, source), (self._write, target)):
                threads.append(threading.Thread(target=run, args=(sock, waiting), daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with self._lock:
            self._open -= {here, there}
        here.close()
        there.close()


def break_off(sock):
    """End a connection in both directions; whoever waits at it is woken."""
    with contextlib.suppress(OSError):  # its peer was faster
        sock.shutdown(socket.SHUT_RDWR)
