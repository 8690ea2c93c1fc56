"""Phase diagram: which σ_w² and σ_b² keep gradients alive, and where the layers of this network lie.

Poole et al. 2016; Schoenholz et al. 2017, "Deep information propagation". The plane is theory alone, for networks of
great width and endless depth; the dots are the network before its first step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Cells, Dots, Figure, Grips, Image, Line, Mark, Note, Plot, Spots, Texts, View
from model.figures.panels.finite_width import gradient_factors
from model.figures.panels.phase_plane import (
    KEY,
    MOST_LAYERS,
    Plane,
    Stage,
    depth_levels,
    depth_of,
    level_line,
    plane_of,
    split,
    stage_of,
)
from model.insight.phase import LayerPlace, layer_places, line_of, rest, rest_of
from model.insight.turning import can_turn, together, turned, turns_biases, weight_knob
from model.insight.variance import present_variances
from model.network.initializers import ORTHONORMAL
from model.training.frame import Frame
from model.words import Message, Real, msg

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Align = Literal["left", "center", "right"]

_TITLE = msg("Phase diagram")
_FULL_COLOUR = 2.0
"""log₂ χ₁ that has the full colour: a factor of 4 a layer."""
_DEEP = 0.6
"""The share of the full blue from which on letters are light."""
_GRIP = 0.014
"""Half the width of what stands for a dot, as a share of an axis."""
_SHARED = (0.12, 0.06)
"""Shares of the axes within which dots have one name."""
_LEFT_OF = 0.72
"""The share of the horizontal axis from which on names stand left of their dots."""
_BESIDE = 0.03
"""How far beside its dot a name stands, as a share of the axis."""
_NAME = 0.22
"""The share of the horizontal axis that a name beside its dot takes in a narrow panel."""
_BOTTOM, _TOP = 0.075, 0.93
"""The lowest and the highest place of a name, as shares of the axis."""
_HEIGHTS = (_TOP, 0.72, 0.5, 0.3)
"""Where the phases are named."""
_ROOM = 0.3
"""The share of the horizontal axis that the name of a phase takes."""
_FARTHEST_CRITICAL = 1e4
"""σ_w² up to which a critical line outside the plane is looked for."""
_PHASES = (msg("ordered, gradients vanish"), msg("critical"), msg("chaotic, gradients explode"))
_ORDERED, _CHAOTIC = msg("ordered: vanishing"), msg("chaotic: exploding")
"""As the phases are named in the plane, where a narrow panel has no room for more."""
_CRITICAL = 7e-4
"""|log₂ χ₁| below which three digits of χ₁ are those of 1."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A name in the plane, at shares of the axes."""

    at: tuple[float, float]
    text: Message
    align: Align


def make(frame: Frame, view: View) -> Figure:
    """Draw the plane, the critical line, and a dot for every layer."""
    places, activation = layer_places(frame), frame.spec.activation
    stage = stage_of(places, view)
    inside, outside = split(places, stage)
    groups = _coinciding(inside, stage)
    plane = plane_of(activation, stage)
    image = _image(plane, view)
    marks: list[Mark] = [image, *_lines(frame, stage, view), *_dots(inside, stage)]
    marks += _words([*_phases(activation, stage), *_names(inside, stage)], image, stage)
    plot = Plot(
        KEY,
        msg("{activation}: χ₁, growth of gradients per layer", activation=activation),
        Axis(msg("σ_w² = fan_in · Var W"), log=stage.log[0], extent=stage.x, exact=True),
        Axis(msg("σ_b² = Var b"), log=stage.log[1], extent=stage.y, exact=True),
        tuple(marks),
        tuple(_notes(frame, plane, stage, outside)),
        legend=True,
        grips=_grips(inside, groups, stage) if can_turn(frame) else None,
        readings=_readings(frame, view, inside, groups, plane, stage),
    )
    return Figure("phase", _TITLE, (plot,), _summary(activation, places), n_layers=frame.layout.n_layers)


def turn(
    frame: Frame, view: View, key: tuple[int, ...], x: float | None, y: float | None, *, alone: bool
) -> dict[str, object]:
    """Give the knobs that bring the layers of a dot to a place; below the end of an axis that is 0."""
    stage = stage_of(layer_places(frame), view)
    at = [
        None if place is None else 0.0 if place <= low else 10.0**place if log else place
        for place, (low, _), log in zip((x, y), stage.ground, stage.log, strict=True)
    ]
    return turned(frame, key, *at, alone=alone)


# The plane


