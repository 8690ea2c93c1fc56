"""The trainability map: every pixel is a run of a sweep over two knobs, coloured by what became of it."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Cells, Dots, Figure, Image, Line, Mark, Note, Plot, Segments, View
from model.figures.panels.swept import (
    axis_of,
    grips,
    guides,
    is_regular,
    level_said,
    nothing_yet,
    order_of,
    progress,
    short,
    value_at,
)
from model.insight.phase import rest
from model.sweeps.axis import Axis as SweepAxis
from model.sweeps.sweep import COARSEST
from model.sweeps.table import Table
from model.training.averaged import AVERAGED
from model.training.frame import Frame
from model.words import Message, msg

Floats = npt.NDArray[np.float64]

_TITLE = msg("Map")
KEY = "map"
_PALEST = 0.12
"""Share of the full colour of what took longest."""
_LIGHTEST, _DARKEST = 0.3, 0.7
"""Shares of the full grey of a loss that nearly came there, and of one that is no better than guessing."""
_TOO_SHORT = msg("runs of fewer than 20 steps have no mean of 20 losses that could come to a level")
_SURVIVES = 6.0
_POINTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What became of every cell (n_y, n_x), over its seeds: one of the three, or none while it is not known.

    Attributes
    ----------
    reached : the median step by which the mean loss of 20 batches came to ½ ln C, NaN where less than half came there
    diverged : the median step of the divergence, where at least half diverged
    plateau : of all others, the median final loss of the seeds that did neither
    """

    reached: Floats
    diverged: Floats
    plateau: Floats


def outcomes(table: Table) -> Outcomes:
    """Judge every cell by its seeds."""
    done = table.whole_cells
    n = table.sweep.n_seeds
    diverged, reached, loss = (table.field(name) for name in ("diverged_at", "reached_at", "loss"))
    n_diverged, n_reached = ((~np.isnan(each)).sum(axis=-1) for each in (diverged, reached))
    broke = done & (2 * n_diverged >= n)
    came = done & ~broke & (2 * n_reached >= n)
    stayed = np.where(np.isnan(diverged) & np.isnan(reached), loss, np.nan)
    return Outcomes(
        np.where(came, _median(reached), np.nan),
        np.where(broke, _median(diverged), np.nan),
        np.where(done & ~broke & ~came, _median(stayed), np.nan),
    )


def make(frame: Frame, view: View) -> Figure:
    """Draw the map of a sweep over two knobs, with what theory says of it."""
    table = view.sweep
    if table is None or table.sweep.y is None:
        text = msg(
            "Sweep two knobs (Run › Sweep…) to see where training works at all: each pixel is then a run of its own, "
            "coloured by how soon it learned, left grey where it did not, red where it diverged."
        )
        return nothing_yet("map", _TITLE, text, frame, msg("learning_rate"))
    found = outcomes(table)
    return Figure("map", _TITLE, (_plot(frame, table, found),), _said(table, found), n_layers=frame.layout.n_layers)


def turn(
    _frame: Frame, view: View, _key: tuple[int, ...], x: float | None, y: float | None, *, alone: bool
) -> dict[str, object]:
    """Give the knobs of the run that a pixel stands for: all of them, since others may have been turned since."""
    del alone
    table = view.sweep
    if table is None or table.sweep.y is None:
        return {}
    values = {axis.knob: value_at(axis, at) for axis, at in ((table.sweep.x, x), (table.sweep.y, y)) if at is not None}
    return {**table.sweep.base.model_dump(), **values}


