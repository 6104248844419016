"""The notes of charts in a store.

What was taken away stays as a row without a text: its number must not be given again.
"""

from chartserver.notes import NOTES_MAX, KeptNotes, Note
from chartserver.store.database import Connection

SCHEMA = """CREATE TABLE IF NOT EXISTS chartserver_notes (
    chart TEXT NOT NULL, id BIGINT NOT NULL, revision BIGINT NOT NULL,
    time_ms DOUBLE PRECISION NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL,
    at_offset BIGINT NOT NULL, PRIMARY KEY (chart, id))"""
PUT = """INSERT INTO chartserver_notes (chart, id, revision, time_ms, text, author, at_offset)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chart, id) DO UPDATE SET
    revision = excluded.revision, time_ms = excluded.time_ms, text = excluded.text,
    author = excluded.author, at_offset = excluded.at_offset"""
DROP_OLD = "DELETE FROM chartserver_notes WHERE chart = ? AND id <= ? AND revision < ?"
ALL = """SELECT id, time_ms, text, author, at_offset FROM chartserver_notes
    WHERE chart = ? AND text <> '' ORDER BY id DESC LIMIT ?"""
REVISION = "SELECT coalesce(max(revision), 0) FROM chartserver_notes WHERE chart = ?"


def put(connection: Connection, chart: str, note: Note, revision: int) -> None:
    """Write a change of notes, and forget the oldest."""
    row = (note.id, revision, note.time_ms, note.text, note.by, note.offset)
    connection.rows(PUT, chart, *row)
    connection.rows(DROP_OLD, chart, revision - 2 * NOTES_MAX, revision)


def load(connection: Connection, chart: str) -> KeptNotes:
    """Return the notes that are kept of a chart."""
    revision = int(connection.rows(REVISION, chart)[0][0])
    rows = connection.rows(ALL, chart, NOTES_MAX)
    return KeptNotes(revision, tuple(Note(*row) for row in reversed(rows)))
