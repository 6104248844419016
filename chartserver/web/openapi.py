"""The description of the HTTP interface in the words of OpenAPI, as `data/openapi.json` has it."""

import json
from functools import cache
from importlib import resources
from typing import Any

from chartserver.version import VERSION


@cache
def describe(is_open: bool) -> dict[str, Any]:
    """Return the description of this server, in which everybody may view when it `is_open`."""
    text = resources.files("chartserver.data").joinpath("openapi.json").read_text("utf-8")
    description: dict[str, Any] = json.loads(text)
    description["info"]["version"] = VERSION
    if not is_open:
        description["security"] = [one for one in description["security"] if one]
    return description
