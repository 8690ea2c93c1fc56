"""The gradient check: back-propagation as the training computes it, beside central differences of the loss in float64.

Three verdicts for each parameter: agrees, too small to be checked, differs. A gradient below what rounding leaves of a
difference quotient is not wrong, and a difference across the kink of a ReLU is no derivative. The step of each
difference is the one with the least error, which is measured, not assumed (after Moré & Wild 2012, "Estimating
derivatives of noisy simulations").
"""

import math
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, cast
from model.insight.difference_quotients import STEPS, LossAround, Quotients, distance_from_kinks
from model.insight.kernel_gradient import batch_gradient, kernels_here
from model.insight.passes import spread_rows
from model.network.blas import one_blas_thread
from model.network.multi_layer_net import MultiLayerNet
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Verdict = Literal["agrees", "small", "differs", "unchecked"]

WRONG = 20.0
"""How many times its own uncertainty a difference must be off to count as another number."""
CLEAR = 1000.0
"""How many times its uncertainty a gradient must be to be checked: then a fault of 2 % of it is found."""
SURELY_EQUAL = 1e-6
"""The relative error up to which two numbers always agree."""
LARGEST = 4_000_000
"""Parameters up to which a gradient is checked: a step of its own takes several times their memory."""
_ROUNDINGS = 16.0
"""Units in the last place of a parameter's largest gradient by which summing in another order may change others."""
_LEAST, _MOST = 6, 400
"""Entries of each parameter that are checked, where it has as many."""
_SECONDS = 1.0
"""What the entries of all parameters together may take, about."""
_PASSED = 2e-8
"""Seconds that a number of a layer's output takes, about."""
_FEW = 16
"""Samples of a batch at the least, where the run's own has as many."""
_NUMBERS = 20_000
"""Inputs and outputs of all layers up to which a batch is as large as the run's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The entries of one parameter that were looked at.

    Attributes
    ----------
    places : (k,) in the flattened parameter
    numerical, error : (k,) the difference quotient, and what it is uncertain by
    backprop : (k,) the gradient that the training follows
    relative : (k,) |difference| over the larger of the two; 0 where both are 0
    verdicts : (k,) of "agrees", "zero" (both numbers), "small", "differs", "kink" and "endless"
    """

    places: npt.NDArray[np.intp]
    numerical: Floats
    error: Floats
    backprop: Floats
    relative: Floats
    verdicts: npt.NDArray[np.str_]

    def count(self, verdict: str) -> int:
        """How many have this verdict."""
        return int(np.count_nonzero(self.verdicts == verdict))

    @property
    def checked(self) -> Bools:
        """Which could be compared."""
        verdicts = self.verdicts
        return np.asarray((verdicts == "agrees") | (verdicts == "zero") | (verdicts == "differs"))

    @property
    def worst(self) -> int | None:
        """The one with the largest relative error of those compared; None where none was."""
        checked = self.checked
        return int(np.argmax(np.where(checked, self.relative, -1.0))) if checked.any() else None

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the parameter."""
        said: tuple[tuple[str, Verdict], ...] = (("differs", "differs"), ("agrees", "agrees"), ("small", "small"))
        return next((verdict for of, verdict in (*said, ("zero", "agrees")) if self.count(of)), "unchecked")


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """One parameter.

    Attributes
    ----------
    name, shape : W1 (fan_in, fan_out), b1 (fan_out,), …
    entries : by dtype of the gradient, the run's own first, then float64 where that is another
    """

    name: str
    shape: tuple[int, ...]
    entries: Mapping[str, Entries]

    @property
    def n(self) -> int:
        """Entries that there are."""
        return math.prod(self.shape)

    @property
    def verdict(self) -> Verdict:
        """The gravest of all dtypes."""
        found = [entries.verdict for entries in self.entries.values()]
        order: tuple[Verdict, ...] = ("differs", "agrees", "small", "unchecked")
        return next(verdict for verdict in order if verdict in found)

    def index(self, place: int) -> tuple[int, ...]:
        """Give the row and column, or the unit, of a place in the flattened parameter."""
        return tuple(int(k) for k in np.unravel_index(place, self.shape))


@dataclass(frozen=True, slots=True, eq=False)
class GradientCheck:
    """All parameters at one moment of a run.

    Attributes
    ----------
    parameters : in order; those with entries already
    n_samples : of the batch that the gradient is of
    loss : its mean cross-entropy in float64, in nats; and what the training says it is
    by_kernel : whether the gradient is that of the compiled kernels; before they are there it is the readable class's
    finished : whether all entries are checked that ever will be
    """

    parameters: tuple[Checked, ...]
    n_samples: int
    loss: float
    loss_of_run: float
    by_kernel: bool
    finished: bool

    def named(self, verdict: Verdict) -> list[str]:
        """Name the parameters with this verdict."""
        return [one.name for one in self.parameters if one.verdict == verdict]


def check_gradients(frame: Frame, patience: float = math.inf) -> GradientCheck | None:
    """Check the gradient of a batch at the parameters of this moment; None of a network that is too large for it.

    Parameters
    ----------
    patience : seconds after which to tell what has been found; the same Frame asked again goes on from there
    """
    if frame.layout.n_params > LARGEST:
        return None
    return _checker(frame.params, frame.data, frame.spec, kernels_here()).advance(patience)


@lru_cache(maxsize=2)
def _checker(
    params: Parameters,
    data: Dataset,
    spec: TrainingSpec,
    _by_kernel: bool,  # noqa: FBT001  another key once the kernels are there
) -> "_Checker":
    return _Checker(params, data, spec)


class _Checker:
    """Checks entry by entry; a second thread that asks waits for one entry at the most."""

    def __init__(self, params: Parameters, data: Dataset, spec: TrainingSpec) -> None:
        self._lock = threading.Lock()
        self._params = params
        batch = spec.replaced(batch_size=batch_size_of(params, spec.batch_size))
        with one_blas_thread:
            rows = _far_from_kinks(params, data, spec, batch.batch_size)
            self._gradients = {
                dtype: batch_gradient(params, rows, batch.replaced(dtype=dtype)) for dtype in _dtypes(spec)
            }
            self._own = self._gradients[spec.dtype]
            x, t = rows.x_train[self._own.rows], rows.t_train[self._own.rows]
            self._around = LossAround(params, x, t, spec.activation)
            self._rounding = _rounding(params, x, t, spec)
        self._by_kernel = kernels_here()
        self._found: dict[str, list[tuple[Floats, Floats, Bools]]] = {name: [] for name in params}
        finite = math.isfinite(self._around.loss)
        self._chosen = dict(_chosen_entries(params, len(t))) if finite else {}
        self._to_do = _in_rounds(self._chosen)
        self._finished = False

    def advance(self, patience: float) -> GradientCheck:
        """Go on for so many seconds, one entry of each parameter at the least, and tell what is found."""
        end = time.monotonic() + patience
        with one_blas_thread:
            while not self._finished and (time.monotonic() < end or not self._began):
                self._check_next()
        with self._lock:
            found = {name: list(each) for name, each in self._found.items()}
        parameters = tuple(self._told(name, each) for name, each in found.items() if each)
        own = self._own
        return GradientCheck(
            parameters, len(own.rows), self._around.loss, own.loss, self._by_kernel, finished=self._finished
        )

    @property
    def _began(self) -> bool:
        return all(self._found[name] for name in self._chosen)

    def _check_next(self) -> None:
        with self._lock:
            name, place = next(self._to_do, ("", 0))
            if not name:
                self._finished = True
                return
            entry = np.unravel_index(place, self._params[name].shape)
            self._found[name].append(self._around.quotients(name, tuple(int(k) for k in entry)))

    def _told(self, name: str, found: list[tuple[Floats, Floats, Bools]]) -> Checked:
        quotients = Quotients(*(np.array(each) for each in zip(*found, strict=True)))
        value, error, smooth = quotients.best(self._around.least_noise)
        places = self._chosen[name][: len(found)]
        entries = {}
        for dtype, own in self._gradients.items():
            gradient = own.gradient[name].ravel()
            uncertain = error + self._rounding[dtype][name]
            entries[dtype] = _judged(places, value, uncertain, smooth, gradient[places].astype(np.float64))
        return Checked(name, self._params[name].shape, entries)


def _judged(places: npt.NDArray[np.intp], numerical: Floats, error: Floats, smooth: Bools, backprop: Floats) -> Entries:
    with np.errstate(all="ignore"):
        apart = np.abs(backprop - numerical)
        size = np.maximum(np.abs(backprop), np.abs(numerical))
        relative = np.where(size > 0, apart / size, 0.0)
        same = (backprop == 0) & (numerical == 0)
        wrong = (apart > WRONG * error) & (relative > SURELY_EQUAL)
        endless = ~np.isfinite(backprop) | (smooth & ~np.isfinite(numerical + error))
        cases = [~smooth, endless, same, wrong, size <= CLEAR * error]
        verdicts = np.select(cases, ["kink", "endless", "zero", "differs", "small"], "agrees")
    return Entries(places, numerical, error, backprop, relative, verdicts)


# What is checked


def batch_size_of(params: Mapping[str, Reals], own: int) -> int:
    """Choose how many samples to take: those of the run, or fewer where that makes no difference but to the time.

    The kernels have two ways, for small networks and for all others; the batch goes the way that the run's own goes,
    since networks that could go either way are too small to have their batch cut.
    """
    numbers: int = sum(value.shape[0] for name, value in params.items() if name[0] == "W")
    return min(own, max(_FEW, _NUMBERS // numbers))


def _dtypes(spec: TrainingSpec) -> tuple[str, ...]:
    return tuple(dict.fromkeys((spec.dtype, "float64")))


def _far_from_kinks(params: Parameters, data: Dataset, spec: TrainingSpec, n: int) -> Dataset:
    """Take the half of 2 n samples whose units are farthest from their kinks, so that few differences cross one.

    They are rounded to the run's dtype, so that all precisions see the same numbers.
    """
    some = spread_rows(data.n_train, min(data.n_train, 2 * n))
    x = cast(data.x_train[some], spec.dtype).astype(np.float64)
    distance = distance_from_kinks(params, x, spec.activation)
    best = np.sort(np.argsort(-distance, kind="stable")[: -(-len(some) // 2)])
    return replace(
        data, x_train=x[best], t_train=data.t_train[some[best]], x_test=data.x_test[:0], t_test=data.t_test[:0]
    )


def _rounding(
    params: Parameters, x: Floats, t: npt.NDArray[np.int64], spec: TrainingSpec
) -> dict[str, dict[str, float]]:
    """Find what rounding to each dtype may change in a parameter's gradient: what it changes in the readable class."""
    found: dict[str, dict[str, float]] = {}
    with np.errstate(all="ignore"):
        exact = _by_class(params, x, t, spec.activation, "float64")
        for dtype in _dtypes(spec):
            rounded = exact if dtype == "float64" else _by_class(params, x, t, spec.activation, dtype)
            unit = _ROUNDINGS * float(np.finfo(dtype).eps)
            found[dtype] = {
                name: float(np.abs(rounded[name] - value).max() + unit * np.abs(value).max())
                for name, value in exact.items()
            }
    return found


