"""The description of what goes on while one watches, in the words of AsyncAPI.

It stands in `data/asyncapi.json`; what frames and descriptions are, it takes from
`data/openapi.json`.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from chartserver.version import VERSION
from chartserver.web import openapi

SCHEMAS = "#/components/schemas/"


def describe(host: str, *, is_secure: bool) -> dict[str, Any]:
    """Return the description of this server, as who asks for it at `host` sees it."""
    servers = {
        name: {**server, "host": host, "protocol": server["protocol"] + "s" * is_secure}
        for name, server in _description()["servers"].items()
    }
    return {**_description(), "servers": servers}


@cache
def _description() -> dict[str, Any]:
    text = resources.files("chartserver.data").joinpath("asyncapi.json").read_text("utf-8")
    description: dict[str, Any] = json.loads(text)
    description["info"]["version"] = VERSION
    schemas = description["components"]["schemas"]
    others = openapi.describe(True)["components"]["schemas"]
    wanted = set(_referred(description))
    while missing := wanted - set(schemas):
        for name in missing:
            schemas[name] = others[name]
            wanted |= set(_referred(others[name]))
    return description


def _referred(part: Any) -> Iterator[str]:
    """Yield the names of all schemas that are referred to."""
    if isinstance(part, dict):
        target = part.get("$ref")
        if isinstance(target, str) and target.startswith(SCHEMAS):
            yield target.removeprefix(SCHEMAS)
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _referred(one)