def _image(plane: Plane, view: View) -> Image:
    if view.depth_scale:
        label = msg("layers that a gradient survives, 6ξ = 6 / |ln χ₁|")
        return Image("plane", label, plane.drawn_depth, plane.x, plane.y, "sequential", MOST_LAYERS)
    label = msg("log₂ χ₁: gradients vanish below 0, explode above")
    return Image("plane", label, plane.drawn_chi, plane.x, plane.y, "diverging", _FULL_COLOUR)


def _lines(frame: Frame, stage: Stage, view: View) -> list[Mark]:
    """Draw where χ₁ is 1; and with depths, where 6ξ is the depth of this network."""
    activation, depth = frame.spec.activation, len(frame.layout.sizes) - 2
    # on the critical line depths have the full colour, and log₂ χ₁ has none
    role = "test" if view.depth_scale else "text"
    lines: list[Mark] = [Line("critical", msg("χ₁ = 1"), role, *level_line(activation, stage, 1.0))]
    if view.depth_scale:
        label = msg("6ξ = {depth}, the hidden layers here", depth=depth)
        for part, chi in zip(("ordered", "chaotic"), depth_levels(depth), strict=True):
            lines.append(Line(f"depth.{part}", label, "text", *level_line(activation, stage, chi), dash=True))
    return lines


def _phases(activation: str, stage: Stage) -> list[_Word]:
    """Name the phases, each as high up as it has room."""
    w, b = level_line(activation, stage, 1.0)
    line = stage.shares([LayerPlace(0, float(x), float(y)) for x, y in zip(w, b, strict=True) if np.isfinite(x)])
    if not len(line):
        ordered = float(rest(activation, *stage.values(np.array([0.5, 0.5]))).chi) < 1
        return [_Word((0.5, _TOP), _ORDERED if ordered else _CHAOTIC, "center")]
    edges = [(height, float(np.interp(height, line[:, 1], line[:, 0]))) for height in _HEIGHTS]
    spans = (
        (_ORDERED, [(edge / 2, height, edge) for height, edge in edges]),
        (_CHAOTIC, [((1 + edge) / 2, height, 1 - edge) for height, edge in edges]),
    )
    fitting = [(text, next((one for one in span if one[2] >= _ROOM), None)) for text, span in spans]
    return [_Word((place[0], place[1]), text, "center") for text, place in fitting if place is not None]


# The layers


def _dots(inside: Sequence[LayerPlace], stage: Stage) -> list[Mark]:
    if not inside:
        return []
    at = stage.values(stage.shares(inside))
    return [Dots("layers", msg("layers, step 0"), "text", at[:, 0], at[:, 1], size=9.0)]


def _names(inside: Sequence[LayerPlace], stage: Stage) -> list[_Word]:
    """Name the layers beside their dots; dots that lie close together have one name."""
    words, shares = [], stage.shares(inside)
    for group in grouped(shares, _SHARED):
        ordered = group[np.argsort(shares[group, 0], kind="stable")]
        text = named([inside[k].layer for k in group])
        (first, _), (last, y) = shares[ordered[0]].tolist(), shares[ordered[-1]].tolist()
        height = min(max(y, _BOTTOM), _TOP - 2 * _BOTTOM)
        to_the_left = last > _LEFT_OF
        if _is_taken(shares, first - _NAME, first, y) != _is_taken(shares, last, last + _NAME, y):
            to_the_left = _is_taken(shares, last, last + _NAME, y)
        across = first - _BESIDE if to_the_left else last + _BESIDE
        words.append(_Word((across, height), text, "right" if to_the_left else "left"))
    return words


def _is_taken(shares: Floats, left: float, right: float, y: float) -> bool:
    """Tell whether a name between two places would end outside the plane, or where another dot stands."""
    x, up = shares.T
    dots = (x > left) & (x < right) & (np.abs(up - y) < _SHARED[1])
    return left < 0 or right > 1 or bool(dots.any())


def _words(words: Sequence[_Word], image: Image, stage: Stage) -> list[Mark]:
    """Write words in a colour that can be read on the plane."""
    marks: list[Mark] = []
    inks = [(_ink(word, image, stage), word.align) for word in words]
    for role, align in sorted(set(inks)):
        chosen = [word for word, ink in zip(words, inks, strict=True) if ink == (role, align)]
        x, y = stage.values(np.array([word.at for word in chosen])).T
        texts = tuple(word.text for word in chosen)
        marks.append(Texts(f"words.{role}.{align}", msg("names"), role, x, y, texts, align))
    return marks


def _ink(word: _Word, image: Image, stage: Stage) -> str:
    cell = [
        int(np.clip((at - low) / (high - low) * n, 0, n - 1))
        for at, (low, high), n in zip(
            stage.displayed(np.array(word.at)), stage.ground, image.values.shape[::-1], strict=True
        )
    ]
    share = float(image.values[cell[1], cell[0]]) / image.limit
    return "on_accent" if (share if image.scale == "sequential" else -share) > _DEEP else "text"


