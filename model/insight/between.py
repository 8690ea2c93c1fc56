"""The loss between two runs: along the straight lines between them, and over the plane that their starts lie in.

Straight lines after Goodfellow, Vinyals & Saxe 2015, "Qualitatively characterizing neural network optimization
problems"; a barrier between two ends says that the runs found different valleys (Frankle et al. 2020, "Linear mode
connectivity and the lottery ticket hypothesis").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.passes import forward_of, spread_rows
from model.network.blas import one_blas_thread
from model.network.layout import Layout
from model.network.multi_layer_net import log_softmax
from model.training.frame import Frame, Parameters

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]

BEYOND = 0.25
"""How far a line goes on beyond its ends, as a share of its length."""
_AROUND = 0.35
"""Room around what lies in the plane, as a share of the larger extent."""
_POINTS, _QUICK_POINTS = 61, 13
_MOST_SAMPLES, _FEWEST_SAMPLES = 500, 20
_WORK, _QUICK_WORK = 4e9, 2e8
"""Multiplications, about, that a plane may take, and lines too: the last look, and the first."""
_FINEST, _COARSEST, _QUICK_COARSEST = 48, 12, 6
_INDEPENDENT = 1e-6
"""The share of a difference that must lie across those before it for it to be a direction of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """The losses between run 0, the present one, and run 1, all of run 0's network and training samples, in nats.

    Attributes
    ----------
    shares : (n,) places of a line, 0 at run 0 and 1 at run 1
    starts, ends : (n,) losses along the lines between the initial parameters, and between those now
    same_start : whether both began with the same parameters
    plane : None where all differences point the same way, so that there is none
    samples, n_all : training samples that were taken, and those there are
    """

    shares: Floats
    starts: Floats
    ends: Floats
    same_start: bool
    plane: "Plane | None"
    samples: int
    n_all: int

    @property
    def barrier(self) -> float:
        """How far the loss between the two ends rises above the line that joins their losses; at least 0."""
        inside = (self.shares >= 0) & (self.shares <= 1)
        first, last = (float(self.ends[np.abs(self.shares - end).argmin()]) for end in (0.0, 1.0))
        level = first + (last - first) * self.shares[inside]
        return max(float((self.ends[inside] - level).max()), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane through run 0's start, in Euclidean distances of the parameters.

    It is spanned by the way to run 1's start, where that is another one, and the way that run 0 has come; else by the
    ways that both have come.

    Attributes
    ----------
    x, y : what the grid covers, from edge to edge
    losses : (rows, columns), row 0 lowest
    places : (4, 2) the start and the end of run 0, then of run 1, as they are seen in the plane
    off : (4,) how far they lie away from it
    """

    x: Range
    y: Range
    losses: Floats
    places: Floats
    off: Floats

    @property
    def across(self) -> Floats:
        """(columns,) the middles of the cells."""
        return _middles(self.x, self.losses.shape[1])

    @property
    def up(self) -> Floats:
        """(rows,) the middles of the cells."""
        return _middles(self.y, self.losses.shape[0])


def between(frame: Frame, other: Frame, sample: int = 0) -> Between:
    """Compute the losses between two runs of the same layer sizes.

    Parameters
    ----------
    sample : not 0 for a first look, coarser
    """
    return _between(frame.initial, frame.params, other.initial, other.params, frame.data, frame.layout,
                    frame.spec.activation, bool(sample))  # fmt: skip


@lru_cache(maxsize=8)
def _between(
    start: Parameters,
    end: Parameters,
    other_start: Parameters,
    other_end: Parameters,
    data: Dataset,
    layout: Layout,
    activation: str,
    quick: bool,  # noqa: FBT001  a key of the cache
) -> Between:
    points, work = (_QUICK_POINTS, _QUICK_WORK) if quick else (_POINTS, _WORK)
    n = int(np.clip(work / (2 * points * layout.n_params), _FEWEST_SAMPLES, _MOST_SAMPLES))
    rows = spread_rows(data.n_train, min(data.n_train, n))
    x, t = data.x_train[rows].astype(np.float64), data.t_train[rows].astype(np.intp)
    a, a_end, b, b_end = (flat(parameters) for parameters in (start, end, other_start, other_end))
    shares = np.linspace(-BEYOND, 1 + BEYOND, points)
    with one_blas_thread, np.errstate(all="ignore"):
        losses = _Losses(x, t, layout, activation)
        lines = [losses.along(one, [two - one], shares[:, None]) for one, two in ((a, b), (a_end, b_end))]
        ways = [b - a, a_end - a, b_end - b]
        axes = _axes([way for way in ways if np.isfinite(way).all()]) if np.isfinite(a).all() else []
        plane = None
        if len(axes) == 2:
            cells = work / (len(t) * layout.n_params)
            side = int(np.clip(np.sqrt(cells), _QUICK_COARSEST if quick else _COARSEST, _FINEST))
            plane = _plane(losses, a, axes, np.array([a, a_end, b, b_end]), side)
    return Between(shares, lines[0], lines[1], bool(np.array_equal(a, b)), plane, len(t), data.n_train)


def flat(parameters: Parameters) -> Floats:
    """Give all parameters in one row, (n_params,) float64."""
    return np.concatenate([np.ravel(value) for value in parameters.values()]).astype(np.float64)


def _axes(ways: Sequence[Floats]) -> list[Floats]:
    """Give the first two directions, of length 1 and at a right angle, that these ways span; fewer of fewer."""
    found: list[Floats] = []
    for way in ways:
        length = float(np.linalg.norm(way))
        rest = way - sum((axis * float(axis @ way) for axis in found), np.zeros_like(way))
        across = float(np.linalg.norm(rest))
        if length > 0 and across > _INDEPENDENT * length:
            found.append(rest / across)
        if len(found) == 2:
            break
    return found


def _plane(losses: "_Losses", origin: Floats, axes: list[Floats], points: Floats, side: int) -> Plane:
    ways = points - origin
    places = ways @ np.array(axes).T
    off = np.linalg.norm(ways - places @ np.array(axes), axis=1)
    shown = places[np.isfinite(places).all(axis=1)]
    low, high = shown.min(axis=0), shown.max(axis=0)
    half = (0.5 + _AROUND) * float((high - low).max())
    x, y = ((float(middle - half), float(middle + half)) for middle in (low + high) / 2)
    across, up = (_middles(ends, side) for ends in (x, y))
    grid = np.stack(np.meshgrid(across, up), axis=2).reshape(-1, 2)
    return Plane(x, y, losses.along(origin, axes, grid).reshape(side, side), places, off)


def _middles(ends: Range, n: int) -> Floats:
    return np.asarray(ends[0] + (ends[1] - ends[0]) * (np.arange(n) + 0.5) / n)


class _Losses:
    """Mean cross-entropies of one network at many places; the first layer's products are shared between them."""

    def __init__(self, x: Floats, t: npt.NDArray[np.intp], layout: Layout, activation: str) -> None:
        self._x, self._t = x, t
        self._layout = layout
        self._forward = forward_of(activation)

    def along(self, origin: Floats, ways: Sequence[Floats], places: Floats) -> Floats:
        """Give the losses (n,) at origin + places (n, k) · ways (k, n_params)."""
        views = self._layout.views
        base, *moves = (self._x @ views(each)["W1"] + views(each)["b1"] for each in (origin, *ways))
        return np.array([self._at(origin, ways, place, base, moves) for place in places])

    def _at(self, origin: Floats, ways: Sequence[Floats], place: Floats, base: Floats, moves: list[Floats]) -> float:
        z = base + sum(share * move for share, move in zip(place, moves, strict=True))
        point = self._layout.views(origin + sum(share * way for share, way in zip(place, ways, strict=True)))
        for layer in range(2, self._layout.n_layers + 1):
            z = np.asarray(self._forward(z)) @ point[f"W{layer}"] + point[f"b{layer}"]
        return -float(np.mean(log_softmax(z)[np.arange(len(self._t)), self._t]))
