"""The docs tell what the code does."""

import re
from pathlib import Path

from chartserver.settings_doc import settings_doc

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_the_page_of_settings_is_that_of_the_table():
    assert (ROOT / "docs/settings.md").read_text() == settings_doc()


def test_every_link_within_the_docs_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]

    lost = [
        f"{page.name}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]

    assert lost == []
