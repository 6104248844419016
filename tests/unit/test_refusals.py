"""What was refused is counted each time, and logged now and then."""

import ast
import logging
from pathlib import Path

import pytest

from chartserver.refusals import KINDS, LOG_EVERY_S, Refusals

PACKAGE = Path(__file__).parents[2] / "chartserver"
# Which argument is the kind, of what makes or counts a refusal.
KIND_AT = {"Refused": 1, "BadMessage": 0, "note": 0, "_refused": 0, "_bad": 0, "_cut": 0}
NO_KINDS = {"", "nobody elsewhere may read /metrics: there is no metrics token"}


class Clock:
    """A clock that stands where it is put."""

    now_s = 100.0

    def __call__(self):
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock():
    """Return a clock for the refusals."""
    return Clock()


def test_each_refusal_is_counted_by_its_kind(clock):
    refusals = Refusals(clock)

    for _ in range(3):
        refusals.note("too_large", "a message of 20000 bytes")
    refusals.note("too_many", "11 messages a second")

    assert refusals.counts == {"too_large": 3, "too_many": 1}


def test_a_flood_is_one_line_and_the_next_says_how_many_there_were(clock, caplog):
    refusals = Refusals(clock)

    with caplog.at_level(logging.WARNING, "chartserver"):
        for _ in range(1_000):
            refusals.note("too_large", "a message of 20000 bytes", "192.0.2.7")
        clock.now_s += LOG_EVERY_S
        refusals.note("too_large", "a message of 30000 bytes", "192.0.2.8")

    assert [record.getMessage() for record in caplog.records] == [
        "refused (too_large) from '192.0.2.7': 'a message of 20000 bytes'",
        "refused (too_large) from '192.0.2.8': 'a message of 30000 bytes'"
        " (999 more since the last such line)",
    ]


def test_kinds_do_not_hide_one_another(clock, caplog):
    refusals = Refusals(clock)

    with caplog.at_level(logging.WARNING, "chartserver"):
        refusals.note("too_large", "a message")
        refusals.note("too_many", "messages")

    assert len(caplog.records) == 2


def test_what_came_in_makes_no_line_of_its_own(clock, caplog):
    refusals = Refusals(clock)

    with caplog.at_level(logging.WARNING, "chartserver"):
        refusals.note("malformed", "x\r\nchartserver: all is well\x1b[2J" + "y" * 10_000)

    [record] = caplog.records
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 200


def kinds_in(path):
    """Return the kinds that a module says in so many words, or by a constant of its own."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        at = KIND_AT.get(name)
        if at is None or len(node.args) <= at:
            continue
        kind = node.args[at]
        kind = constants.get(kind.id) if isinstance(kind, ast.Name) else kind
        if isinstance(kind, ast.Constant):
            yield kind.value


def test_each_kind_is_known_from_the_start():
    found = {kind for path in PACKAGE.rglob("*.py") for kind in kinds_in(path)}

    assert len(found) > 20
    assert found - NO_KINDS <= set(KINDS)
    assert list(KINDS) == sorted(set(KINDS))
