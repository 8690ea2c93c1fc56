"""Distributions through time: a histogram of every layer at evenly spread steps of a run, made again from its past.

Counts are exact. Each column has bins of its own, as wide as a power of two and aligned at 0, so that columns of
different widths can be laid side by side without a value counted twice or on the wrong side of an edge.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.insight.ladder import layer_values
from model.insight.passes import MOST_VALUES, passes_of
from model.network.blas import one_blas_thread
from model.training.engine import Engine
from model.training.frame import Parameters
from model.training.timeline import Timeline

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Kind = Literal["weights", "activations", "backprop"]
"""What is counted: parameters, outputs of the hidden layers, or the gradients that come back to them."""

MOST_COLUMNS = 256
QUANTILES = (0.05, 0.5, 0.95)
_BINS = 128
_REACH = 20.0
"""How far bins reach beyond the outer quantiles, in halves of the distance between these, at most."""
_SAMPLES = 2000
"""Training samples that are passed through the network at each step, at most."""
_TELL_EVERY = 0.2
"""Seconds between two looks at columns that are being made."""
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
    kind: Kind
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


def stride_of(steps: int) -> int:
    """Give the power of two at which no more than MOST_COLUMNS columns hold so many steps."""
    stride = 1
    while steps // stride >= MOST_COLUMNS:
        stride *= 2
    return stride


class Unroller:
    """Makes the Strips of a run step by step; keeps what is made, so that going on costs no more than what is new."""

    def __init__(self, engine: Engine, kind: Kind) -> None:
        self._engine = engine
        self._kind = kind
        self._timeline = Timeline(engine)
        self._columns: dict[int, dict[str, Column]] = {}
        self._given_up = threading.Event()

    def unroll(self, until: int, tell: Callable[[Strips], object]) -> None:
        """Make every column up to a step, and tell of them, now and then and at the end, unless that is given up."""
        told = time.monotonic()
        stride = stride_of(until)
        self._columns = {step: found for step, found in self._columns.items() if step % stride == 0}
        steps = range(0, until + 1, stride)
        for step in steps:
            if step in self._columns:
                continue
            walker = self._timeline.state(step)
            if walker is None or self._given_up.is_set():
                return
            self._columns[step] = self._measured(walker, step)
            if step != steps[-1] and time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                tell(self._strips(stride, done=False))
        tell(self._strips(stride, done=True))

    def give_up(self) -> None:
        """Make `unroll` return, now and ever after; from any thread."""
        self._given_up.set()
        self._timeline.give_up()

    def _strips(self, stride: int, *, done: bool) -> Strips:
        steps = sorted(self._columns)
        names = self._columns[steps[0]]
        columns = {name: tuple(self._columns[step][name] for step in steps) for name in names}
        samples = 0 if self._kind == "weights" else self._n_samples()
        return Strips(self._engine.recording.run, self._kind, stride, columns, samples, done)

    def _n_samples(self) -> int:
        layout, data = self._engine.layout, self._engine.data
        return max(min(data.n_train, _SAMPLES, MOST_VALUES // sum(layout.sizes)), 1)

    def _measured(self, walker: Engine, step: int) -> dict[str, Column]:
        views = self._engine.layout.views(walker.params.copy())
        if self._kind == "weights":
            return {name: column_of(step, value) for name, value in views.items()}
        n = self._n_samples()
        with one_blas_thread:
            sample = 0 if n == self._engine.data.n_train else n
            passed = passes_of(Parameters(views), self._engine.data, self._engine.spec.activation, sample)
            layers = layer_values(passed, "forward" if self._kind == "activations" else "backward")
            return {f"h{layer}": column_of(step, values) for layer, values in enumerate(layers, start=1)}
