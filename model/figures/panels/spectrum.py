"""Spectrum: the singular values of every weight matrix over the bulk that untrained ones fill, and those of ∂z/∂x.

Marchenko & Pastur 1967 for the bulk; what training has learned leaves it (Martin & Mahoney 2021).
"""

import math

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    DISPLAY_LIMIT,
    SMALLEST_POSITIVE,
    Axis,
    Bars,
    Dots,
    Figure,
    Floats,
    Line,
    Mark,
    Note,
    Plot,
    Range,
    Spots,
    View,
)
from model.figures.histogram import bin_edges
from model.figures.notes import listed
from model.figures.panels.beside import Beside, at_the_same_step
from model.figures.panels.common import divergence_notes
from model.figures.panels.isometry import isometry_plots
from model.insight.spectrum import Edges, Spectrum, bulk_density, spectra, still_values
from model.training.frame import Frame
from model.words import Message, Real, msg

_TITLE = msg("Spectrum")
_SHAPE, _DEEP_SHAPE = 1.4, 3.0
"""Width / height that suits each of the plots; wider where all layers of a deep network stand side by side."""
_MOST_ALONE = 4
"""Weight matrices up to which each has a plot of its own."""
_DOT = 0.05
"""How high the dots of what is outside stand, as a share of the highest bar."""
_LOWEST = 1e-5
"""The share of a matrix's largest singular value below which a logarithmic axis shows none."""
_DECADES = 0.3
"""Powers of ten that a logarithmic axis has at least."""
_POINTS = 121
_NEAR = 0.03
"""How far from a singular value the mouse still reads it, as a share of the axis."""
_BESIDE = 0.14
"""How far beside one another the values now and at step 0 of a layer stand, in layers."""
_AROUND = 0.4
"""How far the edges of a layer reach to either side, in layers."""
_MOST_NAMES = 12
_ROOM = 0.06


def make(frame: Frame, view: View) -> Figure:
    """Draw the singular values of W1, W2, … now, at step 0, and as expected; and those of ∂z/∂x layer by layer."""
    found = spectra(frame, view.sample)
    if len(found) <= _MOST_ALONE:
        # a legend with the first plot, and with the first that has a dot besides
        with_legend = {1, *[one.layer for one in found if _beyond(one).any()][:1]}
        plots = [_alone(frame, view, one, legend=one.layer in with_legend) for one in found]
    else:
        plots = [_side_by_side(frame, view, found)]
    summary = _summary(frame, found)
    return Figure(
        "spectrum",
        _TITLE,
        (*plots, *isometry_plots(frame, view)),
        summary,
        shape=_SHAPE if len(found) <= _MOST_ALONE else _DEEP_SHAPE,
        n_layers=frame.layout.n_layers,
    )


# A plot for each matrix


def _alone(frame: Frame, view: View, one: Spectrum, *, legend: bool) -> Plot:
    """Draw the histogram of a matrix before the one at step 0, the density, and a dot for each value outside."""
    name, extent = f"W{one.layer}", _extent((one,), log=view.log_x)
    log = view.log_x and extent is not None
    marks: list[Mark] = []
    readings: tuple[Spots, ...] = ()
    tallest = 1.0
    if extent is not None:
        places = bin_edges(extent, view.bins)
        edges = 10.0**places if log else places
        extent = float(places[0]), float(places[-1])
        now, before = (_counts(values, edges) for values in (one.values, one.initial))
        x, density = _density(frame, one, edges, log=log)
        # the present shape is what one looks at; a pale spike beyond twice its height is cut off
        most = float(now.max(initial=0.0))
        spike = min(float(before.max(initial=0.0)), 2 * most) if most else float(before.max(initial=0.0))
        tallest = max(most, spike, float(density.max(initial=0.0)), 1.0)
        marks += [
            Bars("initial", msg("at step 0"), name, edges, before, ghost=True),
            Bars("now", msg("now"), name, edges, now),
            *(
                beside.outline(edges, _counts(theirs[one.layer - 1], edges))
                for beside, theirs in _beside(frame, view)
                if one.layer <= len(theirs)
            ),
        ]
        if view.notes and one.edges is not None and one.edges.high > 0:
            if one.edges.single:
                x, density = np.full(2, one.edges.high), np.array([0.0, tallest])
            marks.append(Line("theory", msg("expected at step 0"), "theory", x, density, dash=True))
        outside = one.values[_beyond(one)]
        if len(outside):
            y = np.full(len(outside), _DOT * tallest)
            marks.append(Dots("outside", msg("outside the bulk"), name, outside, y, size=5.0))
        readings = tuple(_readings(frame, one, extent, (0.0, tallest * (1 + _ROOM)), log=log, upright=False))
    shape = "×".join(map(str, frame.layout.shapes[name]))
    return Plot(
        f"spectrum_{name}",
        msg("Singular values of {name}  {shape}", name=name, shape=shape),
        Axis(msg("singular value"), log=log, extent=extent or (-1.0, 1.0), exact=True),
        Axis(msg("count"), extent=(0.0, tallest * (1 + _ROOM)), exact=True, integer=True),
        tuple(marks),
        tuple(_notes_alone(frame, view, one, 10.0 ** extent[0] if log and extent else None)),
        legend=legend,
        readings=readings,
    )


