"""docs/sources.md tells every source with all its options, and its examples can be read."""

import re
import shlex
from pathlib import Path

import pytest

from chartserver.errors import ConfigError
from chartserver.sources.registry import BUILT_IN, open_source, parse_spec

TEXT = (Path(__file__).parents[3] / "docs" / "sources.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EXAMPLES = [shlex.split(spec)[0] for spec in re.findall(r"--chart (?!tide)('[^']+'|[^\s`]+)", TEXT)]


def options_of(kind):
    """Return what a source says when it is asked for an option that nobody has."""
    with pytest.raises(ConfigError) as caught:
        open_source(parse_spec(f"{kind}:x?no_such_option=1"), {})
    (told,) = [fault for fault in caught.value.faults if "has no option" in fault]
    return re.search(r"expected one of: ([a-z_, ]+)", told)[1].split(", ")


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_source_is_told_with_all_its_options_and_no_other(kind):
    told = re.findall(r"^\| `([a-z_]+)` \|", SECTIONS[kind], re.MULTILINE)

    assert sorted(option for option in told if option != "name") == sorted(options_of(kind))


@pytest.mark.parametrize("spec", EXAMPLES)
def test_every_example_names_a_source_with_options_that_it_has(spec):
    parsed = parse_spec(spec)

    assert parsed.kind in BUILT_IN
    assert set(parsed.options) <= set(options_of(parsed.kind))
