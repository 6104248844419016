"""`/docs`: the descriptions of the server's interfaces as a page, and `/asyncapi.json`.

Written by the server, with what the two descriptions hold and nothing else; no script is needed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from chartserver import frames
from chartserver.version import VERSION
from chartserver.web import asyncapi, openapi

DIRECTIONS = {"send": "from the server", "receive": "to the server"}


class Field(NamedTuple):
    """A parameter, or a field of an object; `place` is where a parameter stands."""

    name: str
    kind: str
    description: str
    is_required: bool
    place: str = ""


class Operation(NamedTuple):
    """A request that can be made, and its answers: status, and what that means."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Field]
    bodies: Sequence[str]
    answers: Sequence[tuple[str, str]]


class Message(NamedTuple):
    """What is told on a channel, in one direction."""

    name: str
    direction: str
    summary: str
    payload: str


class Shape(NamedTuple):
    """What an object, or another value, looks like."""

    name: str
    kind: str
    description: str
    fields: Sequence[Field]


def make_docs(is_open: bool) -> Blueprint:
    """Return the routes; `is_open` says whether everybody may see all charts."""
    docs = Blueprint("docs", __name__)

    @docs.get("/asyncapi.json")
    def describe_events() -> Response:
        told = asyncapi.describe(request.host, is_secure=request.is_secure)
        return Response(frames.dump_bytes(told), content_type="application/json")

    @docs.get("/docs")
    def show() -> str:
        return render_template("docs.html", version=VERSION, coded=coded, **_contents(is_open))

    return docs


@cache
def _contents(is_open: bool) -> Mapping[str, Any]:
    """Return what is on the page; it is the same for all."""
    http, live = openapi.describe(is_open), asyncapi.describe("", is_secure=False)
    schemas = {**http["components"]["schemas"], **live["components"]["schemas"]}
    return {
        "about": http["info"]["description"].split("\n\n"),
        "about_live": live["info"]["description"].split("\n\n"),
        "tags": [(tag["name"], tag["description"], _operations(http, tag)) for tag in http["tags"]],
        "channels": [
            (name, channel, _messages(live, name)) for name, channel in live["channels"].items()
        ],
        "shapes": [_shape(name, schema) for name, schema in sorted(schemas.items())],
    }


def _operations(http: dict[str, Any], tag: dict[str, Any]) -> list[Operation]:
    return [
        _operation(http, method, path, item)
        for path, item in http["paths"].items()
        for method in item
        if method != "parameters" and tag["name"] in item[method]["tags"]
    ]


def _operation(http: dict[str, Any], method: str, path: str, item: dict[str, Any]) -> Operation:
    told = item[method]
    parameters = [*item.get("parameters", []), *told.get("parameters", [])]
    return Operation(
        told["operationId"],
        method.upper(),
        path,
        told["summary"],
        told.get("description", ""),
        [_parameter(_resolved(http, one)) for one in parameters],
        list(_resolved(http, told.get("requestBody", {})).get("content", {})),
        [
            (status, _resolved(http, one)["description"])
            for status, one in told["responses"].items()
        ],
    )


def _parameter(told: dict[str, Any]) -> Field:
    return Field(
        told["name"],
        kind_of(told.get("schema", {})),
        told.get("description", ""),
        told.get("required", False),
        told["in"],
    )


def _messages(live: dict[str, Any], channel: str) -> list[Message]:
    found = []
    for operation in live["operations"].values():
        if operation["channel"]["$ref"] != f"#/channels/{channel}":
            continue
        direction = DIRECTIONS[operation["action"]]
        reply = operation.get("reply", {}).get("messages", [])
        found += [_message(live, one, direction) for one in operation["messages"]]
        found += [_message(live, one, "from the server, as an answer") for one in reply]
    return list(dict.fromkeys(found))


def _message(live: dict[str, Any], one: dict[str, Any], direction: str) -> Message:
    told = _resolved(live, _resolved(live, one))
    return Message(told["name"], direction, told["summary"], kind_of(told["payload"]))


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    fields = []
    for part in [schema, *schema.get("allOf", [])]:
        required = part.get("required", [])
        fields += [
            Field(field, kind_of(one), one.get("description", ""), field in required)
            for field, one in part.get("properties", {}).items()
        ]
    return Shape(name, kind_of(schema), schema.get("description", ""), fields)


def coded(text: str) -> Markup:
    """Return a text in which what stands between backticks is code, as HTML."""
    parts = enumerate(text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in parts
    )


def kind_of(schema: dict[str, Any]) -> str:
    """Return in words what values a schema is for."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for word, joint in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")):
        if word in schema and "type" not in schema:
            return joint.join(kind_of(one) for one in schema[word])
    if "const" in schema:
        return str(frames.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(frames.dumps(one) for one in schema["enum"])
    kinds = schema.get("type", "any value")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if kind == "array" and "items" in schema:
        return f"array of {kind_of(schema['items'])}"
    return kind + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" from {low}" if low is not None else ""


def _resolved(of: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference refers to, or else the part itself."""
    if "$ref" not in part:
        return part
    found: Any = of
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name.replace("~1", "/").replace("~0", "~")]
    return dict(found)
