"""A table as it was read: its cells, and what becomes of them for any choice of the label."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from model.data.dataset import BadCellsError, DataError, Floats, Labels, RawData, Samples
from model.data.loaders import roles
from model.data.loaders.csv_column import Column
from model.data.loaders.csv_text import Dialect, value_of
from model.data.loaders.roles import Roles
from model.data.loaders.rows import dropped_note, not_finite
from model.foreign_text import names_from_file
from model.words import Message, echo, msg

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


class Table:
    """All rows of a file, to be asked for samples again and again; it answers what `roles` wants to know."""

    def __init__(self, cells: Cells, title: str, shown: str) -> None:
        self._cells = cells
        self._title = title
        self._shown = shown
        self.names: tuple[str, ...] = cells.dialect.names
        self.n_columns = cells.dialect.n_columns
        self.n_rows = sum(map(len, cells.lines))
        self._where = {place: at for at, place in enumerate(cells.places)}
        self.head: Sequence[Sequence[str]] = cells.head
        """The first rows as they stand in the file."""

    # ---- what there is to know about a column

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
        """List the columns in which nothing stands."""
        nothing = np.ones(len(self._where), dtype=bool)
        for block in self._cells.numbers:
            nothing[nothing] = np.isnan(block[:, nothing]).all(axis=0) if nothing.any() else False
        found = [place for place, column in self._cells.columns.items() if column.is_empty()]
        return sorted(found + [place for place, at in self._where.items() if nothing[at]])

    def looks_like_label(self, place: int) -> bool:
        return self._label_column(place).looks_like_label(self.n_rows)

    def can_be_label(self, place: int) -> bool:
        try:
            self._labels((place,))
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
            label, _ = self._labels((place,))
            other, _ = self._labels(block)
        except DataError:
            return False
        pairs = len(np.unique(np.column_stack([label, other]), axis=0))
        return pairs == len(np.unique(label)) == len(np.unique(other))

    # ---- samples

    def roles(self, label_column: str) -> Roles:
        """Decide what each column is taken for; raises DataError where the label's column does not exist."""
        return roles.choose(label_column, self)

    def samples(self, label_column: str, *, drop_bad_rows: bool) -> RawData:
        """Part the columns into features and labels.

        Raises
        ------
        DataError
            Where the label's column does not exist or holds no classes, a feature is text, cells are not finite
            and their rows are not to be dropped, or there is one class only and no column was named.
        """
        found = self.roles(label_column)
        others = {*found.label, *found.left_out}
        features = [place for place in range(self.n_columns) if place not in others]
        x, integer = self._features(features)
        t, class_names = self._labels(found.label)
        bad = np.column_stack([~np.isfinite(x), self._is_unlabelled(found.label)])
        notes = (*self._notes(), *self._label_note(label_column, found), *found.notes)
        if bad.any():
            notes += self._dropped(bad, features, found.label, drop_bad_rows=drop_bad_rows)
            kept = ~bad.any(axis=1)
            x, t = x[kept], t[kept]
        self._check_classes(t, label_column, found)
        class_names, escaped = names_from_file(class_names)
        names, escaped_too = names_from_file(self.names[p] for p in features if self.names)
        if class_names and len(found.label) == 1:
            text = "The labels are text and are numbered in alphabetical order, from {first} to {last}."
            notes += (msg(text, first=echo(class_names[0]), last=echo(class_names[-1])),)
        if escaped or escaped_too:
            notes += (msg("Names hold characters that cannot be shown; escapes such as \\x1b stand for them."),)
        return RawData(
            self._title, Samples(x, t), None, integer, feature_names=names, notes=notes, class_names=class_names,
            table=self,
        )  # fmt: skip

    def _features(self, features: list[int]) -> tuple[Floats, bool]:
        """Put the columns of some features together, (n_rows, n_features), and tell whether all are whole numbers."""
        cells = self._cells
        where = self._where
        x = np.empty((self.n_rows, len(features)))
        inside = [(i, where[place]) for i, place in enumerate(features) if place in where]
        to, of = ([pair[side] for pair in inside] for side in (0, 1))
        start = 0
        for block in cells.numbers:
            x[start : start + len(block), to] = block if of == list(range(block.shape[1])) else block[:, of]
            start += len(block)
        apart = [(i, cells.columns[place]) for i, place in enumerate(features) if place not in where]
        for i, column in apart:
            if column.is_text() and any(value_of(cell) is None for cell in column.cells):
                raise DataError(self._is_text(column))
            x[:, i] = column.numbers()
        return x, (cells.whole or not inside) and all(column.is_whole() for _, column in apart)

    def _is_text(self, column: Column) -> Message:
        cell, (_, row) = next((cell, where) for cell, where in column.cells.items() if cell)
        text = (
            "Column {column} holds text, such as {cell} in row {row}, and text can only be the label. If this column "
            "is the label, name it: --label-column {name}."
        )
        name = roles.name_for(self, column.place)
        return msg(text, column=roles.called(self, column.place), cell=echo(cell), row=row, name=name)

    def _labels(self, label: tuple[int, ...]) -> tuple[Labels, tuple[str, ...]]:
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

    def _is_unlabelled(self, label: tuple[int, ...]) -> Flags:
        if len(label) > 1:
            return np.asarray(~np.isfinite(np.column_stack([self.column(place) for place in label])).all(axis=1))
        column = self._cells.columns.get(label[0])
        return np.isnan(self.column(label[0])) if column is None else column.is_missing()

    def _dropped(
        self, bad: Flags, features: list[int], label: tuple[int, ...], *, drop_bad_rows: bool
    ) -> tuple[Message, ...]:
        if not drop_bad_rows:
            # the first as one reads: by rows, then from the left
            order = np.argsort([*features, label[0]])
            row, at = np.unravel_index(int(bad[:, order].argmax()), bad.shape)
            lines = np.concatenate(self._cells.lines)
            place = [*features, label[0]][int(order[at])]
            raise BadCellsError(not_finite(int(bad.sum()), int(lines[row]), place + 1, self._shown))
        return (dropped_note(int(bad.any(axis=1).sum()), self.n_rows, self._shown),)

    def _check_classes(self, t: Labels, label_column: str, found: Roles) -> None:
        if label_column not in (roles.AUTO, roles.FIRST, roles.LAST) or len(t) < 2 or (t != t[0]).any():
            return
        where = roles.called(self, found.label[0])
        text = (
            "There is only one class in column {column}: {label}. Choose another column as the label, or name this "
            "one to use it all the same: --label-column {name}."
        )
        name = roles.name_for(self, found.label[0])
        raise DataError(msg(text, column=where, label=echo(self._class_called(found.label)), name=name))

    def _class_called(self, label: tuple[int, ...]) -> str:
        t, names = self._labels(label)
        return names[int(t[0])] if names else str(t[0])

    # ---- what is said

    def _notes(self) -> Iterator[Message]:
        if self.names:
            shown = ", ".join(echo(name)[1:-1] for name in self.names[:5]) + (", …" if len(self.names) > 5 else ".")
            yield msg("The first row is taken as a header: {names}", names=shown)
        separated = {
            ";": msg("The columns are separated by semicolons."),
            "\t": msg("The columns are separated by tabs."),
            " ": msg("The columns are separated by spaces."),
        }
        if self._cells.dialect.delimiter in separated:
            yield separated[self._cells.dialect.delimiter]

    def _label_note(self, label_column: str, found: Roles) -> Iterator[Message]:
        """Say which column was taken for the label, where that is not the usual one."""
        if len(found.label) == 1 and found.label[0] != self.n_columns - 1 and label_column == roles.AUTO:
            yield msg("Column {name} is taken as the label.", name=roles.called(self, found.label[0]))