def grouped(shares: Floats, within: tuple[float, float]) -> list[Indices]:
    """Group dots (n, 2) that lie close together, in the order of the first of each."""
    left, groups = list(range(len(shares))), []
    while left:
        group, left = left[:1], left[1:]
        while near := [k for k in left if (np.abs(shares[group] - shares[k]) <= within).all(axis=1).any()]:
            group += near
            left = [k for k in left if k not in near]
        groups.append(np.array(sorted(group)))
    return groups


def named(layers: Sequence[int]) -> Message:
    """Name layers by their weights: "W1", "W2–W20", "W1, W3–W5"."""
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][1] + 1:
            runs[-1][1] = layer
        else:
            runs.append([layer, layer])
    parts = [f"W{a}" if a == b else f"W{a}, W{b}" if b == a + 1 else f"W{a}–W{b}" for a, b in runs]
    return msg("{layers}", layers=", ".join(parts))


# What is said


def _coinciding(inside: Sequence[LayerPlace], stage: Stage) -> list[Indices]:
    return grouped(stage.shares(inside), (_GRIP, _GRIP))


def _grips(inside: Sequence[LayerPlace], groups: Sequence[Indices], stage: Stage) -> Grips:
    x, y = stage.displayed(stage.shares([inside[group[0]] for group in groups])).T
    return Grips(x, y, tuple(tuple(inside[k].layer for k in group) for group in groups))


def _readings(
    frame: Frame, view: View, inside: Sequence[LayerPlace], groups: Sequence[Indices], plane: Plane, stage: Stage
) -> tuple[Cells | Spots, ...]:
    """Read the plane where the mouse is, and on a dot that dot alone."""
    shares = stage.shares(inside)
    low, high = (
        stage.displayed(np.array([end(shares[group], axis=0) + away for group in groups]).reshape(-1, 2))
        for end, away in ((np.min, -_GRIP), (np.max, _GRIP))
    )
    boxes = np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])
    about, hint = _of_dots(frame, inside, groups, boxes)
    return (about, _measured(frame, view, inside, groups, boxes), hint, *_of_plane(plane, stage, boxes))


def _of_dots(
    frame: Frame, inside: Sequence[LayerPlace], groups: Sequence[Indices], boxes: Floats
) -> tuple[Spots, Spots]:
    """Read a dot: its layers, its place, χ₁ if all layers were like it, and what a drag does."""
    firsts = tuple(inside[group[0]] for group in groups)
    w, b = (np.array(at) for at in ([one.sigma_w2 for one in firsts], [one.sigma_b2 for one in firsts]))
    names = [named([inside[k].layer for k in group]) for group in groups]
    chi = rest_of(frame.spec.activation, firsts).chi
    numbers = {"w": w, "b": b, "chi": chi, "depth": depth_of(chi)}
    fields: Mapping[str, Sequence[object] | Floats] = {"layers": names, **numbers}
    text = "{layers}: σ_w² {w:.3g}, σ_b² {b:.3g}, χ₁ {chi:.3g}, ξ {depth:.3g} layers"
    hint = "drag: {knob}, bias_init_std" if turns_biases(frame) else "drag: {knob}"
    if together(frame) and len(groups) > 1:
        hint += "; with Shift: the gain of {layers} alone"
    if not can_turn(frame):
        hint = "initial values from a file"
    dragged: Mapping[str, Sequence[object]] = {"layers": names, "knob": [weight_knob(frame)] * len(names)}
    return Spots(boxes, text, fields, "accent"), Spots(boxes, hint, dragged, "muted")


def _measured(
    frame: Frame, view: View, inside: Sequence[LayerPlace], groups: Sequence[Indices], boxes: Floats
) -> Spots:
    """Read what the layers of a dot do to the gradient now, where χ₁ is what they would do by theory."""
    factors = gradient_factors(present_variances(frame, view.sample))
    known, said = [], []
    for k, group in enumerate(groups):
        # no gradient goes on through the first layer
        own = [factors[inside[at].layer - 2] for at in group if inside[at].layer > 1]
        finite = [factor for factor in own if np.isfinite(factor)]
        if finite:
            low, high = f"{Real(min(finite)):.3g}", f"{Real(max(finite)):.3g}"
            text = (
                "measured now: gradients ×{low} a layer"
                if low == high
                else "measured now: gradients ×{low} to ×{high} a layer"
            )
            known.append(k)
            said.append(str(msg(text, low=low, high=high)))
    return Spots(boxes[known], "{said}", {"said": said}, "accent")


