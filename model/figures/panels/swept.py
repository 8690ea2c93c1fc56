"""What the panels of a sweep share: its axes, the marks on them, and the words for where it has not come yet."""

import math
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Figure, Grips, Guide, Mark, Note, Passage, Plot, Range
from model.insight.phase import line_of
from model.network.marks import BOOK, marks
from model.sweeps.axis import Axis as SweepAxis
from model.sweeps.sweep import Sweep
from model.sweeps.table import Table
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.several import half_of_guessing
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

Floats = npt.NDArray[np.float64]
Direction = Literal["vertical", "horizontal"]

_MOST_NAMES = 12
_MARKED = {BOOK: msg("book"), "lecun": msg("LeCun"), "glorot": msg("Glorot"), "he": msg("He")}
_CRITICAL_WITHIN = (1e-3, 1e3)
_SAME = 0.25
"""The share of a cell by which the ends of an axis may differ from those in sight."""


def nothing_yet(panel: str, title: Message, text: Message, frame: Frame, up: Message) -> Figure:
    """Say how to come to a sweep."""
    x, y = (Axis(label, extent=(0.0, 1.0), exact=True, ticks=()) for label in (msg("weight_init_std"), up))
    plot = Plot(panel, title, x, y, (), (Note(msg("no sweep yet")),))
    return Figure(panel, title, (plot,), text, n_layers=frame.layout.n_layers, passages=(Passage(text),))


def is_regular(axis: SweepAxis) -> bool:
    """Whether the values lie at equal distances, or at equal ratios where the axis is logarithmic, in any order."""
    if not axis.is_number or len(axis) < 2 or (axis.log and min(axis.places) <= 0):
        return False
    steps = np.diff(np.sort(positions(axis)))
    return bool(np.allclose(steps, steps[0], rtol=1e-6, atol=0) and steps[0] > 0)


def positions(axis: SweepAxis) -> Floats:
    """Give the places of the values in display units."""
    return np.log10(axis.places) if axis.log else axis.places


