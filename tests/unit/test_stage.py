"""Who presents, and who follows whom."""

import pytest

from chartserver.errors import BadRequest
from chartserver.together import stage as stage_module
from chartserver.together.stage import Stage, parse_view

VIEW = {"span_ms": 60_000}


@pytest.fixture
def stage():
    return Stage()


def test_who_follows_is_told_what_is_shown(stage):
    presenter = stage.present("one", "fx", "viewer 1", VIEW)

    found = stage.follow("other", presenter.id)

    assert found.describe() == {"chart": "fx", "id": presenter.id, "by": "viewer 1", "view": VIEW}
    assert stage.followers(presenter) == ["other"]


def test_only_the_newest_view_counts(stage):
    presenter = stage.present("one", "fx", "viewer 1", VIEW)

    assert stage.present("one", "fx", "viewer 1", {"span_ms": 1}) is presenter
    assert stage.follow("other", presenter.id).view == {"span_ms": 1}


def test_one_follows_one_at_a_time(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW)
    second = stage.present("two", "fx", "viewer 2", VIEW)

    stage.follow("other", first.id)
    stage.follow("other", second.id)

    assert (stage.followers(first), stage.followers(second)) == ([], ["other"])
    assert stage.n_followers == 1


def test_the_end_leaves_whom_to_tell_and_nothing_else(stage):
    presenter = stage.present("one", "fx", "viewer 1", VIEW)
    stage.follow("other", presenter.id)

    assert stage.stop("one") is presenter
    assert stage.followers(presenter) == ["other"]
    assert (len(stage), stage.n_followers, stage.stop("one")) == (0, 0, None)
    with pytest.raises(BadRequest, match="nobody"):
        stage.follow("other", presenter.id)


def test_another_chart_is_another_presentation(stage):
    presenter = stage.present("one", "fx", "viewer 1", VIEW)

    assert stage.present("one", "lab", "viewer 1", VIEW).id != presenter.id
    assert len(stage) == 1


@pytest.mark.parametrize("wanted", ["", "12345678", None, 5, {}])
def test_nobody_presents_under_an_id_that_was_not_given(stage, wanted):
    with pytest.raises(BadRequest, match="nobody"):
        stage.follow("other", wanted)


def test_who_presents_does_not_follow_itself(stage):
    presenter = stage.present("one", "fx", "viewer 1", VIEW)

    with pytest.raises(BadRequest):
        stage.follow("one", presenter.id)


def test_there_is_an_end_to_presenters(stage, monkeypatch):
    monkeypatch.setattr(stage_module, "PRESENTERS_MAX", 1)
    stage.present("one", "fx", "viewer 1", VIEW)

    with pytest.raises(BadRequest, match="expected fewer"):
        stage.present("two", "fx", "viewer 2", VIEW)


def test_of_a_view_only_what_is_known_is_handed_on():
    raw = {
        "from_ms": 1,
        "to_ms": 2.5,
        "kind": "line",
        "hidden": ["a"],
        "pinned_ms": None,
        "evil": "x",
    }

    assert parse_view(raw) == {"from_ms": 1, "to_ms": 2.5, "kind": "line", "hidden": ["a"]}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {"span_ms": "5"},
        {"span_ms": True},
        {"kind": "pie"},
        {"kind": []},
        {"hidden": "a"},
        {"hidden": ["a\n"] * 2 + [3]},
        {"hidden": ["a"] * 201},
    ],
)
def test_a_view_that_makes_no_sense_is_refused(raw):
    with pytest.raises(BadRequest):
        parse_view(raw)
