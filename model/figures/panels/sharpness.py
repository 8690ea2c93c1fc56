"""Sharpness along a run beside what its learning rate is stable up to: the edge of stability."""

import math
from dataclasses import dataclass

import numpy as np

from model.figures.figure import Figure, Guide, Line, Mark, Note, Plot, View
from model.figures.panels.common import divergence_marks, own_past, state_notes, step_axis, value_axis, with_points
from model.insight.sharpness import Floats, Sharpness, bound, bounds_of
from model.network.parametrization import SGD_LIKE
from model.training.frame import Frame
from model.words import Message, Real, msg

_TITLE = msg("Sharpness")
_EDGE = 0.8
"""The share of the bound from which on a run is said to be at the edge."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What is known up to the step that is looked at: (n,) each."""

    steps: Floats
    values: Floats
    bounds: Floats


def make(frame: Frame, view: View) -> Figure:
    """Draw the largest eigenvalue of the Hessian over the steps, and the bound of the learning rate."""
    past = own_past(frame, view, Sharpness)
    course = course_of(frame, past)
    label = _label(frame)
    lines = [Line("sharpness", label, "accent", course.steps, course.values)]
    edge = msg("{bound}, the edge of stability", bound=_bound_said(frame))
    limit = _bound_now(frame)
    marks: list[Mark] = with_points(lines, ("sharpness",))
    turned = _turned(frame)
    if turned:
        bounds = Line("edge", edge, "theory", *_as_stairs(frame, turned), dash=True, steady=True)
        lines.append(bounds)
        marks.append(bounds)
    elif math.isfinite(limit):
        marks.append(Guide("edge", edge, "theory", limit, "horizontal", dash=True))
    shown = Line("edge", edge, "theory", np.zeros(1), np.array([limit]))
    up = value_axis(label, [*lines, *([shown] if math.isfinite(limit) else [])], log=view.log_y)
    plot = Plot(
        "sharpness", _TITLE, step_axis(frame, view), up, (*marks, *divergence_marks(frame)),
        (*state_notes(frame), *(_notes(frame, course, past) if view.notes else [])), legend=True,
    )  # fmt: skip
    return Figure("sharpness", _TITLE, (plot,), _summary(frame, course), n_layers=frame.layout.n_layers)


def course_of(frame: Frame, past: Sharpness | None) -> Course:
    """Take what was measured up to the step that is looked at."""
    if past is None:
        return Course(np.empty(0), np.empty(0), np.empty(0))
    there = past.steps <= frame.step
    steps = past.steps[there].astype(np.float64)
    return Course(steps, past.values[there], bounds_of(frame.spec, frame.schedule, steps))


def _turned(frame: Frame) -> list[int]:
    """Give the steps at which the bound was turned."""
    return sorted({step for step, name, _ in frame.schedule if name in ("learning_rate", "momentum")})


def _as_stairs(frame: Frame, turned: list[int]) -> tuple[Floats, Floats]:
    """Draw the bound as it was: until the knob was turned, and at once from there on."""
    begins = np.array([0, *(step for step in turned if step > 0)], dtype=np.float64)
    limits = bounds_of(frame.spec, frame.schedule, begins)
    ends = np.append(begins[1:], max(frame.target, frame.step, begins[-1]))
    y = np.repeat(limits, 2)
    return np.stack([begins, ends], axis=1).ravel(), np.where(np.isfinite(y), y, np.nan)


def _bound_now(frame: Frame) -> float:
    spec = frame.spec_in_force
    return bound(spec.optimizer, spec.learning_rate, spec.momentum)


def _label(frame: Frame) -> Message:
    if frame.spec.optimizer in SGD_LIKE and frame.spec.parametrization == "standard":
        return msg("λ_max of the Hessian")
    return msg("λ_max of the scaled Hessian")


def _bound_said(frame: Frame) -> Message:
    match frame.spec.optimizer:
        case "momentum":
            return msg("(2 + 2β) / lr")
        case "nesterov":
            return msg("(2 + 2β) / ((1 + 2β) lr)")
        case "adam":
            return msg("38 / lr")
        case _:
            return msg("2 / lr")


def _notes(frame: Frame, course: Course, past: Sharpness | None) -> list[Note]:
    notes = []
    if past is None or not past.done:
        notes.append(Note(msg("the steps are being made again")))
    if past is not None and past.samples < past.n_all:
        notes.append(Note(msg("on {n:,} of {all:,} training samples", n=past.samples, all=past.n_all)))
    if frame.spec.optimizer not in SGD_LIKE:
        text = msg(
            "scaled as {optimizer} scales each parameter, from its first step on", optimizer=frame.spec.optimizer
        )
        notes.append(Note(text))
    n_unknown = int(np.isnan(course.values).sum()) - int(
        frame.spec.optimizer not in SGD_LIKE and len(course.values) > 0
    )
    if n_unknown > 0:
        notes.append(Note(msg("not found at {n:,} of {all:,} steps", n=n_unknown, all=len(course.values))))
    n_flat = int(np.count_nonzero(course.values <= 0))
    if n_flat:
        notes.append(Note(msg("not curved upwards at {n:,} of {all:,} steps", n=n_flat, all=len(course.values))))
    return notes


def _summary(frame: Frame, course: Course) -> Message:
    known = np.flatnonzero(np.isfinite(course.values))
    if not len(known):
        return msg("The sharpness is not known yet.")
    at = known[-1]
    value, limit = float(course.values[at]), float(course.bounds[at])
    numbers = {"step": int(course.steps[at]), "value": Real(value), "limit": Real(limit), "name": _bound_said(frame)}
    if math.isinf(limit):
        return msg(
            "At step {step:,} the sharpness is {value:.3g}; with a learning rate of 0 there is no edge.", **numbers
        )
    if value > limit:
        return msg(
            "At step {step:,} the sharpness is {value:.3g}, beyond {name} = {limit:.3g}: on a quadratic of this "
            "curvature, steps with all samples would carry it ever farther from its minimum.",
            **numbers,
        )
    if value >= _EDGE * limit:
        return msg(
            "At step {step:,} the sharpness is {value:.3g}, near {name} = {limit:.3g}: the edge of stability.",
            **numbers,
        )
    return msg(
        "At step {step:,} the sharpness is {value:.3g}, {share:.0f} % of {name} = {limit:.3g}.",
        **numbers, share=100 * value / limit,
    )  # fmt: skip