def _beside(frame: Frame, view: View) -> list[tuple[Beside, tuple[Floats, ...]]]:
    """Give the compared runs with their singular values, matrix by matrix."""
    return [(one, still_values(moment.params, view.sample)) for one, moment in at_the_same_step(frame, view)]


def _counts(values: Floats, edges: Floats) -> Floats:
    return np.histogram(values[np.isfinite(values)], edges)[0].astype(np.float64)


def _beyond(one: Spectrum) -> npt.NDArray[np.bool_]:
    if one.edges is None:
        return np.zeros(len(one.values), dtype=np.bool_)
    return (one.values > one.edges.most) | (one.values < one.edges.least)


def _density(frame: Frame, one: Spectrum, edges: Floats, *, log: bool) -> tuple[Floats, Floats]:
    """Give the count that the Marchenko–Pastur law leads one to expect in a bin, between its edges on the axis."""
    nothing = np.empty(0)
    if one.edges is None or one.edges.single:
        return nothing, nothing
    low, high = max(one.edges.low, edges[0], SMALLEST_POSITIVE if log else 0.0), min(one.edges.high, edges[-1])
    if not 0 <= low < high:
        return nothing, nothing
    # closer towards the ends, where it is steep
    share = (1 - np.cos(np.linspace(0, math.pi, _POINTS))) / 2
    x = np.asarray(low * (high / low) ** share if log else low + (high - low) * share)
    width = x * (edges[1] / edges[0] - 1) if log else edges[1] - edges[0]
    fan_in, fan_out = frame.layout.shapes[f"W{one.layer}"]
    return x, bulk_density(x, fan_in, fan_out, frame.stds[one.layer - 1]) * width


def _notes_alone(frame: Frame, view: View, one: Spectrum, lowest: float | None) -> list[Note]:
    name = f"W{one.layer}"
    broken = frame.divergence is not None and frame.divergence.parameter == name
    notes = divergence_notes(frame) if broken else []
    if not one.finite:
        return [*notes, Note(msg("not finite: no singular values"), "bad")]
    if not one.measured:
        return [*notes, _large(name, view)]
    if not one.values[0]:
        return [*notes, Note(msg("exactly 0, as are all its singular values"), "warn")]
    text = "condition number {condition:.3g} · stable rank {rank:.3g} of {k}"
    condition, rank = Real(one.condition), Real(one.stable_rank)
    notes.append(Note(msg(text, condition=condition, rank=rank, k=len(one.values))))
    if one.edges is not None and one.edges.single:
        notes.append(Note(msg("orthonormal at step 0: all singular values were equal")))
    elif one.edges is not None and one.edges.high > 0:
        n = one.above + one.below
        text = (
            "{above} above, {below} below the bulk by more than chance" if n else "none outside the bulk but by chance"
        )
        notes.append(Note(msg(text, above=one.above, below=one.below)))
        if one.layer == 1:
            notes.append(_rule(frame))
    return [*notes, *_missing((one,), lowest)]


def _large(names: str, view: View) -> Note:
    text = "{names} will be decomposed next" if view.sample else "too large to be decomposed: {names}"
    return Note(msg(text, names=names), "info" if view.sample else "warn")


def _rule(frame: Frame) -> Note:
    if frame.spec.weights is not None:
        return Note(msg("bulk and chance: of independent random weights of the same size as those of the file"))
    return Note(msg("chance: what 999 of 1,000 untrained matrices stay within (Tracy–Widom)"))


