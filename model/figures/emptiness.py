"""Where a plot is empty, so that words inside it cover nothing."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from model.figures.bands import outlines
from model.figures.figure import (
    Bars,
    Dots,
    Floats,
    Guide,
    Image,
    Line,
    Mark,
    Plot,
    Range,
    Segments,
    Texts,
    View,
    to_display,
)
from model.figures.ranges import positions
from model.figures.stacking import visible_marks
from model.figures.thinning import envelope

Mask = npt.NDArray[np.bool_]
Place = tuple[float, float]
"""The upper left corner of words, as shares of the plot from its left and its top."""

ROWS, COLUMNS = 24, 48
_PARTS = 24
"""Points along each link or piece of a short curve that are looked at."""
_SHORT = 100
_HALF_WORD = 0.08
"""Half the width that centred words are taken to have, as a share of the plot."""
_FLAT = 1e-6


def taken_cells(plot: Plot, view: View, ranges: tuple[Range, Range]) -> Mask:
    """Tell where marks are: (ROWS, COLUMNS) cells of what is shown, row 0 at the top, those beside a mark included."""
    cells = np.zeros((ROWS, COLUMNS), dtype=np.bool_)
    for mark in visible_marks(plot, view):
        for x, y in _points(mark, plot, ranges):
            _mark_cells(cells, x, y)
    grown = np.pad(cells, 1)
    near = [grown[1 + r : ROWS + 1 + r, 1 + c : COLUMNS + 1 + c] for r in (-1, 0, 1) for c in (-1, 0, 1)]
    return np.asarray(np.logical_or.reduce(near))


def free_place(taken: Mask, width: float, height: float, held: Place | None = None) -> Place | None:
    """Find room for words of this width and height, shares of the plot, where nothing is; None where there is none.

    They stay at `held` as long as they can; otherwise corners come first, from the upper left one on.
    """
    rows, columns = (max(int(np.ceil(share * n - 1e-9)), 1) for share, n in ((height, ROWS), (width, COLUMNS)))
    if rows > ROWS or columns > COLUMNS:
        return None
    sums = np.zeros((ROWS + 1, COLUMNS + 1), dtype=np.intp)
    sums[1:, 1:] = taken.cumsum(axis=0).cumsum(axis=1)
    counts = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
    free = counts == 0
    last = free.shape[0] - 1, free.shape[1] - 1
    if held is not None:
        row, column = round(held[1] * ROWS), round(held[0] * COLUMNS)
        if row <= last[0] and column <= last[1] and free[row, column]:
            return held
    for row, column in ((0, 0), (0, last[1]), (last[0], 0), last):
        if free[row, column]:
            return column / COLUMNS, row / ROWS
    found = np.argwhere(free)
    if not len(found):
        return None
    row, column = found[np.argmin(found[:, 0] / ROWS + found[:, 1] / COLUMNS)].tolist()
    return column / COLUMNS, row / ROWS


def _mark_cells(cells: Mask, x: Floats, y: Floats) -> None:
    """Take the cells of points given as shares of the plot, from its left and its bottom."""
    inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)  # NaN is not
    column = np.minimum((x[inside] * COLUMNS).astype(np.intp), COLUMNS - 1)
    row = np.minimum(((1 - y[inside]) * ROWS).astype(np.intp), ROWS - 1)
    cells[row, column] = True


def _points(  # noqa: C901  a case for each kind of mark
    mark: Mark, plot: Plot, ranges: tuple[Range, Range]
) -> Iterator[tuple[Floats, Floats]]:
    """Give points as shares of the plot that leave no cell out which a mark is in."""

    def across(values: npt.ArrayLike) -> Floats:
        return positions(to_display(np.asarray(values, dtype=np.float64), log=plot.x.log), ranges[0])

    def up(values: npt.ArrayLike) -> Floats:
        return positions(to_display(np.asarray(values, dtype=np.float64), log=plot.y.log), ranges[1])

    match mark:
        case Line():
            yield _along(*envelope(across(mark.x), up(mark.y), (0.0, 1.0), COLUMNS))
            for outline in outlines(mark, ranges, log=(plot.x.log, plot.y.log)):
                low, high = positions(outline[:, 1], ranges[1]).clip(-1, 2).reshape(2, -1)
                x = positions(outline[: len(low), 0], ranges[0])
                yield np.repeat(x, _PARTS), _between(low, high[::-1])
        case Dots():
            yield across(mark.x), up(mark.y)
            if mark.low is not None and mark.high is not None:
                # so that the points of a whisker from far away, as from 0 on a log axis, do not skip what is shown
                whiskers = _between(np.clip(up(mark.low), -1, 2), np.clip(up(mark.high), -1, 2))
                yield np.repeat(across(mark.x), _PARTS), whiskers
        case Bars():
            yield from _bars(across(mark.edges), up(mark.tops), float(np.nan_to_num(up([mark.base]))[0]))
        case Guide(direction="vertical"):
            yield np.repeat(across([mark.at]), 2 * ROWS), _FINE_ROWS
        case Guide():
            yield _FINE_COLUMNS, np.repeat(up([mark.at]), 4 * COLUMNS)
        case Image():
            (left, right), (bottom, top) = across(mark.x).tolist(), up(mark.y).tolist()
            x, y = np.meshgrid(np.linspace(left, right, 2 * COLUMNS), np.linspace(bottom, top, 2 * ROWS))
            yield x.ravel(), y.ravel()
        case Segments():
            yield _between(*across(mark.x).T), _between(*up(mark.y).T)
        case Texts():
            ends = {"left": (0.0, 1.0), "right": (-1.0, 0.0), "center": (-_HALF_WORD, _HALF_WORD)}[mark.align]
            x = across(mark.x)
            yield _between(x + ends[0], x + ends[1], 2 * COLUMNS), np.repeat(up(mark.y), 2 * COLUMNS)


_FINE_COLUMNS = (np.arange(4 * COLUMNS) + 0.5) / (4 * COLUMNS)
_FINE_ROWS = (np.arange(2 * ROWS) + 0.5) / (2 * ROWS)


def _between(start: Floats, end: Floats, parts: int = _PARTS) -> Floats:
    """Give points on the way from each start to its end, `parts` of each (n · parts,)."""
    return (start[:, None] + (end - start)[:, None] * np.linspace(0, 1, parts)).ravel()


def _along(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Give the points of a line and points between them, fewer where it has many."""
    if len(x) < 2:
        return x, y
    parts = _PARTS if len(x) <= _SHORT else _PARTS // 2
    with np.errstate(invalid="ignore"):
        y = np.clip(y, -1, 2)  # so that the points of a line to far away do not skip what is shown
        return _between(x[:-1], x[1:], parts), _between(y[:-1], y[1:], parts)


def _bars(edges: Floats, tops: Floats, base: float) -> Iterator[tuple[Floats, Floats]]:
    """Fill the bars, in columns fine enough for the narrowest that can be seen."""
    place = np.searchsorted(edges, _FINE_COLUMNS, side="right") - 1
    inside = (place >= 0) & (place < len(tops))
    x, top = _FINE_COLUMNS[inside], np.nan_to_num(tops[place[inside]], nan=base)
    standing = np.abs(top - base) > _FLAT
    x, top = x[standing], np.clip(top[standing], 0, 1)
    filled = (top[:, None] >= _FINE_ROWS) & (base <= _FINE_ROWS)
    column, row = np.nonzero(filled)
    yield x[column], _FINE_ROWS[row]
    yield x, top
