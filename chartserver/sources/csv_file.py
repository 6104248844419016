"""A CSV file taken apart: its delimiter found, its header read, its rows checked and counted.

Knows nothing of numbers and times. What is wrong with the file is a ConfigError.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from chartserver.errors import ConfigError
from chartserver.sources.cells import column_names

DELIMITERS = (",", ";", "\t")
SNIFFED_LINES = 50
CHUNK_ROWS = 16_384
ROWS_MAX = 5_000_000


class Chunk(NamedTuple):
    """A run of rows, by column: `columns[i][row]`; `lines[row]` is the row's line in the file."""

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]


class CsvFile:
    """The rows of `lines` of text, each as wide as the header.

    Attributes:
        file: what errors call the file.
        names: the columns, unique and not empty.
        delimiter: what the sniffing found.
    """

    def __init__(self, file: str, lines: Iterable[str]) -> None:
        self.file = file
        rest = iter(lines)
        head = list(islice(rest, SNIFFED_LINES))
        if not any(line.strip(' \t\r\n"') for line in head):
            raise ConfigError(
                f"file {file} is empty; expected a header and rows, such as 'time,value'"
            )
        self.delimiter = _sniff(head)
        self._reader = csv.reader(chain(head, rest), delimiter=self.delimiter)
        self.header = next(row for row in self._reader if not _is_blank(row))
        self.names = column_names(self.header)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows below the header, once. A blank line is none.

        Raises:
            ConfigError: a row is wider or narrower than the header, or there are too many.
        """
        n_rows = 0
        rows: list[list[str]] = []
        lines: list[int] = []
        for row in self._reader:
            if _is_blank(row):
                continue
            rows.append(row if len(row) == len(self.names) else self._fitted(row))
            lines.append(self._reader.line_num)
            if len(rows) == CHUNK_ROWS:
                n_rows += len(rows)
                self._check_size(n_rows)
                yield Chunk(lines, list(zip(*rows, strict=True)))
                rows, lines = [], []
        if rows:
            self._check_size(n_rows + len(rows))
            yield Chunk(lines, list(zip(*rows, strict=True)))

    def _fitted(self, row: list[str]) -> list[str]:
        """Return a row that differs from the header by an empty last cell alone."""
        width = len(self.names)
        if len(row) == width + 1 and not row[-1].strip():
            return row[:-1]
        if len(row) == width - 1 and not self.header[-1].strip():
            return [*row, ""]
        raise ConfigError(
            f"file {self.file}, line {self._reader.line_num}: got {len(row)} cells;"
            f" expected {width}, as many as in the header"
        )

    def _check_size(self, n_rows: int) -> None:
        if n_rows > ROWS_MAX:
            raise ConfigError(
                f"file {self.file} has more than {ROWS_MAX:,} rows; expected at most so many:"
                " split it, or pipe it into the source '-'"
            )


def _is_blank(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _sniff(head: Sequence[str]) -> str:
    """Return the delimiter that gives the most rows of the header's width, and then the widest."""

    def merit(delimiter: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(head, delimiter=delimiter) if not _is_blank(row)]
        width = len(rows[0])
        if width < 2:
            return 0, width
        return sum(abs(len(row) - width) <= 1 for row in rows), width

    return max(DELIMITERS, key=merit)
