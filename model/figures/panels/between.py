"""The loss between two runs: on the straight lines from one to the other, and in the plane of their starts."""

import math

import numpy as np

from model.figures.figure import Axis, Cells, Dots, Figure, Image, Line, Mark, Note, Passage, Plot, Segments, View
from model.figures.panels.beside import Beside, compared, named
from model.figures.panels.common import value_axis
from model.insight.between import BEYOND, Between, Plane, between
from model.training.frame import Frame
from model.words import Message, Real, msg

_TITLE = msg("Between runs")
_FAR = 0.02
"""The share of the plane's width from which on a point is said to lie outside it."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the losses between the present run and the compared one that is pointed at, or the newest of them."""
    other = pair(frame, view)
    if other is None and view.beside(frame):
        text = msg("The runs have layers of different sizes, so that no line leads from one to the other.")
        return _nothing(frame, view, text)
    if other is None:
        return _nothing(frame, view, msg("Compare this run with another one to see the loss between the two."))
    end = other.moment or other.frame
    found = between(frame, end, view.sample)
    notes = _notes(frame, view, other, end, found)
    plots = (
        _lines(found, view, notes),
        *(() if found.plane is None else (_plane(frame, view, other, found.plane),)),
    )
    return Figure("between", _TITLE, plots, _summary(end, found), shape=1.5, n_layers=frame.layout.n_layers,
                  unfinished=bool(view.sample))  # fmt: skip


def pair(frame: Frame, view: View) -> Beside | None:
    """Give the compared run that is pointed at, or the newest, of those with the layer sizes of the present one."""
    others = [one for one in compared(frame, view) if one.frame.layout == frame.layout]
    return next((one for one in others if one.raised), others[-1] if others else None)


def _nothing(frame: Frame, view: View, text: Message) -> Figure:
    x, y = (
        Axis(msg("from this run to the other"), extent=(0.0, 1.0), exact=True, ticks=()),
        Axis(msg("loss (nat)"), log=view.log_y),
    )
    plot = Plot("line", _TITLE, x, y, (), (Note(msg("no second run")),))
    return Figure("between", _TITLE, (plot,), text, n_layers=frame.layout.n_layers, passages=(Passage(text),))


def _lines(found: Between, view: View, notes: list[Note]) -> Plot:
    lines = [
        Line("starts", msg("between the starts"), "muted", found.shares, found.starts, dash=False),
        Line("ends", msg("between where they are now"), "accent", found.shares, found.ends),
    ]
    marks: list[Mark] = [*lines]
    for line in lines:
        at = [int(np.abs(line.x - share).argmin()) for share in (0.0, 1.0)]
        marks.append(Dots(f"{line.key}.runs", line.label, line.role, line.x[at], line.y[at], size=7.0))
    ticks = ((0.0, str(msg("this run"))), (0.5, "½"), (1.0, str(msg("the other"))))
    x = Axis(msg("along the line"), extent=(-BEYOND, 1 + BEYOND), exact=True, ticks=ticks)
    y = value_axis(msg("loss (nat)"), lines, log=view.log_y, floor=None if view.log_y else (0.0, 0.0))
    return Plot("line", msg("on the straight line"), x, y, tuple(marks), tuple(notes), legend=True)


def _plane(frame: Frame, view: View, other: Beside, plane: Plane) -> Plot:
    guessing = math.log(max(len(frame.data.class_names), 2))
    high = float(f"{guessing:.3g}")
    image = Image("loss", msg("loss (nat)"), np.where(np.isfinite(plane.losses), plane.losses, np.nan),
                  plane.x, plane.y, "sequential", high, "muted", ("0", f"≥ {high:g}"))  # fmt: skip
    marks: list[Mark] = [image]
    labels = ("this", named(frame, view, msg("this run")), "accent"), (other.key, other.label, other.role)
    for k, (key, label, role) in enumerate(labels):
        (x0, x1), (y0, y1) = plane.places[2 * k : 2 * k + 2].T
        marks += [
            Segments(
                f"{key}.way", label, np.array([[x0, x1]]), np.array([[y0, y1]]), np.ones(1), 2.0, role, signed=False
            ),
            Dots(f"{key}.start", label, role, np.array([x0]), np.array([y0]), size=6.0),
            Dots(f"{key}.end", label, role, np.array([x1]), np.array([y1]), size=11.0),
        ]
    notes = [Note(msg("small: the starts, large: now"))]
    width = plane.x[1] - plane.x[0]
    off = float(plane.off[3])
    if off > _FAR * width:
        notes.append(Note(msg("the other run now lies {off:.2g} outside the plane", off=Real(off))))
    x, y = (Axis(msg("distance in the plane"), extent=ends, exact=True) for ends in (plane.x, plane.y))
    readings = (Cells(plane.x, plane.y, plane.losses, "loss {value:.4g} nat"),)
    return Plot("plane", msg("in the plane"), x, y, tuple(marks), tuple(notes) if view.notes else (), legend=True,
                equal=True, readings=readings)  # fmt: skip


def _notes(frame: Frame, view: View, other: Beside, end: Frame, found: Between) -> list[Note]:
    if not view.notes:
        return []
    notes = []
    if found.samples < found.n_all:
        notes.append(Note(msg("on {n:,} of {all:,} training samples", n=found.samples, all=found.n_all)))
    if end.step != frame.step:
        notes.append(
            Note(msg("this run at step {here:,}, the other at step {there:,}", here=frame.step, there=end.step))
        )
    spec, own = other.frame.spec, frame.spec
    if (spec.activation, spec.data_request) != (own.activation, own.data_request):
        notes.append(Note(msg("everywhere with this run's activation and samples")))
    if found.same_start:
        notes.append(Note(msg("both runs began at the same place")))
    return notes


def _summary(end: Frame, found: Between) -> Message:
    first, last = (float(found.ends[np.abs(found.shares - share).argmin()]) for share in (0.0, 1.0))
    numbers = {"first": Real(first), "last": Real(last), "step": end.step, "barrier": Real(found.barrier)}
    if not math.isfinite(first + last):
        return msg("The loss of at least one of the two runs is not finite.")
    return msg(
        "The loss is {first:.3g} at this run and {last:.3g} at the other at step {step:,}; between them it rises by "
        "{barrier:.3g} above the line that joins the two.",
        **numbers,
    )
