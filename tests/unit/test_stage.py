"""Who presents, and who follows whom."""

import pytest

from chartserver.errors import BadRequest
from chartserver.together import stage as stage_module
from chartserver.together.presented import id_of, parse_key, parse_view
from chartserver.together.stage import Stage

VIEW = {"span_ms": 60_000}
KEY = "a-key-that-nobody-has-guessed"


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


def test_who_comes_back_with_its_key_goes_on_and_takes_its_followers_along(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW, KEY)
    stage.follow("other", first.id)

    # The end of the first connection is not known yet.
    again = stage.present("one again", "fx", "viewer 2", {"span_ms": 1}, KEY)

    assert (again.id, stage.followers(again), again.view) == (first.id, ["other"], {"span_ms": 1})
    assert stage.stop("one") is None
    assert stage.follow("late", first.id).by == "viewer 2"
    assert (len(stage), stage.announced("fx")) == (1, ({"id": first.id, "by": "viewer 2"},))


def test_who_comes_back_after_its_end_is_known_has_its_id(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW, KEY)
    stage.stop("one")

    assert stage.present("one again", "fx", "viewer 2", VIEW, KEY).id == first.id


def test_whoever_knows_the_id_alone_presents_under_another(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW, KEY)
    stage.follow("other", first.id)

    for key in (first.id, "", KEY.upper()):
        other = stage.present("other", "fx", "viewer 1", {}, key)
        assert other.id != first.id

    assert stage.followers(first) == ["other"]
    assert stage.of("one").view == VIEW


def test_a_key_is_known_by_another_id_on_another_chart(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW, KEY)
    second = stage.present("one", "lab", "viewer 1", VIEW, KEY)

    assert (first.id, second.id) == (id_of("fx", KEY), id_of("lab", KEY))
    assert len({first.id, second.id}) == 2
    assert len(stage) == 1


def test_who_followed_itself_at_another_connection_does_not_when_it_goes_on(stage):
    first = stage.present("one", "fx", "viewer 1", VIEW, KEY)
    stage.follow("one again", first.id)

    again = stage.present("one again", "fx", "viewer 2", VIEW, KEY)

    assert (stage.followers(again), stage.n_followers) == ([], 0)


@pytest.mark.parametrize(
    "raw", ["", "short", 5, [], "x" * 65, "a-key-with a blank in it, alas", "é" * 30]
)
def test_a_key_that_can_be_guessed_is_refused_and_not_told(raw):
    with pytest.raises(BadRequest, match="expected 22 to 64") as refused:
        parse_key(raw)

    assert not raw or str(raw) not in str(refused.value)


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
