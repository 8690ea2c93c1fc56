"""Distributions through time: a histogram of every layer at evenly spread steps of a run, made again from its past.

Counts are exact. Each column has bins of its own, as wide as a power of two and aligned at 0, so that columns of
different widths can be laid side by side without a value counted twice or on the wrong side of an edge.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.insight.ladder import layer_values
from model.insight.passes import MOST_VALUES, passes_of
from model.network.blas import one_blas_thread
from model.training.engine import Engine
from model.training.frame import Parameters

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
StripKind = Literal["weights", "activations", "backprop"]
"""What is counted: parameters, outputs of the hidden layers, or the gradients that come back to them."""

QUANTILES = (0.05, 0.5, 0.95)
_BINS = 128
_REACH = 20.0
"""How far bins reach beyond the outer quantiles, in halves of the distance between these, at most."""
_SAMPLES = 2000
"""Training samples that are passed through the network at each step, at most."""
_SMALLEST = -1000
"""The lowest power of two that a bin is wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of one layer at one step.

    Attributes
    ----------
    n, n_zero, n_odd : values in all, exactly 0, and not finite
    width, first, counts : counts[i] of the others lie in [(first + i) · width, (first + i + 1) · width); those that
        lie far from all others are in none
    quantiles : (len(QUANTILES),) of the others, NaN without any
    """

    step: int
    n: int
    n_zero: int
    n_odd: int
    width: float
    first: int
    counts: npt.NDArray[np.int64]
    quantiles: Floats

    @property
    def n_beyond(self) -> int:
        """How many finite values no bin holds, but for exact zeros."""
        return self.n - self.n_zero - self.n_odd - int(self.counts.sum())

    @property
    def ends(self) -> tuple[float, float] | None:
        """Where its first bin begins and its last one ends, None without any."""
        if not len(self.counts):
            return None
        return self.first * self.width, (self.first + len(self.counts)) * self.width

    def in_rows(self, width: float, first: int, n: int) -> Floats:
        """Give how many values lie in n rows of a width, a power of two; of wider bins each row has its share."""
        found = np.zeros(n)
        if not len(self.counts):
            return found
        merged = width / self.width
        if merged >= 1:
            rows = np.floor((self.first + np.arange(len(self.counts))) / merged).astype(np.int64) - first
            inside = (rows >= 0) & (rows < n)
            np.add.at(found, rows[inside], self.counts[inside])
            return found
        bins = np.floor((first + np.arange(n)) * merged).astype(np.int64) - self.first
        inside = (bins >= 0) & (bins < len(self.counts))
        found[inside] = self.counts[bins[inside]] * merged
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """The columns of a run.

    Attributes
    ----------
    run : its number
    stride : steps between two columns, a power of two
    columns : by the name of the layer, W1, b1, … or h1, h2, …; in the order of the steps 0, stride, 2 · stride, …
    samples : training samples passed through; 0 for parameters
    done : whether no more columns will come for the steps there are
    """

    run: int
    kind: StripKind
    stride: int
    columns: Mapping[str, tuple[Column, ...]]
    samples: int
    done: bool


def column_of(step: int, values: Reals) -> Column:
    """Count values of any shape."""
    flat = values.ravel()
    with np.errstate(all="ignore"):
        finite = np.isfinite(flat)
        n_odd = flat.size - int(np.count_nonzero(finite))
        n_zero = flat.size - int(np.count_nonzero(flat))
        shown = flat[finite & (flat != 0)].astype(np.float64)
    if not len(shown):
        empty = np.zeros(0, dtype=np.int64)
        return Column(step, flat.size, n_zero, n_odd, 1.0, 0, empty, np.full(len(QUANTILES), np.nan))
    quantiles = np.quantile(shown, QUANTILES)
    low, high = _ordinary(float(shown.min()), float(shown.max()), float(quantiles[0]), float(quantiles[-1]))
    half = max(high / 2 - low / 2, max(abs(low), abs(high)) * 2.0**-20, 2.0**_SMALLEST)  # the whole may overflow
    width = 2.0 ** math.floor(math.log2(half / (_BINS / 2)))
    first = math.floor(low / width)
    with np.errstate(over="ignore"):  # of what lies beyond
        places = np.floor(shown / width) - first
    places = places[(places >= 0) & (places <= math.floor(high / width) - first)].astype(np.int64)
    counts = np.bincount(places).astype(np.int64)
    return Column(step, flat.size, n_zero, n_odd, width, first, counts, quantiles)


def _ordinary(low: float, high: float, core_low: float, core_high: float) -> tuple[float, float]:
    """Leave out what lies so far from nearly all values that these would share a few bins."""
    reach = _REACH * max(core_high / 2 - core_low / 2, 2.0**-20 * max(abs(core_low), abs(core_high)))
    return max(low, core_low - reach), min(high, core_high + reach)


class Histograms:
    """Counts the values of every layer of a run."""

    def __init__(self, engine: Engine, kind: StripKind) -> None:
        self._engine = engine
        self._kind = kind
        layout, data = engine.layout, engine.data
        n = max(min(data.n_train, _SAMPLES, MOST_VALUES // sum(layout.sizes)), 1)
        self._samples = 0 if kind == "weights" else n

    def at(self, walker: Engine, step: int) -> dict[str, Column]:
        """Give the columns of a step, at which an engine stands."""
        views = self._engine.layout.views(walker.params.copy())
        if self._kind == "weights":
            return {name: column_of(step, value) for name, value in views.items()}
        with one_blas_thread:
            sample = 0 if self._samples == self._engine.data.n_train else self._samples
            passed = passes_of(Parameters(views), self._engine.data, self._engine.spec.activation, sample)
            layers = layer_values(passed, "forward" if self._kind == "activations" else "backward")
            return {f"h{layer}": column_of(step, values) for layer, values in enumerate(layers, start=1)}

    def gathered(self, found: Mapping[int, dict[str, Column]], stride: int, *, done: bool) -> Strips:
        """Give what is shown of all that was made, by step in ascending order."""
        names = next(iter(found.values()))
        columns = {name: tuple(each[name] for each in found.values()) for name in names}
        return Strips(self._engine.recording.run, self._kind, stride, columns, self._samples, done)
