"""A line between viewer and server that can be cut, and that can fall silent."""

import contextlib
import socket
import threading
import time

JOIN_LIMIT_S = 30.0


class Line:
    """Passes connections on to `to_port`.

    `cut` breaks all and refuses new ones until `mend`; between `hold` and `mend` nothing passes
    and nothing breaks, as when a cable is pulled. `refused_s` tells when it has refused one.
    """

    def __init__(self, to_port):
        self.refused_s = []
        self._to_port = to_port
        self._is_cut = False
        self._passes = threading.Event()
        self._passes.set()
        self._ends = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = []
        self._start(self._accept)

    def cut(self):
        self._is_cut = True
        for end in self._ends:
            with contextlib.suppress(OSError):  # its peer has closed it
                end.shutdown(socket.SHUT_RDWR)

    def hold(self):
        self._passes.clear()

    def mend(self):
        self._is_cut = False
        self._passes.set()

    def close(self):
        """Cut the line for good and wait for its threads."""
        self._passes.set()
        self.cut()
        # On Linux this wakes the thread that accepts; closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(JOIN_LIMIT_S)
        for end in self._ends:
            end.close()

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
            self._ends.append(here)
            try:
                if self._is_cut:
                    self.refused_s.append(time.monotonic())
                    raise OSError
                there = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:
                here.close()
                continue
            self._ends.append(there)
            self._start(self._pass_on, here, there)
            self._start(self._pass_on, there, here)

    def _pass_on(self, source, target):
        with contextlib.suppress(OSError):  # the line was cut
            while data := source.recv(65536):
                self._passes.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
