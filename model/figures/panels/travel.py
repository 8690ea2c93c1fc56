"""How far each layer has come from its initial weights: the lazy–rich meter."""

import numpy as np

from model.figures.figure import Axis, Dots, Figure, Guide, Line, Mark, Note, Plot, View, to_display
from model.figures.notes import listed
from model.figures.panels.common import divergence_marks, own_past, state_notes, step_axis, value_axis, with_points
from model.insight.travel import Floats, Travel, distances
from model.training.frame import Frame
from model.words import Message, Real, msg

_TITLE = msg("Lazy or rich")
LAZY = 0.01
"""A distance up to which the panel calls a layer lazy: it has moved by a hundredth of its length."""


def make(frame: Frame, view: View) -> Figure:
    """Draw ‖W_t − W_0‖ / ‖W_0‖ of every layer over the steps."""
    names = [name for name in frame.layout.names if name.startswith("W")]
    past = own_past(frame, view, Travel)
    now = distances(frame.params, frame.initial)
    steps, values = series(frame, past, now)
    lines = [
        Line(name, msg("{name}", name=name), name, steps.astype(np.float64), values[:, k])
        for k, name in enumerate(names)
    ]
    newest = [
        Dots(f"{name}.newest", msg("{name}", name=name), name, np.array([float(frame.step)]), now[k : k + 1])
        for k, name in enumerate(names)
        if np.isfinite(to_display(now[k : k + 1], log=view.log_y)).all()
    ]
    lines_of_notes: list[Mark] = [
        Guide("length", msg("1: as far as it was long"), "theory", 1.0, "horizontal", dash=True)
    ]
    plot = Plot(
        "travel",
        msg("distance from the initial weights"),
        step_axis(frame, view),
        _up(lines, log=view.log_y),
        (*with_points(lines, names), *newest, *(lines_of_notes if view.notes else []), *divergence_marks(frame)),
        (*state_notes(frame), *(_notes(frame, names, now, past) if view.notes else [])),
        legend=True,
    )
    return Figure("travel", _TITLE, (plot,), _summary(frame, names, now), n_layers=frame.layout.n_layers)


def series(frame: Frame, past: Travel | None, now: Floats) -> tuple[np.ndarray, Floats]:
    """Give the steps (n,) and distances (n, n_layers) that are known up to the step looked at, that one last."""
    steps, values = np.zeros(1, dtype=np.int64), np.zeros((1, len(now)))
    if past is not None:
        before = past.steps < frame.step
        steps, values = past.steps[before], past.distances[before]
    if frame.step == 0:
        return np.zeros(1, dtype=np.int64), now[None]
    return np.append(steps, frame.step), np.vstack([values, now])


def _up(lines: list[Line], *, log: bool) -> Axis:
    return value_axis(msg("‖W_t − W_0‖ / ‖W_0‖"), lines, log=log, floor=None if log else (0.0, 0.0))


def _notes(frame: Frame, names: list[str], now: Floats, past: Travel | None) -> list[Note]:
    notes = []
    if frame.step and (past is None or not past.done):
        notes.append(Note(msg("the steps are being made again")))
    lazy = [name for name, moved in zip(names, now.tolist(), strict=True) if moved <= LAZY]
    if frame.step and lazy:
        notes.append(
            Note(msg("moved by {most:.0f} % or less of its length: {names}", most=100 * LAZY, names=listed(lazy)))
        )
    endless = [name for name, moved in zip(names, now.tolist(), strict=True) if np.isinf(moved)]
    if endless:
        notes.append(Note(msg("began with zeros, not drawn: {names}", names=listed(endless)), "warn"))
    return notes


def _summary(frame: Frame, names: list[str], now: Floats) -> Message:
    if frame.step == 0:
        return msg("Nothing trained yet: all weights are where they began.")
    said = ", ".join(f"{name} {Real(moved):.3g}" for name, moved in zip(names, now.tolist(), strict=True))
    return msg(
        "By step {step:,} the weights have moved, as a share of their initial length: {said}.",
        step=frame.step,
        said=said,
    )
