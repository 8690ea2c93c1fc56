"""Accuracy: the fraction of samples classified correctly."""

import numpy as np

from model.figures.figure import Axis, Figure, Guide, Line, Mark, Plot, View
from model.figures.panels.beside import Beside, compared, named
from model.figures.panels.common import divergence_marks, first_notes, state_notes, step_axis, with_points
from model.figures.panels.seed_band import band_of_accuracy
from model.training.frame import Frame
from model.words import Message, msg


def make(frame: Frame, view: View) -> Figure:
    """Draw training and test accuracy at every evaluation."""
    lines = band_of_accuracy(frame, view, 0, "train")
    if frame.data.n_test:
        lines += band_of_accuracy(frame, view, 1, "test", dash=True)
    lines += [line for one in compared(frame, view) for line in _of_compared(one)]
    lines.append(Line("train", named(frame, view, msg("train")), "train", *_curve(frame, 0)))
    if frame.data.n_test:
        lines.append(Line("test", msg("test"), "test", *_curve(frame, 1), dash=True))
    marks: list[Mark] = [
        *with_points(lines, [line.key for line in lines if line.low is None]),
        *divergence_marks(frame),
    ]
    if view.notes and frame.data.n_classes > 1:
        chance = 1 / frame.data.n_classes
        marks.append(Guide("chance", msg("1/C: guessing"), "muted", chance, "horizontal", dash=True))
    plot = Plot(
        "accuracy",
        msg("Accuracy"),
        step_axis(frame, view),
        Axis(msg("fraction correct"), extent=(0.0, 1.03), exact=True),
        tuple(marks),
        (*state_notes(frame), *first_notes(frame, _at_first(frame))),
        legend=True,
    )
    return Figure("accuracy", msg("Accuracy"), (plot,), _summary(frame), n_layers=frame.layout.n_layers)


def _of_compared(one: Beside) -> list[Line]:
    of_train = one.line(*_curve(one.frame, 0))
    return [of_train, one.line(*_curve(one.frame, 1), "test", dash=True)] if one.frame.data.n_test else [of_train]


def _at_first(frame: Frame) -> Message | None:
    """Give the accuracy of the untrained network, as soon as it has been evaluated."""
    if frame.evaluated_at is None:
        return None
    on_train, on_test = frame.accuracy
    if not frame.data.n_test:
        return msg("before the first step: train {train:.3g}", train=on_train)
    return msg("before the first step: train {train:.3g}, test {test:.3g}", train=on_train, test=on_test)


def _summary(frame: Frame) -> Message:
    at = frame.evaluated_at
    if at is None:
        return msg("Accuracy: not evaluated yet.")
    on_train, on_test = frame.accuracy
    said = f"train {on_train:.4g}, test {on_test:.4g}" if frame.data.n_test else f"train {on_train:.4g}"
    if at == frame.step:
        return msg("Accuracy at step {step:,}: {said}.", step=at, said=said)
    return msg(
        "At step {step:,}, the newest accuracy is that of step {at:,}: {said}.", step=frame.step, at=at, said=said
    )


def _curve(frame: Frame, column: int) -> tuple[np.ndarray, np.ndarray]:
    return frame.eval_steps.astype(np.float64), frame.evaluations[:, column]
