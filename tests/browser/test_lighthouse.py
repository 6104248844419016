"""Lighthouse finds the pages accessible, and made as pages ought to be.

How quick they are depends on what else the machine does: script/lighthouse measures that.
"""

import pytest
from lighthouse import FORMS, LEAST, PATHS, TRIES, looked_at

LOOK_S = 60
CATEGORIES = ("accessibility", "best-practices")
pytestmark = pytest.mark.timeout(LOOK_S * TRIES * len(PATHS) * len(FORMS))


@pytest.fixture(scope="module")
def found(shared):
    return {(one["path"], one["form"]): one for one in looked_at(shared.url, categories=CATEGORIES)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_good_scores(found, path, form):
    one = found[path, form]

    assert set(one["scores"]) == set(CATEGORIES)
    assert min(one["scores"].values()) >= LEAST, one
