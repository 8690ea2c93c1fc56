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
    View,
)
from model.figures.panels.beside import at_the_same_step
from model.figures.panels.common import decade_extent, divergence_notes, layer_names, layer_ticks, named_layers
from model.figures.panels.finite_width import factors_plot, seeds_plot
from model.figures.panels.format_limits import limits_on, names_above, share_notes
from model.insight.number_formats import beyond_each
from model.insight.passes import passes
from model.insight.variance import (
    SEED_SAMPLE,
    Variances,
    criticality,
    expected_variances,
    present_variances,
    seed_variances,
    still_variances,
)
from model.network.initializers import noise_distribution
from model.training.frame import Frame
from model.words import Message, Real, msg, near_one

Floats = npt.NDArray[np.float64]
Way = Literal["forward", "correlation", "backward"]

_WAYS: dict[Way, Message] = {
    "forward": msg("Signal: what varies over the samples, unit by unit"),
    "correlation": msg("Correlation c: how alike two samples are"),
    "backward": msg("Gradients: ∂loss/∂z, back-propagated"),
}

_SHAPE = 1.4
"""Width / height that suits each of the plots."""
_MISS = np.log(1.25)
"""How far from theory, in powers of e, the middle of the seeds may be without a word."""
_BESIDE = 0.1
"""How far beside the seeds the run itself stands, in layers."""
_FEW_INPUTS = 10
_ROOM = 0.12
"""The share of the axis that stays free beyond the outermost dots, so that they are seen whole."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the signal on the way up, how alike it is for two samples, and the gradient on the way back.

    And the factors by which each layer changes that gradient, and how untrained networks of other seeds differ.
    """
    now, seeds = present_variances(frame, view.sample), seed_variances(frame)
    expected = expected_variances(frame)
    ways = [_plot(frame, view, way, now, expected, seeds) for way in _WAYS]
    plots = (*ways, factors_plot(frame, view, now, expected, seeds), seeds_plot(frame, view))
    summary, n_layers = _summary(frame, now), frame.layout.n_layers
    return Figure("variance", msg("Variance by layer"), plots, summary, n_layers=n_layers, shape=_SHAPE)


def _plot(
    frame: Frame, view: View, way: Way, now: Variances, expected: Variances, of_seeds: tuple[Variances, ...]
) -> Plot:
    values, theory = getattr(now, way), getattr(expected, way)
    spread = np.array([getattr(one, way) for one in of_seeds]).reshape(len(of_seeds), len(values))
    first = 1 if way == "backward" else 0
    x = np.arange(first, first + len(values), dtype=np.float64)
    marks: list[Mark] = [Line("theory", msg("theory, step 0"), "theory", x, theory, dash=True)]
    if len(spread):
        middle, low, high = np.median(spread, axis=0), spread.min(axis=0), spread.max(axis=0)
        label = msg("{n} seeds, step 0", n=len(spread))
        marks.append(Dots("seeds", label, "muted", x, middle, low, high, size=6.0))
    label = msg("this run now")
    marks.append(Dots("now", label, "accent", x + _BESIDE, values, size=8.0))
    marks += [
        one.dots(np.arange(len(theirs), dtype=np.float64) + first + 2 * _BESIDE, theirs)
        for one, moment in at_the_same_step(frame, view)
        for theirs in [getattr(still_variances(moment, view.sample), way)[: len(values)]]
    ]
    log = view.log_y and way != "correlation"
    y = Axis(
        msg("variance"), log=log, extent=decade_extent(np.concatenate([values, theory, *spread]), log=log), cut=True
    )
    if way == "correlation":
        y = Axis(msg("c"), extent=(-_ROOM, 1 + _ROOM), exact=True)
        view = view.with_(number_format="none")
    layers = Axis(msg("layer"), extent=(x[0] - 0.3, x[-1] + 0.3), exact=True, ticks=layer_ticks(frame, first))
    limits = limits_on(y, view, "horizontal", power=2, what=msg("squared"))
    # where signal and gradient vanish, that is the end at which they are far from the lines
    names = names_above(limits, layers, "right" if way == "forward" else "left")
    return Plot(
        f"variance_{way}",
        _WAYS[way],
        layers,
        limits.axis,
        (*marks, *limits.guides, *names),
        (*_notes(frame, view, way, values, theory, spread), *limits.notes, *_beyond(frame, view, way)),
        legend=way == "forward",
    )


