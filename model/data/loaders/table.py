"""A table as it was read, and the samples that it gives for any choice of the label."""

from collections.abc import Iterator, Sequence

import numpy as np

from model.data.dataset import BadCellsError, DataError, Floats, Labels, RawData, Samples
from model.data.loaders import roles
from model.data.loaders.columns import Cells, Flags, ReadColumns
from model.data.loaders.csv_column import Column
from model.data.loaders.csv_text import value_of
from model.data.loaders.roles import Roles
from model.data.loaders.rows import ESCAPED_NAMES, dropped_note, not_finite
from model.foreign_text import LONGEST_NAME, names_from_file, showable
from model.words import Message, echo, first_few, msg

_NAMES_SHOWN = 5


class Table:
    """All rows of a file, to be asked for samples again and again."""

    def __init__(self, cells: Cells, title: str, shown: str) -> None:
        self._cells = cells
        self._title = title
        self._shown = shown
        self.columns = ReadColumns(cells)
        self.head: Sequence[Sequence[str]] = cells.head
        """The first rows as they stand in the file."""

    def roles(self, label_column: str) -> Roles:
        """Decide what each column is taken for; raises DataError where the label's column does not exist."""
        return roles.choose(label_column, self.columns)

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
        features = [place for place in range(self.columns.n_columns) if place not in others]
        x, integer = self._features(features)
        t, class_names = self.columns.labels(found.label)
        bad = np.column_stack([~np.isfinite(x), self.columns.is_unlabelled(found.label)])
        notes = (*self._notes(), *self._label_note(label_column, found), *found.notes)
        if bad.any():
            notes += self._dropped(bad, features, found.label, drop_bad_rows=drop_bad_rows)
            kept = ~bad.any(axis=1)
            x, t = x[kept], t[kept]
        self._check_classes(t, class_names, label_column, found)
        class_names, escaped = names_from_file(class_names)
        names, escaped_too = names_from_file(self.columns.names[p] for p in features if self.columns.names)
        if class_names and len(found.label) == 1:
            text = "The labels are text and are numbered in alphabetical order, from {first} to {last}."
            notes += (msg(text, first=echo(class_names[0]), last=echo(class_names[-1])),)
        if escaped or escaped_too:
            notes += (ESCAPED_NAMES,)
        return RawData(
            self._title, Samples(x, t), None, integer, feature_names=names, notes=notes, class_names=class_names,
            table=self,
        )  # fmt: skip

    def _features(self, features: list[int]) -> tuple[Floats, bool]:
        """Put the columns of some features together, (n_rows, n_features), and tell whether all are whole numbers."""
        cells = self._cells
        where = {place: at for at, place in enumerate(cells.places)}
        x = np.empty((self.columns.n_rows, len(features)))
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
        cell, (_, row) = next((cell, at) for cell, at in column.cells.items() if value_of(cell) is None)
        text = (
            "Column {column} holds text, such as {cell} in row {row}, and text can only be the label. If this column "
            "is the label, name it: --label-column {name}."
        )
        name = roles.name_for(self.columns, column.place)
        return msg(text, column=roles.called(self.columns, column.place), cell=echo(cell), row=row, name=name)

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
        return (dropped_note(int(bad.any(axis=1).sum()), self.columns.n_rows, self._shown),)

    def _check_classes(self, t: Labels, class_names: tuple[str, ...], label_column: str, found: Roles) -> None:
        if label_column not in (roles.AUTO, roles.FIRST, roles.LAST) or len(t) < 2 or (t != t[0]).any():
            return
        where = roles.called(self.columns, found.label[0])
        text = (
            "Column {column} holds only one class, {label}. Choose another column as the label, or name this one "
            "to use it anyway: --label-column {name}."
        )
        name = roles.name_for(self.columns, found.label[0])
        called = class_names[int(t[0])] if class_names else str(t[0])
        raise DataError(msg(text, column=where, label=echo(called), name=name))

    # ---- what is said

    def _notes(self) -> Iterator[Message]:
        if self.columns.names:
            shown = first_few((showable(name, LONGEST_NAME) for name in self.columns.names), _NAMES_SHOWN)
            yield msg("The first row is taken as a header ({names}).", names=shown)
        separated = {
            ";": msg("The columns are separated by semicolons."),
            "\t": msg("The columns are separated by tabs."),
            " ": msg("The columns are separated by spaces."),
            "|": msg("The columns are separated by vertical bars."),
        }
        if self._cells.dialect.delimiter in separated:
            yield separated[self._cells.dialect.delimiter]

    def _label_note(self, label_column: str, found: Roles) -> Iterator[Message]:
        """Say which column was taken for the label, where that is not the usual one."""
        if len(found.label) == 1 and found.label[0] != self.columns.n_columns - 1 and label_column == roles.AUTO:
            yield msg("Column {name} is taken as the label.", name=roles.called(self.columns, found.label[0]))
