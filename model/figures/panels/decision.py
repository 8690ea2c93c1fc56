"""Decision map: what the network answers over the plane, or which samples it takes for which.

The map over the plane is that of the browser playground (Smilkov et al. 2017, "Direct-Manipulation Visualization
of Deep Networks"); the confusion matrix is older than either.
"""

import numpy as np
import numpy.typing as npt

from model.figures.figure import (
    Axis,
    Cells,
    Dots,
    Figure,
    Image,
    Line,
    Mark,
    Note,
    Plot,
    Range,
    Spots,
    Targets,
    Texts,
    View,
)
from model.figures.panels.common import divergence_notes
from model.figures.panels.mosaic import Mosaic, mosaic
from model.insight.decision import NO_ANSWER, Answers, answers, confusion, plane, probabilities, unit_maps
from model.insight.passes import spread_rows
from model.training.frame import Frame
from model.words import Message, msg

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_TITLE = msg("Decisions")
_MOST_DOTS = 1500
_COLUMNS, _ROWS = 6, 3
_MAP_ROWS = 48
_LARGEST_SIDE = 32
"""Pixels along a side to which pictures of samples are thinned."""
_MOST_NAMED = 30
"""Classes up to which a confusion matrix has counts and names in it."""
_LETTERS = 7
_HALF = 0.5
"""The share from which on letters stand on so much colour that they must be light."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the map of points in the plane, pictures and confusion matrix of images, the matrix alone of other data."""
    asked = answers(frame, view.sample)
    columns = 1
    if frame.data.n_features == 2:
        plots = [_units(frame, view) if view.layer else _map(frame, asked, view)]
    elif frame.data.image_shape is not None:
        plots, columns = [_pictures(frame, asked, frame.data.image_shape), _matrix(frame, asked)], 2
    else:
        plots = [_matrix(frame, asked)]
    summary = msg("Decisions at step {step:,}: {score}.", step=frame.step, score=_score(asked))
    return Figure("decision", _TITLE, tuple(plots), summary, columns, n_layers=frame.layout.n_layers)


def _score(asked: Answers) -> Message:
    which = "test samples" if asked.of_test else "training samples; no test set"
    of = "of {all:,} " if asked.n < asked.n_all else ""
    text = "{right:,} of {n:,} right (" + of + which + ")"
    return msg(text, right=asked.n_right, n=asked.n, all=asked.n_all)


def _notes(frame: Frame, asked: Answers) -> list[Note]:
    notes = divergence_notes(frame)
    if asked.n_unanswered:
        notes.append(Note(msg("the answer is NaN for {n:,} samples", n=asked.n_unanswered), "bad"))
    return notes


# The plane


def _map(frame: Frame, asked: Answers, view: View) -> Plot:
    over = plane(frame, _MAP_ROWS) if view.sample else plane(frame)
    found = probabilities(frame, over)
    marks: list[Mark] = [Image("map", msg("probability of each class"), found, over.x, over.y, "classes")]
    marks += _dots(frame)
    marks += _fold(frame, view, over.x, over.y)
    notes = _notes(frame, asked)
    n_open = int(np.count_nonzero(np.isnan(found).any(axis=2)))
    if n_open:
        share = 100 * n_open / (over.shape[0] * over.shape[1])
        notes.append(Note(msg("no finite answer on {share:.3g} % of the plane, left blank", share=share), "bad"))
    if frame.data.n_test:
        notes.append(Note(msg("small: training samples, large: test samples")))
    x, y = (Axis(_feature(frame, k), extent=over.samples[k], exact=True) for k in (0, 1))
    readings = (_likeliest(frame, found, over.x, over.y),)
    return Plot("map", _score(asked), x, y, tuple(marks), tuple(notes), legend=True, equal=True, readings=readings)


def _likeliest(frame: Frame, found: npt.NDArray[np.floating], across: Range, up: Range) -> Cells:
    """Read the likeliest class at a point."""
    text = "{x} {across}, {y} {up}: class {kind}, probability {value:.2g}"
    which = np.argmax(np.nan_to_num(found, nan=-1.0), axis=2)
    params = {"x": _feature(frame, 0), "y": _feature(frame, 1)}
    kinds = frame.data.class_names
    return Cells(across, up, found.max(axis=2), text, which=which, kinds=kinds, params=params)


def _feature(frame: Frame, index: int) -> Message:
    return msg("{name}", name=frame.data.feature_name(index))


