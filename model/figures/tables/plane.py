"""The data of *Phase diagram*: the theory over its plane, its lines, and the layers."""

import numpy as np

from model.figures.figure import View
from model.figures.panels.phase_plane import depth_levels, depth_of, level_line, plane_of, stage_of
from model.figures.tables.common import CHI_1
from model.figures.tables.table import Column, Table, stacked, table_of
from model.insight.phase import layer_places, rest_of
from model.training.frame import Frame
from model.words import msg

_W = Column("sigma_w_squared", "number", msg("σ_w² = fan_in · Var W; of a layer that of its initial weights"))
_B = Column("sigma_b_squared", "number", msg("σ_b² = Var b; of a layer that of its initial biases"))
_Q = Column(
    "q_star", "number", msg("variance of the pre-activations of an endless network; inf where it grows for ever")
)
_DEPTH = Column(
    "depth_scale", "number", msg("ξ = 1 / |ln χ₁|: over ξ layers a gradient's variance changes by e"), "layer"
)
_LAYER = Column("weight_layer", "integer", msg("1 for W1 and b1, 2 for W2 and b2, …"))


def phase(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the grid of the plane, the lines drawn in it, and every layer, those outside the plane too."""
    stage = stage_of(layer_places(frame), view)
    activation = frame.spec.activation
    plane = plane_of(activation, stage)
    n_rows, n_columns = plane.depth.shape
    grid = table_of(
        "plane",
        (_W, np.tile(plane.sigma_w2, n_rows)),
        (_B, np.repeat(plane.sigma_b2, n_columns)),
        (_Q, plane.found.q.ravel()),
        (CHI_1, plane.found.chi.ravel()),
        (_DEPTH, plane.depth.ravel()),
    )
    levels = [] if view.hides("critical") else [1.0]
    if view.depth_scale and not view.hides("depth"):
        levels += depth_levels(len(frame.layout.sizes) - 2)
    lines = [_line(level, *level_line(activation, stage, level)) for level in levels]
    layers = [] if view.hides("layers") else [_layers(frame)]
    return (grid, *([stacked("line", lines)] if lines else []), *layers)


def _line(level: float, w: np.ndarray, b: np.ndarray) -> Table:
    held = np.isfinite(w)
    return table_of("line", (_W, w[held]), (_B, b[held]), (CHI_1, np.full(int(held.sum()), level)))


def _layers(frame: Frame) -> Table:
    places = layer_places(frame)
    found = rest_of(frame.spec.activation, places)
    w, b = (np.array(at) for at in ([one.sigma_w2 for one in places], [one.sigma_b2 for one in places]))
    number = np.array([one.layer for one in places])
    depth = depth_of(found.chi)
    return table_of("layer", (_LAYER, number), (_W, w), (_B, b), (_Q, found.q), (CHI_1, found.chi), (_DEPTH, depth))
