"""Theory against measurement: the variance of activations and gradients, layer by layer.

Expected by mean-field theory (Poole et al. 2016; Schoenholz et al. 2017) before the first step, and measured: over
several seeds before the first step, and in this run now.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    DISPLAY_LIMIT,
    SMALLEST_POSITIVE,
    Axis,
    Dots,
    Figure,
    Line,
    Mark,
    Note,
    Plot,
    Range,
    View,
    to_display,
)
from model.figures.panels.common import state_notes
from model.insight.passes import passes
from model.insight.variance import (
    SEED_SAMPLE,
    Criticality,
    Variances,
    criticality,
    expected_variances,
    present_variances,
    seed_variances,
    sloping_units,
)
from model.training.frame import Frame
from model.words import Message, Real, msg

Floats = npt.NDArray[np.float64]
Way = Literal["forward", "backward"]

_LEVEL = 0.02
"""How far from 1 a χ₁ may be that is called 1."""
_MOST_NAMES = 12
_BESIDE = 0.1
"""How far beside the seeds the run itself stands, in layers."""
_FEW_INPUTS = 10
_FEW_UNITS = 1.0
"""Units with a slope below which a layer of this width is mostly not what theory expects on average."""
_ROOM = 0.08
"""The share of the axis that stays free beyond the outermost dots, so that they are seen whole."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the variances on the way up and on the way back."""
    now, seeds = present_variances(frame, view.sample), seed_variances(frame)
    expected = expected_variances(frame)
    plots = (
        _plot(frame, view, "forward", (now, expected, seeds)),
        _plot(frame, view, "backward", (now, expected, seeds)),
    )
    return Figure("variance", msg("Variance by layer"), plots, _summary(frame, now), n_layers=frame.layout.n_layers)


def _plot(frame: Frame, view: View, way: Way, found: tuple[Variances, Variances, tuple[Variances, ...]]) -> Plot:
    now, expected, of_seeds = found
    values, theory = getattr(now, way), getattr(expected, way)
    spread = np.array([getattr(one, way) for one in of_seeds]).reshape(len(of_seeds), len(values))
    first = 0 if way == "forward" else 1
    x = np.arange(first, first + len(values), dtype=np.float64)
    marks: list[Mark] = [Line("theory", msg("theory, step 0"), "theory", x, theory, dash=True)]
    if len(spread):
        middle, low, high = np.median(spread, axis=0), spread.min(axis=0), spread.max(axis=0)
        label = msg("{n} seeds, step 0", n=len(spread))
        marks.append(Dots("seeds", label, "muted", x, middle, low, high, size=6.0))
    label = msg("this run now")
    marks.append(Dots("now", label, "accent", x + _BESIDE, values, size=8.0))
    shown = np.concatenate([values, theory, *spread])
    notes = _notes(frame, view, way, values)
    title = msg("Activations h") if way == "forward" else msg("Back-propagated gradients ∂loss/∂z")
    return Plot(
        f"variance_{way}",
        title,
        Axis(msg("layer"), extent=(x[0] - 0.3, x[-1] + 0.3), exact=True, ticks=_names(frame, way)),
        Axis(msg("variance"), log=view.log_y, extent=_extent(shown, log=view.log_y)),
        tuple(marks),
        tuple(notes),
        legend=way == "forward",
    )


