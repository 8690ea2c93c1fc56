"""Update ratio: how large each update is beside the weights that it changes, for every parameter.

Karpathy's rule (makemore 3; CS231n): about a thousandth is healthy, so -3 as a power of ten.
"""

import math
from dataclasses import replace

import numpy as np

from model.figures.figure import (
    Axis,
    Dots,
    Figure,
    Guide,
    Line,
    Note,
    Plot,
    Range,
    View,
    to_display,
)
from model.figures.notes import listed
from model.figures.panels.beside import compared
from model.figures.panels.common import Floats, divergence_marks, state_notes, step_axis, with_points
from model.figures.ranges import robust_extent, spread_of
from model.insight.updates import RULE, first_update_ratios, update_ratios
from model.training.frame import Frame
from model.words import Message, msg

_TITLE = msg("Update ratio")
_AROUND = 1.0
"""Powers of ten that the axis shows on both sides of the rule, at least."""


def make(frame: Frame, view: View) -> Figure:
    """Draw log10 of ‖Δθ‖ / ‖θ‖ over the steps; before the first one, what it is going to be."""
    steps, ratios = _series(frame)
    lines = [
        one.line(at.astype(np.float64), to_display(values[:, k], log=True), name, steady=True)
        for one in compared(frame, view)
        for at, values in [_series(one.frame)]
        for k, name in enumerate(one.frame.layout.names)
    ]
    lines += _curves(frame, steps, ratios)
    newest = [
        Dots(
            f"{name}.newest",
            msg("{name}", name=name),
            name,
            steps[-1:].astype(np.float64),
            to_display(ratios[-1:, k], log=True),
        )
        for k, name in enumerate(frame.layout.names)
        if np.isfinite(to_display(ratios[-1:, k], log=True)).all()
    ]
    rule = Guide("rule", msg("−3: Karpathy's rule"), "theory", float(np.log10(RULE)), "horizontal", dash=True)
    plot = Plot(
        "updates",
        _TITLE,
        _step_axis(frame, view),
        Axis(msg("log₁₀ (‖Δθ‖ / ‖θ‖)"), extent=_extent(lines), cut=True),
        (*with_points(lines, frame.layout.names), *newest, *([rule] if view.notes else []), *divergence_marks(frame)),
        (*state_notes(frame), *_notes(frame, ratios)),
        legend=True,
    )
    summary = _summary(frame, int(steps[-1]), ratios[-1])
    return Figure("updates", _TITLE, (plot,), summary, n_layers=frame.layout.n_layers)


def _step_axis(frame: Frame, view: View) -> Axis:
    """The axis of the steps, with room for the whole of a dot at step 0."""
    axis = step_axis(frame, view)
    if axis.log or axis.extent is None:
        return axis
    begin, end = axis.extent
    return replace(axis, extent=(begin - 0.015 * (end - begin), end))


def _series(frame: Frame) -> tuple[np.ndarray, Floats]:
    """Give the recorded ratios, or while there are none the one of the first update."""
    steps, ratios = update_ratios(frame)
    if len(steps):
        return steps, ratios
    return np.zeros(1, dtype=np.int64), first_update_ratios(frame)[None]


def _curves(frame: Frame, steps: np.ndarray, ratios: Floats) -> list[Line]:
    return [
        Line(
            name,
            msg("{name}", name=name),
            name,
            steps.astype(np.float64),
            to_display(ratios[:, k], log=True),
            steady=True,
        )
        for k, name in enumerate(frame.layout.names)
    ]


def _extent(lines: list[Line]) -> Range | None:
    """Hold the values of the present run but for runaways, and the rule with some room around it."""
    rule = float(np.log10(RULE))
    shown = [line.y[np.isfinite(line.y)] for line in lines if not line.ghost]
    return robust_extent([spread_of(y) for y in shown if len(y)], (rule - _AROUND, rule + _AROUND), 1.0)


def _notes(frame: Frame, ratios: Floats) -> list[Note]:
    """Say what the curves cannot show: no update at all, and updates of what is 0 or not finite."""
    names = frame.layout.names
    notes = []
    if len(update_ratios(frame)[0]) == 0:
        notes.append(Note(msg("computed for the first update, from the run's first batch")))
    still = [name for k, name in enumerate(names) if (ratios[:, k] == 0).all()]
    if still:
        notes.append(Note(msg("no update at all: {names}", names=listed(still)), "warn"))
    n_none = int(((ratios == 0) & ~(ratios == 0).all(axis=0)).sum())
    if n_none:
        notes.append(Note(msg("without an update, not drawn: {n:,} of {all:,} recorded", n=n_none, all=ratios.size)))
    endless = [name for k, name in enumerate(names) if np.isinf(ratios[:, k]).any()]
    if endless:
        notes.append(Note(msg("infinite where a parameter is still 0, not drawn: {names}", names=listed(endless))))
    n_nan = int(np.isnan(ratios).sum())
    if n_nan:
        notes.append(Note(msg("{n:,} ratios are NaN: not drawn", n=n_nan), "bad"))
    return notes


def _summary(frame: Frame, at: int, newest: Floats) -> Message:
    said = ", ".join(
        f"{name} {_power_of(ratio)}" for name, ratio in zip(frame.layout.names, newest.tolist(), strict=True)
    )
    return msg(
        "At step {step:,}, the newest update ratios, powers of ten, are those of step {at:,}: {said}.",
        step=frame.step,
        at=at,
        said=said,
    )


def _power_of(ratio: float) -> str:
    if math.isnan(ratio):
        return "NaN"
    return "−∞" if ratio == 0 else "∞" if math.isinf(ratio) else f"{math.log10(ratio):.2f}"