def _plot(frame: Frame, table: Table, found: Outcomes) -> Plot:
    sweep = table.sweep
    if sweep.y is None:
        raise ValueError("a map has two axes")
    (x, across), (y, up) = axis_of(sweep.x), axis_of(sweep.y)
    steps = max(sweep.base.steps, 1)
    cells = sources(table)[_grid(table)]
    filled = {
        name: np.where(cells < 0, np.nan, getattr(found, name).ravel()[cells])
        for name in ("reached", "diverged", "plateau")
    }
    if "steps" in (axis.knob for axis in sweep.axes):
        steps = int(max(sweep.x.places.max() if sweep.x.knob == "steps" else sweep.y.places.max(), 1))
    sides = _values(x, across), _values(y, up)
    last = f"{steps:,}"
    level, guessing = level_said(table), math.log(max(table.about.n_classes, 2))
    marks: list[Mark] = [
        Image(f"{KEY}.reached", msg("loss ≤ {level} by step", level=level), _early(filled["reached"], steps), *sides,
              "sequential", 1.0, "train", (last, "1")),
        Image(f"{KEY}.diverged", msg("diverged at step"), _early(filled["diverged"], steps), *sides, "sequential", 1.0,
              "bad", (last, "1")),
        Image(f"{KEY}.plateau", msg("stays above: final loss"), _far(filled["plateau"], guessing), *sides, "sequential",
              1.0, "muted", ("", f"≥ {guessing:.3g}")),
    ]  # fmt: skip
    marks += guides(frame, table, sweep.x, "vertical", across) + guides(frame, table, sweep.y, "horizontal", up)
    marks += _depth_scale(table)
    marks += _stable_rates(table, x, y)
    notes = (*progress(table), *([Note(_TOO_SHORT)] if steps < AVERAGED else []))
    return Plot(KEY, msg("what became of each run"), x, y, tuple(marks), notes, legend=True,
                grips=grips(frame, (sweep.x, sweep.y)),
                readings=(_readings(table, found, across, up),))  # fmt: skip


def _values(axis: Axis, covered: tuple[float, float]) -> tuple[float, float]:
    return (10.0 ** covered[0], 10.0 ** covered[1]) if axis.log else covered


def _early(at: Floats, steps: int) -> Floats:
    """Give how early something came, by its logarithm: 1 at the first step, pale at the last."""
    with np.errstate(invalid="ignore", divide="ignore"):
        late = np.log(np.maximum(at, 1.0)) / np.log(max(steps, 2))
    return np.asarray(1.0 - (1.0 - _PALEST) * np.clip(late, 0.0, 1.0))


