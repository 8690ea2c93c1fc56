"""The text of a CSV file: bounded blocks of lines, the delimiter, the header, and what a cell says."""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from model.data.dataset import DataError
from model.data.loaders.gzipped import Unpacked
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
MISSING = ("", "na", "n/a", "?", "null")
"""Cells of the inputs that count as missing, in lower case; NaN itself counts as a number."""
TRUTHS = {"true": 1.0, "false": 0.0}
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_DELIMITERS = (";", "\t", ",", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=."?', re.IGNORECASE)
"""What Excel writes, and reads, above a table."""
_LOOKED_AT = 100
_NUMBERED_FROM = 5
"""Columns from which on a first row 0, 1, 2, … can be no sample."""

Line = tuple[int, str]
"""A line's number as people count (the first is 1), and its text."""


def blocks(source: Source | Unpacked) -> Iterator[list[Line]]:
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
            raise DataError(msg("Row {row} is longer than 8 MB; this is not a table of samples.", row=first))
        text, tail = _decoded(tail[:cut], number), tail[cut:]
        lines = text.removesuffix("\n").split("\n")
        found = [(i, line) for i, line in enumerate(lines, start=number) if line and not line.isspace()]
        number += len(lines) if text else 0
        if found:
            yield found
        if not block:
            return


def _without_mark(source: Source | Unpacked, block: bytes) -> bytes:
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
        raise DataError(msg("Row {row} is not UTF-8 text; save the file as UTF-8.", row=row)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the rows of one file are written."""

    delimiter: str
    """"," ";" "|" or a tab, or " " for any white space."""
    n_columns: int
    names: tuple[str, ...]
    """What the header calls the columns; () without a header."""

    @classmethod
    def of(cls, lines: list[Line]) -> tuple[Self, list[Line]]:
        """Recognise delimiter and header from the first lines, and give the lines that hold samples.

        Raises
        ------
        DataError
            Where there is no table.
        """
        lines = _without_comments(lines[1:] if len(lines) > 1 and _SEPARATOR_LINE.fullmatch(lines[0][1]) else lines)
        row, first = lines[0]
        delimiter = _delimiter(lines)
        cls._check_width(row, first.count(delimiter) + 1)
        cells = _cells(lines[0], delimiter)
        below = _cells(lines[1], delimiter) if len(lines) > 1 else []
        if len(cells) < 2 and len(below) < 2:
            text = "Row {row} has one column; features and the label are needed, with commas between them."
            raise DataError(msg(text, row=row))
        if not _is_header(cells, below):
            return cls(delimiter, len(cells), ()), lines
        if below and len(below) == len(cells) - 1 and not cells[-1]:
            cells = cells[:-1]  # a comma behind the last name
        if len(below) == len(cells) + 1:
            # R's write.table gives no name to the names of the rows, other programs none to what follows the last comma
            ends_open = all(not _cells(line, delimiter)[-1] for line in lines[1:_LOOKED_AT])
            cells = [*cells, ""] if ends_open else ["", *cells]
        return cls(delimiter, len(cells), tuple(cells)), lines[1:]

    @staticmethod
    def _check_width(row: int, n_columns: int) -> None:
        if n_columns > MAX_COLUMNS + 1:
            text = "Row {row} has {n:,} columns; at most {limit:,} can be taken. Leave some out."
            raise DataError(msg(text, row=row, n=n_columns, limit=MAX_COLUMNS + 1))


def _without_comments(lines: list[Line]) -> list[Line]:
    """Leave out the comments that open a file; what numpy.savetxt writes above the columns is their header."""
    n = next((i for i, (_, line) in enumerate(lines) if not line.startswith("#")), 0)
    if not n:
        return lines
    delimiter = _delimiter(lines[n:])
    row, comment = lines[n - 1]
    names = (row, comment.lstrip("# "))
    is_header = len(_cells(names, delimiter)) == len(_cells(lines[n], delimiter))
    return [names, *lines[n:]] if is_header else lines[n:]


def _delimiter(lines: list[Line]) -> str:
    # Text may hold the other delimiters too, but not equally often in two rows.
    first, second = lines[0][1], lines[1][1] if len(lines) > 1 else ""
    counts = [(d, first.count(d), second.count(d)) for d in _DELIMITERS]
    steady = [d for d, here, next_ in counts if here and (here == next_ or len(lines) == 1)]
    if steady[:1] == ["\t"] and _is_ragged(lines[:_LOOKED_AT]):
        return " "
    if steady:
        return steady[0]
    found = max(counts, key=lambda count: count[1])
    return found[0] if found[1] else " " if _is_spaced(first, second) else ","


def _is_ragged(lines: list[Line]) -> bool:
    """Whether single tabs do not part all rows alike, and white space of any width does, as in files made by hand."""
    return len({line.count("\t") for _, line in lines}) > 1 and len({len(line.split()) for _, line in lines}) == 1


def _is_spaced(first: str, second: str) -> bool:
    """Whether white space parts the columns: as many in two rows, perhaps one more below a header, and numbers."""
    above, below = first.split(), second.split()
    numbers = any(looks_numeric(cell) for cell in (below or above))
    return len(below or above) > 1 and numbers and (not below or len(below) - len(above) in (0, 1))


def _cells(line: Line, delimiter: str) -> list[str]:
    row, text = line
    return cells_of(row, tidy(text, delimiter), delimiter)


def tidy(line: str, delimiter: str) -> str:
    """Put one space where any white space parts the columns."""
    return " ".join(line.split()) if delimiter == " " else line


def _is_header(cells: list[str], below: list[str]) -> bool:
    """Whether the first row names the columns: no number is in it, or they are numbered from 0 as pandas does."""
    if not any(looks_numeric(cell) for cell in cells):
        return any(cells)
    numbered = cells[1:] if not cells[0] else cells[:-1] if not looks_numeric(cells[-1]) else cells
    named = len(numbered) < len(cells)
    follows = bool(below) and below[0] == str(len(cells))  # then it is the first row of numpy.arange
    counting = numbered == [str(i) for i in range(len(numbered))]
    return counting and not follows and len(below) == len(cells) and (named or len(cells) >= _NUMBERED_FROM)


def cells_of(row: int, line: str, delimiter: str) -> list[str]:
    """Split a line into its cells, quotes taken away; raises DataError where a cell is too long."""
    if len(line) > MAX_FIELD:
        _check_fields(row, line, delimiter)
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error:
        raise DataError(
            msg(
                "Row {row} has a quotation mark that does not close in it; remove it, or the line break in the quotes.",
                row=row,
            )
        ) from None


def _check_fields(row: int, line: str, delimiter: str) -> None:
    """Refuse a line with a cell of more than MAX_FIELD characters."""
    for column, cell in enumerate(line.split(delimiter), start=1):
        if len(cell) > MAX_FIELD:
            text = "Row {row}, column {column} holds {n:,} characters, which is not a number; fix that row."
            raise DataError(msg(text, row=row, column=column, n=len(cell)))


def value_of(cell: str) -> float | None:
    """Read a cell of the inputs: a number, a truth as 1 or 0, NaN where it is missing, None for any other text."""
    value = as_number(cell)
    if value is not None:
        return value
    word = cell.lower()
    return math.nan if word in MISSING else TRUTHS.get(word)


def number(row: int, column: int, cell: str) -> float:
    """Read a cell of the inputs; raises DataError, with advice, where it is no number."""
    value = value_of(cell)
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


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number, or would be one with a point instead of the comma."""
    return bool(cell) and (as_number(cell) is not None or _DECIMAL_COMMA.fullmatch(cell) is not None)


def _no_number(row: int, column: int, cell: str) -> Message:
    if _DECIMAL_COMMA.fullmatch(cell):
        text = "Row {row}, column {column} holds {cell}, with a decimal comma; save the file with decimal points."
    elif row == 1:
        text = "Row {row}, column {column} holds {cell}, which is not a number; a header must hold names only."
    else:
        text = "Row {row}, column {column} holds {cell}, which is not a number; fix it or leave the row out."
    return msg(text, row=row, column=column, cell=echo(cell))
