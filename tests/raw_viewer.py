"""A viewer on a bare WebSocket: it sees every packet, and the close frame."""

import json

import websocket

LIMIT_S = 40.0


class RawViewer:
    """Speaks Engine.IO 4 and Socket.IO 5 by hand, one packet after the other."""

    def __init__(self, url, auth=None, **options):
        self.close_code = None
        address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=LIMIT_S, **options)
        self.opened = json.loads(self.socket.recv()[1:])
        self.send("40" + ("" if auth is None else json.dumps(auth)))

    def send(self, packet):
        self.socket.send(packet)

    def packet(self):
        """Return the next packet; None at the close frame. Pings are answered."""
        while True:
            opcode, data = self.socket.recv_data(control_frame=True)
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                self.close_code = int.from_bytes(data[:2], "big")
                return None
            if opcode == websocket.ABNF.OPCODE_TEXT:
                if data == b"2":
                    self.send("3")
                else:
                    return data.decode()

    def event(self, *names):
        """Return the next event, of one of these names if any is given: (name, payload)."""
        while True:
            packet = self.packet()
            assert packet is not None, "the server has closed"
            if packet.startswith("42"):
                name, payload = json.loads(packet[2:])
                if not names or name in names:
                    return name, payload

    def ask(self, event, *payload):
        """Send an event and return its ack."""
        self.send("427" + json.dumps([event, *payload]))
        while True:
            packet = self.packet()
            assert packet is not None, "the server has closed"
            if packet.startswith("437"):
                return json.loads(packet[3:])[0]

    def close(self):
        """Leave without a word."""
        self.socket.shutdown()
