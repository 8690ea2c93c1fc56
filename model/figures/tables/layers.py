"""The data of *Variance by layer*: a row for each quantity and layer, and for each layer's factor and spread."""

import numpy as np

from model.figures.figure import View
from model.figures.panels.finite_width import chi_by_layer, gradient_factors, middle_and_ends
from model.figures.tables.common import CHI_1, FORMAT, format_columns
from model.figures.tables.table import Column, Table, Values, gaps, stacked, table_of
from model.insight.finite_width import depth_by_width, expected_log_variance
from model.insight.number_formats import beyond_each
from model.insight.passes import passes
from model.insight.variance import (
    Variances,
    expected_variances,
    present_variances,
    seed_lengths,
    seed_variances,
)
from model.training.frame import Frame
from model.words import msg

_QUANTITY = Column(
    "quantity",
    "string",
    msg(
        "signal: variance of a unit's output h over the samples, mean of a layer; correlation: of the outputs for two "
        "samples; gradient: variance of ∂loss/∂z of each sample's own loss; gradient_factor: that of a layer by that "
        "of the layer above"
    ),
)
_LAYER = Column("layer", "integer", msg("0 for the inputs, 1 for the first hidden layer, the last for the logits"))
_NOW = Column("now", "number", msg("the quantity in this run now"))
_THEORY = Column("theory", "number", msg("what theory expects before the first step"))
_N_SEEDS = Column("seeds", "integer", msg("untrained networks like this one that were measured"))
_MEDIAN = Column("seeds_median", "number", msg("median over the seeds"))
_LOWEST = Column("seeds_lowest", "number", msg("lowest of the seeds, where the whisker begins"))
_HIGHEST = Column("seeds_highest", "number", msg("highest of the seeds, where the whisker ends"))
_DEPTH = Column("depth_by_width", "number", msg("sum of 1/units of the hidden layers up to this one"))
_LOG = Column("log_variance", "number", msg("variance over the seeds of ln |h|² of a sample, mean over the samples"))
_LOG_EXPECTED = Column("log_variance_expected", "number", msg("the same as expected to first order in 1/width"))
_WAYS = {"signal": ("forward", 0), "correlation": ("correlation", 0), "gradient": ("backward", 1)}
"""What each quantity is called in the measurements, and the layer it begins at."""


def variance(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give signal, correlation and gradient by layer: of this run, expected, and over seeds."""
    found = present_variances(frame, view.sample), expected_variances(frame), seed_variances(frame)
    parts = [_way(view, quantity, *found) for quantity in _WAYS]
    if view.number_format != "none":
        parts = [_with_format(part, quantity, frame, view) for part, quantity in zip(parts, _WAYS, strict=True)]
    return stacked("variance", parts), _factors(view, frame, *found), _lengths(frame, view)


def _with_format(part: Table, quantity: str, frame: Frame, view: View) -> Table:
    """Add what the number format cannot hold of the values themselves; a correlation is of none."""
    passed = passes(frame, view.sample)
    layers = passed.deltas if quantity == "gradient" else (passed.x, *passed.outputs)
    columns = format_columns(view.number_format, beyond_each(layers, view.number_format))
    if quantity == "correlation":
        none = np.ma.MaskedArray(np.zeros(len(layers), dtype=np.int64), mask=True)
        columns = [(column, [""] * len(layers) if column is FORMAT else none) for column, _ in columns]
    return table_of(part.name, *zip(part.columns, part.values, strict=True), *columns)


def _way(view: View, quantity: str, now: Variances, theory: Variances, seeds: tuple[Variances, ...]) -> Table:
    way, first = _WAYS[quantity]
    values = getattr(now, way)
    n = len(values)
    columns: list[tuple[Column, Values]] = [
        (_QUANTITY, [quantity] * n),
        (_LAYER, np.arange(first, first + n)),
    ]
    if not view.hides("now"):
        columns.append((_NOW, values))
    if not view.hides("theory"):
        columns.append((_THEORY, getattr(theory, way)))
    if seeds and not view.hides("seeds"):
        spread = np.array([getattr(one, way) for one in seeds])
        columns += [
            (_N_SEEDS, np.full(n, len(seeds))),
            (_MEDIAN, np.median(spread, axis=0)),
            (_LOWEST, spread.min(axis=0)),
            (_HIGHEST, spread.max(axis=0)),
        ]
    return table_of("variance", *columns)


def _factors(view: View, frame: Frame, now: Variances, theory: Variances, seeds: tuple[Variances, ...]) -> Table:
    """Give how many times the variance of ∂loss/∂z of the layer above each hidden layer has."""
    values = gradient_factors(now)
    n = len(values)
    columns: list[tuple[Column, Values]] = [(_QUANTITY, ["gradient_factor"] * n), (_LAYER, np.arange(1, n + 1))]
    if not view.hides("now"):
        columns.append((_NOW, values))
    if not view.hides("theory"):
        columns.append((_THEORY, gradient_factors(theory)))
    if not view.hides("chi"):
        columns.append((CHI_1, chi_by_layer(frame)))
    if seeds and not view.hides("seeds"):
        ends = middle_and_ends(np.array([gradient_factors(one) for one in seeds]))
        columns += [(_N_SEEDS, np.full(n, len(seeds))), *zip((_MEDIAN, _LOWEST, _HIGHEST), ends, strict=True)]
    return table_of("gradient_factors", *columns)


def _lengths(frame: Frame, view: View) -> Table:
    """Give the spread over seeds by hidden layer."""
    found, theory, depth = seed_lengths(frame, view.sample), expected_log_variance(frame), depth_by_width(frame)
    n = len(depth)
    columns: list[tuple[Column, Values]] = [(_LAYER, np.arange(1, n + 1)), (_DEPTH, depth)]
    if found is not None and not view.hides("seeds"):
        columns += [(_N_SEEDS, np.full(n, found.n)), (_LOG, found.variance)]
    if not view.hides("theory"):
        columns.append((_LOG_EXPECTED, gaps(n) if theory is None else theory))
    return table_of("seeds", *columns)
