"""The layer ladder: a row for each hidden layer, with the histogram of what goes up it, or of what comes back.

Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", draw both;
so does the book "Deep Learning from Scratch" in its chapter 6 for the way up.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    DISPLAY_LIMIT,
    SMALLEST_POSITIVE,
    Axis,
    Bars,
    Figure,
    Guide,
    Mark,
    Note,
    Plot,
    Texts,
    View,
)
from model.figures.histogram import bin_counts, bin_edges, extent_of, ordinary_range
from model.figures.panels import through_time
from model.figures.panels.beside import at_the_same_step
from model.figures.panels.common import divergence_notes
from model.figures.panels.format_limits import Limits, chosen_format, limits_on, share_notes, share_words, short_name
from model.insight.ladder import SATURATED, Direction, LayerCounts, layer_counts, layer_values
from model.insight.number_formats import beyond_each
from model.insight.passes import Passes, passes, passes_of
from model.insight.variance import expected_variances
from model.network.blas import one_blas_thread
from model.training.frame import Frame
from model.words import Message, Real, msg, near_one

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

_TITLES: dict[Direction, Message] = {
    "forward": msg("Activations"),
    "backward": msg("Back-propagated gradients"),
}
_QUANTITIES: dict[Direction, Message] = {
    "forward": msg("output h of a unit"),
    "backward": msg("∂loss/∂z at a unit, for each sample's own loss"),
}
_TALLEST = 0.62
"""The share of a row that its histogram may take; the numbers stand above it."""
_REACH = 8.0
"""Standard deviations of the widest layer that the axis reaches beyond the means of all layers, at most."""
_WORDS = 0.8
_LINE = 0.36
_HEAD = 0.06
"""The share of the plot's height that the names of limits take above all rows."""
_ROOMY = 6
"""Layers up to which each has room for its numbers in most windows; of more, some are said in notes too."""


def make_activations(frame: Frame, view: View) -> Figure:
    """Draw what each hidden layer gives out."""
    return _make(frame, view, "forward")


def make_backprop(frame: Frame, view: View) -> Figure:
    """Draw the gradient that comes back to each hidden layer."""
    return _make(frame, view, "backward")


def _make(frame: Frame, view: View, direction: Direction) -> Figure:
    if view.through_time:
        return _through_time(frame, view, direction)
    passed = passes(frame, view.sample)
    layers = layer_values(passed, direction)
    counts = layer_counts(passed, frame.spec.activation, direction)
    forward = direction == "forward"
    panel = "activations" if forward else "backprop"
    title = _TITLES[direction]
    edges = _edges(layers, counts, view)
    # beside the shares of a format there is no room for all numbers
    brief = view.number_format != "none"
    expected = _expected(frame) if forward and not frame.step and not brief else ()
    marks: list[Mark] = []
    words: list[Message] = []
    floors = np.arange(len(layers) - 1.0, -1.0, -1.0)
    for place, (values, counted) in enumerate(zip(layers, counts, strict=True)):
        if edges is not None:
            marks += _row(values, edges, place + 1, float(floors[place]), view)
        outside = _n_outside(values, edges, counted) if edges is not None and not view.log_x else 0
        theory = expected[place] if expected else (np.nan, np.nan)
        words.append(_numbers(counted, frame.spec.activation, direction, outside, theory, brief=brief))
    if edges is not None:
        bars = [mark for mark in marks if isinstance(mark, Bars) and mark.key != "unit"]
        marks += _outlines(frame, view, direction, edges, [(row, v.size) for row, v in zip(bars, layers, strict=True)])
    words = _with_shares(words, layers, view)
    x = np.full(len(layers), _first_letter(edges, log=view.log_x))
    marks.append(Texts("numbers", msg("numbers"), "text", x, floors + _WORDS, tuple(words), room=_LINE))
    quantity = _QUANTITIES[direction]
    if edges is None and any(counted.n_zero for counted in counts):
        marks.append(Guide("zero", msg("exactly 0"), "muted", 0.0))
    limits = limits_on(_value_axis(quantity, edges, log=view.log_x), view, "vertical")
    head = max(_HEAD * len(layers), _LINE) if limits.guides else 0.02
    plot = Plot(
        panel,
        title,
        limits.axis,
        Axis(msg("hidden layer · units"), extent=(-0.08, len(layers) + head), exact=True, ticks=_names(frame)),
        (*marks, *_limit_marks(limits, len(layers), head)),
        (*_notes(frame, passed, expected=bool(expected)), *limits.notes, *_format_notes(layers, view)),
        legend="runs",
    )
    return Figure(panel, title, (plot,), _summary(frame, title, counts), n_layers=frame.layout.n_layers)


def _through_time(frame: Frame, view: View, direction: Direction) -> Figure:
    panel = "activations" if direction == "forward" else "backprop"
    names = tuple(f"h{layer}" for layer in range(1, frame.layout.n_layers))
    return through_time.make(panel, _TITLES[direction], _QUANTITIES[direction], frame, view, names)


