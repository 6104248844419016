"""Places for long answers: as many as may be, in all and for one address."""

import pytest

from chartserver.entrance.places import Places
from chartserver.errors import Refused


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def places(clock):
    return Places(lambda address: address == "127.0.0.1", 10.0, 4, 2, clock)


def test_one_address_has_not_all_the_places(places):
    places.enter("a")
    places.enter("a")

    with pytest.raises(Refused, match="to your address") as caught:
        places.enter("a")

    assert caught.value.status == 503
    assert caught.value.kind == "long_answers_of_address"
    assert dict(caught.value.headers)["Retry-After"]
    places.enter("b")


def test_all_together_have_no_more_than_there_are(places):
    for _ in range(4):
        places.enter("127.0.0.1")

    with pytest.raises(Refused, match="4 long answers") as caught:
        places.enter("b")

    assert caught.value.kind == "long_answers"


def test_of_ipv6_a_network_is_one_address(places):
    places.enter("2001:db8::1")
    places.enter("2001:db8::2")

    with pytest.raises(Refused):
        places.enter("2001:db8::3")


def test_a_place_that_is_left_is_free_and_may_be_left_twice(places):
    first = places.enter("a")
    places.enter("a")
    places.leave(first)
    places.leave(first)

    places.enter("a")

    assert len(places) == 2


def test_a_place_that_nobody_gives_back_is_taken_away(places, clock):
    lost = [places.enter("a") for _ in range(2)]
    clock.now_s = 10.1

    places.enter("a")

    assert len(places) == 1
    places.leave(lost[0])
    assert len(places) == 1
