"""What the panels over training steps share: axes, notes about numbers that are not drawn, divergence."""

from collections.abc import Container
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    DISPLAY_LIMIT,
    SMALLEST_POSITIVE,
    Axis,
    Dots,
    Guide,
    Line,
    Mark,
    Note,
    Range,
    Segments,
    Severity,
    View,
    to_display,
)
from model.figures.notes import listed
from model.figures.ranges import Spread, robust_extent, spread_of
from model.figures.smoothing import smooth
from model.training.frame import Divergence, Frame, Parameters
from model.words import Message, msg

if TYPE_CHECKING:
    from model.insight.unroller import Past

Floats = npt.NDArray[np.float64]
P = TypeVar("P", bound="Past")
_FEW_POINTS = 30
_AROUND = 0.12
"""The share of an axis over decades that stays free beyond the outermost dots, so that they are seen whole."""
_MOST_NAMES = 12
"""Layers up to which each has its name along an axis."""


def own_past(frame: Frame, view: View, kind: type[P]) -> P | None:
    """Give what the view has of the earlier steps, where it is of this kind and of this run."""
    past = view.past
    return past if isinstance(past, kind) and past.run == frame.run else None


def with_points(lines: list[Line], keys: Container[str]) -> list[Mark]:
    """Mark the points of curves that have few, lest the straight lines between them be taken for measurements.

    Parameters
    ----------
    keys : of the curves to mark
    """
    marks: list[Mark] = []
    for line in lines:
        marks.append(line)
        if 1 < len(line.x) <= _FEW_POINTS and line.key in keys:
            at = (line.x, line.y)
            marks.append(
                Dots(f"{line.key}.points", line.label, line.role, *at, size=4.5, ghost=line.ghost, raised=line.raised)
            )
    return marks


def step_axis(frame: Frame, view: View) -> Axis:
    """The horizontal axis of every curve: training steps from 0 to where the run will end, or those looked at."""
    begin, end = view.steps or (0.0, float(max(frame.target, frame.step, 1)))
    extent = (float(np.log10(max(begin, 1.0))), float(np.log10(max(end, 2.0)))) if view.log_x else (begin, end)
    return Axis(msg("training step"), log=view.log_x, extent=extent, integer=True, exact=True)


def value_axis(label: Message, lines: list[Line], *, log: bool, floor: Range | None = None) -> Axis:
    """The vertical axis of curves: its extent holds the values of the present run but for runaways, and `floor`.

    Compared runs have no say in it, unless there is nothing else to be seen yet.
    """
    shown = _spreads([line for line in lines if not line.ghost], log=log)
    if not shown and floor is None:
        shown = _spreads(lines, log=log)
    extent = robust_extent(shown, floor, 1.0 if log else None)
    return Axis(label, log=log, extent=extent, cut=True)


def _spreads(lines: list[Line], *, log: bool) -> list[Spread]:
    """Give where the drawable values of curves lie; a smoothed curve lies within what it smooths."""
    shown = [line.y[_drawable(line.y, log=log)] for line in lines if line.ghost or not line.steady]
    spreads = [spread_of(values) for values in shown if len(values)]
    return [spread.powers for spread in spreads] if log else spreads


def _drawable(values: Floats, *, log: bool) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        if log:
            return (values >= SMALLEST_POSITIVE) & (values <= DISPLAY_LIMIT)
        return np.abs(values) <= DISPLAY_LIMIT


def count_notes(frame: Frame, names: tuple[str, ...], series: slice, *, log: bool) -> list[Note]:
    """Say how many values of these series of the history, which `names` are of, a curve cannot show, and why."""
    history = frame.history
    n_nan, n_inf = int(history.n_nan[series].sum()), int(history.n_inf[series].sum())
    not_positive = history.n_not_positive[series]
    none = (not_positive == frame.step) & (frame.step > 0)
    n_low = int(not_positive[~none].sum()) if log else 0
    zero = [name for name, without in zip(names, none.tolist(), strict=True) if without and log]
    far = bool(np.any(np.abs(history.high[:, series]) > DISPLAY_LIMIT))
    return [
        *_counted(n_nan, msg("1 value is NaN"), msg("{n:,} values are NaN", n=n_nan), "bad"),
        *_counted(n_inf, msg("1 value is infinite"), msg("{n:,} values are infinite", n=n_inf), "bad"),
        *([Note(msg("values beyond 1e300 are off scale"), "warn")] if far else []),
        *([Note(msg("{names}: exactly 0", names=listed(zero)), "warn")] if zero else []),
        *_counted(n_low, msg("1 value ≤ 0 hidden"), msg("{n:,} values ≤ 0 hidden", n=n_low), "warn"),
    ]


def steps_said(steps: int) -> Message:
    """Say a number of training steps."""
    return msg("1 step") if steps == 1 else msg("{steps:,} steps", steps=steps)


def _counted(n: int, one: Message, many: Message, severity: Severity) -> list[Note]:
    return [Note(one if n == 1 else many, severity)] if n else []