def _limit_marks(limits: Limits, n_layers: int, head: float) -> list[Mark]:
    """Draw limits with their names above all rows, which stand beside the lines so that neighbours do not collide."""
    marks: list[Mark] = [*limits.guides]
    for guide in limits.guides:
        inner: Literal["left", "right"] = "left" if ("_normal" in guide.key) == (guide.at > 0) else "right"
        at = (np.array([guide.at]), np.array([n_layers + 0.5 * head]))
        name = (short_name(guide),)
        marks.append(Texts(f"{guide.key}.name", guide.label, "warn", *at, name, inner, room=head))
    return marks


def _with_shares(words: list[Message], layers: tuple[Reals, ...], view: View) -> list[Message]:
    """Begin the numbers of each layer with what the view's format cannot hold of it."""
    kind = chosen_format(view)
    if kind is None:
        return words
    shares = [share_words(counted, kind) for counted in beyond_each(layers, view.number_format)]
    return [
        msg("{format}: {shares} · {rest}", format=kind.name, shares=", ".join(map(str, said)) or "all", rest=rest)
        for said, rest in zip(shares, words, strict=True)
    ]


def _format_notes(layers: tuple[Reals, ...], view: View) -> list[Note]:
    kind = chosen_format(view)
    if kind is None:
        return []
    if len(layers) <= _ROOMY:
        return [Note(msg("{format}: shares of the values other than 0", format=kind.name))]
    names = [str(layer) for layer in range(1, len(layers) + 1)]
    return share_notes(names, beyond_each(layers, view.number_format), view, msg("values other than 0"))


def _row(values: Reals, edges: Floats, layer: int, base: float, view: View) -> list[Mark]:
    role = f"W{layer}"
    counts = bin_counts(_shown(values, log=view.log_x), _binned(edges, log=view.log_x))
    unit = _TALLEST / max(counts.max(), 1.0)
    marks: list[Mark] = [
        Bars(f"h{layer}", msg("layer {layer}", layer=layer), role, edges, counts, base=base, unit=unit),
        Guide(f"floor{layer}", msg(""), "line", base, "horizontal"),
    ]
    if view.unit is not None and view.unit[0] == layer and view.unit[1] < values.shape[1]:
        own = bin_counts(_shown(values[:, view.unit[1]], log=view.log_x), _binned(edges, log=view.log_x))
        label = msg("unit {unit} of layer {layer}", unit=view.unit[1], layer=layer)
        marks.append(Bars("unit", label, "accent", edges, own, base=base, unit=_TALLEST / max(own.max(), 1.0)))
    return marks


def _outlines(
    frame: Frame, view: View, direction: Direction, edges: Floats, rows: list[tuple[Bars, int]]
) -> list[Mark]:
    """Outline the same layers of the compared runs: to the scale of as many values, but never above their rows."""
    marks: list[Mark] = []
    binned = tuple(_binned(edges, log=view.log_x).tolist())
    for one, moment in at_the_same_step(frame, view):
        found = _counts_beside(moment, view.sample, direction, binned, view.log_x)
        for (row, size), (counts, n) in zip(rows, found, strict=False):
            unit = min(row.unit * size / n, _TALLEST / max(counts.max(), 1.0))
            marks.append(one.outline(edges, counts, row.key, base=row.base, unit=unit))
    return marks


@lru_cache(maxsize=64)
def _counts_beside(
    frame: Frame,
    sample: int,
    direction: Direction,
    edges: tuple[float, ...],
    log: bool,  # noqa: FBT001
) -> tuple[tuple[Floats, int], ...]:
    """Count the values of each layer of a compared run, and give how many there are; it does not change."""
    with one_blas_thread:
        passed = passes_of(frame.params, frame.data, frame.spec.activation, sample)
    layers = layer_values(passed, direction)
    return tuple((bin_counts(_shown(values, log=log), np.array(edges)), values.size) for values in layers)


def _shown(values: Reals, *, log: bool) -> Reals:
    """Values as they are, or the power of ten of their size."""
    if not log:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.abs(values, dtype=np.float64)
        return np.asarray(np.log10(sizes[(sizes >= SMALLEST_POSITIVE) & (sizes <= DISPLAY_LIMIT)]))


def _binned(edges: Floats, *, log: bool) -> Floats:
    return np.log10(edges) if log else edges


def _edges(layers: tuple[Reals, ...], counts: tuple[LayerCounts, ...], view: View) -> Floats | None:
    """Divide what all layers need alike, so that their spreads can be compared by eye.

    A few values far out would leave one bar of all the others: they are counted in words instead.
    """
    shown = [_shown(values, log=view.log_x) for values in layers]
    found = [(values, extent_of(values)) for values in shown]
    ordinary = [extent.range if view.log_x else ordinary_range(values, extent) for values, extent in found]
    ranges = [range_ for range_ in ordinary if range_ is not None]
    if not ranges:
        return None
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    reach = _REACH * max((c.std for c in counts if np.isfinite(c.std)), default=0.0)
    if reach > 0 and not view.log_x:
        means = [c.mean for c in counts if np.isfinite(c.mean)]
        low, high = max(low, min(means) - reach), min(high, max(means) + reach)
    edges = bin_edges((low, high), view.bins)
    return 10.0**edges if view.log_x else edges


