"""The last two plots of *Variance by layer*: gradient factors from layer to layer, and the spread over seeds."""

import numpy as np

from model.figures.figure import Axis, Dots, Floats, Line, Mark, Note, Plot, Spots, View
from model.figures.panels.common import decade_extent, layer_ticks
from model.insight.finite_width import depth_by_width, expected_log_variance
from model.insight.variance import Variances, criticality, seed_lengths
from model.training.frame import Frame
from model.words import Real, msg

_BESIDE = 0.1
_ROOM = 0.12
_LEAST = 0.1
"""The variance of a logarithm from which on a typical network is worth a word: 5 % below the mean."""


def gradient_factors(of: Variances) -> Floats:
    """Give how many times the gradient's variance at z_l is that at z_(l+1), for l = 1 … n_layers − 1."""
    with np.errstate(all="ignore"):
        return np.asarray(of.backward[:-1] / of.backward[1:])


def chi_by_layer(frame: Frame) -> Floats:
    """Give χ₁ of the weights behind each hidden layer (n_hidden,); NaN where it has none."""
    found = {one.layer: one.chi for one in criticality(frame)}
    return np.array([found.get(layer, np.nan) for layer in range(2, frame.layout.n_layers + 1)])


def middle_and_ends(spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Give median, lowest and highest over the seeds (n_seeds, n), of what is finite: a dead one has no factor."""
    known = [column[np.isfinite(column)] for column in spread.T]
    found = [(np.median(part), part.min(), part.max()) if len(part) else (np.nan,) * 3 for part in known]
    middle, low, high = np.array(found).T
    return middle, low, high


def factors_plot(frame: Frame, view: View, now: Variances, expected: Variances, seeds: tuple[Variances, ...]) -> Plot:
    """Draw the factor by which each layer changes the gradient's variance on its way back, beside χ₁."""
    values, theory, chi = gradient_factors(now), gradient_factors(expected), chi_by_layer(frame)
    x = np.arange(1.0, len(values) + 1)
    spread = np.array([gradient_factors(one) for one in seeds]).reshape(len(seeds), len(values))
    marks: list[Mark] = [Line("theory", msg("theory, step 0"), "theory", x, theory, dash=True)]
    if len(spread):
        label = msg("{n} seeds, step 0", n=len(spread))
        marks.append(Dots("seeds", label, "muted", x, *middle_and_ends(spread), size=6.0))
    marks += [
        Dots("chi", msg("χ₁ of endless such layers"), "theory", x - _BESIDE, chi, size=5.0),
        Dots("now", msg("this run now"), "accent", x + _BESIDE, values, size=8.0),
    ]
    shown = np.concatenate([values, theory, chi, *spread])
    notes = [Note(msg("small dots: χ₁, of layers of equal width at q*"))]
    return Plot(
        "variance_factors",
        msg("Gradient factors: variance by that of the layer above"),
        Axis(msg("back to layer"), extent=(0.6, len(values) + 0.4), exact=True, ticks=layer_ticks(frame, 1)[:-1]),
        Axis(msg("factor"), log=view.log_y, extent=decade_extent(shown, log=view.log_y), cut=True),
        tuple(marks),
        tuple(notes),
    )


def seeds_plot(frame: Frame, view: View) -> Plot:
    """Draw how the length of a sample's signal spreads over seeds, against depth by width."""
    x, found, theory = depth_by_width(frame), seed_lengths(frame, view.sample), expected_log_variance(frame)
    marks: list[Mark] = []
    readings: tuple[Spots, ...] = ()
    notes: list[Note] = []
    tops = [0.0]
    if theory is not None:
        line = np.concatenate([[0.0], theory])
        marks.append(Line("theory", msg("theory, step 0"), "theory", np.concatenate([[0.0], x]), line, dash=True))
        tops.append(float(np.max(theory[np.isfinite(theory)], initial=0.0)))
    else:
        notes.append(Note(msg("theory is for independent weights; orthonormal ones spread less")))
    if found is None and frame.spec.weights is not None:
        notes.append(Note(msg("weights of a file are the same for every seed")))
    elif found is None:
        notes.append(Note(msg("too many weights to draw those of other seeds")))
    else:
        label = msg("{n} seeds, step 0", n=found.n)
        marks.append(Dots("seeds", label, "muted", x, found.variance, size=7.0))
        tops.append(float(np.max(found.variance[np.isfinite(found.variance)], initial=0.0)))
        readings = (_reading(x, found.variance, theory),)
        notes += _notes(found.variance, found.n_dead, found.n)
    top = max(tops) or 1.0
    return Plot(
        "variance_seeds",
        msg("Spread over seeds: variance of ln |h|² of a sample"),
        Axis(msg("depth / width: Σ 1/units of the layers so far"), extent=(0.0, 1.06 * float(x[-1])), exact=True),
        Axis(msg("variance of ln |h|²"), extent=(-_ROOM / 3 * top, (1 + _ROOM) * top), exact=True),
        tuple(marks),
        tuple(notes),
        readings=readings,
    )


def _notes(variance: Floats, n_dead: "np.ndarray[tuple[int, ...], np.dtype[np.intp]]", n: int) -> list[Note]:
    notes = []
    last = float(variance[-1])
    if last > _LEAST:
        text = "log-normal: in the last hidden layer a typical seed has ×{typical:.2g} of the mean |h|²"
        notes.append(Note(msg(text, typical=Real(np.exp(-last / 2)))))
    if n_dead[-1]:
        notes.append(
            Note(msg("samples that end as 0 in the last hidden layer are left out, in {n} seeds", n=n), "warn")
        )
    return notes


def _reading(x: Floats, variance: Floats, theory: Floats | None) -> Spots:
    known = np.isfinite(variance) & (np.isfinite(theory) if theory is not None else True)
    edges = np.concatenate([[0.0], (x[:-1] + x[1:]) / 2, [np.inf]])
    far = np.full(len(x), np.inf)
    boxes = np.column_stack([edges[:-1], edges[1:], -far, far])[known]
    text = "layer {layer}, depth / width {x:.3g}: variance of ln |h|² over seeds {value:.3g}"
    fields = {"layer": np.arange(1, len(x) + 1)[known], "x": x[known], "value": variance[known]}
    if theory is not None:
        text, fields = text + ", expected {theory:.3g}", {**fields, "theory": theory[known]}
    return Spots(boxes, text, fields)
