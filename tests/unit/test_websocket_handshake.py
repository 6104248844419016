"""The opening handshake: what is one, and how others are refused."""

import json

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from chartserver.stack import websocket_handshake

HANDSHAKE = {
    "REQUEST_METHOD": "GET",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "charts.example",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
}


def refusal(**changes):
    """Return the status, the headers and the error with which a handshake is refused."""
    environ = {name: text for name, text in (HANDSHAKE | changes).items() if text is not None}
    answered = {}

    def start_response(status, headers):
        answered.update(status=int(status.split()[0]), headers=dict(headers))

    with pytest.raises(websocket_handshake.BadHandshake) as caught:
        websocket_handshake.check(environ)
    (body,) = websocket_handshake.refuse(caught.value, start_response)
    return answered["status"], answered["headers"], json.loads(body)["error"]


def test_the_answer_is_that_of_the_standard():
    websocket_handshake.check(HANDSHAKE)

    answer = websocket_handshake.answer(HANDSHAKE)

    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer


def test_a_client_takes_the_answer():
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="charts.example", target="/")).decode()
    fields = dict(line.split(": ") for line in request.split("\r\n")[1:] if line)
    key = fields["Sec-WebSocket-Key"]

    client.receive_data(websocket_handshake.answer(HANDSHAKE | {"HTTP_SEC_WEBSOCKET_KEY": key}))

    assert list(client.events()) == [AcceptConnection()]


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_CONNECTION": "keep-alive, Upgrade"},
        {"HTTP_CONNECTION": "upgrade"},
        {"HTTP_UPGRADE": "WebSocket"},
        {"HTTP_SEC_WEBSOCKET_PROTOCOL": "chat"},
        {"HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate"},
    ],
    ids=str,
)
def test_it_may_be_said_in_other_words(changes):
    websocket_handshake.check(HANDSHAKE | changes)

    answer = websocket_handshake.answer(HANDSHAKE | changes)

    assert b"Extensions" not in answer
    assert b"Protocol:" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "POST"},
        {"SERVER_PROTOCOL": "HTTP/1.0"},
        {"HTTP_HOST": None},
        {"HTTP_SEC_WEBSOCKET_KEY": None},
        {"HTTP_SEC_WEBSOCKET_KEY": ""},
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ"},
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==,dGhlIHNhbXBsZSBub25jZQ=="},
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZTE="},
        {"HTTP_SEC_WEBSOCKET_KEY": "!Ghl$HNhbXBsZSBub25jZQ=="},
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZé=="},
    ],
    ids=str,
)
def test_what_is_no_handshake_is_refused_with_400(changes):
    status, headers, error = refusal(**changes)

    assert status == 400
    assert headers["Content-Type"] == "application/json"
    assert "expected" in error


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_UPGRADE": None},
        {"HTTP_UPGRADE": "h2c"},
        {"HTTP_CONNECTION": "keep-alive"},
        {"HTTP_SEC_WEBSOCKET_VERSION": None},
        {"HTTP_SEC_WEBSOCKET_VERSION": "8"},
        {"HTTP_SEC_WEBSOCKET_VERSION": "13, 8"},
        # Hixie 76.
        {
            "HTTP_SEC_WEBSOCKET_VERSION": None,
            "HTTP_SEC_WEBSOCKET_KEY": None,
            "HTTP_SEC_WEBSOCKET_KEY1": "4 @1  46546xW%0l 1 5",
            "HTTP_SEC_WEBSOCKET_KEY2": "12998 5 Y3 1  .P00",
        },
    ],
    ids=str,
)
def test_another_protocol_is_refused_with_426_that_names_ours(changes):
    status, headers, _ = refusal(**changes)

    assert status == 426
    assert headers["Upgrade"] == "websocket"
    assert headers["Sec-WebSocket-Version"] == "13"