def _n_outside(values: Reals, edges: Floats, counted: LayerCounts) -> int:
    """Count the finite values that no bin holds."""
    with np.errstate(invalid="ignore"):
        outside = int(np.count_nonzero((values < edges[0]) | (values > edges[-1])))
    return max(outside - counted.n_inf, 0)


def _value_axis(label: Message, edges: Floats | None, *, log: bool) -> Axis:
    if edges is None:
        return Axis(label, extent=(-1.0, 1.0), exact=True)
    shown = _binned(edges, log=log)
    return Axis(label, log=log, extent=(float(shown[0]), float(shown[-1])), exact=True)


def _first_letter(edges: Floats | None, *, log: bool) -> float:
    """Where the words of a row begin: a little in from the left edge."""
    if edges is None:
        return -0.98
    shown = _binned(edges, log=log)
    at = float(shown[0] + 0.01 * (shown[-1] - shown[0]))
    return 10.0**at if log else at


def _names(frame: Frame) -> tuple[tuple[float, str], ...]:
    widths = frame.layout.sizes[1:-1]
    return tuple((len(widths) - 1 - place + 0.3, f"{place + 1} · {width}") for place, width in enumerate(widths))


def _expected(frame: Frame) -> tuple[tuple[float, float], ...]:
    """Give the signal and the correlation of each hidden layer that theory expects of the untrained network."""
    found = expected_variances(frame)
    return tuple(zip(np.sqrt(found.forward[1:]).tolist(), found.correlation[1:].tolist(), strict=True))


def _numbers(
    counted: LayerCounts,
    activation: str,
    direction: Direction,
    outside: int,
    theory: tuple[float, float],
    *,
    brief: bool,
) -> Message:
    """Say std, the shares that matter to this activation, and how much of it is signal; what is not finite first.

    With `brief`, no more than what is not finite, std, and what is not shown.
    """
    parts = ["{nan:,} NaN, {inf:,} infinite"] if counted.n_nan + counted.n_inf else []
    if counted.n_nan + counted.n_inf < counted.n:
        parts.append("std {std:.2g}")
    parts += [] if brief else _shares(counted, activation, direction)
    if outside:
        parts.append("{outside:,} off scale")
    parts += [] if brief else _of_signal(counted, theory)
    return msg(
        " · ".join(parts),
        std=Real(counted.std),
        signal=Real(counted.signal),
        c=near_one(counted.correlation),
        signal_expected=Real(theory[0]),
        c_expected=near_one(theory[1]),
        zero=Real(_percent(counted.n_zero, counted.n)),
        saturated=Real(_percent(counted.n_saturated, counted.n)),
        dead=counted.n_dead,
        units=counted.n_units,
        nan=counted.n_nan,
        inf=counted.n_inf,
        outside=outside,
    )


def _shares(counted: LayerCounts, activation: str, direction: Direction) -> list[str]:
    parts = ["{zero:.3g} % zero"] if counted.n_zero else []
    if direction == "forward" and activation in SATURATED:
        parts.append("{saturated:.3g} % saturated")
    if direction == "forward" and activation == "relu" and not counted.n_nan:
        parts.append("{dead} of {units} dead")
    if direction == "backward" and counted.n_dead:
        parts.append("none at {dead} of {units} units")
    return parts


def _of_signal(counted: LayerCounts, theory: tuple[float, float]) -> list[str]:
    known = np.isfinite(theory)
    parts = []
    if np.isfinite(counted.signal):
        parts.append("signal {signal:.2g}" + (" ({signal_expected:.2g})" if known[0] else ""))
    if np.isfinite(counted.correlation):
        parts.append("c {c}" + (" ({c_expected})" if known[1] else ""))
    return parts


def _percent(count: int, n: int) -> float:
    """Give a share in percent that three digits never show as 0 or 100 where it is not."""
    return min(100 * count / n, 99.9) if count < n else 100.0


def _notes(frame: Frame, passed: Passes, *, expected: bool) -> list[Note]:
    notes = divergence_notes(frame)
    if expected:
        notes.append(Note(msg("signal: varies over the samples; c: correlation of two samples; in brackets: theory")))
    if passed.n < passed.n_all:
        notes.append(Note(msg("on {n:,} of {all:,} training samples", n=passed.n, all=passed.n_all)))
    return notes


def _summary(frame: Frame, title: Message, counts: tuple[LayerCounts, ...]) -> Message:
    spreads = ", ".join(f"{counted.std:.3g}" for counted in counts)
    return msg("{title} at step {step:,}: std by layer {spreads}.", title=title, step=frame.step, spreads=spreads)
