"""Presenters of other processes: shown, followed, and gone with their process."""

import logging

import pytest

from chartserver.alarm import ThreadAlarm
from chartserver.errors import BadRequest
from chartserver.shared.presence import Process
from chartserver.shared.stage_door import StageDoor
from chartserver.together import stage as stage_module
from chartserver.together.presented import id_of
from chartserver.together.stage import Stage

VIEW = {"span_ms": 60_000}
KEY = "a-key-that-nobody-has-guessed"
SHOWN = {"chart": "fx", "id": "0123abcd", "by": "viewer 7", "view": VIEW}


class FakePeers:
    """Peers that note what is told them."""

    def __init__(self):
        self.told = []

    def show(self, content):
        self.told.append(content)


class FakeCompanions:
    """Companions whose followers note what they are shown."""

    def __init__(self):
        self.stage = Stage()
        self.shown = []

    def come(self, process, raw):
        presenter = self.stage.come(process, raw)
        self.shown.append(presenter and (presenter.id, raw["view"], presenter.n_followers))

    def keep_those_of(self, there):
        for presenter in self.stage.keep_those_of(there):
            self.shown.append((presenter.id, None, presenter.n_followers))


@pytest.fixture
def peers():
    return FakePeers()


@pytest.fixture
def companions():
    return FakeCompanions()


@pytest.fixture
def door(companions, peers):
    return StageDoor(companions, peers, ThreadAlarm())


@pytest.fixture
def stage():
    return Stage()


def test_who_presents_elsewhere_can_be_followed_and_is_announced(stage):
    stage.come("other", SHOWN)

    presenter = stage.follow("sid", "0123abcd")

    assert presenter.describe() == SHOWN
    assert stage.announced("fx") == ({"id": "0123abcd", "by": "viewer 7"},)
    assert stage.told_others() == ([], {"0123abcd": 1})
    assert len(stage) == 0


def test_the_newest_view_counts(stage):
    first = stage.come("other", SHOWN)

    assert stage.come("other", {**SHOWN, "view": {"span_ms": 1}}) is first
    assert stage.follow("sid", "0123abcd").view == {"span_ms": 1}


def test_its_end_leaves_whom_to_tell(stage):
    stage.come("other", SHOWN)
    stage.follow("sid", "0123abcd")

    ended = stage.come("other", {**SHOWN, "view": None})

    assert stage.followers(ended) == ["sid"]
    assert stage.come("other", {**SHOWN, "view": None}) is None
    with pytest.raises(BadRequest, match="nobody"):
        stage.follow("sid", "0123abcd")


def test_nobody_speaks_for_a_presenter_of_here(stage):
    own = stage.present("sid", "fx", "viewer 1", VIEW)

    assert stage.come("other", {**SHOWN, "id": own.id, "view": {"span_ms": 1}}) is None
    assert stage.come("other", {**SHOWN, "id": own.id, "view": None}) is None
    assert own.view == VIEW
    assert stage.told_others() == ([own.describe()], {})


def test_who_comes_here_from_another_process_takes_its_followers_along(stage):
    shown = {**SHOWN, "id": id_of("fx", KEY)}
    stage.come("other", shown)
    stage.follow("follower", shown["id"])

    presenter = stage.present("sid", "fx", "viewer 9", {"span_ms": 1}, KEY)

    assert (presenter.id, stage.followers(presenter)) == (shown["id"], ["follower"])
    assert stage.told_others() == ([presenter.describe()], {})
    # What the other knows of its end there is old.
    assert stage.come("other", {**shown, "view": None}) is None
    assert len(stage) == 1


def test_who_goes_on_at_another_process_takes_its_followers_along(stage):
    own = stage.present("sid", "fx", "viewer 1", VIEW, KEY)
    stage.follow("follower", own.id)

    there = stage.come("other", {**own.describe(), "view": {"span_ms": 1}})

    assert (there.view, stage.followers(there)) == ({"span_ms": 1}, ["follower"])
    assert (stage.stop("sid"), stage.told_others()) == (None, ([], {own.id: 1}))


def test_the_end_at_a_process_that_was_left_is_no_end(stage):
    stage.come("one", SHOWN)
    stage.come("other", SHOWN)

    assert stage.come("one", {**SHOWN, "view": None}) is None
    assert stage.follow("sid", "0123abcd").view == VIEW


def test_presenters_of_other_processes_are_not_without_bound(stage, monkeypatch):
    monkeypatch.setattr(stage_module, "PRESENTERS_MAX", 1)
    stage.come("other", SHOWN)

    assert stage.come("other", {**SHOWN, "id": "another"}) is None


@pytest.mark.parametrize(
    "raw", [{}, {**SHOWN, "id": 1}, {**SHOWN, "view": 5}, {**SHOWN, "view": {"span_ms": "x"}}]
)
def test_what_is_not_as_it_should_be_is_not_taken(stage, raw):
    with pytest.raises(BadRequest):
        stage.come("other", raw)


def test_what_is_shown_here_is_told_to_the_others(door, companions, peers):
    companions.tell_others(SHOWN)

    assert peers.told == [SHOWN]


def test_what_is_heard_in_a_thread_is_done_in_the_loop(door, companions, peers):
    peers.on_shown(SHOWN, "other")
    assert companions.shown == []

    door.do_all()

    assert companions.shown == [("0123abcd", VIEW, 0)]


def test_who_comes_late_hears_who_presents_from_who_is_there(door, companions, peers):
    peers.on_there([Process("other", presenters=(SHOWN,))])
    door.do_all()
    peers.on_there([Process("other", presenters=(SHOWN,))])
    door.do_all()

    assert companions.shown == [("0123abcd", VIEW, 0)]


def test_presenters_are_gone_with_their_process(door, companions, peers):
    peers.on_shown(SHOWN, "other")
    peers.on_there([Process("another")])
    door.do_all()

    assert companions.shown[-1] == ("0123abcd", None, 0)


def test_a_presenter_that_is_not_named_again_is_gone_the_second_time(door, companions, peers):
    peers.on_shown(SHOWN, "other")
    peers.on_there([Process("other")])
    door.do_all()
    assert len(companions.shown) == 1

    peers.on_there([Process("other")])
    door.do_all()

    assert companions.shown[-1] == ("0123abcd", None, 0)


def test_followers_at_other_processes_are_counted(door, companions, peers):
    own = companions.stage.present("sid", "fx", "viewer 1", VIEW)
    companions.stage.follow("follower", own.id)

    peers.on_there([Process("one", followers={own.id: 2}), Process("other", followers={own.id: 3})])
    door.do_all()

    assert own.n_followers == 6


def test_what_is_not_understood_is_told_in_the_log_and_holds_up_nothing(
    door, companions, peers, caplog
):
    peers.on_shown({"id": 5}, "other")
    peers.on_shown(SHOWN, "other")

    with caplog.at_level(logging.WARNING):
        door.do_all()

    assert "was not understood" in caplog.text
    assert companions.shown == [("0123abcd", VIEW, 0)]
