"""Isometry, the second part of *Spectrum*: the singular values of ∂z/∂x by layer, measured and expected."""

import numpy as np

from model.figures.figure import (
    DISPLAY_LIMIT,
    SMALLEST_POSITIVE,
    Axis,
    Dots,
    Floats,
    Line,
    Mark,
    Note,
    Plot,
    Spots,
    View,
)
from model.figures.panels.common import decade_extent, layer_ticks, named_layers
from model.insight.isometry import Expected, Isometry, expected_isometry, initial_isometry, isometry
from model.training.frame import Frame
from model.words import Real, msg

_ROOM = 0.12
"""The share of the axis that stays free beyond the outermost dots, so that they are seen whole."""
_BESIDE = 0.12
"""How far beside theory the dots of the run stand, in layers."""


def isometry_plots(frame: Frame, view: View) -> tuple[Plot, Plot]:
    """Draw how large the singular values of ∂z/∂x are in each layer, and how much they differ from one another."""
    now, before, theory = isometry(frame, view.sample), initial_isometry(frame, view.sample), expected_isometry(frame)
    return _sizes(frame, view, now, before, theory), _spreads(frame, now, before, theory)


def _sizes(frame: Frame, view: View, now: Isometry, before: Isometry, theory: Expected) -> Plot:
    x = np.arange(1.0, len(now.k) + 1)
    log = view.log_y
    marks: list[Mark] = [
        Line("theory", msg("expected at step 0"), "theory", x, theory.root_mean_square, dash=True),
        Dots("initial", msg("at step 0"), "accent", x - _BESIDE, before.root_mean_square, size=6.0, ghost=True),
        Dots(
            "now",
            msg("now, 10 % to 90 %"),
            "accent",
            x + _BESIDE,
            now.root_mean_square,
            # on a logarithmic axis a whisker from 0 comes from below all that is shown
            np.where((now.low == 0) & log, SMALLEST_POSITIVE, now.low),
            now.high,
            size=8.0,
        ),
    ]
    values = np.concatenate([now.root_mean_square, before.root_mean_square, theory.root_mean_square])
    y = Axis(
        msg("singular value"), log=log, extent=decade_extent(np.concatenate([values, now.high]), log=log), cut=True
    )
    shown = "root mean square {value:.3g}; of all singular values 10 % below {low:.3g}, 10 % above {high:.3g}, largest "
    text = "layer {layer}: " + shown + "{largest:.3g}; expected at step 0: {expected:.3g}"
    fields = {
        "value": now.root_mean_square,
        "low": now.low,
        "high": now.high,
        "largest": now.largest,
        "expected": theory.root_mean_square,
    }
    title = msg("Isometry: singular values of ∂z/∂x, root mean square")
    return Plot(
        "jacobian",
        title,
        _layers(frame, x),
        y,
        tuple(marks),
        tuple(_notes(frame, now, view)),
        legend=True,
        readings=(_reading(x, text, fields),),
    )


def _spreads(frame: Frame, now: Isometry, before: Isometry, theory: Expected) -> Plot:
    x = np.arange(1.0, len(now.k) + 1)
    marks: list[Mark] = [
        Line("theory", msg("expected at step 0"), "theory", x, theory.spread, dash=True),
        Dots("initial", msg("at step 0"), "accent", x - _BESIDE, before.spread, size=6.0, ghost=True),
        Dots("now", msg("now"), "accent", x + _BESIDE, now.spread, size=8.0),
    ]
    shown = np.concatenate([now.spread, before.spread, theory.spread])
    top = float(np.max(shown[np.isfinite(shown)], initial=0.5))
    text = "layer {layer}: s² spread by {value:.3g} of its mean, at step 0 by {before:.3g}, expected {expected:.3g}"
    fields = {"value": now.spread, "before": before.spread, "expected": theory.spread}
    notes = [Note(msg("0: all directions alike"))] if np.isfinite(now.spread).any() else []
    return Plot(
        "isometry",
        msg("Spread of s² by its mean"),
        _layers(frame, x),
        Axis(msg("std of s² / mean"), extent=(-_ROOM / 2 * top, (1 + _ROOM) * top), exact=True),
        tuple(marks),
        tuple(notes),
        readings=(_reading(x, text, fields),),
    )


def _layers(frame: Frame, x: Floats) -> Axis:
    return Axis(msg("layer"), extent=(0.5, x[-1] + 0.5), exact=True, ticks=layer_ticks(frame, 1))


def _reading(x: Floats, text: str, fields: dict[str, Floats]) -> Spots:
    """Read a layer anywhere above its place, where all that is said of it is a number."""
    known = np.all([np.isfinite(values) for values in fields.values()], axis=0)
    at = x[known]
    far = np.full(len(at), np.inf)
    boxes = np.column_stack([at - 0.5, at + 0.5, -far, far])
    said = {name: values[known] for name, values in fields.items()}
    return Spots(boxes, text, {"layer": at.astype(np.int64), **said})


def _notes(frame: Frame, now: Isometry, view: View) -> list[Note]:
    if not now.n:
        return [Note(msg("too large: no Jacobian is measured"), "warn")]
    notes = []
    values = now.root_mean_square
    if view.log_y and (places := named_layers(values == 0, 1)):
        notes.append(Note(msg("exactly 0 in {layers}: not on a log axis", layers=places), "warn"))
    with np.errstate(invalid="ignore"):
        if places := named_layers(~(values <= DISPLAY_LIMIT), 1):
            notes.append(Note(msg("not finite in {layers}", layers=places), "bad"))
    if np.isfinite(values[-1]) and values[-1] > 0:
        text = "whiskers: the middle 80 %; of ∂logits/∂x from {low:.2g} to {high:.2g}, root mean square {rms:.2g}"
        low, high = Real(now.low[-1]), Real(now.high[-1])
        notes.append(Note(msg(text, rms=Real(values[-1]), low=low, high=high)))
    if now.n < frame.data.n_train:
        notes.append(Note(msg("on {n:,} of {all:,} training samples", n=now.n, all=frame.data.n_train)))
    return notes
