"""Weights: a histogram for each parameter, with the initial one, the density it was drawn from, and compared runs."""

import math

import numpy as np

from model.figures.figure import Axis, Bars, Figure, Floats, Guide, Line, Mark, Note, Plot, Range, Unit, View
from model.figures.histogram import (
    Extent,
    beyond_note,
    bin_counts,
    bin_edges,
    extent_of,
    initial_range,
    ordinary_range,
    still_counts,
    zero_bar,
)
from model.figures.panels.beside import at_the_same_step
from model.figures.panels.common import divergence_notes
from model.network.initializers import CUT, ORTHONORMAL, STD_OF_CUT, noise_distribution
from model.training.frame import Frame
from model.words import Real, msg

# How far the drawn density reaches, in standard deviations.
_REACH = 4.0
_DENSITY_POINTS = 121
# Dimensions from which a coordinate of a random point on a sphere is all but normal.
_NEARLY_NORMAL = 30


def make(frame: Frame, view: View) -> Figure:
    """Draw a plot for each of W1, b1, W2, b2, … ."""
    if view.through_time:
        from model.figures.panels import through_time  # not at the start

        names, columns = tuple(frame.layout.names), _columns(frame.layout.n_layers)
        return through_time.make("weights", msg("Weights"), msg("value"), frame, view, names, columns)
    plots = tuple(_plot(frame, view, name) for name in frame.layout.names)
    return Figure(
        "weights",
        msg("Weights"),
        plots,
        msg(
            "Histograms of {names} at step {step:,}; {spreads}.",
            names=", ".join(frame.layout.names),
            step=frame.step,
            spreads=", ".join(f"{name} std {_std(frame, name):.3g}" for name in frame.layout.names if name[0] == "W"),
        ),
        columns=_columns(frame.layout.n_layers),
        n_layers=frame.layout.n_layers,
    )


def _plot(frame: Frame, view: View, name: str) -> Plot:
    now = extent_of(frame.params[name])
    std = (frame.stds if name.startswith("W") else frame.bias_stds)[int(name[1:]) - 1]
    both = _union(ordinary_range(frame.params[name], now), initial_range(frame.initial, name))
    marks: list[Mark] = []
    notes = _notes(frame, name, now)
    tallest = 0.0
    if both is not None:
        edges = bin_edges(both, view.bins)
        counts = bin_counts(frame.params[name], edges)
        notes += beyond_note(frame.params[name], now, edges, counts)
        initially = still_counts(frame.initial, name, float(edges[0]), float(edges[-1]), view.bins)
        # the present shape is what one looks at; a pale spike beyond twice its height is cut off
        tallest = float(max(counts.max(), min(initially.max(), 2 * counts.max())) or initially.max())
        if initially.max() > tallest:
            notes.append(Note(msg("at step 0 up to {n:,} in a bar, cut off above", n=int(initially.max()))))
        marks += [
            Bars("initial", msg("at step 0"), name, edges, initially, ghost=True),
            Bars("now", msg("now"), name, edges, counts),
            *_of_unit(frame, name, view.unit, edges, tallest),
            *_beside(frame, view, name, edges),
        ]
        notes += _beside_notes(frame, view, name, edges)
        if std > 0 and view.notes and _has_density(frame, name):
            marks.append(_density(frame, name, std, edges))
    extent = (float(edges[0]), float(edges[-1])) if both is not None else (-1.0, 1.0)
    if now.n_zero:
        marks.append(zero_bar(name, now.n_zero, extent, view.bins))
        tallest = max(tallest, min(float(now.n_zero), 2 * tallest)) or float(now.n_zero)
    count_extent = (math.log10(0.5), math.log10(max(tallest, 1.0))) if view.log_y else (0.0, max(tallest, 1.0))
    small = _columns(frame.layout.n_layers) > 2
    shape = "×".join(str(n) for n in frame.layout.shapes[name])
    return Plot(
        name,
        msg("{name}  {shape}", name=name, shape=shape),
        Axis(msg("value"), extent=extent, exact=True),
        # in many small plots only the shapes are compared, and the cursor reads the counts
        Axis(msg("count"), log=view.log_y, extent=count_extent, integer=True, ticks=() if small else None),
        tuple(marks),
        tuple(notes),
        legend=name == "W1",
    )


def _columns(n_layers: int) -> int:
    """Give W and b of a layer side by side; of many layers two or three in a row, so that none becomes flat."""
    return 2 if n_layers <= 4 else 4 if n_layers <= 8 else 6


def _of_unit(frame: Frame, name: str, unit: Unit | None, edges: Floats, tallest: float) -> list[Mark]:
    """What goes into the unit that is pointed at, and what goes out of it, stretched to the height of the whole."""
    if unit is None:
        return []
    (layer, index), matrix = unit, frame.params[name]
    if name == f"W{layer}" and index < matrix.shape[1]:
        values, label = matrix[:, index], msg("into unit {unit} of layer {layer}", unit=index, layer=layer)
    elif name == f"W{layer + 1}" and index < matrix.shape[0]:
        values, label = matrix[index], msg("out of unit {unit} of layer {layer}", unit=index, layer=layer)
    elif name == f"b{layer}" and index < len(matrix) and np.isfinite(matrix[index]):
        label = msg("unit {unit} of layer {layer}", unit=index, layer=layer)
        return [Guide("unit", label, "accent", float(matrix[index]))]
    else:
        return []
    counts = bin_counts(values, edges)
    return [Bars("unit", label, "accent", edges, counts, unit=tallest / max(float(counts.max()), 1.0))]