def _dots(frame: Frame) -> list[Mark]:
    """Put the samples on the map; of very many some."""
    data, marks = frame.data, []
    for part, x, t, size in (("", data.x_train, data.t_train, 4.5), (".test", data.x_test, data.t_test, 8.5)):
        rows = spread_rows(len(t), min(len(t), _MOST_DOTS))
        for k, name in enumerate(data.class_names):
            own = rows[t[rows] == k]
            if len(own):
                label = msg("class {name}", name=_short(name))
                marks.append(Dots(f"class{k}{part}", label, f"class{k}", x[own, 0], x[own, 1], size=size))
    return list[Mark](marks)


def _fold(frame: Frame, view: View, across: tuple[float, float], up: tuple[float, float]) -> list[Mark]:
    """Draw where the unit of the first hidden layer that is pointed at has its z = 0: a straight line."""
    if view.unit is None or view.unit[0] != 1 or view.unit[1] >= frame.layout.sizes[1]:
        return []
    unit = view.unit[1]
    (w_x, w_y), b = frame.params["W1"][:, unit].astype(np.float64), float(frame.params["b1"][unit])
    with np.errstate(all="ignore"):
        if abs(w_y) >= abs(w_x):
            x = np.array(across)
            y = -(w_x * x + b) / w_y
        else:
            y = np.array(up)
            x = -(w_y * y + b) / w_x
    if not (np.isfinite(x) & np.isfinite(y)).all():
        return []
    order = np.argsort(x)
    return [Line("fold", msg("unit {unit} of layer 1: z = 0", unit=unit), "text", x[order], y[order])]


