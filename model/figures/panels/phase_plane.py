"""The plane that a phase diagram shows: its ranges, χ₁ over a grid of it, and the lines on which χ₁ has a value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.figures.figure import Range, View
from model.figures.ranges import round_step
from model.insight.phase import LayerPlace, Rest, line_of, rest

Floats = npt.NDArray[np.float64]

KEY = "phase"
"""Of the plot, under which a view holds its ranges."""
SCALES = 6.0
"""Depth scales that a signal survives, about (Schoenholz et al. 2017, figure 5)."""
MOST_LAYERS = 50.0
"""Layers that have the full colour where depths are coloured."""
_COLUMNS, _ROWS = 96, 64
_FINER = 4
"""How many pixels are drawn along each side of a cell, so that no steps are seen."""
_STEEPEST = 64.0
"""|log₂ χ₁| beyond which no colour tells more."""
_POINTS = 120
"""Points of a line."""
_LEAST = (4.0, 0.5)
"""What a linear plane holds at least, of σ_w² and of σ_b²."""
_MOST = 100.0
"""What it holds at most; layers beyond are named."""
_LOG_LEAST = ((1e-2, 10.0), (1e-4, 1.0))
_LOG_MOST = (1e-12, 1e8)
_MARGIN = 0.03
"""The share of a linear axis below 0, so that dots there are seen whole."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What of the plane is shown: display ranges, and which axes are logarithmic."""

    x: Range
    y: Range
    log: tuple[bool, bool]

    def shares(self, places: Sequence[LayerPlace]) -> Floats:
        """Give where layers stand as shares of the axes (n, 2); what lies below a log axis is at its lower end."""
        found = np.array([[one.sigma_w2, one.sigma_b2] for one in places]).reshape(-1, 2)
        for k, (low, high) in enumerate((self.x, self.y)):
            at = found[:, k]
            if self.log[k]:
                at = np.log10(np.maximum(at, 10.0**low))
            found[:, k] = (at - low) / (high - low)
        return found

    def displayed(self, shares: Floats) -> Floats:
        """Give the display units (n, 2) at shares of the axes."""
        ends = np.array([self.x, self.y])
        return np.asarray(ends[:, 0] + shares * (ends[:, 1] - ends[:, 0]))

    def values(self, shares: Floats) -> Floats:
        """Give σ_w² and σ_b² (n, 2) at shares of the axes."""
        at = self.displayed(shares)
        with np.errstate(over="ignore"):
            return np.where(self.log, 10.0**at, at)

    def below(self, places: Sequence[LayerPlace]) -> tuple[bool, bool]:
        """Tell of each axis whether a layer stands below where it begins."""
        found = np.array([[one.sigma_w2, one.sigma_b2] for one in places]).reshape(-1, 2)
        low = self.values(np.zeros((1, 2)))
        below = found < low
        return bool(below[:, 0].any()), bool(below[:, 1].any())

    @property
    def ground(self) -> tuple[Range, Range]:
        """The display ranges without the margin below 0."""
        (left, right), (bottom, top) = self.x, self.y
        return (left if self.log[0] else max(left, 0.0), right), (bottom if self.log[1] else max(bottom, 0.0), top)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Theory over a stage.

    Attributes
    ----------
    x, y : what the grid covers, as values
    sigma_w2, sigma_b2 : (columns,) and (rows,) the middles of its cells
    found : (rows, columns) q* and χ₁
    log2_chi, depth : (rows, columns) log₂ χ₁, and ξ = 1 / |ln χ₁| in layers
    drawn_chi, drawn_depth : on a finer grid, log₂ χ₁ and 6ξ as they are drawn: no further than colours tell them apart
    """

    x: Range
    y: Range
    sigma_w2: Floats
    sigma_b2: Floats
    found: Rest
    log2_chi: Floats
    depth: Floats
    drawn_chi: Floats
    drawn_depth: Floats


def stage_of(places: Sequence[LayerPlace], view: View) -> Stage:
    """Choose the ranges: round numbers that hold the layers, within reason; or those that the view holds."""
    log = (view.log_x, view.log_y)
    if held := view.ranges.get(KEY):
        return Stage(*held, log)
    both = np.array([[one.sigma_w2, one.sigma_b2] for one in places]).T
    x, y = (_log_range(k, at) if log[k] else _range(k, at) for k, at in enumerate(both))
    return Stage(x, y, log)


def _range(k: int, at: Floats) -> Range:
    farthest = 1.05 * float(at[at <= _MOST].max(initial=0.0))
    step = round_step(max(farthest, _LEAST[k]) / 5)
    top = max(_LEAST[k], step * math.ceil(farthest / step))
    return -_MARGIN * top, top


def _log_range(k: int, at: Floats) -> Range:
    shown = at[(at >= _LOG_MOST[0]) & (at <= _LOG_MOST[1])]
    low, high = (math.log10(end) for end in _LOG_LEAST[k])
    if len(shown):
        low = min(low, math.floor(np.log10(shown.min()) - 0.1))
        high = max(high, math.ceil(np.log10(shown.max()) + 0.1))
    return low, high


def split(places: Sequence[LayerPlace], stage: Stage) -> tuple[list[LayerPlace], list[LayerPlace]]:
    """Part the layers into those that the stage holds and those outside."""
    within = stage.shares(places).max(axis=1) <= 1
    both = list(zip(places, within.tolist(), strict=True))
    return [place for place, held in both if held], [place for place, held in both if not held]


@lru_cache(maxsize=8)
def plane_of(activation: str, stage: Stage) -> Plane:
    """Compute q* and χ₁ on a grid that covers the ground of the stage."""
    across, up = stage.ground
    w, b = _middles(across, _COLUMNS, log=stage.log[0]), _middles(up, _ROWS, log=stage.log[1])
    found = rest(activation, w[None, :], b[:, None])
    with np.errstate(divide="ignore"):
        log2_chi = np.log2(found.chi)
    x, y = _ends(across, log=stage.log[0]), _ends(up, log=stage.log[1])
    fine = _finer(np.clip(log2_chi, -_STEEPEST, _STEEPEST))
    deep = SCALES / np.maximum(math.log(2) * np.abs(fine), SCALES / MOST_LAYERS)
    return Plane(x, y, w, b, found, log2_chi, depth_of(found.chi), fine, deep)


def _finer(values: Floats) -> Floats:
    """Interpolate a grid (rows, columns) between the middles of its cells, first across, then up."""
    for _ in range(2):
        n = values.shape[1]
        at = np.clip((np.arange(_FINER * n) + 0.5) / _FINER - 0.5, 0, n - 1)
        left = np.minimum(at.astype(np.intp), n - 2)
        share = at - left
        values = (values[:, left] * (1 - share) + values[:, left + 1] * share).T
    return values


def _ends(shown: Range, *, log: bool) -> Range:
    return (10.0 ** shown[0], 10.0 ** shown[1]) if log else shown


def _middles(shown: Range, n: int, *, log: bool) -> Floats:
    at = shown[0] + (shown[1] - shown[0]) * (np.arange(n) + 0.5) / n
    return np.asarray(10.0**at if log else at)


@lru_cache(maxsize=32)
def level_line(activation: str, stage: Stage, chi: float) -> tuple[Floats, Floats]:
    """Find where χ₁ has a value: σ_w² and σ_b² (n,), NaN where the stage does not hold it."""
    share = np.linspace(0.0, 1.0, _POINTS)
    across, (bottom, top) = stage.ground
    # near σ_b² = 0 the lines bend most
    up = bottom + (top - bottom) * (share if stage.log[1] else share**3)
    b = 10.0**up if stage.log[1] else up
    return line_of(activation, chi, b, _ends(across, log=stage.log[0])), b


def depth_of(chi: Floats) -> Floats:
    """Give ξ = 1 / |ln χ₁|, in layers; inf where χ₁ is 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / np.abs(np.log(chi)))


def depth_levels(depth: int) -> tuple[float, float]:
    """Give the χ₁ below and above 1 at which 6ξ is a number of layers."""
    return math.exp(-SCALES / depth), math.exp(SCALES / depth)
