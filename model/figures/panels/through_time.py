"""A panel's view through time: each layer as a strip, value against step, as dark as there are values."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.figures.figure import Axis, Cells, Figure, Floats, Guide, Image, Line, Mark, Note, Plot, Range, View
from model.figures.panels.common import own_past
from model.figures.ranges import spread_of, without_runaways
from model.insight.strips import QUANTILES, Column, Strips
from model.training.frame import Frame
from model.words import Message, Real, msg

_ROWS = 64
"""Rows of a strip: from so many to twice as many."""
_SHAPE = 2.2
_FULL = 0.9
"""The quantile of the columns' fullest cells that has the full colour."""


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Shares of the values (rows, columns); row k begins at (first + k) · width."""

    width: float
    first: int
    shares: Floats

    @property
    def extent(self) -> Range:
        return self.first * self.width, (self.first + len(self.shares)) * self.width


def make(
    panel: str,
    title: Message,
    quantity: Message,
    frame: Frame,
    view: View,
    names: tuple[str, ...],
    columns: int = 0,
) -> Figure:
    """Draw a strip for each of these layers, in so many columns, or as many as suit the place."""
    strips = own_past(frame, view, Strips)
    found = strips if strips is not None and set(names) <= set(strips.columns) else None
    limit = _limit(found, names) if found is not None else 1.0
    plots = tuple(_plot(frame, view, found, name, quantity, limit) for name in names)
    summary = msg("{title} through time, steps 0 to {step:,}.", title=title, step=frame.step)
    shape = 0.0 if columns else _SHAPE
    title = msg("{title} through time", title=title)
    return Figure(panel, title, plots, summary, max(columns, 1), shape, n_layers=frame.layout.n_layers)


def _plot(frame: Frame, view: View, strips: Strips | None, name: str, quantity: Message, limit: float) -> Plot:
    end = float(max(frame.target, frame.step, 1)) if strips is None else _last_step(strips)
    x_extent = (0.0, max(end, 1.0))
    label = msg("{name}", name=name) if name[0] != "h" else msg("layer {layer}", layer=int(name[1:]))
    columns = () if strips is None else strips.columns[name]
    marks: list[Mark] = []
    notes = _notes(strips, columns)
    readings: tuple[Cells, ...] = ()
    grid = None if strips is None else _grid(strips, name)
    y_extent = (-1.0, 1.0) if grid is None else grid.extent
    if strips is not None and grid is not None:
        half = strips.stride / 2
        across = (-half, half + columns[-1].step)
        image = np.where(grid.shares > 0, grid.shares, np.nan)
        marks = [
            Image("strip", msg("share of the values"), image, across, y_extent, "sequential", limit),
            *_lines(columns),
        ]
        notes += _beyond(columns, y_extent)
        readings = (_reading(grid, columns, across),)
    if strips is not None and frame.step < columns[-1].step:
        marks.append(Guide("now", msg("step looked at"), "accent", float(frame.step)))
    x = Axis(msg("training step"), extent=x_extent, integer=True, exact=True)
    y = Axis(quantity, extent=y_extent, exact=True)
    return Plot(name, label, x, y, tuple(marks), tuple(notes) if view.notes else (), legend=name in ("W1", "h1"),
                readings=readings)  # fmt: skip


def _reading(grid: _Grid, columns: tuple[Column, ...], across: Range) -> Cells:
    values = np.where(grid.shares == 0, np.nan, np.round(100 * grid.shares, 2))
    steps = tuple(f"{column.step:,}" for column in columns)
    rows = tuple(f"{Real((grid.first + k) * grid.width):.3g}" for k in range(len(grid.shares)))
    return Cells(across, grid.extent, values, "step {across}, from {up}: {value} % of the values", steps, rows)


def _last_step(strips: Strips) -> float:
    return float(max(next(iter(strips.columns.values()))[-1].step, 1))


def _limit(strips: Strips, names: tuple[str, ...]) -> float:
    """Give the share of the values that has the full colour in every layer: most columns come near to it."""
    grids = [_grid(strips, name) for name in names]
    fullest = [shares.max(axis=0) for grid in grids if grid is not None for shares in (grid.shares,)]
    return float(f"{max(np.quantile(np.concatenate(fullest), _FULL), 1e-3):.1g}") if fullest else 1.0


@lru_cache(maxsize=128)
def _grid(strips: Strips, name: str) -> _Grid | None:
    """Lay the columns of a layer on rows that they have in common; None where there is nothing to be seen."""
    columns = strips.columns[name]
    shown = _shown_range(columns)
    if shown is None:
        return None
    width, first, n = _rows(shown)
    shares = [c.in_rows(width, first, n) / max(c.n - c.n_zero - c.n_odd, 1) for c in columns]
    return _Grid(width, first, np.array(shares).T)


def _shown_range(columns: tuple[Column, ...]) -> Range | None:
    """Give what all columns need, but for single ones far away from the others."""
    ends = np.array([_ordinary(column, end) for column in columns if (end := column.ends) is not None])
    if not len(ends):
        return None
    core = spread_of(ends.ravel()).core
    return without_runaways((float(ends.min()), float(ends.max())), core, max(map(abs, core)))


def _ordinary(column: Column, ends: Range) -> Range:
    core = float(column.quantiles[0]), float(column.quantiles[-1])
    return without_runaways(ends, core, max(map(abs, core)))


def _rows(shown: Range) -> tuple[float, int, int]:
    """Divide a range into rows as wide as a power of two: width, number of the first one, how many."""
    width = 2.0 ** np.floor(np.log2(max(shown[1] / _ROWS - shown[0] / _ROWS, 2.0**-1000)))
    first, last = (int(np.floor(end / width)) for end in shown)
    return float(width), first, max(last - first + 1, 1)


def _lines(columns: tuple[Column, ...]) -> list[Mark]:
    x = np.array([column.step for column in columns], dtype=np.float64)
    values: Floats = np.array([column.quantiles for column in columns])
    label = msg("{shares} % quantiles", shares=", ".join(f"{100 * q:g}" for q in QUANTILES))
    keys = ("quantiles.low", "quantiles", "quantiles.high")
    return [
        Line(key, label, "text", x, values[:, place], steady=key == "quantiles", faint=key != "quantiles")
        for place, key in enumerate(keys)
    ]


def _notes(strips: Strips | None, columns: tuple[Column, ...]) -> list[Note]:
    if strips is None:
        return [Note(msg("the steps are being made again"))]
    notes = []
    last = columns[-1]
    if last.n_odd:
        notes.append(Note(msg("{n:,} of {of:,} not finite at the end", n=last.n_odd, of=last.n), "bad"))
    most = max(column.n_zero / column.n for column in columns)
    if most > 0:
        notes.append(Note(msg("exact zeros left out: up to {share:.2g} %", share=Real(100 * most))))
    if not strips.done:
        notes.append(Note(msg("as far as step {step:,}", step=last.step)))
    return notes


def _beyond(columns: tuple[Column, ...], shown: Range) -> list[Note]:
    outside = sum(
        column.n_beyond > 0 or end[0] < shown[0] or end[1] > shown[1]
        for column in columns
        if (end := column.ends) is not None
    )
    if not outside:
        return []
    return [Note(msg("at {n} of {of} steps some values lie beyond", n=outside, of=len(columns)), "warn")]
