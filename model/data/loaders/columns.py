"""The columns of a table as they were read, and all that there is to know about them."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError, Floats, Labels
from model.data.loaders.csv_column import Column
from model.data.loaders.csv_text import Dialect

_LEAST_COUNTED = 3
"""Rows from which on numbers that count up are no accident."""
_SURE_COUNTED = 10
"""Rows from which on this holds for the last column too, where classes may stand."""
_HEAD_ROWS, _HEAD_CELLS = 40, 100_000

Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Cells:
    """The cells of a file: most columns as numbers, block by block, those that may be text as columns.

    Attributes
    ----------
    places : which columns of the file the columns of `numbers` are
    numbers : blocks (n_rows of the block, len(places)), NaN where a cell is missing
    lines : for each block the numbers (n_rows of the block,) of its rows in the file
    columns : the columns that may be text, by their place
    head : the first rows as text
    """

    dialect: Dialect
    places: list[int]
    columns: dict[int, Column]
    numbers: list[Floats] = field(default_factory=list)
    lines: list[Labels] = field(default_factory=list)
    head: list[list[str]] = field(default_factory=list)
    whole: bool = True
    """Whether all cells of `numbers` are written as whole numbers."""

    def is_remembered(self) -> bool:
        """Whether there are enough rows to look at."""
        return len(self.head) >= max(5, min(_HEAD_ROWS, _HEAD_CELLS // self.dialect.n_columns))

    def remember(self, cells: list[str]) -> None:
        """Keep a row to look at, while there are few."""
        if not self.is_remembered():
            self.head.append(cells)


class ReadColumns:
    """Answers what `roles` wants to know, and gives labels; places count from 0."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.names: tuple[str, ...] = cells.dialect.names
        self.n_columns = cells.dialect.n_columns
        self.n_rows = sum(map(len, cells.lines))
        self._where = {place: at for at, place in enumerate(cells.places)}

    def column(self, place: int) -> Floats:
        """Give a column's numbers (n_rows,); raises DataError where it holds text."""
        if place in self._cells.columns:
            return self._cells.columns[place].numbers()
        at = self._where[place]
        return np.concatenate([np.zeros(0), *(block[:, at] for block in self._cells.numbers)])

    def is_text(self, place: int) -> bool:
        column = self._cells.columns.get(place)
        return column is not None and column.is_text()

    def empty(self) -> list[int]:
        """List the columns that are empty."""
        nothing = np.ones(len(self._where), dtype=bool)
        for block in self._cells.numbers:
            nothing[nothing] = np.isnan(block[:, nothing]).all(axis=0) if nothing.any() else False
        found = [place for place, column in self._cells.columns.items() if column.is_empty()]
        return sorted(found + [place for place, at in self._where.items() if nothing[at]])

    def looks_like_label(self, place: int) -> bool:
        return self._label_column(place).looks_like_label(self.n_rows)

    def can_be_label(self, place: int) -> bool:
        try:
            self.labels((place,))
        except DataError:
            return False
        return True

    def counting(self) -> list[int]:
        """List the columns that count up by 1 from 0 or 1 in every row."""
        if self.n_rows < _LEAST_COUNTED:
            return []
        found = {place for place in self._cells.columns if self._text_counts(place)}
        found |= {place for place, at in self._where.items() if self._block_counts[at]}
        last = self.n_columns - 1
        return sorted(found - ({last} if self.n_rows < _SURE_COUNTED else set()))

    def _text_counts(self, place: int) -> bool:
        values = self._numbers_or_none(place)
        return values is not None and values[0] in (0, 1) and np.array_equal(values, values[0] + np.arange(self.n_rows))

    @cached_property
    def _block_counts(self) -> Flags:
        """(n_columns of the blocks,) which of them count up."""
        first = self._cells.numbers[0][0]
        counts = np.isin(first, (0, 1))
        start = 0
        for block in self._cells.numbers:
            # most columns are out after two rows, and the rest need not be looked at
            for rows in (slice(0, 2), slice(2, None)):
                part = block[rows]
                wanted = first[counts] + np.arange(start, start + len(part))[:, None]
                counts[counts] = (part[:, counts] == wanted).all(axis=0)
                start += len(part)
        return counts

    def _numbers_or_none(self, place: int) -> Floats | None:
        try:
            return self.column(place)
        except DataError:
            return None

    @cached_property
    def _hot(self) -> tuple[int, ...]:
        sums, rows = np.zeros(self.n_rows), np.ones(self.n_rows, dtype=bool)
        n_used = 0
        for place in range(self.n_columns - 1, 0, -1):
            values = self._numbers_or_none(place)
            if values is None:
                return ()
            rows &= np.isfinite(values)
            if not np.isin(values[rows], (0, 1)).all():
                return ()
            sums += np.where(rows, values, 0)
            n_used += bool(values[rows].any())
            if (sums[rows] > 1).any():
                return ()
            if n_used > 1 and (sums[rows] == 1).all():
                return tuple(range(place, self.n_columns))
        return ()

    def one_hot(self) -> tuple[int, ...]:
        return self._hot

    @cached_property
    def _counted_names(self) -> Counter[str]:
        return Counter(self.names)

    def is_unique(self, name: str) -> bool:
        return self._counted_names[name] == 1

    def tells(self, place: int, block: tuple[int, ...]) -> bool:
        try:
            label, _ = self.labels((place,))
            other, _ = self.labels(block)
        except DataError:
            return False
        pairs = len(np.unique(np.column_stack([label, other]), axis=0))
        return pairs == len(np.unique(label)) == len(np.unique(other))

    def labels(self, label: tuple[int, ...]) -> tuple[Labels, tuple[str, ...]]:
        """Give the label of each row, and the names of the classes; () where they are the labels' numbers."""
        if len(label) > 1:
            hot = np.column_stack([self.column(place) for place in label])
            names = tuple(self.names[place] for place in label) if self.names else ()
            return np.nan_to_num(hot).argmax(axis=1).astype(np.int64), names
        column = self._label_column(label[0])
        codes = column.codes()
        table, names = column.classes()
        return table[codes] if len(codes) else codes, names

    def _label_column(self, place: int) -> Column:
        """Look at a column, perhaps of numbers, as a label."""
        if place in self._cells.columns:
            return self._cells.columns[place]
        column = Column(place, last=False)
        lines = np.concatenate([np.zeros(0, dtype=np.int64), *self._cells.lines])
        texts = ["" if value != value else f"{value:.17g}" for value in self.column(place).tolist()]  # noqa: PLR0124  NaN
        column.add(lines.tolist(), texts)
        return column

    def is_unlabelled(self, label: tuple[int, ...]) -> Flags:
        if len(label) > 1:
            return np.asarray(~np.isfinite(np.column_stack([self.column(place) for place in label])).all(axis=1))
        column = self._cells.columns.get(label[0])
        return np.isnan(self.column(label[0])) if column is None else column.is_missing()
