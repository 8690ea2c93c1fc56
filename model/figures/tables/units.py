"""The data of the panels that show units: a row for each weight, or for each pair of units."""

import math
from itertools import pairwise

import numpy as np

from model.figures.figure import View
from model.figures.tables.common import LAYER, PARAMETER, UNIT, WEIGHT, WEIGHT_BEFORE
from model.figures.tables.table import Column, Table, Values, joined, stacked, table_of
from model.insight.symmetry import symmetry
from model.insight.units import Indices, chosen
from model.training.frame import Frame
from model.words import msg

MOST_WEIGHTS = 1_000_000
"""Weights of a layer that are saved; of wider ones those of units evenly spread. RUN.npz always holds all."""

_OTHER = Column("other_unit", "integer", msg("unit of the same layer, from 0"))
_FEATURE = Column("feature", "string", msg("input of the network, by name or number from 0; bias for the bias"))
_ROW = Column("row", "integer", msg("row of the feature in the picture, from 0 at the top"))
_COLUMN = Column("column", "integer", msg("column of the feature in the picture, from 0 at the left"))
_FROM_LAYER = Column("from_layer", "integer", msg("layer that the link comes from, 0 for the inputs"))
_FROM_UNIT = Column("from_unit", "integer", msg("unit that the link comes from, from 0"))
_TO_LAYER = Column("to_layer", "integer", msg("layer that the link leads to"))
_TO_UNIT = Column("to_unit", "integer", msg("unit that the link leads to, from 0"))
_COSINE = Column("cosine", "number", msg("cosine of the angle between the weights of the two units"))
_DISTINCT = Column("distinct_units", "integer", msg("units of the layer that have no twin before them"))
_RANK = Column("effective_rank", "number", msg("effective rank of the layer's weights (Roy & Vetterli 2007)"))
_ORDER = Column("order", "number", msg("1 where all units of the layer are the same, about 1/units where independent"))


def features(frame: Frame, _view: View) -> tuple[Table, ...]:
    """Give the weights and the bias of every unit of the first layer, at step 0 and now."""
    n_features, width = frame.layout.shapes["W1"]
    units = chosen(width, MOST_WEIGHTS // (n_features + 1))
    n = n_features + 1
    names = [*(str(name) for name in frame.data.feature_names or range(n_features)), "bias"]
    columns: list[tuple[Column, Values]] = [(UNIT, np.repeat(units, n)), (_FEATURE, names * len(units))]
    shape = frame.data.image_shape
    if shape is not None and math.prod(shape) == n_features:
        rows, places = np.divmod(np.arange(n_features), shape[1])
        for column, values in ((_ROW, rows), (_COLUMN, places)):
            with_bias = np.ma.array(np.append(values, 0), mask=np.arange(n) == n_features)
            columns.append((column, joined([with_bias] * len(units))))
    for column, params in ((WEIGHT_BEFORE, frame.initial), (WEIGHT, frame.params)):
        columns.append((column, np.vstack([params["W1"][:, units], params["b1"][units]]).T.ravel()))
    return (table_of("features", *columns),)


def network(frame: Frame, _view: View) -> tuple[Table, ...]:
    """Give every weight with the two units that it links."""
    layers = [_links(frame, layer, sizes) for layer, sizes in enumerate(pairwise(frame.layout.sizes), start=1)]
    return (stacked("network", layers),)


def _links(frame: Frame, layer: int, sizes: tuple[int, int]) -> Table:
    before, after = _fitting(*sizes)
    name, n = f"W{layer}", len(before) * len(after)
    return table_of(
        "network",
        (PARAMETER, [name] * n),
        (_FROM_LAYER, np.full(n, layer - 1)),
        (_FROM_UNIT, np.repeat(before, len(after))),
        (_TO_LAYER, np.full(n, layer)),
        (_TO_UNIT, np.tile(after, len(before))),
        *(
            (column, params[name][np.ix_(before, after)].ravel())
            for column, params in ((WEIGHT_BEFORE, frame.initial), (WEIGHT, frame.params))
        ),
    )


def _fitting(fan_in: int, fan_out: int) -> tuple[Indices, Indices]:
    share = min(1.0, math.sqrt(MOST_WEIGHTS / (fan_in * fan_out)))
    return chosen(fan_in, int(share * fan_in)), chosen(fan_out, int(share * fan_out))


def symmetries(frame: Frame, _view: View) -> tuple[Table, ...]:
    """Give the cosine of every pair of units of every hidden layer, each pair once."""
    return (stacked("symmetry", [_pairs(frame, layer) for layer in range(1, frame.layout.n_layers)]),)


def _pairs(frame: Frame, layer: int) -> Table:
    found = symmetry(frame.params, layer)
    one, other = np.triu_indices(len(found.units))
    facts = ((_DISTINCT, found.n_distinct), (_RANK, found.effective_rank), (_ORDER, found.order))
    return table_of(
        "symmetry",
        (LAYER, np.full(len(one), layer)),
        (UNIT, found.units[one]),
        (_OTHER, found.units[other]),
        (_COSINE, found.cosines[one, other]),
        *((column, np.full(len(one), fact)) for column, fact in facts),
    )
