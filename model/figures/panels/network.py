"""Network view: the architecture as circles and links, each link as coloured and thick as its weight is large.

After TensorFlow Playground (Smilkov et al. 2017), but on a scale that does not follow the weights: there it hides
just what the initial spread does.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    Axis,
    Dots,
    Figure,
    Floats,
    Mark,
    Note,
    Plot,
    Segments,
    Spots,
    Targets,
    Texts,
    Unit,
    View,
)
from model.figures.panels.common import divergence_notes
from model.insight.units import Indices, chosen, largest_size, weight_scale
from model.training.frame import Frame
from model.words import Message, Real, msg

_MOST_LINKS = 1500
_MOST_UNITS = 16
"""Units drawn of a layer, at most; fewer in deep networks, so that all links together stay in sight."""
_FEW_LAYERS = 4
"""Layers up to which there is room for words below each."""
_RADIUS = 9.0
_TITLE = msg("Network")


def make(frame: Frame, view: View) -> Figure:
    """Draw the layers from left to right, inputs first; of the unit that is pointed at, its own links alone."""
    sizes = frame.layout.sizes
    unit = view.unit if view.unit is not None and _has(sizes, view.unit) else None
    shown, heights = _placed(sizes, unit)
    marks: list[Mark] = []
    for layer, (before, after) in enumerate(pairwise(range(len(sizes))), start=1):
        weights = frame.params[f"W{layer}"][np.ix_(shown[before], shown[after])]
        marks += _links(weights, heights[before], heights[after], layer, weight_scale(sizes[before]), shown, unit)
    marks += [_circles(layer, heights[layer], last=layer == len(sizes) - 1) for layer in range(len(sizes))]
    if unit is not None:
        place = heights[unit[0]][shown[unit[0]] == unit[1]]
        marks.append(Dots("unit", msg("the unit pointed at"), "accent", np.full(1, float(unit[0])), place, size=14.0))
    marks.append(_class_names(frame, shown[-1], heights[-1]))
    last = len(sizes) - 1
    plot = Plot(
        "network",
        _TITLE,
        Axis(msg("layer · units drawn"), extent=(-0.35, last + 0.5), exact=True, ticks=_names(sizes, shown)),
        Axis(msg("units"), extent=(-0.02, 1.18), exact=True, ticks=()),
        tuple(marks),
        tuple(_notes(frame, unit)),
        targets=_targets(shown, heights),
        readings=_readings(frame, shown, heights),
    )
    return Figure("network", _TITLE, (plot,), _summary(frame), n_layers=frame.layout.n_layers)


def _has(sizes: tuple[int, ...], unit: Unit) -> bool:
    return 1 <= unit[0] < len(sizes) - 1 and unit[1] < sizes[unit[0]]


@lru_cache(maxsize=64)
def _placed(sizes: tuple[int, ...], unit: Unit | None) -> tuple[tuple[Indices, ...], tuple[Floats, ...]]:
    """Choose the units of each layer that are drawn, and their heights: the first one at the top."""
    most = min(_MOST_UNITS, max(3, int((_MOST_LINKS / (len(sizes) - 1)) ** 0.5)))
    shown = tuple(
        chosen(size, most, unit[1] if unit is not None and unit[0] == layer else None)
        for layer, size in enumerate(sizes)
    )
    heights = tuple(1 - (np.arange(len(units)) + 0.5) / len(units) for units in shown)
    return shown, heights


def _links(
    weights: npt.NDArray[np.floating],
    before: Floats,
    after: Floats,
    layer: int,
    limit: float,
    shown: tuple[Indices, ...],
    unit: Unit | None,
) -> list[Mark]:
    x, y = _ends(layer, before.tobytes(), after.tobytes())
    values = weights.astype(np.float64).ravel()
    label = msg("links of W{layer}", layer=layer)
    if unit is None:
        return [Segments(f"W{layer}", label, x, y, values, limit, role=f"W{layer}")]
    of_unit = np.zeros((len(before), len(after)), dtype=np.bool_)
    if unit[0] == layer:
        of_unit[:, shown[layer] == unit[1]] = True
    if unit[0] == layer - 1:
        of_unit[shown[layer - 1] == unit[1]] = True
    own = of_unit.ravel()
    if not own.any():
        return []
    hint = Segments(f"W{layer}.unit", label, x[own], y[own], np.full(own.sum(), 0.2), role="accent", signed=False)
    return [hint, Segments(f"W{layer}", label, x[own], y[own], values[own], limit, role=f"W{layer}")]


@lru_cache(maxsize=64)
def _ends(layer: int, before: bytes, after: bytes) -> tuple[Floats, Floats]:
    """Give where the links into a layer begin and end, (n, 2) each, sorted as the weights are."""
    below, above = np.frombuffer(before), np.frombuffer(after)
    y = np.column_stack([np.repeat(below, len(above)), np.tile(above, len(below))])
    x = np.tile([layer - 1.0, float(layer)], (len(y), 1))
    return x, y


def _circles(layer: int, heights: Floats, *, last: bool) -> Dots:
    role = "muted" if layer == 0 else "text" if last else f"W{layer}"
    return Dots(
        f"layer{layer}",
        msg("layer {layer}", layer=layer),
        role,
        np.full(len(heights), float(layer)),
        heights,
        size=_RADIUS,
    )


def _class_names(frame: Frame, classes: Indices, heights: Floats) -> Texts:
    names = tuple(msg("{name}", name=frame.data.class_names[k]) for k in classes)
    x = np.full(len(classes), frame.layout.n_layers + 0.12)
    return Texts("classes", msg("classes"), "muted", x, heights, names, room=1 / len(classes))


def _names(sizes: tuple[int, ...], shown: tuple[Indices, ...]) -> tuple[tuple[float, str], ...]:
    """Name the layers, and say how many of their units are drawn."""
    last = len(sizes) - 1
    few = len(sizes) <= _FEW_LAYERS
    names = []
    for layer, (size, units) in enumerate(zip(sizes, shown, strict=True)):
        kind = msg("input") if layer == 0 else msg("output") if layer == last else msg("layer {n}", n=layer)
        count = msg("{k} of {n}", k=len(units), n=size) if len(units) < size else msg("{n}", n=size)
        names.append((float(layer), f"{kind} · {count}" if few else f"{len(units)}/{size}"))
    return tuple(names)


def _targets(shown: tuple[Indices, ...], heights: tuple[Floats, ...]) -> Targets:
    boxes, units = [], []
    for layer in range(1, len(shown) - 1):
        half = 0.5 / len(heights[layer])
        for index, height in zip(shown[layer].tolist(), heights[layer].tolist(), strict=True):
            boxes.append((layer - 0.2, layer + 0.2, height - half, height + half))
            units.append((layer, index))
    return Targets(np.array(boxes).reshape(-1, 4), tuple(units))


def _readings(frame: Frame, shown: tuple[Indices, ...], heights: tuple[Floats, ...]) -> tuple[Spots, ...]:
    """Read an input's or a class's name, or a unit with its bias and how strong its links are."""
    readings = []
    last = len(shown) - 1
    for layer, (units, at) in enumerate(zip(shown, heights, strict=True)):
        half = 0.5 / max(len(at), 1)
        sides = np.full(len(at), layer - 0.2), np.full(len(at), layer + 0.2)
        boxes = np.column_stack([*sides, at - half, at + half])
        if layer == 0:
            names = [frame.data.feature_name(k) for k in units.tolist()]
            readings.append(Spots(boxes, "input {name}", {"name": names}))
            continue
        fields: dict[str, Sequence[object] | npt.NDArray[np.generic]] = {"bias": frame.params[f"b{layer}"][units]}
        with np.errstate(all="ignore"):
            fields["norm"] = np.linalg.norm(frame.params[f"W{layer}"][:, units].astype(np.float64), axis=0)
        if layer == last:
            text = "class {name}: bias {bias:.3g}, weights into it of length {norm:.3g}"
            fields["name"] = [frame.data.class_names[k] for k in units.tolist()]
        else:
            text = "unit {unit} of layer {layer}: bias {bias:.3g}, weights into it of length {norm:.3g}"
            fields |= {"unit": units, "layer": [layer] * len(units)}
        readings.append(Spots(boxes, text, fields))
    return tuple(readings)


def _notes(frame: Frame, unit: Unit | None) -> list[Note]:
    notes = divergence_notes(frame)
    n_bad = sum(int(np.count_nonzero(~np.isfinite(w))) for name, w in frame.params.items() if name[0] == "W")
    if n_bad:
        notes.append(Note(msg("{n:,} weights are not finite: no link is drawn", n=n_bad), "bad"))
    sizes = [largest_size(weights) for name, weights in frame.params.items() if name[0] == "W"]
    finite = [size for size in sizes if math.isfinite(size)]
    if finite:
        text = msg("the largest now {largest:.2g}; full colour at 3·√(2/fan_in)", largest=Real(max(finite)))
        notes.append(Note(text))
    if unit is not None:
        notes.append(Note(msg("unit {unit} of layer {layer}: its links alone", unit=unit[1], layer=unit[0])))
    return notes


def _summary(frame: Frame) -> Message:
    spreads = ", ".join(f"{_rms(frame.params[name]):.3g}" for name in frame.params if name[0] == "W")
    return msg(
        "Network {sizes} at step {step:,}: root mean square of the weights by layer {spreads}.",
        sizes="-".join(map(str, frame.layout.sizes)),
        step=frame.step,
        spreads=spreads,
    )


def _rms(values: npt.NDArray[np.floating]) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean(values.astype(np.float64) ** 2)))