def _units(frame: Frame, view: View) -> Plot:
    """Draw what the units of one hidden layer give out over the plane, each by itself."""
    n_hidden = len(frame.layout.sizes) - 2
    layer = n_hidden if view.layer < 0 else min(view.layer, n_hidden)
    width = frame.layout.sizes[layer]
    units = spread_rows(width, min(width, _COLUMNS * _ROWS))
    over = plane(frame, _MAP_ROWS)
    rows, columns = over.shape
    inside = slice((columns - rows) // 2, (columns - rows) // 2 + rows)
    values = unit_maps(frame, over, layer)[::-1, inside, :][:, :, units]
    tiles = mosaic(np.moveaxis(values, 2, 0), _tile_columns(len(units)))
    title = msg(
        "Units of hidden layer {layer}: {shown} of {n}, full colour at ±1", layer=layer, shown=len(units), n=width
    )
    names = [msg("{unit}", unit=int(unit)) for unit in units]
    pointed = view.unit[1] if view.unit is not None and view.unit[0] == layer else -1
    marks = [
        Image("units", msg("output h of a unit"), tiles.values, tiles.x, tiles.y, "diverging", 1.0),
        *tiles.frames(),
        *_words(tiles, "muted", names, units != pointed, "names"),
        *_words(tiles, "accent", names, units == pointed, "pointed"),
    ]
    x, y = _bare(tiles, msg("{x} × {y}, as in the map", x=_feature(frame, 0), y=_feature(frame, 1)), msg("units"))
    notes = divergence_notes(frame)
    if not np.isfinite(values).all():
        notes.append(Note(msg("some outputs are not finite"), "bad"))
    targets = Targets(tiles.boxes, tuple((layer, int(unit)) for unit in units))
    readings = (
        Spots(tiles.boxes, "unit {unit} of layer {layer}", {"unit": units, "layer": [layer] * len(units)}),
        Cells(tiles.x, tiles.y, tiles.values, "output h {value:.3g}"),
    )
    return Plot("units", title, x, y, tuple(marks), tuple(notes), equal=True, targets=targets, readings=readings)


def _tile_columns(n: int) -> int:
    return min(n, _COLUMNS) if n > 4 else n


# Pictures


def _pictures(frame: Frame, asked: Answers, shape: tuple[int, int]) -> Plot:
    """Draw samples with what the network takes them for, the wrong ones first."""
    wrong = asked.predicted != asked.t
    chosen = np.argsort(~wrong, kind="stable")[: _COLUMNS * _ROWS]
    thin = tuple(slice(None, None, -(-side // _LARGEST_SIDE)) for side in shape)
    seen = asked.x[chosen].reshape(-1, *shape)[(slice(None), *thin)]
    tiles = mosaic(seen.astype(np.float64), _COLUMNS)
    said = [_said(frame, asked, index) for index in chosen.tolist()]
    limit = float(np.abs(seen).max()) or 1.0
    signed = bool((seen < 0).any())
    image = Image(
        "samples", msg("pixel"), tiles.values, tiles.x, tiles.y, "diverging" if signed else "sequential", limit
    )
    marks = [
        image,
        *_words(tiles, "bad", said, wrong[chosen], "wrong"),
        *_words(tiles, "muted", said, ~wrong[chosen], "right"),
    ]
    x, y = _bare(tiles, msg("true → predicted"), msg("test samples") if asked.of_test else msg("training samples"))
    n_wrong = int(np.count_nonzero(wrong))
    title = msg("{n:,} wrong, shown first", n=n_wrong) if n_wrong else msg("none wrong")
    names = (*frame.data.class_names, msg("nothing: NaN"))  # NO_ANSWER is the index of the last
    both = {"true": [names[k] for k in asked.t[chosen]], "taken": [names[k] for k in asked.predicted[chosen]]}
    readings = (
        Spots(tiles.boxes, "true {true}, predicted {taken}", both),
        Cells(tiles.x, tiles.y, tiles.values, "pixel {value:.3g}"),
    )
    return Plot("samples", title, x, y, tuple(marks), equal=True, readings=readings)


def _said(frame: Frame, asked: Answers, index: int) -> Message:
    names = frame.data.class_names
    true, predicted = int(asked.t[index]), int(asked.predicted[index])
    if predicted == true:
        return msg("{true}", true=_short(names[true]))
    taken = "?" if predicted == NO_ANSWER else _short(names[predicted])
    return msg("{true}→{predicted}", true=_short(names[true]), predicted=taken)


def _words(tiles: Mosaic, role: str, words: list[Message], chosen: npt.NDArray[np.bool_], key: str) -> list[Mark]:
    at = tiles.words[chosen]
    texts = tuple(words[place] for place in np.flatnonzero(chosen).tolist())
    if not texts:
        return []
    return [Texts(key, msg("answers"), role, at[:, 0], at[:, 1], texts, "center", room=tiles.room)]


def _bare(tiles: Mosaic, across: Message, up: Message) -> tuple[Axis, Axis]:
    """Axes of pictures that need no numbers."""
    top = tiles.y[1] + 0.2 * tiles.room
    return Axis(across, extent=tiles.x, exact=True, ticks=()), Axis(up, extent=(0.0, top), exact=True, ticks=())


# Confusion


def _matrix(frame: Frame, asked: Answers) -> Plot:
    """Draw how many samples of each class (rows) are taken for which class (columns)."""
    n = frame.data.n_classes
    counts = confusion(asked, n)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = Image(
        "confusion", msg("share of the class"), shares[::-1], (0.0, float(n)), (0.0, float(n)), "sequential", 1.0
    )
    marks: list[Mark] = [image]
    if n <= _MOST_NAMED:
        marks += _counts(counts, shares <= _HALF, "text") + _counts(counts, shares > _HALF, "on_accent")
    middles = np.arange(n) + 0.5
    names = [_short(name) for name in frame.data.class_names]
    across = tuple(zip(middles.tolist(), names, strict=True))
    up = tuple(zip(middles[::-1].tolist(), names, strict=True))
    extent = (0.0, float(n))
    return Plot(
        "confusion",
        _score(asked),
        Axis(msg("predicted class"), extent=extent, exact=True, ticks=across),
        Axis(msg("true class"), extent=extent, exact=True, ticks=up),
        tuple(marks),
        tuple(_notes(frame, asked)),
        readings=(_taken_for(frame, counts),),
    )


def _taken_for(frame: Frame, counts: npt.NDArray[np.int64]) -> Cells:
    n, names = float(len(counts)), frame.data.class_names
    text = "predicted {across}, true {up}: {value:,} "
    return Cells((0.0, n), (0.0, n), counts[::-1], text + "samples", names, names[::-1], one=text + "sample")


def _counts(counts: npt.NDArray[np.int64], where: npt.NDArray[np.bool_], role: str) -> list[Mark]:
    rows, columns = np.nonzero((counts > 0) & where)
    if not len(rows):
        return []
    texts = tuple(msg("{n:,}", n=int(n)) for n in counts[rows, columns])
    x, y = (at.astype(np.float64) + 0.5 for at in (columns, len(counts) - 1 - rows))
    return [Texts(f"counts_{role}", msg("samples"), role, x, y, texts, "center", room=1.0)]


def _short(name: str) -> str:
    """Shorten a class's name to what a cell has room for."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
