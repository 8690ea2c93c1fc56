"""Gradient norms: how strongly the loss pulls at each parameter."""

from model.figures.figure import Figure, Line, Plot, View
from model.figures.panels.common import (
    compared,
    count_notes,
    curve,
    divergence_marks,
    first_notes,
    smoothed,
    state_notes,
    step_axis,
    value_axis,
)
from model.training.frame import Frame
from model.words import Message, msg


def make(frame: Frame, view: View) -> Figure:
    """Draw the norm of every parameter's gradient, and of the runs before."""
    lines = [line for ghost, label in compared(frame, view) for line in _ghost(ghost, label, view)]
    lines += [*_raw(frame, view), *_curves(frame, view)]
    plot = Plot(
        "gradients",
        msg("Gradient norms"),
        step_axis(frame, view),
        value_axis(msg("gradient norm"), lines, log=view.log_y),
        (*lines, *divergence_marks(frame)),
        (
            *state_notes(frame),
            *first_notes(frame, msg("before the first step: no gradient yet")),
            *count_notes(frame, frame.layout.names, slice(1, None), log=view.log_y),
        ),
        legend=True,
    )
    return Figure("gradients", msg("Gradient norms"), (plot,), _summary(frame), n_layers=frame.layout.n_layers)


def _raw(frame: Frame, view: View) -> list[Line]:
    """The norms themselves, pale behind the smoothed ones, so that a spike of one step stays in sight."""
    if not view.smoothing:
        return []
    steps = frame.history.stride
    return [
        Line(name, msg("{name}", name=name), name, *curve(frame, 1 + column), faint=True, steps=steps)
        for column, name in enumerate(frame.layout.names)
    ]


def _curves(frame: Frame, view: View) -> list[Line]:
    return [
        Line(
            f"{name}.smooth" if view.smoothing else name,
            msg("{name}", name=name),
            name,
            *smoothed(frame, 1 + column, view),
            steady=view.smoothing > 0,
            steps=frame.history.stride,
        )
        for column, name in enumerate(frame.layout.names)
    ]


def _ghost(frame: Frame, label: Message, view: View) -> list[Line]:
    """The curves of a compared run, all of one colour that is no parameter's."""
    return [
        Line(
            f"ghost{frame.run}.{name}",
            label,
            "muted",
            *smoothed(frame, 1 + column, view),
            ghost=True,
            steady=view.smoothing > 0,
        )
        for column, name in enumerate(frame.layout.names)
    ]


def _summary(frame: Frame) -> Message:
    if frame.step == 0:
        return msg("Gradient norms: nothing trained yet.")
    norms = ", ".join(f"{name} {frame.grad_norms[-1, k]:.3g}" for k, name in enumerate(frame.layout.names))
    return msg("Gradient norms at step {step:,}: {norms}.", step=frame.step, norms=norms)
