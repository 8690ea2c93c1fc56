"""Loss: how well the network does at what it is trained for, step by step."""

import math

import numpy as np

from model.figures.figure import Figure, Guide, Line, Mark, Plot, View
from model.figures.panels.beside import compared, named
from model.figures.panels.common import (
    count_notes,
    curve,
    divergence_marks,
    first_notes,
    smoothed,
    state_notes,
    step_axis,
    value_axis,
    with_points,
)
from model.figures.panels.seed_band import band_of_series
from model.training.frame import Frame
from model.words import Message, Real, msg


def make(frame: Frame, view: View) -> Figure:
    """Draw the loss of every batch and of the test set, and that of the compared runs."""
    lines = [
        *band_of_series(frame, view, 0, "train"),
        *(one.smoothed(0, view) for one in compared(frame, view)),
        *_present(frame, view),
    ]
    chance = math.log(max(frame.data.n_classes, 2))
    marks: list[Mark] = [*with_points(lines, ["test"]), *divergence_marks(frame)]
    if view.notes and frame.data.n_classes > 1:
        marks.append(Guide("chance", msg("ln C: guessing"), "muted", chance, "horizontal", dash=True))
    floor = None if view.log_y else (0.0, chance)
    plot = Plot(
        "loss",
        msg("Loss"),
        step_axis(frame, view),
        value_axis(msg("cross-entropy (nats)"), lines, log=view.log_y, floor=floor),
        tuple(marks),
        (
            *state_notes(frame),
            *first_notes(frame, _at_first(frame)),
            *count_notes(frame, ("loss",), slice(0, 1), log=view.log_y),
        ),
        legend=True,
    )
    return Figure("loss", msg("Loss"), (plot,), _summary(frame), n_layers=frame.layout.n_layers)


def _present(frame: Frame, view: View) -> list[Line]:
    faint, steps = view.smoothing > 0, frame.history.stride
    lines = [Line("train", named(frame, view, msg("batch")), "train", *curve(frame, 0), faint=faint, steps=steps)]
    if view.smoothing:
        label = named(frame, view, msg("batch, smoothed"))
        lines.append(Line("train.smooth", label, "train", *smoothed(frame, 0, view), steady=True))
    if frame.data.n_test:
        x_test, y_test = frame.eval_steps.astype(np.float64), frame.evaluations[:, 2]
        lines.append(Line("test", msg("test"), "test", x_test, y_test, dash=True))
    return lines


def _at_first(frame: Frame) -> Message:
    test = float(frame.evaluations[0, 2]) if len(frame.evaluations) else math.nan
    if math.isnan(test):
        return msg("before the first step: no loss yet")
    return msg("before the first step: test loss {test:.4g}", test=Real(test))


def _summary(frame: Frame) -> Message:
    if frame.step == 0:
        return msg("Loss: nothing trained yet.")
    return msg(
        "Loss at step {step:,}: {last:.4g}; at first {first:.4g}.",
        step=frame.step,
        last=frame.loss[-1],
        first=frame.loss[0],
    )