def _of_plane(plane: Plane, stage: Stage, dots: Floats) -> tuple[Cells, ...]:
    """Read χ₁, ξ and q* outside the boxes of dots."""
    found, (x, y) = plane.found, stage.ground
    free = ~_covered(dots, stage, found.chi.shape)
    across, up = (tuple(f"{Real(at):.3g}" for at in values) for values in (plane.sigma_w2, plane.sigma_b2))
    which = np.where(np.abs(plane.log2_chi) < _CRITICAL, 1, np.where(plane.log2_chi < 0, 0, 2))
    kinds = tuple(str(phase) for phase in _PHASES)
    text = "σ_w² {across}, σ_b² {up}: χ₁ {value:.3g}, {kind}"
    endless = np.isinf(found.q)
    return (
        Cells(x, y, np.where(free, found.chi, np.nan), text, across, up, which, kinds),
        Cells(x, y, np.where(free, plane.depth, np.nan), "ξ {value:.3g} layers"),
        Cells(x, y, np.where(free, found.q, np.nan), "q* {value:.3g}"),
        Cells(x, y, np.where(free & endless, 1.0, np.nan), "q grows without end"),
    )


def _covered(boxes: Floats, stage: Stage, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Tell which cells of the plane lie in boxes (n, 4), at least in part."""
    inside = []
    for (low, high), n, ends in zip(stage.ground, shape[::-1], (boxes[:, :2], boxes[:, 2:]), strict=True):
        edges = low + (high - low) * np.arange(n + 1) / n
        inside.append((edges[:-1] < ends[:, 1:]) & (edges[1:] > ends[:, :1]))
    return np.asarray((inside[1][:, :, None] & inside[0][:, None, :]).any(axis=0))


def _notes(frame: Frame, plane: Plane, stage: Stage, outside: Sequence[LayerPlace]) -> list[Note]:
    notes = [*_outside(outside, stage)]
    if any(below and log for below, log in zip(stage.below(layer_places(frame)), stage.log, strict=True)):
        notes.append(Note(msg("layers at 0 stand at the edge of a log axis"), "warn"))
    if frame.spec.init in ORTHONORMAL:
        notes.append(Note(msg("theory is for independent weights")))
    return [*notes, *_far_line(frame.spec.activation, stage), *_endless(plane)]


def _outside(outside: Sequence[LayerPlace], stage: Stage) -> list[Note]:
    """Name the layers that lie beyond the plane, and say how far."""
    if not outside:
        return []
    layers = named([place.layer for place in outside])
    if (stage.shares(outside)[:, 0] > 1).any():
        text, far = "outside: {layers}, σ_w² to {far:.2g}", max(place.sigma_w2 for place in outside)
    else:
        text, far = "outside: {layers}, σ_b² to {far:.2g}", max(place.sigma_b2 for place in outside)
    return [Note(msg(text, layers=layers, far=Real(far)), "warn")]


def _far_line(activation: str, stage: Stage) -> list[Note]:
    """Say where the critical line begins that the stage does not hold."""
    if np.isfinite(level_line(activation, stage, 1.0)[0]).any():
        return []
    far = float(line_of(activation, 1.0, np.zeros(1), (0.0, _FARTHEST_CRITICAL))[0])
    text = "χ₁ = 1 lies outside: without biases at σ_w² {far:.3g}"
    return [Note(msg(text, far=Real(far)))] if np.isfinite(far) else []


def _endless(plane: Plane) -> list[Note]:
    share = 100 * float(np.isinf(plane.found.q).mean())
    if not share:
        return []
    slope = plane.found.chi / plane.sigma_w2
    text = "q grows without end on {share:.2g} % of the plane"
    if np.ptp(slope) > _CRITICAL:
        text += "; χ₁ there is that of q → ∞"
    return [Note(msg(text, share=Real(share)))]


def _summary(activation: str, places: tuple[LayerPlace, ...]) -> Message:
    ends = places if len(places) <= 2 else (places[0], places[-1])
    chis = rest_of(activation, ends).chi.tolist()
    said = "; ".join(str(_place(place, chi)) for place, chi in zip(ends, chis, strict=True))
    return msg("Phase diagram of {activation}: {layers}.", activation=activation, layers=said)


def _place(place: LayerPlace, chi: float) -> Message:
    if not np.isfinite(chi):
        return msg("W{layer} beyond all numbers", layer=place.layer)
    text, w, b = "W{layer} σ_w² {w:.3g}, σ_b² {b:.3g}, χ₁ {chi:.3g}", Real(place.sigma_w2), Real(place.sigma_b2)
    return msg(text, layer=place.layer, w=w, b=b, chi=Real(chi))
