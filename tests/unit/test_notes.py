"""Notes: numbered, bounded, kept before they are shown."""

import pytest
from ticker_bench import chart_of

from chartserver.errors import BadRequest, StoreFault, UnknownNote
from chartserver.notes import (
    NOTES_MAX,
    SHOWN_MAX,
    KeptNotes,
    Note,
    NoteConflict,
    Notes,
    check_text,
)
from chartserver.refusals import Refusals
from chartserver.together.note_desk import NoteDesk, Writer


@pytest.fixture
def notes():
    return Notes()


def write(notes, text="a", **options):
    return notes.write(1_000.0, text, "viewer 1", 7, **options)


def test_notes_are_numbered_in_their_order(notes):
    assert [write(notes).id, write(notes).id] == [1, 2]
    assert [note.id for note in notes.kept.notes] == [1, 2]


def test_a_note_is_told_once(notes):
    note = write(notes, "Desk opens")

    assert notes.take_untold() == [{"revision": 1, "note": note.describe()}]
    assert notes.take_untold() == []


def test_what_is_taken_away_is_told_by_a_number_of_its_own(notes):
    write(notes)
    write(notes)
    notes.take_untold()

    notes.remove(1)

    assert notes.take_untold() == [{"revision": 3, "removed": 1}]
    assert [note.id for note in notes.kept.notes] == [2]
    assert write(notes).id == 4


def test_a_note_that_is_not_there_cannot_be_taken_away(notes):
    with pytest.raises(UnknownNote, match="no note 1"):
        notes.remove(1)

    assert (notes.revision, notes.take_untold()) == (0, [])


def test_a_note_that_is_not_kept_is_not_shown(notes):
    def fail(note, revision):
        raise StoreFault("cannot grow")

    with pytest.raises(StoreFault):
        write(notes, keep=fail)

    assert (len(notes), notes.revision, notes.take_untold()) == (0, 0, [])


def test_the_oldest_notes_go(notes):
    for _ in range(NOTES_MAX + 2):
        write(notes)

    assert (len(notes), notes.kept.notes[0].id) == (NOTES_MAX, 3)


def test_a_snapshot_has_the_last_notes_and_a_backfill_the_revision(notes):
    for _ in range(SHOWN_MAX + 5):
        write(notes)

    shown = notes.in_snapshot()

    assert [one["id"] for one in shown["notes"]] == list(range(6, SHOWN_MAX + 6))
    assert shown["notes_revision"] == SHOWN_MAX + 5
    assert notes.in_backfill() == {"notes_revision": SHOWN_MAX + 5}


def test_before_the_first_note_nothing_is_said_of_notes(notes):
    assert (notes.in_snapshot(), notes.in_backfill()) == ({}, {})


def test_it_goes_on_after_what_was_kept(notes):
    notes.restore(KeptNotes(9, (Note(4, 1.0, "a", "", 0),)))

    assert write(notes).id == 10
    assert [note.id for note in notes.kept.notes] == [4, 10]


@pytest.mark.parametrize(
    "text", ["", "   ", "a\nb", "a\x1b[31mb", "x" * 281, "a\u202eb", None, 3, []]
)
def test_a_text_that_is_not_one_line_of_printable_characters_is_refused(text):
    with pytest.raises(BadRequest, match="1 to 280"):
        check_text(text, "text", 280)


@pytest.mark.parametrize("text", ["<script>", "障害　復旧", "a" * 280, "👨‍👩‍👧", "5\u00a0°C"])
def test_any_other_text_is_taken_as_it_is(text):
    assert check_text(f"  {text} ", "text", 280) == text


def test_a_change_that_another_process_was_first_with_is_taken_over_and_tried_again():
    chart, other = chart_of("fx"), Notes()
    other.write(1.0, "theirs", "", 0)

    class SharedNotes:
        def keep_note(self, name, note, revision):
            if revision <= other.revision:
                raise NoteConflict(other.kept)
            other.come(revision, note)

    desk = NoteDesk(Refusals(), lambda work: work(), SharedNotes())
    note = desk.write(chart, {"text": "ours"}, Writer("me", "192.0.2.1"))

    assert note.id == 2
    assert [one.text for one in chart.notes.kept.notes] == ["theirs", "ours"]
    assert chart.notes.kept == other.kept
    assert [one["note"]["text"] for one in chart.notes.take_untold()] == ["theirs", "ours"]


def test_a_change_comes_once_whether_it_is_heard_of_before_or_after_it_is_kept():
    heard = []
    notes = Notes(lambda: heard.append(notes.revision))

    notes.write(1.0, "a", "", 0, lambda note, revision: notes.come(revision, note))
    notes.come(1, notes.kept.notes[0])

    assert heard == [1]
    assert len(notes) == len(notes.take_untold()) == 1


def test_while_a_note_is_on_its_way_those_of_others_come():
    notes = Notes()

    def keep(note, revision):
        notes.take_over(KeptNotes(revision - 1, ()))
        notes.come(revision, note)

    assert notes.write(1.0, "a", "", 0, keep).id == notes.revision == 1
