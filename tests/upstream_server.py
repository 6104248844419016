"""A WebSocket server for sources to connect to, which does to each of them what a test says."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Request,
    TextMessage,
)

# A key and a certificate for localhost that nobody has signed but itself.
CERTIFICATE = Path(__file__).with_name("localhost.pem")
PATIENCE_S = 40.0


class Peer:
    """One connection, from the server's side."""

    def __init__(self, sock):
        self.sock = sock
        self.protocol = WSConnection(ConnectionType.SERVER)
        self.request = None

    def accept(self):
        """Answer the handshake."""
        self.request = self.next(Request)
        self.sock.sendall(self.protocol.send(AcceptConnection()))
        return self

    def next(self, kind=object):
        """Return the next event of a kind; at the end of the connection the script ends, too."""
        while True:
            for event in self.protocol.events():
                if isinstance(event, kind):
                    return event
            data = self.sock.recv(65_536)
            if not data:
                raise ConnectionAbortedError
            self.protocol.receive_data(data)

    def send(self, *messages):
        """Send messages, binary ones as bytes."""
        for message in messages:
            kind = BytesMessage if isinstance(message, bytes) else TextMessage
            self.sock.sendall(self.protocol.send(kind(message)))

    def write(self, data):
        """Send bytes as they are."""
        self.sock.sendall(data)

    def say(self, event):
        """Send any event of wsproto."""
        self.sock.sendall(self.protocol.send(event))

    def close(self, code=1000, reason=""):
        """Close the WebSocket."""
        self.say(CloseConnection(code, reason))

    def wait(self):
        """Read until the other side goes."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65_536):
                pass


class UpstreamServer:
    """Runs one script after another, one for each connection; the last one for all that follow.

    A script is called with a Peer; when it returns the connection is at its end.
    """

    def __init__(self, *scripts, is_encrypted=False):
        self.scripts = list(scripts)
        self.peers = []
        self._context = None
        if is_encrypted:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(CERTIFICATE)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"ws:{'wss' if is_encrypted else 'ws'}://localhost:{self.port}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                script = self.scripts[min(len(self.peers), len(self.scripts) - 1)]
                peer = Peer(sock)
                self.peers.append(peer)
                thread = threading.Thread(target=self._play, args=(script, peer), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _play(self, script, peer):
        with contextlib.suppress(OSError), peer.sock:
            peer.sock.settimeout(PATIENCE_S)
            if self._context is not None:
                peer.sock = self._context.wrap_socket(peer.sock, server_side=True)
            script(peer)
            peer.sock.close()
