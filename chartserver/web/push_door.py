"""Who pushes, and to where: looked at before anything of what is pushed is read."""

import re
from collections.abc import Callable
from typing import Any

from werkzeug.http import parse_options_header

from chartserver.errors import ChartServerError, Refused
from chartserver.push.unpacking import check_charset, check_encoding
from chartserver.web import influx, push
from chartserver.web.push_faults import fault_of

TICKS_PATH = re.compile(r"/api/charts/([^/]+)/ticks")
WRITE, WRITE_V1 = "/api/v2/write", "/write"


class PushDoor:
    """Turns away pushes that would be refused, whatever is in them.

    Args:
        check_push: raises AccessDenied when the sender of a request may not push.
        check_chart: raises what any push to the chart of a name would meet.
    """

    def __init__(
        self,
        check_push: Callable[[dict[str, Any]], None],
        check_chart: Callable[[str], None],
    ) -> None:
        self._check_push = check_push
        self._check_chart = check_chart

    @staticmethod
    def is_push(environ: dict[str, Any]) -> bool:
        """Return whether a request pushes."""
        path = environ.get("PATH_INFO", "")
        is_of_push = path in (WRITE, WRITE_V1) or TICKS_PATH.fullmatch(path) is not None
        return is_of_push and environ.get("REQUEST_METHOD") == "POST"

    def check(self, environ: dict[str, Any]) -> None:
        """Raise Refused, with what its interface tells, for a push that would be refused."""
        found = TICKS_PATH.fullmatch(environ["PATH_INFO"])
        try:
            if found:
                self._check_ticks(environ, found[1])
            else:
                self._check_write(environ)
        except ChartServerError as error:
            fault = fault_of(error)
            if fault is None:
                raise
            kind = error.kind if isinstance(error, Refused) else ""
            told = push.told(fault) if found else influx.told(fault)
            raise Refused(fault.status, kind, fault.text, fault.headers, told) from None

    def _check_ticks(self, environ: dict[str, Any], name: str) -> None:
        self._check_push(environ)
        push.parser_of(_content_type(environ))
        check_encoding(environ.get("HTTP_CONTENT_ENCODING", ""))
        # As WSGI has paths: bytes, one character each.
        self._check_chart(name.encode("latin-1").decode("utf-8", "replace"))

    def _check_write(self, environ: dict[str, Any]) -> None:
        is_v1 = environ["PATH_INFO"] == WRITE_V1
        self._check_push(influx.with_password(environ) if is_v1 else environ)
        influx.check_type(_content_type(environ))
        check_encoding(environ.get("HTTP_CONTENT_ENCODING", ""))


def _content_type(environ: dict[str, Any]) -> str:
    """Return the content type; raise Refused for a charset that we do not read."""
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    check_charset(options.get("charset", ""))
    return kind.lower()