def _missing(found: tuple[Spectrum, ...], lowest: float | None) -> list[Note]:
    """Count the values that a logarithmic axis, which begins at `lowest`, does not show."""
    if lowest is None:
        return []
    values = np.concatenate([one.values for one in found])
    n_zero, n_low = int(np.count_nonzero(values == 0)), int(np.count_nonzero((values > 0) & (values < lowest)))
    notes = [Note(msg("{n:,} exactly 0: not on a log axis", n=n_zero), "warn")] if n_zero else []
    if n_low:
        notes.append(Note(msg("{n:,} below {lowest:.1g}, not shown", n=n_low, lowest=Real(lowest))))
    return notes


# All matrices in one plot


def _side_by_side(frame: Frame, view: View, found: tuple[Spectrum, ...]) -> Plot:
    """Draw a column of dots for each of many matrices, and the edges of its bulk."""
    extent = _extent(found, log=view.log_y)
    log = view.log_y and extent is not None
    marks: list[Mark] = []
    readings: list[Spots] = []
    low, high = extent or (-1.0, 1.0)
    room = _ROOM * (high - low)
    shown = (low - room, high + room)
    if extent is not None:
        marks += _edges(found) if view.notes else []
        for one in found:
            name, k = f"W{one.layer}", float(one.layer)
            for key, label, values, x in (
                ("initial", msg("at step 0"), one.initial, k - _BESIDE),
                ("now", msg("now"), one.values, k + _BESIDE),
            ):
                at, ghost = np.full(len(values), x), key == "initial"
                marks.append(Dots(f"{key}.{name}", label, name, at, values, size=3.5 if ghost else 4.5, ghost=ghost))
            marks += [
                beside.dots(np.full(len(theirs[one.layer - 1]), k + 2 * _BESIDE), theirs[one.layer - 1], name, size=3.5)
                for beside, theirs in _beside(frame, view)
                if one.layer <= len(theirs)
            ]
            readings += _readings(frame, one, shown, (k - 0.5, k + 0.5), log=log, upright=True)
    return Plot(
        "spectrum",
        msg("Singular values of the weights"),
        Axis(msg("weights of layer"), extent=(0.5, len(found) + 0.5), exact=True, ticks=_names(found)),
        Axis(msg("singular value"), log=log, extent=shown, exact=True),
        tuple(marks),
        tuple(_notes_together(frame, view, found, 10.0 ** shown[0] if log else None)),
        legend=True,
        readings=tuple(readings),
    )


def _edges(found: tuple[Spectrum, ...]) -> list[Mark]:
    x = np.concatenate([np.array([one.layer - _AROUND, one.layer + _AROUND, one.layer + _AROUND]) for one in found])
    lines: list[Mark] = []
    for part in ("high", "low"):
        ends = [getattr(one.edges, part) if one.edges is not None else np.nan for one in found]
        y = np.concatenate([np.array([end, end, np.nan]) for end in ends])
        lines.append(Line(f"theory.{part}", msg("edges expected at step 0"), "theory", x, y, dash=True))
    return lines


