"""A way to a server on which an answer is lost, as when a network fails right after a request."""

import contextlib
import socket
import threading


class AnswerEater:
    """Passes connections on to `port`; once it `is_hungry`, an answer, and its connection, is lost.

    Attributes:
        url: of the Redis behind it.
        eaten: the answer that was lost.
    """

    def __init__(self, port):
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self.is_hungry = False
        self.eaten = b""
        self._threads = []
        self._start(self._accept)

    def _start(self, target, *arguments):
        self._threads.append(threading.Thread(target=target, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self):
        with self._listener, contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self._start(self._serve, here)

    def _serve(self, here):
        with here, socket.create_connection(("127.0.0.1", self._port)) as there:
            back = threading.Thread(target=self._pass, args=(there, here, True), daemon=True)
            back.start()
            self._pass(here, there, False)
            back.join()

    def _pass(self, source, target, is_answer):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if is_answer and self.is_hungry:
                    self.is_hungry = False
                    self.eaten = data
                    break
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        """End; all that came this way is to have ended before."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
