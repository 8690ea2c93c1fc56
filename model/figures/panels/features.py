"""What the units look for: the weights into each unit of the first hidden layer, at step 0 and now.

As pictures where the data are pictures, as the book's chapter 7 shows filters; as lines w·x + b = 0 on data in the
plane (Rosenblatt 1958); as a table of numbers in colours otherwise.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.figures.figure import (
    Axis,
    Cells,
    Dots,
    Figure,
    Floats,
    Image,
    Mark,
    Note,
    Plot,
    Range,
    Segments,
    Spots,
    Targets,
    View,
)
from model.figures.panels.common import boxes_outline, divergence_notes
from model.insight.features import Box, PlaneLines, mosaic, plane_lines, tile_boxes
from model.insight.passes import spread_rows
from model.insight.units import Indices, chosen, largest_size, weight_scale
from model.training.frame import Frame, Parameters
from model.words import Message, Real, msg

_MOST_PIXELS = 42_000
_MOST_TILES = 100
_MOST_LINES = 100
_MOST_POINTS = 400
_MOST_ROWS, _MOST_COLUMNS = 128, 200
_WIDER = 1.0
"""Columns of a mosaic for each of its rows."""
_PALE = 0.3
_TITLE = msg("What the units look for")
_MOMENTS: tuple[tuple[str, Message], ...] = (("initial", msg("at step 0")), ("now", msg("now")))


def make(frame: Frame, view: View) -> Figure:
    """Draw the weights into the units of the first layer, in the way that suits the data."""
    pointed = view.unit[1] if view.unit is not None and view.unit[0] == 1 else None
    if frame.data.image_shape is not None and math.prod(frame.data.image_shape) == frame.data.n_features:
        plots = _pictures(frame, frame.data.image_shape, pointed)
    elif frame.data.n_features == 2:
        plots = (_plane(frame, pointed),)
    else:
        plots = _tables(frame, pointed)
    return Figure("features", _TITLE, plots, _summary(frame), columns=len(plots), n_layers=frame.layout.n_layers)


def _pictures(frame: Frame, shape: tuple[int, int], pointed: int | None) -> tuple[Plot, ...]:
    width = frame.layout.sizes[1]
    most = max(1, min(_MOST_TILES, _MOST_PIXELS // math.prod(side + 1 for side in shape)))
    units = chosen(width, most, pointed)
    columns = math.ceil(math.sqrt(_WIDER * len(units) * shape[0] / shape[1]))
    boxes = tile_boxes(len(units), shape, columns)
    plots = []
    for key, title in _MOMENTS:
        params = frame.initial if key == "initial" else frame.params
        values = _mosaic(params, units.tobytes(), shape, columns)
        x, y = (0.0, float(values.shape[1])), (0.0, float(values.shape[0]))
        marks: list[Mark] = [_image(frame, values, x, y), _edges(boxes), *_pointed(boxes, units, pointed)]
        notes = _notes(frame, units, said=key == "now")
        plots.append(
            Plot(
                key,
                title,
                Axis(msg("units of layer 1"), extent=x, exact=True, ticks=()),
                Axis(msg("units"), extent=y, exact=True, ticks=()),
                tuple(marks),
                notes,
                equal=True,
                targets=_targets(boxes, units),
                readings=(
                    Spots(boxes, "unit {unit} of layer 1", {"unit": units}),
                    Cells(x, y, values, "weight of a pixel {value:.3g}"),
                ),
            )
        )
    return tuple(plots)


@lru_cache(maxsize=4)
def _mosaic(params: Parameters, units: bytes, shape: tuple[int, int], columns: int) -> Floats:
    """Give the very same array for the same weights, by which a renderer sees that nothing has changed."""
    return mosaic(params["W1"], np.frombuffer(units, dtype=np.intp), shape, columns)


def _tables(frame: Frame, pointed: int | None) -> tuple[Plot, ...]:
    n_features, width = frame.layout.shapes["W1"]
    units = chosen(width, _MOST_COLUMNS, pointed)
    features = spread_rows(n_features, min(n_features, _MOST_ROWS))
    n, m = len(units), len(features)
    left = np.arange(n, dtype=np.float64)
    boxes = np.column_stack([left, left + 1, np.zeros(n), np.full(n, float(m))])
    plots = []
    for key, title in _MOMENTS:
        params = frame.initial if key == "initial" else frame.params
        values = params["W1"][np.ix_(features, units)].astype(np.float64)[::-1]
        marks: list[Mark] = [
            _image(frame, values, (0.0, float(n)), (0.0, float(m))),
            *_pointed(boxes, units, pointed),
        ]
        counted = msg("features, {k} of {n}", k=m, n=n_features) if m < n_features else msg("features")
        plots.append(
            Plot(
                key,
                title,
                Axis(msg("unit of layer 1"), extent=(0.0, float(n)), exact=True, ticks=_numbered(units)),
                Axis(counted, extent=(0.0, float(m)), exact=True, ticks=_feature_names(frame.data, features)),
                tuple(marks),
                _notes(frame, units, said=key == "now"),
                targets=_targets(boxes, units),
                readings=(_weight_of(frame.data, values, units, features),),
            )
        )
    return tuple(plots)


def _weight_of(data: Dataset, values: Floats, units: Indices, features: Indices) -> Cells:
    rows, columns = values.shape
    names = [data.feature_name(k) for k in features.tolist()]
    text = "from {up} to unit {across}: weight {value:.3g}"
    across = tuple(str(unit) for unit in units.tolist())
    return Cells((0.0, float(columns)), (0.0, float(rows)), values, text, across, tuple(names[::-1]))


def _plane(frame: Frame, pointed: int | None) -> Plot:
    units = chosen(frame.layout.sizes[1], _MOST_LINES, pointed)
    box = _box(frame.data)
    now = plane_lines(frame.params["W1"][:, units], frame.params["b1"][units], box)
    before = plane_lines(frame.initial["W1"][:, units], frame.initial["b1"][units], box)
    marks: list[Mark] = [*_points(frame.data)]
    if frame.step:
        marks.append(_strokes("initial", msg("at step 0"), "muted", before.ends, _PALE))
    marks.append(_strokes("now", msg("where a unit is 0"), "text", np.concatenate([now.ends, now.ticks]), 0.55))
    if pointed is not None and pointed in units:
        own = units == pointed
        if frame.step:
            marks.append(_strokes("unit.initial", msg("at step 0"), "accent", before.ends[own], 0.5))
        marks.append(
            _strokes("unit", msg("the unit pointed at"), "accent", np.concatenate([now.ends[own], now.ticks[own]]))
        )
    notes = [*_notes(frame, units, said=False), *_line_notes(now)]
    return Plot(
        "plane",
        _TITLE,
        Axis(msg("{name}", name=frame.data.feature_name(0)), extent=box[:2], exact=True),
        Axis(msg("{name}", name=frame.data.feature_name(1)), extent=box[2:], exact=True),
        tuple(marks),
        tuple(notes),
        equal=True,
        targets=(targets := _tick_targets(now, units, 0.02 * (box[1] - box[0]))),
        readings=(Spots(targets.boxes, "unit {unit} of layer 1", {"unit": [unit for _, unit in targets.units]}),),
    )


def _box(data: Dataset) -> Box:
    """The points, and a tenth of their spread around them."""
    low, high = data.x_train.min(axis=0), data.x_train.max(axis=0)
    room = np.maximum(0.1 * (high - low), 1e-9 + 1e-6 * np.abs(high))
    left, bottom = (low - room).tolist()
    right, top = (high + room).tolist()
    return left, right, bottom, top


def _points(data: Dataset) -> list[Mark]:
    rows = spread_rows(data.n_train, min(data.n_train, _MOST_POINTS))
    x, t = data.x_train[rows], data.t_train[rows]
    return [
        Dots(f"class{k}", msg("{name}", name=name), f"class{k}", x[t == k, 0], x[t == k, 1], size=4.0, ghost=True)
        for k, name in enumerate(data.class_names)
    ]


def _strokes(key: str, label: Message, role: str, ends: Floats, strength: float = 1.0) -> Segments:
    drawn = ends[np.isfinite(ends).all(axis=(1, 2))]
    values = np.full(len(drawn), strength)
    return Segments(key, label, drawn[:, :, 0], drawn[:, :, 1], values, role=role, signed=False)


def _line_notes(lines: PlaneLines) -> list[Note]:
    notes = [Note(msg("each line: w·x + b = 0 of a unit; the tick points to where it is positive"))]
    n = len(lines.ends)
    if lines.n_without:
        notes.append(Note(msg("{k} of {n} units have no line: w is 0 or not finite", k=lines.n_without, n=n), "warn"))
    if lines.n_outside:
        notes.append(Note(msg("{k} of {n} lines lie beyond the data", k=lines.n_outside, n=n)))
    return notes


def _tick_targets(lines: PlaneLines, units: Indices, reach: float) -> Targets:
    """Boxes around the ticks, where lines that cross each other lie apart."""
    crossing = lines.crossing
    at = lines.ticks[crossing].mean(axis=1)
    boxes = np.column_stack([at[:, 0] - reach, at[:, 0] + reach, at[:, 1] - reach, at[:, 1] + reach])
    return _targets(boxes, units[crossing])


def _image(frame: Frame, values: Floats, x: Range, y: Range) -> Image:
    return Image("weights", msg("weights W1"), values, x, y, limit=weight_scale(frame.data.n_features))


def _edges(boxes: Floats) -> Segments:
    """Thin frames, without which a picture of small weights could not be told from the gaps."""
    return boxes_outline("edges", "line", boxes, strength=0.45)


def _pointed(boxes: Floats, units: Indices, pointed: int | None) -> list[Mark]:
    own = boxes[units == pointed] if pointed is not None else boxes[:0]
    return [boxes_outline("unit", "accent", own)] if len(own) else []


def _targets(boxes: Floats, units: Indices) -> Targets:
    return Targets(boxes, tuple((1, unit) for unit in units.tolist()))


def _numbered(units: Indices) -> tuple[tuple[float, str], ...]:
    return tuple((place + 0.5, str(unit)) for place, unit in enumerate(units.tolist()))


def _feature_names(data: Dataset, features: Indices) -> tuple[tuple[float, str], ...]:
    last = len(features) - 1
    return tuple((last - place + 0.5, data.feature_name(k)) for place, k in enumerate(features.tolist()))


def _notes(frame: Frame, units: Indices, *, said: bool) -> tuple[Note, ...]:
    """Say which units are shown, and with `said` what the colours mean."""
    notes = divergence_notes(frame) if said or frame.data.n_features == 2 else []
    width = frame.layout.sizes[1]
    if len(units) < width:
        notes.append(Note(msg("{k} of {n} units, evenly spread", k=len(units), n=width)))
    if said:
        largest = largest_size(frame.params["W1"])
        if math.isfinite(largest):
            notes.append(
                Note(msg("the largest now {largest:.2g}; full colour at 3·√(2/fan_in)", largest=Real(largest)))
            )
        bad = int(np.count_nonzero(~np.isfinite(frame.params["W1"])))
        if bad:
            notes.append(Note(msg("{n:,} weights are not finite", n=bad), "bad"))
    return tuple(notes)


def _summary(frame: Frame) -> Message:
    weights: npt.NDArray[np.floating] = frame.params["W1"]
    with np.errstate(all="ignore"):
        now, before = (float(w.std(dtype=np.float64)) for w in (weights, frame.initial["W1"]))
    return msg(
        "Weights into {n} units at step {step:,}: std {now:.3g}, at step 0 {before:.3g}.",
        n=weights.shape[1],
        step=frame.step,
        now=now,
        before=before,
    )
