"""The data of *Decisions*: what the network answers, by sample, by class, and over the plane."""

import numpy as np

from model.figures.figure import View
from model.figures.tables.common import LAYER, UNIT
from model.figures.tables.table import Column, Table, table_of
from model.insight.decision import NO_ANSWER, answers, confusion, plane, probabilities, unit_maps
from model.training.frame import Frame
from model.words import Message, msg

_SAMPLE = Column("sample", "integer", msg("number of the sample among those asked about, from 0"))
_PART = Column("part", "string", msg("train or test"))
_TRUE = Column("true_class", "string", msg("class of the sample"))
_PREDICTED = Column("predicted_class", "string", msg("class that the network answers; empty where it gives NaN"))
_SAMPLES = Column("samples", "integer", msg("how many samples of the true class get this answer"))
_SHARE = Column("share", "number", msg("the same as a fraction of the true class"))
_CLASS = Column("class", "string", msg("a class"))
_PROBABILITY = Column("probability", "number", msg("softmax probability of the class at (x1, x2)"))
_OUTPUT = Column("output", "number", msg("output h of the unit at (x1, x2)"))


def decision(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the map and the samples of points in the plane; answers by sample and the confusion matrix of other data."""
    if frame.data.n_features == 2:
        return (_unit_map(frame, view.layer) if view.layer else _map(frame), _points(frame, view))
    return _confusion(frame, view), _samples(frame, view)


def _confusion(frame: Frame, view: View) -> Table:
    names = frame.data.class_names
    counts = confusion(answers(frame, view.sample), len(names))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return table_of(
        "confusion",
        (_TRUE, [true for true in names for _ in names]),
        (_PREDICTED, [predicted for _ in names for predicted in names]),
        (_SAMPLES, counts.ravel()),
        (_SHARE, shares.ravel()),
    )


def _samples(frame: Frame, view: View) -> Table:
    asked, names = answers(frame, view.sample), frame.data.class_names
    return table_of(
        "samples",
        (_SAMPLE, np.arange(asked.n)),
        (_PART, ["test" if asked.of_test else "train"] * asked.n),
        (_TRUE, [names[k] for k in asked.t]),
        (_PREDICTED, ["" if k == NO_ANSWER else names[k] for k in asked.predicted]),
    )


def _axes(frame: Frame) -> tuple[Column, Column]:
    first, second = (_feature(frame.data.feature_name(k)) for k in (0, 1))
    return Column("x1", "number", first), Column("x2", "number", second)


def _feature(name: str) -> Message:
    return msg("feature {name}, scaled as the network sees it", name=name)


def _map(frame: Frame) -> Table:
    over, names = plane(frame), frame.data.class_names
    found = probabilities(frame, over).reshape(-1, len(names))
    x1, x2 = np.repeat(over.points, len(names), axis=0).T
    across, up = _axes(frame)
    return table_of("map", (across, x1), (up, x2), (_CLASS, list(names) * len(found)), (_PROBABILITY, found.ravel()))


def _unit_map(frame: Frame, asked: int) -> Table:
    n_hidden = len(frame.layout.sizes) - 2
    layer = n_hidden if asked < 0 else min(asked, n_hidden)
    over = plane(frame)
    found = unit_maps(frame, over, layer)
    n_points, width = len(over.points), found.shape[2]
    x1, x2 = np.repeat(over.points, width, axis=0).T
    across, up = _axes(frame)
    return table_of(
        "units",
        (LAYER, np.full(n_points * width, layer)),
        (UNIT, np.tile(np.arange(width), n_points)),
        (across, x1),
        (up, x2),
        (_OUTPUT, found.ravel()),
    )


def _points(frame: Frame, view: View) -> Table:
    data = frame.data
    t = np.concatenate([data.t_train, data.t_test])
    kept = np.flatnonzero([not view.hides(f"class{k}") for k in t])
    parts = np.repeat(["train", "test"], [data.n_train, data.n_test])
    points = np.concatenate([data.x_train, data.x_test])[kept]
    across, up = _axes(frame)
    return table_of(
        "samples",
        (_PART, parts[kept].tolist()),
        (across, points[:, 0]),
        (up, points[:, 1]),
        (_TRUE, [data.class_names[k] for k in t[kept]]),
    )
