"""`/openapi.json` describes what the server serves: all of it, and nothing else."""

import re

import pytest
import schemathesis

from chartserver.version import VERSION
from chartserver.web import openapi

# Answered before Flask gets to see it.
AHEAD = {("GET", "/publish")}
# What Flask answers by itself.
IMPLIED = {"HEAD", "OPTIONS"}


@pytest.fixture
def described(room):
    return room.http.get("/openapi.json").json


def template(path):
    """Return a path, as Flask or OpenAPI spells it, with its parameters without names."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def test_every_route_is_described_and_nothing_else(room, described):
    routes = {
        (method, template(rule.rule))
        for rule in room.server.app.url_map.iter_rules()
        if rule.endpoint != "event"  # Socket.IO's, which comes past Flask
        for method in rule.methods - IMPLIED
    }

    operations = {
        (method.upper(), template(path))
        for path, item in described["paths"].items()
        for method in item
        if method != "parameters"
    }

    assert operations == routes | AHEAD


def test_it_is_valid_and_says_the_version(described):
    schemathesis.openapi.from_dict(described).validate()

    assert described["openapi"].startswith("3.1")
    assert described["info"]["version"] == VERSION


def test_credentials_are_optional_only_where_everybody_may_view(described):
    assert {} in described["security"]
    assert openapi.describe(False)["security"] == [{"token": []}, {"cookie": []}, {"link": []}]


def test_every_part_is_used(described):
    text = str(described)

    unused = [
        f"{kind}/{name}"
        for kind, parts in described["components"].items()
        for name in parts
        if kind != "securitySchemes" and f"#/components/{kind}/{name}'" not in text
    ]

    assert unused == []


def test_every_security_scheme_that_is_asked_for_is_described(described):
    asked = [*described["security"]]
    for item in described["paths"].values():
        asked += [
            one
            for operation in item.values()
            if "security" in operation
            for one in operation["security"]
        ]

    assert {name for one in asked for name in one} == set(
        described["components"]["securitySchemes"]
    )


def test_every_operation_has_a_name_of_its_own(described):
    names = [
        operation["operationId"]
        for item in described["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]

    assert len(names) == len(set(names))
