"""The docs tell what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from chartserver.settings import Settings, option_of
from chartserver.settings_doc import settings_doc

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]
TEST = re.compile(r"\btests/[\w/.-]*\w")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_the_page_of_settings_is_that_of_the_table():
    assert (ROOT / "docs/settings.md").read_text() == settings_doc()


def test_every_link_within_the_docs_leads_somewhere():
    lost = [
        f"{page.name}: {link}"
        for page in PAGES
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]

    assert lost == []


def test_every_test_that_the_docs_name_is_there():
    lost = [
        f"{page.name}: {test}"
        for page in PAGES
        for test in TEST.findall(page.read_text())
        if not (ROOT / test).exists()
    ]

    assert lost == []


def test_every_promise_of_security_names_its_test():
    section = (ROOT / "SECURITY.md").read_text().split("## What holds against strangers")[1]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]

    assert len(rows) > 10
    assert [row for row in rows if not TEST.search(row.rsplit("|", 2)[1])] == []


def test_every_setting_that_security_names_is_one():
    named = set(re.findall(r"`(--[\w-]+)`", (ROOT / "SECURITY.md").read_text()))

    assert named <= {option_of(one) for one in fields(Settings)}