def _names(found: tuple[Spectrum, ...]) -> tuple[tuple[float, str], ...]:
    every = -(-len(found) // _MOST_NAMES)
    return tuple((float(one.layer), f"W{one.layer}") for one in found if (one.layer - 1) % every == 0)


def _notes_together(frame: Frame, view: View, found: tuple[Spectrum, ...], lowest: float | None) -> list[Note]:
    notes = divergence_notes(frame)
    bad = [f"W{one.layer}" for one in found if not one.finite]
    if bad:
        notes.append(Note(msg("not finite: {names}", names=listed(bad)), "bad"))
    large = [f"W{one.layer}" for one in found if not one.measured]
    if large:
        notes.append(_large(listed(large), view))
    known = [one for one in found if len(one.values) and one.values[0]]
    if not known:
        return notes if bad or large else [*notes, Note(msg("all weights exactly 0"), "warn")]
    numbers = [one.condition for one in known]
    low, high = int(np.argmin(numbers)), int(np.argmax(numbers))
    notes.append(
        Note(
            msg(
                "condition number {low:.3g} (W{at_low}) to {high:.3g} (W{at_high})",
                low=Real(numbers[low]),
                at_low=known[low].layer,
                high=Real(numbers[high]),
                at_high=known[high].layer,
            )
        )
    )
    edges = next((one.edges for one in known if one.edges is not None), None)
    if edges is not None and edges.single:
        notes.append(Note(msg("orthonormal at step 0: all singular values of a matrix were equal")))
    elif edges is not None and edges.high > 0:
        n, of = sum(one.above + one.below for one in known), sum(len(one.values) for one in known)
        most = max(known, key=lambda one: one.above + one.below)
        text = (
            "{n:,} of {of:,} outside the bulk by more than chance, most in W{layer}"
            if n
            else "none outside the bulk but by chance"
        )
        notes += [Note(msg(text, n=n, of=of, layer=most.layer)), _rule(frame)]
    return [*notes, *_missing(tuple(known), lowest)]


# Both


def _extent(found: tuple[Spectrum, ...], *, log: bool) -> Range | None:
    """Hold all singular values, and on a logarithmic axis not those that are next to nothing."""
    parts = [_drawable(values) for one in found for values in (one.values, one.initial)]
    parts += [_drawable(np.array([one.edges.low, one.edges.high])) for one in found if one.edges is not None]
    parts = [part for part in parts if len(part)]
    if not parts:
        return None
    high = max(float(part.max()) for part in parts)
    if not log:
        return 0.0, high
    low = min(float(part[part >= _LOWEST * part.max()].min()) for part in parts)
    missing = max(_DECADES - math.log10(high / low), 0.0) / 2
    return math.log10(low) - missing, math.log10(high) + missing


def _drawable(values: Floats) -> Floats:
    return values[(values >= SMALLEST_POSITIVE) & (values <= DISPLAY_LIMIT)]


def _readings(frame: Frame, one: Spectrum, extent: Range, across: Range, *, log: bool, upright: bool) -> list[Spots]:
    """Read each singular value, the nearest one to the mouse along its axis, over the whole of the other one."""
    drawn = np.flatnonzero((one.values >= SMALLEST_POSITIVE) & (one.values <= DISPLAY_LIMIT))
    if not len(drawn) or one.edges is None:
        return []
    values = one.values[drawn]
    boxes = _boxes(np.log10(values) if log else values, extent, across)
    if upright:
        boxes = boxes[:, [2, 3, 0, 1]]
    fields = {"k": drawn + 1, "value": values, "before": one.initial[drawn] if len(one.initial) else values}
    said: list[Spots] = []
    for text, edge, here in _places(values, one.edges):
        if not here.any():
            continue
        words = f"singular value {{k}} of W{one.layer}: {{value:.3g}}, {text}"
        if frame.step and len(one.initial):
            words += "; at step 0 {before:.3g}"
        own = {name: column[here] for name, column in fields.items()}
        said.append(Spots(boxes[here], words, {**own, "edge": np.full(len(own["k"]), edge)}, f"W{one.layer}"))
    return said


def _places(values: Floats, edges: Edges) -> list[tuple[str, float, npt.NDArray[np.bool_]]]:
    """Say where values lie: in words, which name an edge; that edge; and of which values that is so."""
    if edges.single:
        return [("expected at step 0 {edge:.4g}", edges.high, np.ones(len(values), dtype=np.bool_))]
    high, low = values > edges.high, values < edges.low
    above, below = values > edges.most, values < edges.least
    return [
        ("above the edge {edge:.3g}", edges.high, above),
        ("below the edge {edge:.3g}", edges.low, below),
        ("just above the edge {edge:.3g}, as chance may have it", edges.high, high & ~above),
        ("just below the edge {edge:.3g}, as chance may have it", edges.low, low & ~below),
        ("within the bulk, which ends at {edge:.3g}", edges.high, ~high & ~low),
    ]


def _boxes(places: Floats, extent: Range, across: Range) -> Floats:
    """Give each of falling places what is nearest to it of the axis, and `across` of the other one."""
    reach = _NEAR * (extent[1] - extent[0])
    middles = (places[:-1] + places[1:]) / 2
    upper = np.minimum(np.concatenate([[np.inf], middles]), places + reach)
    lower = np.maximum(np.concatenate([middles, [-np.inf]]), places - reach)
    return np.column_stack([lower, upper, np.full(len(places), across[0]), np.full(len(places), across[1])])


def _summary(frame: Frame, found: tuple[Spectrum, ...]) -> Message:
    measured = [one for one in found if len(one.values)]
    said = ", ".join(
        f"W{one.layer} {Real(one.values[0]):.3g} to {Real(one.values[-1]):.3g}, {one.above + one.below} outside"
        for one in measured
    )
    if not measured:
        return msg("Spectrum at step {step:,}: no singular values.", step=frame.step)
    return msg("Singular values at step {step:,}: {said}.", step=frame.step, said=said)
