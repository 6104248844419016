"""Which epochs went on from which: what stood before, stands in them."""

import pytest

from chartserver.shared.lineage import Lineage
from chartserver.ticks import Position


@pytest.fixture
def lineage():
    lineage = Lineage()
    lineage.note("second00", Position("first000", 12))
    lineage.note("third000", Position("second00", 20))
    return lineage


@pytest.mark.parametrize("epoch", ["first000", "second00", "third000"])
def test_what_stood_where_an_epoch_ended_stands_in_all_that_went_on_from_it(lineage, epoch):
    assert lineage.leads_to(Position("first000", 12), epoch)


@pytest.mark.parametrize("epoch", ["second00", "third000"])
def test_what_came_after_that_stands_in_none_of_them(lineage, epoch):
    assert not lineage.leads_to(Position("first000", 13), epoch)


def test_an_epoch_does_not_lead_back_or_to_one_that_is_not_known(lineage):
    assert not lineage.leads_to(Position("second00", 5), "first000")
    assert not lineage.leads_to(Position("first000", 5), "other000")
