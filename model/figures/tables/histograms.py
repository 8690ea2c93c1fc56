"""The data of the panels that count values: a row for each bin, with what is counted and how much there is of it."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Bars, Figure, Line, Plot, View
from model.figures.histogram import extent_of
from model.figures.panels import ladder as ladder_panel
from model.figures.panels import randn as randn_panel
from model.figures.panels import weights as weights_panel
from model.figures.tables.common import (
    COUNT,
    EXPECTED,
    LAYER,
    N_INF,
    N_NAN,
    N_VALUES,
    N_ZERO,
    OF_UNIT,
    PARAMETER,
    VALUE_FROM,
    VALUE_TO,
    format_columns,
)
from model.figures.tables.strips import through_time
from model.figures.tables.table import Column, Table, Values, gaps, stacked, table_of
from model.insight.ladder import Direction, LayerCounts, layer_counts, layer_values
from model.insight.number_formats import beyond
from model.insight.passes import passes
from model.insight.randn import numbers, request_of
from model.training.frame import Frame
from model.words import msg

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating]

_BEFORE = Column("count_at_step_0", "integer", msg("values in the bin before the first step; exact zeros are in none"))
_UNITS = Column("units", "integer", msg("width of the layer"))
_MEAN = Column("mean", "number", msg("mean of the layer's finite values"))
_STD = Column("std", "number", msg("standard deviation of the layer's finite values"))
_SATURATED = Column("saturated", "integer", msg("values where the activation is flat"))
_DEAD = Column("dead_units", "integer", msg("units that give 0, or get no gradient, for all samples"))
_PLACE = Column("index", "integer", msg("place of the number in the order in which it was drawn, from 0"))
_NUMBER = Column("number", "number", msg("the number that NumPy gave"))


def weights(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the histogram of every parameter now, at step 0, and as expected."""
    if view.through_time:
        return through_time(frame, view)
    figure = weights_panel.make(frame, view)
    return (stacked("weights", [_of_parameter(frame, view, plot) for plot in figure.plots]),)


def _of_parameter(frame: Frame, view: View, plot: Plot) -> Table:
    name, values = plot.key, frame.params[plot.key]
    found = extent_of(values)
    edges = _edges(plot, "now")
    n = max(len(edges) - 1, 1)
    columns: list[tuple[Column, Values]] = [(PARAMETER, [name] * n), *_bins(edges, n)]
    for column, key in ((COUNT, "now"), (_BEFORE, "initial"), (OF_UNIT, "unit")):
        if not view.hides(key) and (key != "unit" or view.unit is not None):
            columns.append((column, _heights(plot, key, n)))
    if view.notes and not view.hides("density"):
        columns.append((EXPECTED, _expected(plot, edges, n)))
    facts = ((N_VALUES, values.size), (N_ZERO, found.n_zero), (N_NAN, found.n_nan), (N_INF, found.n_inf))
    return table_of("weights", *columns, *((column, np.full(n, fact)) for column, fact in facts))


def activations(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the histogram of each hidden layer's outputs."""
    return _ladder(frame, view, "forward")


def backprop(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the histogram of the gradients that come back to each hidden layer."""
    return _ladder(frame, view, "backward")


def _ladder(frame: Frame, view: View, direction: Direction) -> tuple[Table, ...]:
    if view.through_time:
        return through_time(frame, view)
    forward = direction == "forward"
    figure = (ladder_panel.make_activations if forward else ladder_panel.make_backprop)(frame, view)
    counted = layer_counts(passes(frame, view.sample), frame.spec.activation, direction)
    values = layer_values(passes(frame, view.sample), direction)
    layers = [_of_layer(view, figure, place, *each) for place, each in enumerate(zip(counted, values, strict=True), 1)]
    return (stacked(figure.panel, layers),)


def _of_layer(view: View, figure: Figure, layer: int, counts: LayerCounts, values: Reals) -> Table:
    (plot,) = figure.plots
    edges = _edges(plot, f"h{layer}")
    n = max(len(edges) - 1, 1)
    columns: list[tuple[Column, Values]] = [
        (LAYER, np.full(n, layer)),
        (_UNITS, np.full(n, counts.n_units)),
        *_bins(edges, n),
        (COUNT, _heights(plot, f"h{layer}", n)),
    ]
    if view.unit is not None:
        columns.append((OF_UNIT, _heights(plot, "unit", n) if view.unit[0] == layer else np.zeros(n, np.int64)))
    facts = (
        (N_VALUES, counts.n),
        (_MEAN, counts.mean),
        (_STD, counts.std),
        (N_ZERO, counts.n_zero),
        (_SATURATED, counts.n_saturated),
        (_DEAD, counts.n_dead),
        (N_NAN, counts.n_nan),
        (N_INF, counts.n_inf),
    )
    columns += [(column, np.full(n, fact)) for column, fact in facts]
    if view.number_format != "none":
        columns += format_columns(view.number_format, [beyond(values, view.number_format)] * n)
    return table_of(figure.panel, *columns)


def randn(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the histogram of the numbers asked for, and the numbers themselves."""
    request = view.randn or request_of(frame)
    (plot,) = randn_panel.make(frame, view).plots
    edges = _edges(plot, "drawn")
    n = max(len(edges) - 1, 0)
    columns: list[tuple[Column, Values]] = [*_bins(edges, n)]
    if not view.hides("drawn"):
        columns.append((COUNT, _heights(plot, "drawn", n)))
    if not view.hides("density"):
        columns.append((EXPECTED, _expected(plot, edges, n)))
    drawn = numbers(request).ravel()
    return (
        table_of("histogram", *columns),
        table_of("numbers", (_PLACE, np.arange(len(drawn))), (_NUMBER, drawn)),
    )


def _edges(plot: Plot, key: str) -> Floats:
    return next((mark.edges for mark in plot.marks if isinstance(mark, Bars) and mark.key == key), np.empty(0))


def _bins(edges: Floats, n: int) -> tuple[tuple[Column, Values], tuple[Column, Values]]:
    """Give the two edges of every bin, or none where there is nothing to count."""
    return (VALUE_FROM, edges[:-1] if len(edges) else gaps(n)), (VALUE_TO, edges[1:] if len(edges) else gaps(n))


def _heights(plot: Plot, key: str, n: int) -> npt.NDArray[np.int64]:
    for mark in plot.marks:
        if isinstance(mark, Bars) and mark.key == key:
            return mark.heights.astype(np.int64)
    return np.zeros(n, dtype=np.int64)


def _expected(plot: Plot, edges: Floats, n: int) -> Floats:
    """Read the density, which is drawn as counts, off at the middle of each bin."""
    for mark in plot.marks:
        if isinstance(mark, Line) and mark.key == "density" and len(edges):
            return np.interp((edges[:-1] + edges[1:]) / 2, mark.x, mark.y, left=0.0, right=0.0)
    return gaps(n)