def _far(loss: Floats, guessing: float) -> Floats:
    """Give how far losses stayed above half that of guessing, up to that of guessing and beyond."""
    known = np.where(np.isnan(loss), np.nan, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.clip(2.0 * np.nan_to_num(loss, nan=0.0, posinf=np.inf) / guessing - 1.0, 0.0, 1.0)
    return np.asarray(known * (_LIGHTEST + (_DARKEST - _LIGHTEST) * share))


def _grid(table: Table) -> tuple[npt.NDArray[np.intp], ...]:
    """Give the index that puts cells (n_y, n_x) in the order of the axes of the plot."""
    return np.ix_(*(order_of(axis) for axis in table.sweep.axes))


def sources(table: Table) -> npt.NDArray[np.int64]:
    """Give the number of the cell that each cell (n_y, n_x) is coloured as, -1 for none.

    That is itself, or while it is not trained yet the one of the finest grid that is.
    """
    known = table.whole_cells
    numbers = np.arange(known.size).reshape(known.shape)
    if known.all():
        return numbers
    found = np.full(known.shape, -1)
    for k in range(COARSEST.bit_length() - 1, -1, -1):
        rows, columns = (
            np.arange(len(axis)) // (1 << k if axis.is_number else 1) * (1 << k if axis.is_number else 1)
            for axis in table.sweep.axes
        )
        grid = np.ix_(rows, columns)
        found = np.where(known[grid], numbers[grid], found)
    return found


def _depth_scale(table: Table) -> list[Mark]:
    """Draw the depth that a signal survives, 6ξ, over a map of depth against std (Schoenholz et al. 2017)."""
    sweep = table.sweep
    y, base = sweep.y, sweep.base
    if y is None or sweep.x.knob != "weight_init_std" or y.knob != "hidden_sizes" or not is_regular(sweep.x):
        return []
    layers = [tuple(value) for value in y.values if isinstance(value, tuple)]
    depths, widths = [len(each) for each in layers], {size for each in layers for size in each}
    if len(widths) > 1 or any(b <= a for a, b in pairwise(depths)):
        return []
    low, high = (float(np.log10(value)) if sweep.x.log else float(value) for value in sweep.x.places[[0, -1]])
    std = 10.0 ** np.linspace(low, high, _POINTS) if sweep.x.log else np.linspace(low, high, _POINTS)
    with np.errstate(divide="ignore", over="ignore"):
        chi = rest(base.activation, np.minimum(std**2 * widths.pop(), 1e6), base.bias_init_std**2).chi
        survived = _SURVIVES / np.abs(np.log(chi))
    row = np.interp(survived, depths, np.arange(len(depths), dtype=np.float64), left=np.nan, right=np.nan)
    return [Line("depth_scale", msg("6ξ: depth that a signal survives"), "theory", std, row, dash=True, steady=True)]


def _stable_rates(table: Table, x: Axis, y: Axis) -> list[Mark]:
    """Draw the learning rate up to which the first steps are stable, of the first seed."""
    beside, rates = table.sweep.beside_rate, table.stable_rates
    if beside is None or rates is None or not np.isfinite(rates).any():
        return []
    across = beside is table.sweep.x
    rate_axis, place_axis = (table.sweep.y, x) if across else (table.sweep.x, y)
    if rate_axis is None or not is_regular(rate_axis):
        return []
    places = beside.places if place_axis.ticks is None else np.arange(len(beside), dtype=np.float64)
    order = np.argsort(places)
    places, rates = places[order], rates[order]
    low, high = _values(y if across else x, (y if across else x).extent or (0.0, 1.0))
    rates = np.where((rates >= low) & (rates <= high), rates, np.nan)
    label = msg("{bound} at the start", bound=_stable_said(table))
    if across:
        return [Line("stable", label, "text", places, rates, dash=True, steady=True)]
    x_ends, y_ends = (np.stack([values[:-1], values[1:]], axis=1) for values in (rates, places))
    return [
        Segments("stable.line", label, x_ends, y_ends, np.ones(len(x_ends)), 1.0, "text", signed=False),
        Dots("stable", label, "text", rates, places, size=3.0),  # which the legend lists
    ]


def _stable_said(table: Table) -> Message:
    if any(axis.knob == "optimizer" for axis in table.sweep.axes):
        return msg("stable rate")
    match table.sweep.base.optimizer:
        case "momentum":
            return msg("(2 + 2β) / λ_max")
        case "nesterov":
            return msg("(2 + 2β) / ((1 + 2β) λ_max)")
        case _:
            return msg("2 / λ_max")


def _readings(table: Table, found: Outcomes, across: tuple[float, float], up: tuple[float, float]) -> Cells:
    sweep = table.sweep
    if sweep.y is None:
        raise ValueError("a map has two axes")
    kinds = (msg("loss ½ ln C by step"), msg("diverged at step"), msg("does not come to ½ ln C: final loss"))
    numbers = (found.reached, found.diverged, found.plateau)
    which = np.select([~np.isnan(each) for each in numbers], range(3), 0)
    grid = _grid(table)
    return Cells(
        across, up, np.select([~np.isnan(each) for each in numbers], numbers, np.nan)[grid],
        "{up}, {across}: {kind} {value:.4g}",
        _names(sweep.x), _names(sweep.y), which[grid], tuple(str(kind) for kind in kinds),
    )  # fmt: skip


def _names(axis: SweepAxis) -> tuple[str, ...]:
    """Name the values as they lie along the axis of the plot."""
    words = axis.words
    return tuple(f"{axis.knob} {short(words[place])}" for place in order_of(axis).tolist())


def _said(table: Table, found: Outcomes) -> Message:
    n = int(np.count_nonzero(table.whole_cells))
    if n == 0:
        return msg("The first points of the sweep are being trained.")
    reached, diverged = (int((~np.isnan(each)).sum()) for each in (found.reached, found.diverged))
    share = {"n": n, "reached": 100 * reached / n, "diverged": 100 * diverged / n, "level": level_said(table)}
    steps = table.sweep.base.steps
    if any(axis.knob == "steps" for axis in table.sweep.axes):
        return msg(
            "Of {n:,} places, {reached:.0f} % came to a loss of {level}, {diverged:.0f} % diverged; the others did "
            "neither.",
            **share,
        )
    return msg(
        "Of {n:,} places, {reached:.0f} % came to a loss of {level} within {steps:,} steps, {diverged:.0f} % diverged; "
        "the others did neither.",
        **share, steps=steps,
    )  # fmt: skip


def _median(values: Floats) -> Floats:
    """Give the median over the seeds of those that are numbers; NaN where there is none."""
    if values.shape[-1] == 1:
        return values[..., 0]
    ordered = np.sort(values, axis=-1)  # NaN comes last
    n = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    at = np.maximum(np.concatenate([(n - 1) // 2, n // 2], axis=-1), 0)
    return np.asarray(np.take_along_axis(ordered, np.minimum(at, values.shape[-1] - 1), axis=-1).mean(axis=-1))