def axis_of(axis: SweepAxis) -> tuple[Axis, Range]:
    """Give the axis of a plot for values in cells of one width, and what the cells cover in display units.

    Values at irregular places stand beside one another, with their names.
    """
    knob = KNOBS[axis.knob]
    label = msg("{label} ({unit})", label=knob.label, unit=knob.unit) if knob.unit else msg("{label}", label=knob.label)
    if knob.name in ("weight_init_std", "learning_rate", "weight_decay", "momentum"):
        label = msg("{label}", label=knob.name)
    if is_regular(axis):
        at = np.sort(positions(axis))
        half = (at[1] - at[0]) / 2
        covered = float(at[0] - half), float(at[-1] + half)
        return Axis(label, log=axis.log, extent=covered, exact=True), covered
    n = len(axis)
    skip = -(-n // _MOST_NAMES)
    ticks = tuple((float(place), short(word)) for place, word in list(enumerate(axis.words))[::skip])
    return Axis(label, extent=(-0.5, n - 0.5), exact=True, ticks=ticks), (-0.5, n - 0.5)


def order_of(axis: SweepAxis) -> npt.NDArray[np.intp]:
    """Give the numbers of the values as they lie along the axis of a plot, from its beginning."""
    return np.argsort(axis.places) if is_regular(axis) else np.arange(len(axis))


def values_at(axis: SweepAxis, found: Axis, places: Floats) -> Floats:
    """Give where values of an axis stand on the axis of a plot, as its marks take them."""
    return places if found.ticks is None else np.interp(places, *_sorted(axis))


def _sorted(axis: SweepAxis) -> tuple[Floats, Floats]:
    order = np.argsort(axis.places)
    return axis.places[order], np.arange(len(axis), dtype=np.float64)[order]


def guides(frame: Frame, table: Table, axis: SweepAxis, direction: Direction, covered: Range) -> list[Mark]:
    """Mark the present value of an axis's knob, and on that of the std the schemes and theory's edge of chaos."""
    if not is_regular(axis):
        return []
    low, high = (10.0**end if axis.log else end for end in covered)
    found: list[Mark] = []
    base, on_axes = table.sweep.base, {each.knob for each in table.sweep.axes}
    if axis.knob == "weight_init_std" and not on_axes & {"hidden_sizes", "dataset", "parametrization"}:
        at = marks((table.about.n_features, *base.hidden_sizes, table.about.n_classes))
        known = sorted((at[name], str(words)) for name, words in _MARKED.items() if low <= at.get(name, -1.0) <= high)
        label = msg("from the left: {names}", names=", ".join(words for _, words in known))
        found += [
            Guide(f"scheme.{place}", label, "muted", std, direction, dash=True) for place, (std, _) in enumerate(known)
        ]
        edge = None if on_axes & {"activation", "bias_init_std", "layer_gains"} else critical_std(base)
        if edge is not None and low <= edge <= high:
            found.append(Guide("chi_1", msg("χ₁ = 1, the edge of chaos"), "theory", edge, direction, dash=True))
    present = float(getattr(frame.spec_in_force, axis.knob))
    if low <= present <= high and (axis.knob != "weight_init_std" or frame.spec.init == "std"):
        found.append(Guide(f"now.{direction}", msg("this run"), "test", present, direction))
    return found


def grips(frame: Frame, axes: tuple[SweepAxis | None, SweepAxis | None]) -> Grips:
    """Let a click go where it is: the present run's place, and none where an axis does not have it."""
    at = []
    for axis in axes:
        if axis is None or not is_regular(axis):
            break
        present = float(getattr(frame.spec_in_force, axis.knob))
        if axis.log and present <= 0:
            break
        at.append(math.log10(present) if axis.log else present)
        if not positions(axis).min() <= at[-1] <= positions(axis).max():
            break
    else:
        return Grips(np.array(at[:1]), np.array(at[1:]), ((0,),), anywhere=(0,))
    return Grips(np.empty(0), np.empty(0), (), anywhere=(0,))


def within(sweep: Sweep, shown: tuple[Range, Range]) -> tuple[SweepAxis, SweepAxis] | None:
    """Give axes of as many values whose cells fill what is shown, in display units; None where that is what they do.

    An axis without regular places stays as it is. What a knob cannot take is left out.
    """
    if sweep.y is None:
        return None
    found = [_within(axis, ends) for axis, ends in zip((sweep.x, sweep.y), shown, strict=True)]
    return None if found == [sweep.x, sweep.y] else (found[0], found[1])


def _within(axis: SweepAxis, shown: Range) -> SweepAxis:
    if not is_regular(axis):
        return axis
    n, (low, high) = len(axis), axis_of(axis)[1]
    cell = (high - low) / n
    if max(abs(shown[0] - low), abs(shown[1] - high)) <= _SAME * cell:
        return axis
    half = (shown[1] - shown[0]) / (2 * n)
    ends = [shown[0] + half, shown[1] - half]
    first, last = (10.0**end if axis.log else end for end in ends)
    knob = KNOBS[axis.knob]
    first, last = (
        max(first, -math.inf if knob.low is None else knob.low),
        min(last, math.inf if knob.high is None else knob.high),
    )
    try:
        if knob.kind == "int":  # whole steps, so that they stay equal
            stride = max(1, round((last - first) / max(n - 1, 1)))
            found = SweepAxis(axis.knob, tuple(range(math.ceil(first), int(last) + 1, stride))).checked()
        else:
            found = SweepAxis.of_range(axis.knob, first, last, n, log=axis.log)
    except (SpecError, OverflowError, ValueError):
        return axis
    return found if is_regular(found) else axis  # of numbers too close together nothing more can be told


def value_at(axis: SweepAxis, place: float) -> object:
    """Give the value whose cell holds a place in display units."""
    at = positions(axis) if is_regular(axis) else np.arange(len(axis), dtype=np.float64)
    return axis.values[int(np.abs(at - place).argmin())]


def critical_std(base: TrainingSpec) -> float | None:
    """Give the std at which χ₁ = 1 between the hidden layers; None where they are not of one width, or only one."""
    widths = set(base.hidden_sizes)
    if len(base.hidden_sizes) < 2 or len(widths) > 1 or base.parametrization != "standard":
        return None
    return _critical(base.activation, base.bias_init_std, widths.pop())


@lru_cache(maxsize=32)
def _critical(activation: str, bias_std: float, width: int) -> float | None:
    found = float(line_of(activation, 1.0, np.array([bias_std**2]), _CRITICAL_WITHIN)[0])
    return math.sqrt(found / width) if math.isfinite(found) else None


def progress(table: Table) -> list[Note]:
    """Say how far a sweep is."""
    if table.is_whole:
        return []
    return [Note(msg("{n:,} of {whole:,} points so far", n=table.n_done, whole=table.sweep.n_points))]


def level_said(table: Table) -> Message:
    """Name the loss at which a run counts as having learned something."""
    if any(axis.knob == "dataset" for axis in table.sweep.axes):
        return msg("½ ln C")
    return msg("½ ln C = {level:.3g}", level=half_of_guessing(table.about.n_classes))


def short(word: str) -> str:
    """Write a value of an axis in few digits, where it is a number."""
    try:
        return f"{float(word):.4g}"
    except ValueError:
        return word
