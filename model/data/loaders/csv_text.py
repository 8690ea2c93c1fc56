"""The text of a CSV file: bounded blocks of lines, the delimiter, the header, and what a cell says."""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from model.data.dataset import DataError
from model.data.loaders.reading import BLOCK, MAX_COLUMNS, Source
from model.words import Message, echo, msg

# Room for MAX_COLUMNS numbers of 25 characters, three times over.
MAX_LINE = 8_000_000
# The csv module's own limit; no number or name is longer.
MAX_FIELD = 131_072

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WORDS = {"nan": math.nan, "inf": math.inf, "infinity": math.inf}
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_DELIMITERS = (";", "\t", ",")

Line = tuple[int, str]
"""A line's number as people count (the first is 1), and its text."""


def blocks(source: Source) -> Iterator[list[Line]]:
    """Read a text file in blocks of whole lines, blank ones left out; raises DataError where it is no plain text."""
    number, tail = 1, b""
    while True:
        block = source.read(BLOCK)
        if number == 1 and not tail:
            block = _without_mark(source, block)
        tail += block
        # A carriage return at the very end may be half of a line end.
        cut = max(tail.rfind(b"\n"), tail.rfind(b"\r", 0, -1)) + 1 if block else len(tail)
        if len(tail) - cut > MAX_LINE:
            first = number + _line_ends(tail[:cut])
            raise DataError(msg("Row {row} is longer than 8 MB; this is no table of samples.", row=first))
        text, tail = _decoded(tail[:cut], number), tail[cut:]
        lines = text.removesuffix("\n").split("\n")
        found = [(i, line) for i, line in enumerate(lines, start=number) if line and not line.isspace()]
        number += len(lines) if text else 0
        if found:
            yield found
        if not block:
            return


def _without_mark(source: Source, block: bytes) -> bytes:
    if block.startswith(_UTF16_MARKS):
        raise DataError(msg("{name} is UTF-16 text; save it as UTF-8.", name=source.shown))
    return block.removeprefix(_UTF8_MARK)


def _line_ends(raw: bytes) -> int:
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")


def _decoded(raw: bytes, number: int) -> str:
    """Decode whole lines, the first of which is line `number`; each line end becomes a newline."""
    nul = raw.find(b"\0")
    if nul >= 0:
        text = "Row {row} holds a NUL character; save the file as plain UTF-8 text."
        raise DataError(msg(text, row=number + _line_ends(raw[:nul])))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        row = number + _line_ends(raw[: error.start])
        raise DataError(msg("Row {row} is no UTF-8 text; save the file as UTF-8.", row=row)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the rows of one file are written."""

    delimiter: str
    n_columns: int
    names: tuple[str, ...]
    """What the header calls the columns; () without a header."""

    @classmethod
    def of(cls, lines: list[Line]) -> Self:
        """Recognise delimiter and header from the first lines; raises DataError where there is no table."""
        row, first = lines[0]
        # Text may hold the other delimiters too, but not equally often in two rows.
        counts = [(d, first.count(d), lines[1][1].count(d) if len(lines) > 1 else 0) for d in _DELIMITERS]
        steady = [d for d, here, next_ in counts if here and (here == next_ or len(lines) == 1)]
        delimiter = steady[0] if steady else max(counts, key=lambda c: c[1])[0]
        cls._check_width(row, first.count(delimiter) + 1)
        cells = cells_of(row, first, delimiter)
        if len(cells) < 2:
            text = "Row {row} has one column; features and then the label are needed, with commas between them."
            raise DataError(msg(text, row=row))
        is_header = not any(_looks_numeric(cell) for cell in cells) and any(cells)
        return cls(delimiter, len(cells), tuple(cells) if is_header else ())

    @staticmethod
    def _check_width(row: int, n_columns: int) -> None:
        if n_columns > MAX_COLUMNS + 1:
            text = "Row {row} has {n:,} columns; at most {limit:,} can be taken. Leave some out."
            raise DataError(msg(text, row=row, n=n_columns, limit=MAX_COLUMNS + 1))


def cells_of(row: int, line: str, delimiter: str) -> list[str]:
    """Split a line into its cells, quotes taken away; raises DataError where a cell is too long."""
    if len(line) > MAX_FIELD:
        _check_fields(row, line, delimiter)
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error:
        raise DataError(msg("Row {row} has a quotation mark that does not close; remove it.", row=row)) from None


def _check_fields(row: int, line: str, delimiter: str) -> None:
    """Refuse a line with a cell of more than MAX_FIELD characters."""
    for column, cell in enumerate(line.split(delimiter), start=1):
        if len(cell) > MAX_FIELD:
            text = "Row {row}, column {column} holds {n:,} characters, which is no number; mend that row."
            raise DataError(msg(text, row=row, column=column, n=len(cell)))


def number(row: int, column: int, cell: str) -> float:
    """Read a cell; an empty one is NaN. Raises DataError, with advice, where it is no number."""
    value = as_number(cell)
    if value is None:
        raise DataError(_no_number(row, column, cell))
    return value


def as_number(cell: str) -> float | None:
    """Read a number as it is written in every language's CSV, NaN for an empty cell, None for any other text."""
    if not cell:
        return math.nan
    if len(cell) <= MAX_FIELD and _NUMBER.fullmatch(cell):
        return float(cell)
    word = _WORDS.get(cell.lower().lstrip("+-"))
    return -word if word is not None and cell[0] == "-" else word


def _looks_numeric(cell: str) -> bool:
    return bool(cell) and (as_number(cell) is not None or _DECIMAL_COMMA.fullmatch(cell) is not None)


def _no_number(row: int, column: int, cell: str) -> Message:
    if _DECIMAL_COMMA.fullmatch(cell):
        text = "Row {row}, column {column} holds {cell}, with a decimal comma; save the file with decimal points."
    elif row == 1:
        text = "Row {row}, column {column} holds {cell}, which is no number; a header must hold names only."
    else:
        text = "Row {row}, column {column} holds {cell}, which is no number; mend it or leave the row out."
    return msg(text, row=row, column=column, cell=echo(cell))