def _names(frame: Frame, way: Way) -> tuple[tuple[float, str], ...]:
    """Name the layers, and of many only some."""
    depth = frame.layout.n_layers
    every = -(-depth // _MOST_NAMES)
    ends = {0: str(msg("input")), depth: str(msg("logits"))}
    places = range(depth) if way == "forward" else range(1, depth + 1)
    return tuple((float(k), ends.get(k, str(k))) for k in places if k in ends or (k - 1) % every == 0)


def _extent(values: Floats, *, log: bool) -> Range | None:
    """Reach over all values; of a log axis over a decade at least, for less is no news about a variance."""
    shown = to_display(values, log=log)
    shown = shown[np.isfinite(shown)]
    if not len(shown):
        return None
    if not log:
        return 0.0, float(shown.max())
    low, high = float(shown.min()), float(shown.max())
    half = (0.5 + _ROOM) * max(high - low, 1.0)
    return (low + high) / 2 - half, (low + high) / 2 + half


def _notes(frame: Frame, view: View, way: Way, values: Floats) -> list[Note]:
    log = view.log_y
    notes = [note for note in state_notes(frame) if note.severity == "bad"]
    first = 0 if way == "forward" else 1
    if log and (places := _places(values == 0, first)):
        notes.append(Note(msg("exactly 0 in {layers}: not on a log axis", layers=places), "warn"))
    with np.errstate(invalid="ignore"):
        if log and (places := _places((values > 0) & (values < SMALLEST_POSITIVE), first)):
            notes.append(Note(msg("below 1e-300 in {layers}: not shown", layers=places), "warn"))
        if places := _places(~(np.abs(values) <= DISPLAY_LIMIT), first):
            notes.append(Note(msg("not finite in {layers}", layers=places), "bad"))
    if way == "backward":
        notes += [*_critical_notes(criticality(frame)), *_width_notes(frame), *_samples(frame, view)]
    else:
        notes += _bounds(frame)
    return notes


def _places(where: npt.NDArray[np.bool_], first: int) -> str:
    """Name layers by their numbers: "layers 1, 2, 3"."""
    found = [first + int(k) for k in np.flatnonzero(where)]
    if not found:
        return ""
    if len(found) > 1 and found == list(range(found[0], found[-1] + 1)):
        return str(msg("layers {first}–{last}", first=found[0], last=found[-1]))
    return str(msg("layer {layers}", layers=", ".join(map(str, found))))


def _critical_notes(found: tuple[Criticality, ...]) -> list[Note]:
    """Say what χ₁ is and means; of layers that differ, of the lowest and the highest."""
    if not found:
        return []
    low, high = min(found, key=lambda one: one.chi), max(found, key=lambda one: one.chi)
    if high.chi - low.chi > _LEVEL * max(1.0, high.chi):
        text = msg(
            "χ₁ from {low:.3g} (W{a}) to {high:.3g} (W{b}); below 1 gradients vanish, above 1 they explode",
            low=Real(low.chi),
            a=low.layer,
            high=Real(high.chi),
            b=high.layer,
        )
        return [Note(text)]
    return [Note(_meaning(low))]


def _meaning(one: Criticality) -> Message:
    if abs(one.chi - 1) <= _LEVEL:
        return msg("χ₁ = {chi:.3g} ≈ 1: in theory gradients keep their size through any depth", chi=one.chi)
    if one.chi == 0:
        return msg("χ₁ = 0: in theory no gradient comes back at all")
    if one.chi < 1:
        text = "χ₁ = {chi:.3g} < 1: in such layers gradients vanish (variance e-fold in {depth:.2g} layers)"
        return msg(text, chi=Real(one.chi), depth=Real(one.depth))
    text = "χ₁ = {chi:.3g} > 1: in such layers gradients explode (variance e-fold in {depth:.2g} layers)"
    return msg(text, chi=Real(one.chi), depth=Real(-one.depth))


def _width_notes(frame: Frame) -> list[Note]:
    """Say where theory's average is made by units that networks of this width mostly do not have."""
    units = sloping_units(frame)
    layer = int(np.argmin(units))
    if not units[layer] < _FEW_UNITS:
        return []
    text = msg(
        "in layer {layer} only {units:.2g} of {width} units are not saturated for a sample, on average: theory's mean "
        "is made by the rare networks that have some, most lie below it",
        layer=layer + 1,
        units=Real(float(units[layer])),
        width=frame.layout.sizes[layer + 1],
    )
    return [Note(text)]


def _bounds(frame: Frame) -> list[Note]:
    """Say where the network is not what the theory speaks of."""
    spec = frame.spec
    if spec.init in ("orthogonal", "lsuv"):
        return [Note(msg("theory is for independent weights; orthonormal ones have the same variance in layer 1"))]
    if spec.init_distribution == "uniform" and min(frame.layout.sizes[:-1]) < _FEW_INPUTS:
        return [Note(msg("theory is for normal sums; uniform weights give those only with many inputs"))]
    return []


def _samples(frame: Frame, view: View) -> list[Note]:
    """Say how many samples were looked at, where that is not all."""
    n = frame.data.n_train
    few, now = min(SEED_SAMPLE, n), passes(frame, view.sample).n
    if now < n and few < n:
        return [Note(msg("this run on {now:,}, the rest on {few} of {n:,} samples", now=now, few=few, n=n))]
    if now < n:
        return [Note(msg("this run on {now:,} of {n:,} samples", now=now, n=n))]
    return [Note(msg("theory and seeds on {few} of {n:,} samples", few=few, n=n))] if few < n else []


def _summary(frame: Frame, now: Variances) -> Message:
    return msg(
        "Variance at step {step:,}: of activations {up}; of gradients {down}.",
        step=frame.step,
        up=", ".join(f"{value:.2g}" for value in now.forward[1:]),
        down=", ".join(f"{value:.2g}" for value in now.backward),
    )
