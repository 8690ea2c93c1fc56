"""CSV tables: one sample a row, a column that is the label, the others its features."""

import numpy as np

from model.data.dataset import DataError, Floats, RawData
from model.data.loaders.columns import Cells
from model.data.loaders.csv_column import Column
from model.data.loaders.csv_text import MAX_FIELD, MISSING, Dialect, Line, as_number, blocks, cells_of, number, tidy
from model.data.loaders.gzipped import Unpacked
from model.data.loaders.reading import MAX_CELLS, Source
from model.data.loaders.table import Table
from model.words import msg

_LOOKED_AT = 100_000
"""Cells in whose rows a column must show text to be taken for one that may hold it."""
_MOST_TEXT_COLUMNS = 1_000


def read_csv(source: Source | Unpacked, *, drop_bad_rows: bool, label_column: str = "auto") -> RawData:
    """Read a CSV file.

    Parameters
    ----------
    source : UTF-8 text, one sample a row. A header is recognised by having no number in it, or the numbers from 0
        on; semicolons, tabs or white space may stand in for the commas.
    drop_bad_rows : leave out rows with cells that are empty, NaN or infinite
    label_column : auto, first, last, a column's name or its number from 1

    Raises
    ------
    DataError
        With the row and the column of the first fault; its `table` is what could be read.
    """
    table = read_table(source)
    try:
        return table.samples(label_column, drop_bad_rows=drop_bad_rows)
    except DataError as error:
        error.table = table
        raise


