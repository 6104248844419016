"""The options of an upstream WebSocket: its address, what is sent to it, what is a tick."""

import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from chartserver.operation.masking import Mask
from chartserver.sources.options import Options
from chartserver.sources.picker import TIME_UNITS_MS, Choice, Expression, Picker
from chartserver.sources.source import Source
from chartserver.sources.upstream import Address, Patience
from chartserver.sources.websocket import Request, WebSocketSource

MESSAGE_BYTES = 1_048_576
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
HOST = re.compile(r"[A-Za-z0-9._:%-]+")
# RFC 9110, section 5.6.2: a token; and what a value may have.
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
HEADERS_OF_HANDSHAKE = ("host", "upgrade", "connection")


def open_websocket(target: str, options: Options) -> Source:
    """Open `ws:URL[?subscribe=…&each=…&time=…&values=…&series_name=…&series=…&hold=1&…]`."""
    variables = _Variables(options, os.environ)
    series = options.series()
    choice = _choice(options)
    is_held = options.flag("hold")
    stale_s = options.number("stale_s", 60.0, at_least=0, example="30")
    message_bytes = options.number("message_bytes", MESSAGE_BYTES, at_least=1, example="65536")
    messages = [variables.filled("subscribe", text) for text in options.texts("subscribe")]
    headers = _headers(options, variables)
    address = _address(variables.filled("", target), options)
    options.finish("; in the address write %3F for ? and %26 for &")
    assert address is not None
    return WebSocketSource(
        Request(address, headers, messages, Mask(variables.values)),
        Picker(choice, [one.name for one in series], is_held=is_held),
        series=series,
        patience=Patience(stale_s),
        message_bytes=int(message_bytes),
    )


class _Variables:
    """The environment's variables, put in where a text has ${NAME}: what is secret comes so."""

    def __init__(self, options: Options, environ: Mapping[str, str]) -> None:
        self.values: list[str] = []
        self._options = options
        self._environ = environ

    def filled(self, name: str, text: str) -> str:
        """Return the text of an option, of the address when `name` is "", with its variables."""

        def value(found: re.Match[str]) -> str:
            if not self._environ.get(found[1]):
                where = f"option {name}" if name else "the address"
                self._options.faults.append(
                    f"{where} of ws has {found[0]}, and there is no such variable;"
                    f" expected it to be set, such as {found[1]}=…"
                )
                return "x"
            self.values.append(self._environ[found[1]])
            return self.values[-1]

        return VARIABLE.sub(value, text)


def _choice(options: Options) -> Choice:
    def compiled(name: str) -> Expression | None:
        text = options.text(name)
        return _expression(options, name, text) if text else None

    return Choice(
        each=compiled("each"),
        time=compiled("time"),
        values=_values(options),
        name=compiled("series_name"),
        time_unit=options.choice("time_unit", tuple(TIME_UNITS_MS)),
    )


def _values(options: Options) -> Expression | Mapping[str, Expression] | None:
    """Return the option `values`: one expression, or several times NAME=EXPRESSION."""
    texts = options.texts("values")
    if not texts:
        return None
    if len(texts) == 1 and not options.is_table("values"):
        try:
            return Expression(texts[0])
        except ValueError:
            pass  # then it is NAME=EXPRESSION, or nothing
    pairs = options.pairs(
        "values", "an expression or NAME=EXPRESSION, such as values=EURUSD=data.p"
    )
    found = {name: _expression(options, "values", text) for name, text in pairs.items() if text}
    return {name: one for name, one in found.items() if one is not None}


def _expression(options: Options, name: str, text: str) -> Expression | None:
    try:
        return Expression(text)
    except ValueError as error:
        options.faults.append(
            f"option {name} of ws is {text!r}, no JMESPath: {error}; expected such as data.price"
        )
        return None


def _headers(options: Options, variables: _Variables) -> Sequence[tuple[str, str]]:
    found = []
    for name, text in options.pairs("header", "NAME=TEXT, such as header=Origin=https://x").items():
        value = variables.filled("header", text)
        lower = name.lower()
        if (
            not HEADER_NAME.fullmatch(name)
            or not HEADER_VALUE.fullmatch(value)
            or lower in HEADERS_OF_HANDSHAKE
            or lower.startswith("sec-websocket-")
        ):
            options.faults.append(
                f"option header of ws has {name[:40]!r}; expected a header of one line that is not"
                " of the handshake, such as header='Authorization=Bearer ${TOKEN}'"
            )
        found.append((name, value))
    return found


def _address(url: str, options: Options) -> Address | None:
    """Return a URL taken apart; None, with a fault that shows no secret, when it is none."""
    parts = urlsplit("")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = -1
    is_plain = not parts.username and not parts.password and not parts.fragment
    host = _ascii(parts.hostname or "")
    if parts.scheme not in ("ws", "wss") or not host or port == -1 or not is_plain:
        options.faults.append(
            f"the address of ws is {Mask()(url)[:80]!r}; expected ws:// or wss:// and a host,"
            " without a password (see the option header), such as ws:wss://stream.example.org/v1"
        )
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not re.fullmatch(r"[!-~]+", target):
        options.faults.append(
            "the address of ws has blanks or other characters that a URL has not;"
            " expected them as %20 and the like, itself written %2520"
        )
        return None
    is_encrypted = parts.scheme == "wss"
    return Address(is_encrypted, host, port or (443 if is_encrypted else 80), target)


def _ascii(host: str) -> str:
    """Return a host as DNS has it; "" when it cannot be one."""
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return name if HOST.fullmatch(name) else ""