def _beyond(frame: Frame, view: View, way: Way) -> list[Note]:
    """Say what the view's number format cannot hold of the values themselves, layer by layer."""
    if view.number_format == "none" or way == "correlation":
        return []
    passed = passes(frame, view.sample)
    layers = (passed.x, *passed.outputs) if way == "forward" else passed.deltas
    names = [name for _, name in layer_names(frame, 1 if way == "backward" else 0)]
    what = msg("outputs other than 0") if way == "forward" else msg("gradients other than 0")
    return share_notes(names, beyond_each(layers, view.number_format), view, what)


def _notes(frame: Frame, view: View, way: Way, values: Floats, theory: Floats, spread: Floats) -> list[Note]:
    if way == "correlation":
        return []
    log = view.log_y
    notes = divergence_notes(frame)
    first = 0 if way == "forward" else 1
    if log and (places := named_layers(values == 0, first)):
        notes.append(Note(msg("exactly 0 in {layers}: not on a log axis", layers=places), "warn"))
    with np.errstate(invalid="ignore"):
        if log and (places := named_layers((values > 0) & (values < SMALLEST_POSITIVE), first)):
            notes.append(Note(msg("below 1e-300 in {layers}: not shown", layers=places), "warn"))
        if places := named_layers(~(np.abs(values) <= DISPLAY_LIMIT), first):
            notes.append(Note(msg("not finite in {layers}", layers=places), "bad"))
    if way == "forward":
        return [*notes, *_missed(theory, spread, first), *_bounds(frame)]
    return [*notes, *_way_back(frame, theory), *_missed(theory, spread, first), *_samples(frame, view)]


def _way_back(frame: Frame, theory: Floats) -> list[Note]:
    """Say what the line of theory does on the way back, for this very depth, and what it would do far deeper."""
    with np.errstate(all="ignore"):
        factors, whole = theory[:-1] / theory[1:], theory[0] / theory[-1]
    if not np.isfinite(whole):
        return []
    if whole == 0:
        return [Note(msg("theory: no gradient comes back to layer 1"))]
    if len(factors) == 1:
        return [Note(msg("theory: ×{whole:.2g} from the logits to layer 1", whole=Real(whole)))]
    low, high = f"{Real(factors.min()):.2g}", f"{Real(factors.max()):.2g}"
    text = "theory: ×{low} a layer" if low == high else "theory: ×{low} to ×{high} a layer"
    text += ", ×{whole:.2g} from the logits to layer 1"
    return [Note(msg(text, low=low, high=high, whole=Real(whole))), *_far_deeper(frame)]


def _far_deeper(frame: Frame) -> list[Note]:
    """Say χ₁ where all layers are alike; the first layers of a network need not be near it."""
    found = criticality(frame)[:-1]
    if not found or len(set(frame.layout.sizes[1:-1])) > 1 or len({f"{one.chi:.3g}" for one in found}) > 1:
        return []
    return [Note(msg("with many more such layers: ×{chi:.3g} a layer (χ₁)", chi=Real(found[0].chi)))]


def _missed(theory: Floats, spread: Floats, first: int) -> list[Note]:
    """Say where theory is farthest from the middle of the seeds, and by how much."""
    if not len(spread):
        return []
    with np.errstate(all="ignore"):
        times = np.median(spread, axis=0) / theory
        off = np.where(np.isfinite(times) & (times > 0), np.abs(np.log(times)), 0.0)
    worst = int(np.argmax(off))
    if off[worst] < _MISS:
        return []
    text = msg(
        "theory misses: the median of {n} seeds is {times:.2g} times as large in layer {layer}",
        n=len(spread),
        times=Real(times[worst]),
        layer=first + worst,
    )
    return [Note(text)]


def _bounds(frame: Frame) -> list[Note]:
    """Say where the network is not what the theory speaks of."""
    spec = frame.spec
    if spec.weights is not None:
        return [Note(msg("theory is for independent random weights of the same size as those of the file"))]
    if spec.init in ("orthogonal", "lsuv"):
        return [Note(msg("theory is for independent weights; orthonormal ones have the same variance in layer 1"))]
    uniform = noise_distribution(spec.init, spec.init_distribution) == "uniform"
    if uniform and min(frame.layout.sizes[:-1]) < _FEW_INPUTS:
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
        "Variance at step {step:,}: of signals {up}; of gradients {down}; correlation of two samples {c}.",
        step=frame.step,
        c=", ".join(near_one(value) for value in now.correlation[1:]),
        up=", ".join(f"{value:.2g}" for value in now.forward[1:]),
        down=", ".join(f"{value:.2g}" for value in now.backward),
    )
