"""The first rows of a source to look at: the label marked, what is left out dimmed, wide tables elided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from model.data.dataset import RawData
from model.data.loaders import roles
from model.data.loaders.roles import Roles
from model.data.loaders.table import Table
from model.foreign_text import showable
from model.words import Message, msg

Part = Literal["feature", "label", "left out", "gap"]

_ALL, _FIRST, _LAST = 24, 10, 6
"""Columns up to which all are shown, and how many at either end otherwise."""
_MOST_MARKED = 4
_LONGEST_CELL = 24
_ROWS = 12


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """One column on show, or a gap that stands for several.

    Attributes
    ----------
    title : its name, or its number from 1
    cells : the first rows
    wanted : the value of `label_column` that makes it the label; "" where it cannot be chosen
    hint : what a gap stands for
    """

    title: str
    part: Part
    cells: tuple[str, ...]
    wanted: str = ""
    hint: Message | None = None


def head_of_table(table: Table, found: Roles | None) -> tuple[HeadColumn, ...]:
    """Show a table; `found` is None where the label's column does not exist."""
    label, left_out = (found.label, found.left_out) if found is not None else ((), ())
    columns = []
    for place in _shown(table.columns.n_columns, [*label[:_MOST_MARKED], *left_out[:_MOST_MARKED]]):
        if place < 0:
            columns.append(_gap(-place, len(table.head)))
            continue
        part: Part = "label" if place in label else "left out" if place in left_out else "feature"
        title = (table.columns.names[place] if table.columns.names else "") or str(place + 1)
        cells = tuple(showable(row[place].strip(), _LONGEST_CELL) for row in table.head[:_ROWS])
        columns.append(HeadColumn(showable(title, _LONGEST_CELL), part, cells, roles.name_for(table.columns, place)))
    return tuple(columns)


def head_of_samples(raw: RawData) -> tuple[HeadColumn, ...]:
    """Show arrays: features numbered or named, the label behind them."""
    x, t = raw.train.x[:_ROWS], raw.train.t[:_ROWS].tolist()
    columns = []
    for place in _shown(raw.train.x.shape[1], ()):
        if place < 0:
            columns.append(_gap(-place, len(x)))
        else:
            title = raw.feature_names[place] if raw.feature_names else str(place + 1)
            columns.append(HeadColumn(title, "feature", tuple(f"{value:g}" for value in x[:, place])))
    names = tuple(raw.class_names[label] if raw.class_names else str(label) for label in t)
    return (*columns, HeadColumn(str(msg("label")), "label", names))


def _shown(n: int, marked: Iterable[int]) -> list[int]:
    """List the columns to show, from the left; a negative number stands for so many left out there."""
    if n <= _ALL:
        return list(range(n))
    kept: Sequence[int] = sorted({*range(_FIRST), *range(n - _LAST, n), *marked})
    shown = [kept[0]]
    for before, place in pairwise(kept):
        if place - before > 1:
            shown.append(before + 1 - place)
        shown.append(place)
    return shown


def _gap(n: int, n_rows: int) -> HeadColumn:
    return HeadColumn("…", "gap", ("…",) * min(n_rows, _ROWS), hint=msg("{n:,} more columns", n=n))