def _beside(frame: Frame, view: View, name: str, edges: Floats) -> list[Mark]:
    """Outline the compared runs in the bins of the present one, as high as if they had as many values."""
    marks: list[Mark] = []
    for one, moment in at_the_same_step(frame, view):
        if name not in moment.params:
            continue
        unit = frame.params[name].size / moment.params[name].size
        marks.append(one.outline(edges, _counts_beside(moment, name, edges), unit=unit))
        n_zero = moment.params[name].size - int(np.count_nonzero(moment.params[name]))
        if n_zero:
            bar = zero_bar(name, n_zero, (float(edges[0]), float(edges[-1])), view.bins)
            marks.append(one.outline(bar.edges, bar.heights, "zero", unit=unit))
    return marks


def _beside_notes(frame: Frame, view: View, name: str, edges: Floats) -> list[Note]:
    """Say what of the compared runs the bins do not hold, and where a network of another size is drawn to scale."""
    notes = []
    found = [(one, moment) for one, moment in at_the_same_step(frame, view) if name in moment.params]
    for one, moment in found:
        values = moment.params[name]
        outside = int(np.count_nonzero(values)) - int(_counts_beside(moment, name, edges).sum())
        if outside > 0:
            share = Real(100 * outside / values.size)
            notes.append(Note(msg("{run}: {share:.2g} % of its values beyond", run=one.label, share=share)))
    if any(moment.params[name].size != frame.params[name].size for _, moment in found):
        notes.append(Note(msg("outlines are to the scale of as many values")))
    return notes


def _counts_beside(moment: Frame, name: str, edges: Floats) -> Floats:
    return still_counts(moment.params, name, float(edges[0]), float(edges[-1]), len(edges) - 1)


def _has_density(frame: Frame, name: str) -> bool:
    """Whether what the initial weights were drawn from is, or comes close to, a density with a simple form."""
    if frame.spec.weights is not None:
        return False
    if name.startswith("b") or frame.spec.init not in ORTHONORMAL:
        return True
    # An entry of an orthonormal matrix made of normal noise is a coordinate of a random point on the unit sphere in
    # max(fan_in, fan_out) dimensions: in 30 its density is within 3 % of N(0, std²), in few it is nothing like it.
    # Uniform noise leaves more or less of its own shape in the matrix.
    return frame.spec.init_distribution == "normal" and max(frame.layout.shapes[name]) >= _NEARLY_NORMAL


def _distribution(frame: Frame, name: str) -> str:
    """Tell what an initial value was drawn from: torch's biases are uniform, all others normal."""
    chosen = frame.spec.init_distribution if name.startswith("W") else "normal"
    return noise_distribution(frame.spec.init, chosen)


def _density(frame: Frame, name: str, std: float, edges: np.ndarray) -> Line:
    """The count that the initial distribution leads one to expect in each bin."""
    n, width = frame.params[name].size, float(edges[1] - edges[0])
    reach = min(_REACH, float(max(abs(edges[0]), abs(edges[-1]))) / std)
    distribution = _distribution(frame, name)
    if distribution == "truncated":
        return _truncated_density(std, n * width)
    if distribution == "uniform":
        edge = math.sqrt(3) * std
        height = n * width / (2 * edge)
        x, y = np.array([-edge, -edge, edge, edge]), np.array([0.0, height, height, 0.0])
        return Line("density", msg("U(−√3·std, √3·std)"), "theory", x, y, dash=True)
    z = np.linspace(-reach, reach, _DENSITY_POINTS)
    y = n * width / (math.sqrt(2 * math.pi) * std) * np.exp(-0.5 * z * z)
    return Line("density", msg("N(0, std²)"), "theory", std * z, y, dash=True)


def _truncated_density(std: float, area: float) -> Line:
    """The normal density cut at ±CUT of its own standard deviations, and as wide as its variance is to be std²."""
    whole = std / STD_OF_CUT
    z = np.linspace(-CUT, CUT, _DENSITY_POINTS)
    y = area / (math.sqrt(2 * math.pi) * whole * math.erf(CUT / math.sqrt(2))) * np.exp(-0.5 * z * z)
    x, y = np.pad(whole * z, 1, mode="edge"), np.pad(y, 1)
    return Line("density", msg("N(0, std²), truncated"), "theory", x, y, dash=True)


def _notes(frame: Frame, name: str, now: Extent) -> list[Note]:
    size = frame.params[name].size
    broken = frame.divergence is not None and frame.divergence.parameter == name
    notes = divergence_notes(frame) if broken else []
    if now.n_nan or now.n_inf:
        notes.append(Note(msg("{nan:,} NaN, {inf:,} infinite of {n:,}", nan=now.n_nan, inf=now.n_inf, n=size), "bad"))
    if now.n_subnormal:
        notes.append(Note(msg("{n:,} subnormal: slow on many processors", n=now.n_subnormal), "warn"))
    if now.off_scale:
        notes.append(Note(msg("{n:,} values off scale", n=now.off_scale), "warn"))
    if now.n_zero == size and name.startswith("W") and not frame.bias_stds[int(name[1:]) - 1]:
        notes.append(Note(msg("all weights equal: symmetric"), "warn"))
    elif now.n_zero:
        notes.append(Note(msg("{zero:,} of {n:,} exactly 0", zero=now.n_zero, n=size)))
    return notes


def _std(frame: Frame, name: str) -> float:
    with np.errstate(all="ignore"):
        return float(frame.params[name].std(dtype=np.float64))


def _union(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return one or other
    return (min(one[0], other[0]), max(one[1], other[1]))
