"""Gradient norms: how strongly the loss pulls at each parameter."""

from model.figures.figure import Figure, Line, Note, Plot, View
from model.figures.panels.beside import compared
from model.figures.panels.common import (
    count_notes,
    curve,
    divergence_marks,
    first_notes,
    smoothed,
    state_notes,
    step_axis,
    value_axis,
)
from model.figures.panels.format_limits import limits_on, names_above, share_notes
from model.figures.panels.seed_band import band_of_series
from model.insight.number_formats import beyond_gradients
from model.training.frame import Frame
from model.words import Message, msg


def make(frame: Frame, view: View) -> Figure:
    """Draw the norm of every parameter's gradient, also of the compared runs, of which each has one colour."""
    names = () if view.seeds is None else view.seeds.names
    lines = [line for column, name in enumerate(names) for line in band_of_series(frame, view, 1 + column, name, name)]
    lines += [
        one.smoothed(1 + column, view, name)
        for one in compared(frame, view)
        for column, name in enumerate(one.frame.layout.names)
    ]
    lines += [*_raw(frame, view), *_curves(frame, view)]
    limits = limits_on(value_axis(msg("gradient norm"), lines, log=view.log_y), view, "horizontal")
    steps = step_axis(frame, view)
    plot = Plot(
        "gradients",
        msg("Gradient norms"),
        steps,
        limits.axis,
        (*lines, *divergence_marks(frame), *limits.guides, *names_above(limits, steps)),
        (
            *state_notes(frame),
            *first_notes(frame, msg("before the first step: no gradient yet")),
            *count_notes(frame, frame.layout.names, slice(1, None), log=view.log_y),
            *limits.notes,
            *_beyond(frame, view),
        ),
        legend=True,
    )
    return Figure("gradients", msg("Gradient norms"), (plot,), _summary(frame), n_layers=frame.layout.n_layers)


def _beyond(frame: Frame, view: View) -> list[Note]:
    """Say what the view's number format cannot hold of the gradient now, entry by entry."""
    if view.number_format == "none":
        return []
    counts = beyond_gradients(frame, view.number_format)
    return [
        Note(msg("no entry is larger than the norm")),
        *share_notes(list(counts), list(counts.values()), view, msg("entries other than 0")),
    ]


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


def _summary(frame: Frame) -> Message:
    if frame.step == 0:
        return msg("Gradient norms: nothing trained yet.")
    norms = ", ".join(f"{name} {frame.grad_norms[-1, k]:.3g}" for k, name in enumerate(frame.layout.names))
    return msg("Gradient norms at step {step:,}: {norms}.", step=frame.step, norms=norms)