def _by_class(
    params: Parameters, x: Floats, t: npt.NDArray[np.int64], activation: str, dtype: str
) -> dict[str, Floats]:
    net = MultiLayerNet.from_params({name: value.astype(dtype) for name, value in params.items()}, activation)
    return {name: value.astype(np.float64) for name, value in net.gradient(x.astype(dtype), t).items()}


def _chosen_entries(params: Parameters, n_samples: int) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    """Choose entries of each parameter in a fixed random order, as many as its share of the time allows."""
    widths = [value.shape[1] for name, value in params.items() if name[0] == "W"]
    for k, (name, value) in enumerate(params.items()):
        passed = 2 * len(STEPS) * n_samples * sum(widths[k // 2 :][1:] or widths[-1:])
        n = min(max(int(_SECONDS / len(params) / (passed * _PASSED)), _LEAST), _MOST, value.size)
        yield name, np.random.default_rng(k).choice(value.size, n, replace=False).astype(np.intp)


def _in_rounds(chosen: Mapping[str, npt.NDArray[np.intp]]) -> Iterator[tuple[str, int]]:
    """Go through all parameters again and again, with twice as many entries each time."""
    done, upto = 0, 1
    while done < max((len(places) for places in chosen.values()), default=0):
        for name, places in chosen.items():
            yield from ((name, int(place)) for place in places[done:upto])
        done, upto = upto, 2 * upto
