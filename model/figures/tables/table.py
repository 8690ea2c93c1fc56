"""What a Table is: the numbers behind a panel with their names, meanings and units, one observation a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.words import Message

Kind = Literal["integer", "number", "string"]
Values = npt.NDArray[np.generic] | Sequence[str]
Cell = int | float | str | None


@dataclass(frozen=True, slots=True)
class Column:
    """A variable: what its numbers mean wherever its name stands.

    Attributes
    ----------
    name : in snake_case; the same name has the same meaning in every file
    kind : what its cells are; any cell may be missing
    meaning : a phrase that tells it
    unit : "" where the number has none, or is a count
    """

    name: str
    kind: Kind
    meaning: Message
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Observations of one kind.

    Attributes
    ----------
    name : what a row is, such as "confusion"
    columns : the variables
    values : for each column (n_rows,) an array of numbers, masked where there is none, or texts; NaN is a value
    """

    name: str
    columns: tuple[Column, ...]
    values: tuple[Values, ...]

    @property
    def n_rows(self) -> int:
        return len(self.values[0]) if self.values else 0

    def rows(self, names: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
        """Go through the rows with these columns, a few at a time; what the table does not have is None."""
        places = [self._place(name) for name in names]
        for start in range(0, self.n_rows, _BLOCK):
            parts = [None if place is None else _cells(self.values[place], start) for place in places]
            n = min(_BLOCK, self.n_rows - start)
            yield from zip(*([None] * n if part is None else part for part in parts), strict=True)

    def _place(self, name: str) -> int | None:
        return next((place for place, column in enumerate(self.columns) if column.name == name), None)


_BLOCK = 4096


def table_of(name: str, *columns: tuple[Column, Values]) -> Table:
    """Make a Table of columns that are equally long."""
    n_rows = {len(values) for _, values in columns}
    if len(n_rows) > 1:
        raise ValueError(f"the columns of {name} are not equally long")
    return Table(name, tuple(column for column, _ in columns), tuple(values for _, values in columns))


def stacked(name: str, parts: Sequence[Table]) -> Table:
    """Put tables of the same columns below one another."""
    columns = zip(*(part.values for part in parts), strict=True)
    return Table(name, parts[0].columns, tuple(joined(each) for each in columns))


def gaps(n: int) -> npt.NDArray[np.float64]:
    """Give n numbers that there are not."""
    return np.ma.MaskedArray(np.full(n, np.nan), mask=True)


def joined(parts: Sequence[Values]) -> Values:
    """Put arrays, or texts, behind one another; what is masked stays so."""
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        whole: Values = np.ma.concatenate(parts)  # type: ignore[no-untyped-call,unused-ignore]
        return whole
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate([np.asarray(part) for part in parts])
    return [str(text) for part in parts for text in part]


def columns_of(tables: Sequence[Table]) -> tuple[Column, ...]:
    """List the columns that tables have between them, each once."""
    return tuple({column.name: column for table in tables for column in table.columns}.values())


def _cells(values: Values, start: int) -> list[Cell]:
    part = values[start : start + _BLOCK]
    return part.tolist() if isinstance(part, np.ndarray) else list(part)