def read_table(source: Source | Unpacked) -> Table:
    """Read the cells of a CSV file; raises DataError at the first row that does not fit."""
    reader: _Reader | None = None
    for lines in blocks(source):
        if reader is None:
            dialect, lines = Dialect.of(lines)  # noqa: PLW2901
            reader = _Reader(dialect, lines[: max(2, min(100, _LOOKED_AT // dialect.n_columns))])
        if lines:
            reader.add(lines)
    if reader is None:
        raise DataError(msg("{path} holds nothing but blank lines.", path=source.shown))
    return Table(reader.cells, source.title, source.shown)


class _Reader:
    """Takes in the rows of a file, block by block."""

    def __init__(self, dialect: Dialect, first: list[Line]) -> None:
        self._n_rows = 0
        self._delimiter = dialect.delimiter
        n = dialect.n_columns
        apart = sorted({0, n - 1, *_columns_with_text(dialect, first)})
        columns = {place: Column(place, last=place == n - 1) for place in apart}
        self.cells = Cells(dialect, [place for place in range(n) if place not in columns], columns)

    def add(self, lines: list[Line]) -> None:
        """Take in a block of rows; raises DataError at the first that does not fit."""
        self._n_rows += len(lines)
        if self._n_rows * self.cells.dialect.n_columns > MAX_CELLS:
            text = "There are more than {limit:,} cells before row {row}; leave some rows out."
            raise DataError(msg(text, limit=MAX_CELLS, row=lines[-1][0]))
        numbers, apart = self._split(lines)
        rows = [row for row, _ in lines]
        self.cells.whole = self.cells.whole and not any("." in f or "e" in f or "E" in f for f in numbers)
        self.cells.numbers.append(self._converted(lines, numbers))
        self.cells.lines.append(np.array(rows, dtype=np.int64))
        for column, cells in zip(self.cells.columns.values(), zip(*apart, strict=True), strict=True):
            column.add(rows, list(cells))

    def _split(self, lines: list[Line]) -> tuple[list[str], list[list[str]]]:
        """Part each row into the text of its numbers and the cells of the columns that may be text."""
        delimiter, expected = self._delimiter, self.cells.dialect.n_columns
        places = list(self.cells.columns)
        ends_only = places == [0, expected - 1]
        numbers, apart = [], []
        for row, text in lines:
            line = tidy(text, delimiter)
            quoted = '"' in line or len(line) > MAX_FIELD
            if ends_only and not quoted and self.cells.is_remembered() and line.count(delimiter) == expected - 1:
                # what most rows are, twice as fast as by splitting them
                first, _, rest = line.partition(delimiter)
                inside, _, last = rest.rpartition(delimiter)
                apart.append([first.strip(), last.strip()])
                numbers.append(inside)
                continue
            cells = cells_of(row, line, delimiter) if quoted else line.split(delimiter)
            if len(cells) != expected:
                said = "Row {row} has {n:,} columns where {expected:,} are expected; fix it or leave it out."
                raise DataError(msg(said, row=row, n=len(cells), expected=expected))
            self.cells.remember(cells)
            apart.append([cells[place].strip() for place in places])
            inner = cells[1:-1] if ends_only else [cells[place] for place in self.cells.places]
            if quoted:
                self._refuse_text(row, inner)
            numbers.append(delimiter.join(inner))
        return numbers, apart

    def _refuse_text(self, row: int, inner: list[str]) -> None:
        """Refuse cells that hold the delimiter, which only quotes made possible: they are no numbers."""
        for place, cell in zip(self.cells.places, inner, strict=True):
            if self._delimiter in cell:
                number(row, place + 1, cell)

    def _converted(self, lines: list[Line], texts: list[str]) -> Floats:
        """Convert the text of some rows to numbers (n, n_columns), NaN where a cell is missing."""
        delimiter, width = self._delimiter, len(self.cells.places)
        if not width:
            return np.zeros((len(lines), 0))
        try:
            filled = [_without_gaps(text, delimiter) for text in texts]
            # Whole numbers are parsed seven times as fast as such.
            dtype = np.int64 if _whole(delimiter.join(filled), delimiter) else np.float64
            x = np.loadtxt(filled, delimiter=delimiter, comments=None, ndmin=2, dtype=dtype)
            if x.shape == (len(lines), width):
                return x.astype(np.float64, copy=False)
        except ValueError:
            pass  # the slow way below knows the place, and what to advise
        x = np.empty((len(lines), width))
        for i, ((row, _), text) in enumerate(zip(lines, texts, strict=True)):
            cells = zip(self.cells.places, text.split(delimiter), strict=True)
            x[i] = [number(row, place + 1, cell.strip()) for place, cell in cells]
        return x


def _columns_with_text(dialect: Dialect, first: list[Line]) -> set[int]:
    """Find the columns whose cells are text in the first rows; a lone word among numbers is a fault, no text."""
    texts, open_ = set[int](), list(range(dialect.n_columns))
    for row, line in first:
        cells = cells_of(row, tidy(line, dialect.delimiter), dialect.delimiter)
        # a number settles a column, so that most rows need not be looked at; a missing cell says nothing
        open_ = [p for p in open_ if p >= len(cells) or not cells[p] or as_number(cells[p]) is None]
        texts.update(p for p in open_ if p < len(cells) and cells[p].lower() not in MISSING)
    found = texts.intersection(open_)
    return found if len(found) <= _MOST_TEXT_COLUMNS else set()


def _whole(text: str, delimiter: str) -> bool:
    """Whether the cells of a text are whole numbers that surely fit into 64 bits; False where in doubt."""
    if not text.isascii():
        return False
    raw = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    digits = (raw - np.uint8(ord("0"))) < 10
    others = raw[~digits]
    # 19 digits in a row, the least that may not fit, hold ten that begin at a multiple of ten.
    tens = digits[: len(digits) // 10 * 10].reshape(-1, 10)
    return bool(((others == ord(delimiter)) | (others == ord("-"))).all() and not tens.all(axis=1).any())


def _without_gaps(text: str, delimiter: str) -> str:
    """Write "nan" into empty cells, which the fast parser does not take."""
    if text.strip() and delimiter * 2 not in text and not text.startswith(delimiter) and not text.endswith(delimiter):
        return text
    return delimiter.join(cell if cell.strip() else "nan" for cell in text.split(delimiter))
