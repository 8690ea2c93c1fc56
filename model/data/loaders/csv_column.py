"""One column of a table that may hold text: numbered by its different cells while it is read, understood afterwards."""

import math
from dataclasses import dataclass, field

import numpy as np

from model.data.dataset import DataError, Floats, Labels
from model.data.loaders.csv_text import as_number, looks_numeric, number, value_of
from model.words import Message, echo, msg

# More different cells than this are measurements, not classes.
MAX_CLASSES = 10_000
_LARGEST = 2**53
_FEW, _FEW_WORDS = 100, 1_000
"""Different whole numbers, and different texts, up to which a column looks like classes."""
_FEW_APART = 20
"""The same for whole numbers that lie apart."""
_FEW_ROWS = 0.8
"""Different whole numbers for each row up to which they may be classes: a dozen digits hold eight kinds."""
_MISSING_LABELS = ("", "nan")


@dataclass(slots=True)
class Column:
    """The cells of one column, by their code while they are few, as numbers once they are many.

    Attributes
    ----------
    place : which column of the file it is, from 0
    last : whether it is the last one
    cells : each different text with its code and the first row that has it
    """

    place: int
    last: bool
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    many: bool = False
    """Whether there are more different cells than classes can be."""
    _codes: list[Labels] = field(default_factory=list)
    _numbers: list[Floats] = field(default_factory=list)
    _first_text: tuple[int, str] | None = None
    """Row and cell of the first text, once only numbers are kept."""

    def add(self, rows: list[int], cells: list[str]) -> None:
        """Take in the cells of some rows."""
        if self.many:
            self._numbers.append(np.array([self._lenient(row, cell) for row, cell in zip(rows, cells, strict=True)]))
            return
        known = self.cells
        codes = [known.setdefault(cell, (len(known), row))[0] for row, cell in zip(rows, cells, strict=True)]
        self._codes.append(np.array(codes, dtype=np.int64))
        if len(known) > MAX_CLASSES:
            self._keep_numbers_only()

    def _keep_numbers_only(self) -> None:
        table = np.array([self._lenient(row, cell) for cell, (_, row) in self.cells.items()])
        self._numbers = [table[codes] for codes in self._codes]
        self._codes.clear()
        self.many = True

    def _lenient(self, row: int, cell: str) -> float:
        value = value_of(cell)
        if value is None and self._first_text is None:
            self._first_text = (row, cell)
        return math.nan if value is None else value

    def codes(self) -> Labels:
        """Give the code (n,) of each row; raises DataError where there are too many different cells."""
        if self.many:
            self.classes()  # which has a better sentence for a column of fractions
            text = "There are more than {limit:,} different labels in {column}; it must hold the classes."
            raise DataError(msg(text, column=self.said(), limit=MAX_CLASSES))
        return np.concatenate([np.zeros(0, dtype=np.int64), *self._codes])

    def numbers(self) -> Floats:
        """Give the numbers (n,), NaN where a cell is empty; raises DataError at the first cell that is text."""
        if self.many:
            if self._first_text is not None:
                number(self._first_text[0], self.place + 1, self._first_text[1])
            return np.concatenate(self._numbers)
        table = np.zeros(len(self.cells))
        for cell, (code, row) in self.cells.items():
            table[code] = number(row, self.place + 1, cell)
        found: Floats = table[np.concatenate([np.zeros(0, dtype=np.int64), *self._codes])]
        return found

    def is_whole(self) -> bool:
        """Whether no cell that is a number is written with a point or an exponent."""
        return not self.many and not any("." in cell or "e" in cell or "E" in cell for cell in self._numeric_cells())

    def is_missing(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(n,) where the label is missing."""
        table = np.array([cell.lower() in _MISSING_LABELS for cell in self.cells] or [False])
        return np.asarray(table[self.codes()])

    def is_empty(self) -> bool:
        """Whether every cell of this column is empty."""
        return not self.many and set(self.cells) == {""}

    def is_text(self) -> bool:
        """Whether every cell that is not missing is text."""
        present = self._present()
        return not self.many and bool(present) and not any(looks_numeric(cell) for cell in present)

    def looks_like_label(self, n_rows: int) -> bool:
        """Whether the column holds few different texts, or few whole numbers, that come back."""
        present = self._present()
        if self.many or len(present) < 2:
            return False
        few = max(n_rows // 2, 2 if n_rows > 2 else 0)
        if self.is_text():
            return len(present) <= min(few, _FEW_WORDS)
        values = [as_number(cell) for cell in present]
        whole = {int(v) for v in values if v is not None and math.isfinite(v) and v.is_integer()}
        if not len(whole) == len(values) <= _FEW:
            return False
        if max(whole) - min(whole) < 2 * len(whole):  # close together, as classes are and measurements rarely
            return len(whole) <= max(few, _FEW_ROWS * n_rows)
        return len(whole) <= min(few, _FEW_APART) and self._each_comes_back()

    def _each_comes_back(self) -> bool:
        """Whether no cell is alone, as the odd pixel in the corner of a picture is."""
        return bool((np.bincount(self.codes(), minlength=len(self.cells)) >= 2).all())

    def _present(self) -> list[str]:
        return [cell for cell in self.cells if cell.lower() not in _MISSING_LABELS]

    def _numeric_cells(self) -> list[str]:
        return [cell for cell in self.cells if as_number(cell) is not None]

    def classes(self) -> tuple[Labels, tuple[str, ...]]:
        """Give the label of each code and the names of the classes, () where the labels are integers.

        Raises
        ------
        DataError
            At the first label that is a number but no integer.
        """
        cells = {cell: where for cell, where in self.cells.items() if cell.lower() not in _MISSING_LABELS}
        if any(as_number(cell) is None for cell in cells):
            names = sorted(cells)
            place = {name: i for i, name in enumerate(names)}
            return np.array([place.get(cell, 0) for cell in self.cells], dtype=np.int64), tuple(names)
        integers = {cell: self._integer(row, cell) for cell, (_, row) in cells.items()}
        return np.array([integers.get(cell, 0) for cell in self.cells], dtype=np.int64), ()

    def _integer(self, row: int, cell: str) -> int:
        value = as_number(cell)
        if value is not None and math.isfinite(value) and value.is_integer() and abs(value) <= _LARGEST:
            return int(value)
        said = "The label in row {row}, {column}, is {label}, which is not an integer; number the classes 0, 1, 2, …"
        raise DataError(msg(said, row=row, column=self.said(), label=echo(cell)))

    def said(self) -> Message:
        """Name the column as people count them."""
        return msg("the last column") if self.last else msg("column {number}", number=self.place + 1)
