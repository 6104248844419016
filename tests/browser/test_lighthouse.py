"""Lighthouse finds the pages quick, accessible, and made as pages ought to be."""

import pytest
from lighthouse import FORMS, LEAST, PATHS, TRIES, looked_at

LOOK_S = 60
pytestmark = pytest.mark.timeout(LOOK_S * TRIES * len(PATHS) * len(FORMS))


@pytest.fixture(scope="module")
def found(shared):
    return {(one["path"], one["form"]): one for one in looked_at(shared.url)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_good_scores(found, path, form):
    one = found[path, form]

    assert set(one["scores"]) == {"performance", "accessibility", "best-practices"}
    assert min(one["scores"].values()) >= LEAST, one