def state_notes(frame: Frame) -> list[Note]:
    """Say what the run's state means for the curves over its steps: diverged, or not trained at all."""
    if frame.step == 0 and frame.target == 0 and frame.divergence is None:
        return [Note(msg("0 steps: the untrained network"))]
    return divergence_notes(frame)


def divergence_notes(frame: Frame) -> list[Note]:
    """Say where the run diverged."""
    return [] if frame.divergence is None else [Note(divergence_words(frame.divergence, frame.initial), "bad")]


def divergence_words(divergence: Divergence, initial: Parameters) -> Message:
    """Say where a run diverged, or that its initial values were not finite already."""
    step, parameter = divergence.step, divergence.parameter
    if step == 0 and not np.isfinite(initial[parameter]).all():
        return msg("diverged at step 0: {parameter} is not finite from the start", parameter=parameter)
    return msg("diverged at step {step:,}: {parameter} is no longer finite", step=step, parameter=parameter)


def first_notes(frame: Frame, what: Message | None) -> list[Note]:
    """Say `what` there is to see before the first step, if that is known: no curve has begun yet."""
    return [Note(what)] if what is not None and frame.step == 0 and frame.divergence is None else []


def divergence_marks(frame: Frame) -> list[Mark]:
    """Mark the step at which the run diverged."""
    if frame.divergence is None:
        return []
    return [Guide("diverged", msg("diverged"), "bad", float(frame.divergence.step))]


def layer_names(frame: Frame, first: int) -> list[tuple[int, str]]:
    """Name the layers from the inputs, 0, to the last hidden one, or from 1 to the logits."""
    depth = frame.layout.n_layers
    ends = {0: str(msg("input")), depth: str(msg("logits"))}
    return [(k, ends.get(k, str(k))) for k in range(first, depth + first)]


def layer_ticks(frame: Frame, first: int) -> tuple[tuple[float, str], ...]:
    """Name the places of an axis over layers, of many only some; see `layer_names`."""
    depth = frame.layout.n_layers
    every = -(-depth // _MOST_NAMES)
    return tuple((float(k), name) for k, name in layer_names(frame, first) if k in (0, depth) or (k - 1) % every == 0)


def named_layers(where: npt.NDArray[np.bool_], first: int) -> str:
    """Name the layers where something is so, from `first` on, by their numbers: "layers 1–3"; "" for none."""
    found = [first + int(k) for k in np.flatnonzero(where)]
    if not found:
        return ""
    if len(found) > 1 and found == list(range(found[0], found[-1] + 1)):
        return str(msg("layers {first}–{last}", first=found[0], last=found[-1]))
    return str(msg("layer {layers}", layers=", ".join(map(str, found))))


def decade_extent(values: Floats, *, log: bool) -> Range | None:
    """Reach over all values but runaways, on a log axis over a decade at least: less is no news about a variance."""
    shown = to_display(values, log=log)
    shown = shown[np.isfinite(shown)]
    if not len(shown):
        return None
    found = robust_extent([spread_of(shown)], None if log else (0.0, 0.0), 1.0 if log else None)
    if not log or found is None:
        return found
    low, high = found
    half = (0.5 + _AROUND) * max(high - low, 1.0)
    return (low + high) / 2 - half, (low + high) / 2 + half


def boxes_outline(key: str, role: str, boxes: Floats, strength: float = 1.0) -> Segments:
    """Outline rectangles (n, 4), each left, right, bottom, top; `strength` is the share of the thickest stroke."""
    left, right, bottom, top = boxes.T
    x = np.stack([[left, left], [right, right], [left, right], [left, right]]).transpose(0, 2, 1).reshape(-1, 2)
    y = np.stack([[bottom, top], [bottom, top], [bottom, bottom], [top, top]]).transpose(0, 2, 1).reshape(-1, 2)
    return Segments(key, msg("outline"), x, y, np.ones(len(x)), limit=1 / strength, role=role, signed=False)


def curve(frame: Frame, series: int) -> tuple[Floats, Floats]:
    """Give a series of the history, 0 the loss and k the k-th gradient norm, over the steps from 0.

    The value at a step is that of the parameters before its update.
    """
    return frame.history.curve(series)


def smoothed(frame: Frame, series: int, view: View) -> tuple[Floats, Floats]:
    """Give a series of the history under the view's smoothing."""
    if frame.history.stride == 1 or not view.smoothing:
        x, y = curve(frame, series)
        return x, _shown_where(y, smooth(y, view.smoothing), view)
    x, y = frame.history.means(series)
    return x, _shown_where(y, smooth(y, view.smoothing**frame.history.stride), view)


def _shown_where(values: Floats, averaged: Floats, view: View) -> Floats:
    """Leave gaps where a log axis shows no value: an average that fades towards 0 for ever would be made up."""
    return np.where(values > 0, averaged, np.nan) if view.log_y and view.smoothing else averaged
