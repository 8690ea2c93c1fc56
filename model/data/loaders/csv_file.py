"""CSV tables: one sample a row, features first, the label in the last column."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.data.dataset import BadCellsError, DataError, Floats, Labels, RawData, Samples
from model.data.loaders.csv_labels import LabelCodes
from model.data.loaders.csv_text import MAX_FIELD, Dialect, Line, blocks, cells_of, number
from model.data.loaders.reading import MAX_CELLS, Source
from model.data.loaders.rows import dropped_note, not_finite
from model.foreign_text import names_from_file
from model.words import Message, echo, msg

_MISSING_LABELS = ("", "nan")


@dataclass(slots=True)
class _Table:
    """What has been read so far."""

    dialect: Dialect
    drop_bad_rows: bool
    x: list[Floats] = field(default_factory=list)
    codes: list[Labels] = field(default_factory=list)
    labels: LabelCodes = field(default_factory=LabelCodes)
    integer: bool = True
    n_rows: int = 0
    n_bad_rows: int = 0
    n_bad_cells: int = 0
    first_bad: tuple[int, int] = (0, 0)
    """Row and column of the first cell that is not finite."""

    def add(self, lines: list[Line]) -> None:
        """Take in a block of rows; raises DataError at the first that does not fit."""
        self.n_rows += len(lines)
        if self.n_rows * self.dialect.n_columns > MAX_CELLS:
            text = "There are more than {limit:,} cells before row {row}; leave some rows out."
            raise DataError(msg(text, limit=MAX_CELLS, row=lines[-1][0]))
        features, labels = self._split(lines)
        self.integer = self.integer and not any("." in f or "e" in f or "E" in f for f in features)
        x = self._numbers(lines, features)
        missing = np.array([label.lower() in _MISSING_LABELS for label in labels])
        bad = np.column_stack([~np.isfinite(x), missing])
        if bad.any():
            self._count_bad(lines, bad)
        kept = np.flatnonzero(~bad.any(axis=1))
        self.x.append(x[kept] if len(kept) < len(x) else x)
        self.codes.append(self.labels.codes([(lines[i][0], labels[i]) for i in kept.tolist()]))

    def _split(self, lines: list[Line]) -> tuple[list[str], list[str]]:
        """Part each row into the text of its features and its label."""
        delimiter, expected = self.dialect.delimiter, self.dialect.n_columns
        features, labels = [], []
        for row, line in lines:
            if '"' in line or len(line) > MAX_FIELD:
                cells = cells_of(row, line, delimiter)
                n_columns = len(cells)
                head, label = delimiter.join(self._plain(row, cells[:-1])), cells[-1]
            else:
                n_columns = line.count(delimiter) + 1
                head, _, label = line.rpartition(delimiter)
            if n_columns != expected:
                text = "Row {row} has {n:,} columns where {expected:,} are expected; mend it or leave it out."
                raise DataError(msg(text, row=row, n=n_columns, expected=expected))
            features.append(head)
            labels.append(label.strip())
        return features, labels

    def _plain(self, row: int, cells: list[str]) -> list[str]:
        """Refuse cells that hold the delimiter, which only quotes made possible: they are no numbers."""
        for column, cell in enumerate(cells, start=1):
            if self.dialect.delimiter in cell:
                number(row, column, cell)
        return cells

    def _numbers(self, lines: list[Line], features: list[str]) -> Floats:
        """Convert the features of some rows to (n, n_features) numbers, NaN where a cell is empty."""
        delimiter, width = self.dialect.delimiter, self.dialect.n_columns - 1
        try:
            filled = [_without_gaps(text, delimiter) for text in features]
            # Whole numbers are parsed seven times as fast as such.
            dtype = np.int64 if _whole(delimiter.join(filled), delimiter) else np.float64
            x = np.loadtxt(filled, delimiter=delimiter, comments=None, ndmin=2, dtype=dtype)
            if x.shape == (len(lines), width):
                return x.astype(np.float64, copy=False)
        except ValueError:
            pass  # the slow way below knows the place, and what to advise
        x = np.empty((len(lines), width))
        for i, ((row, _), text) in enumerate(zip(lines, features, strict=True)):
            cells = text.split(delimiter)
            x[i] = [number(row, column, cell.strip()) for column, cell in enumerate(cells, start=1)]
        return x

    def _count_bad(self, lines: list[Line], bad: npt.NDArray[np.bool_]) -> None:
        if not self.n_bad_cells:
            index, column = np.unravel_index(int(bad.argmax()), bad.shape)
            self.first_bad = (lines[int(index)][0], int(column) + 1)
        self.n_bad_cells += int(bad.sum())
        self.n_bad_rows += int(bad.any(axis=1).sum())

    def finish(self, source: Source) -> RawData:
        """Join the blocks; raises DataError where cells are not finite and their rows are not to be dropped."""
        notes = _notes(self.dialect)
        if self.n_bad_cells:
            if not self.drop_bad_rows:
                raise BadCellsError(not_finite(self.n_bad_cells, *self.first_bad, source.shown))
            notes += (dropped_note(self.n_bad_rows, self.n_rows, source.shown),)
        t, class_names = self.labels.finish(np.concatenate([np.zeros(0, dtype=np.int64), *self.codes]))
        if class_names:
            text = "The labels are text and are numbered in alphabetical order, from {first} to {last}."
            notes += (msg(text, first=echo(class_names[0]), last=echo(class_names[-1])),)
        class_names, escaped = names_from_file(class_names)
        feature_names, escaped_too = names_from_file(self.dialect.names[:-1])
        if escaped or escaped_too:
            notes += (msg("Names hold characters that cannot be shown; escapes such as \\x1b stand for them."),)
        return RawData(
            name=source.title,
            train=Samples(np.concatenate([np.zeros((0, self.dialect.n_columns - 1)), *self.x]), t),
            test=None,
            integer=self.integer,
            feature_names=feature_names,
            notes=notes,
            class_names=class_names,
        )


def read_csv(source: Source, *, drop_bad_rows: bool) -> RawData:
    """Read a CSV file.

    Parameters
    ----------
    source : UTF-8 text, one sample a row, the label (an integer, or a name) in the last column. A header
        is recognised by having no number in it; semicolons or tabs may stand in for the commas.
    drop_bad_rows : leave out rows with cells that are empty, NaN or infinite

    Raises
    ------
    DataError
        With the row and the column of the first fault.
    """
    table: _Table | None = None
    for lines in blocks(source):
        if table is None:
            table = _Table(Dialect.of(lines), drop_bad_rows=drop_bad_rows)
            lines = lines[1:] if table.dialect.names else lines  # noqa: PLW2901
        if lines:
            table.add(lines)
    if table is None:
        raise DataError(msg("{path} holds nothing but blank lines.", path=source.shown))
    return table.finish(source)


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


def _notes(dialect: Dialect) -> tuple[Message, ...]:
    notes: tuple[Message, ...] = ()
    if dialect.names:
        names = ", ".join(echo(name)[1:-1] for name in dialect.names[:5]) + (", …" if len(dialect.names) > 5 else "")
        notes += (msg("The first row is taken as a header: {names}.", names=names),)
    if dialect.delimiter == ";":
        notes += (msg("The columns are parted by semicolons."),)
    if dialect.delimiter == "\t":
        notes += (msg("The columns are parted by tabs."),)
    return notes
