"""Sharpness: the largest eigenvalue of the Hessian of the loss, and the learning rate up to which it is stable.

Gradient descent on a quadratic of curvature λ shrinks what is left while lr · λ < 2, and grows it beyond. Trained with
all samples at once, networks sharpen until they come to that edge, and stay there (Cohen et al. 2021, "Gradient descent
on neural networks typically occurs at the edge of stability"); batches keep them below it.

The optimisers that scale each parameter by a number of its own have the same edge in scaled parameters: there the
Hessian is P^-½ H P^-½ with the scale P (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability").
Weight decay adds its own curvature. Both are part of what is called sharpness here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.passes import spread_rows, weights_of
from model.insight.unroller import Kind
from model.network.activations import ACTIVATIONS, Activation
from model.network.blas import one_blas_thread
from model.network.layout import Layout
from model.network.multi_layer_net import log_softmax
from model.network.optimizers import ADAGRAD_EPS, ADAM_BETA1, ADAM_BETA2, EPS
from model.network.parametrization import SGD_LIKE, rate_factors
from model.training.engine import Engine
from model.training.frame import Schedule
from model.training.initial import initial_values
from model.training.spec import TrainingSpec

Floats = npt.NDArray[np.float64]

WORK = 4e7
"""Multiplications, about, of one pass of the samples that a Hessian is taken of."""
TOLERANCE = 1e-3
"""How far the largest eigenvalue may be off, as a share of itself."""
_MOST_PRODUCTS, _FEWEST_PRODUCTS = 60, 8
_MOST_KEPT = 3e7
"""Numbers that the vectors of a Lanczos run may hold together."""
_MOST_RATES, _MOST_SINGLE_RATES = 33, 200
_FEWEST_SAMPLES = 100
_MOST_PARAMS = 4_000_000
"""Of networks whose Hessian is looked at."""
_ROUGH = 1e-2
"""How far off a value may be that no more products have made better."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a Hessian is taken of.

    Attributes
    ----------
    x, t : (n, n_features) float64 and (n,) samples of the training set, evenly spread
    n_all : how many it has
    """

    x: Floats
    t: npt.NDArray[np.intp]
    n_all: int

    @classmethod
    def of(cls, data: Dataset, n_params: int) -> "Samples":
        """Take all training samples, or as many as a network of this size allows."""
        rows = spread_rows(data.n_train, min(data.n_train, max(_FEWEST_SAMPLES, int(WORK / n_params))))
        return cls(data.x_train[rows].astype(np.float64), data.t_train[rows].astype(np.intp), data.n_train)


@dataclass(frozen=True, slots=True, eq=False)
class Sharpness:
    """The sharpness of a run, step by step.

    Attributes
    ----------
    run : its number
    steps : (n,) in ascending order
    values : (n,) largest eigenvalues, scaled as the optimiser scales; NaN where they are not found
    samples, n_all : training samples that were taken, and those there are
    done : whether no more steps will come for those there are
    """

    run: int
    steps: npt.NDArray[np.int64]
    values: Floats
    samples: int
    n_all: int
    done: bool

    @property
    def kind(self) -> Kind:
        return "sharpness"


def bound(optimizer: str, learning_rate: float, momentum: float) -> float:
    """Give the sharpness beyond which steps of this size grow what is left; inf for a learning rate of 0.

    2 / lr, and with heavy-ball momentum β (2 + 2β) / lr, of Nesterov's kind that over 1 + 2β: where a root of the
    recursion on a quadratic leaves the unit circle. Adam averages gradients, so that its momentum counts
    (2 + 2β₁) / ((1 − β₁) lr) (Cohen et al. 2022).
    """
    if learning_rate == 0:
        return math.inf
    match optimizer:
        case "momentum":
            factor = 2 + 2 * momentum
        case "nesterov":
            factor = (2 + 2 * momentum) / (1 + 2 * momentum)
        case "adam":
            factor = (2 + 2 * ADAM_BETA1) / (1 - ADAM_BETA1)
        case _:
            factor = 2.0
    return factor / learning_rate


def bounds_of(spec: TrainingSpec, schedule: Schedule, steps: Floats) -> Floats:
    """Give the bound (n,) of the step that follows each of these, with the knobs as they were turned."""
    found, turns = [], sorted(schedule, key=itemgetter(0))
    for step in steps.tolist():
        values = {"learning_rate": spec.learning_rate, "momentum": spec.momentum}
        values |= {name: value for at, name, value in turns if at <= step and name in values}
        found.append(bound(spec.optimizer, **values))
    return np.array(found, dtype=np.float64)


def stable_rate(spec: TrainingSpec, data: Dataset) -> float:
    """Give the learning rate up to which the first steps with all samples shrink what is left.

    `bound` solved for the rate, at the initial parameters. NaN for the optimisers that scale each parameter by the
    gradients they have seen, as there are none yet, and where the loss is not curved upwards or not finite.
    """
    layout = Layout(data.layer_sizes(spec.hidden_sizes))
    if spec.optimizer not in SGD_LIKE:
        return math.nan
    factors = rate_factors(layout.sizes, spec.optimizer, spec.parametrization, spec.base_width)
    params = initial_values(spec, data).params.astype(np.float64)
    samples = Samples.of(data, layout.n_params)
    scale = _spread(layout, factors)
    value = largest(params, layout, spec.activation, samples, scale, _decay(layout, factors, spec.weight_decay))
    return bound(spec.optimizer, value, spec.momentum) if value > 0 else math.nan


class RateMap(Protocol):
    """A sweep over learning rates and something else."""

    @property
    def base(self) -> TrainingSpec: ...

    @property
    def beside_is_line(self) -> bool:
        """Whether the other values lie along a line, so that of many some tell the others."""

    def specs_beside_rate(self) -> list[TrainingSpec]:
        """Give the spec of each of the other values."""


def stable_rates(sweep: RateMap, data: Dataset, given_up: Callable[[], bool]) -> Floats:
    """Give `stable_rate` of each value beside the learning rate, (n,), for the samples of the base.

    Of many along a line some are computed, and the others told by their ratios. NaN for a value that has other samples,
    and from where it is given up.
    """
    specs, line = sweep.specs_beside_rate(), sweep.beside_is_line
    found = np.full(len(specs), math.nan)
    some = spread_rows(len(specs), min(len(specs), _MOST_RATES if line else _MOST_SINGLE_RATES))
    for place in some:
        if given_up():
            return found
        if specs[place].data_request == sweep.base.data_request:
            found[place] = stable_rate(specs[place], data)
    if not line:
        return found
    with np.errstate(invalid="ignore"):
        return np.asarray(np.exp(np.interp(np.arange(len(specs)), some, np.log(found[some]))))


def largest(
    params: Floats, layout: Layout, activation: str, samples: Samples, scale: Floats, decay: Floats | None = None
) -> float:
    """Compute the largest eigenvalue of S^½ (H + D) S^½, to TOLERANCE; NaN where it is not found.

    By the method of Lanczos, which is power iteration that keeps what it has seen: the same products with the Hessian,
    but the largest value even where a negative one is farther from 0, and an error that is known. It begins with the
    gradient, which lies mostly along the directions of largest curvature (Gur-Ari et al. 2018).

    Parameters
    ----------
    params : (n_params,)
    scale, decay : (n_params,) the diagonals of S, and of D, which weight decay adds
    """
    if layout.n_params > _MOST_PARAMS or not np.isfinite(params).all():
        return math.nan
    with one_blas_thread, np.errstate(all="ignore"):
        hessian = Hessian(params, layout, ACTIVATIONS[activation], samples)
        root = np.sqrt(scale)

        def product(v: Floats) -> Floats:
            curved = hessian.times(root * v)
            if decay is not None:
                curved += decay * (root * v)
            return root * curved

        start = root * hessian.gradient
        noise = np.random.default_rng(0).standard_normal(layout.n_params)
        length = float(np.linalg.norm(start))
        usable = math.isfinite(length) and length > 0
        most = int(np.clip(_MOST_KEPT / layout.n_params, _FEWEST_PRODUCTS, _MOST_PRODUCTS))
        return lanczos(product, (start / length if usable else 0) + 0.1 * noise / np.linalg.norm(noise), most)


def lanczos(product: Callable[[Floats], Floats], start: Floats, most: int = _MOST_PRODUCTS) -> float:
    """Compute the largest eigenvalue of a symmetric matrix from its products with vectors, to TOLERANCE.

    Lanczos 1950, with all vectors kept orthogonal to one another. The error is at most the length of the residual,
    |β s|. NaN where a product is not finite, and where after `most` products the error may be more than a hundredth.
    """
    most = min(most, len(start))
    basis = np.empty((most, len(start)))
    basis[0] = start / np.linalg.norm(start)
    diagonal: list[float] = []
    beside: list[float] = []
    value = error = math.nan
    for k in range(most):
        w = product(basis[k])
        diagonal.append(float(w @ basis[k]))
        if not math.isfinite(diagonal[-1]):
            return math.nan
        kept = basis[: k + 1]
        for _again in range(2):  # once leaves what rounding brings back
            w = w - kept.T @ (kept @ w)
        rest = float(np.linalg.norm(w))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        value, error = float(values[-1]), rest * abs(float(vectors[-1, -1]))
        if error <= TOLERANCE * abs(value) or rest <= 1e-12 * float(np.abs(values).max()) or k + 1 == len(start):
            return value
        if k + 1 < most:
            beside.append(rest)
            basis[k + 1] = w / rest
    return value if error <= _ROUGH * abs(value) else math.nan


class Hessian:
    """Products of vectors with the Hessian of the mean cross-entropy at one place, in float64.

    Pearlmutter 1994, "Fast exact multiplication by the Hessian": back-propagation, differentiated along the vector.

    Attributes
    ----------
    gradient : (n_params,) of the mean cross-entropy
    """

    def __init__(self, params: Floats, layout: Layout, phi: Activation, samples: Samples) -> None:
        self._layout = layout
        self._phi = phi
        self._weights = weights_of(layout.views(params))
        biases = [value for name, value in layout.views(params).items() if name.startswith("b")]
        self._n = len(samples.t)
        self._h: list[Floats] = [samples.x]
        self._slopes: list[Floats] = []
        self._curves: list[Floats | None] = []
        for weight, bias in zip(self._weights[:-1], biases[:-1], strict=True):
            z = self._h[-1] @ weight + bias
            h = np.asarray(phi.forward(z), dtype=np.float64)
            self._h.append(h)
            self._slopes.append(np.asarray(phi.derivative(z, h), dtype=np.float64))
            second = phi.second_derivative
            self._curves.append(None if second is None else np.asarray(second(z, h), dtype=np.float64))
        self._p = np.exp(log_softmax(self._h[-1] @ self._weights[-1] + biases[-1]))
        delta = self._p.copy()
        delta[np.arange(self._n), samples.t] -= 1
        self._back: list[Floats] = [delta / self._n]
        """Gradient of the loss with respect to the logits first, then to h and z of each layer, backwards."""
        self._pulls: list[Floats] = []
        for weight, slope in zip(self._weights[:0:-1], self._slopes[::-1], strict=True):
            self._pulls.append(self._back[-1] @ weight.T)
            self._back.append(self._pulls[-1] * slope)
        self.gradient = np.concatenate(
            [
                part
                for h, d in zip(self._h, self._back[::-1], strict=True)
                for part in ((h.T @ d).ravel(), d.sum(axis=0))
            ]
        )

    def times(self, vector: Floats) -> Floats:
        """Give H · vector, (n_params,)."""
        views = self._layout.views(vector)
        along = [(views[f"W{layer}"], views[f"b{layer}"]) for layer in range(1, self._layout.n_layers + 1)]
        moved: list[Floats] = []  # derivatives of h along the vector, from the first hidden layer on
        leaning: list[Floats] = []  # those of z
        for layer, (dw, db) in enumerate(along):
            dz = self._h[layer] @ dw + db
            if layer:
                dz += moved[-1] @ self._weights[layer]
            leaning.append(dz)
            if layer < len(self._slopes):
                moved.append(self._slopes[layer] * dz)
        dp = self._p * leaning[-1]
        back = (dp - self._p * dp.sum(axis=1, keepdims=True)) / self._n
        found: list[Floats] = []
        for layer in range(len(along) - 1, -1, -1):
            delta = self._back[len(along) - 1 - layer]
            dw = self._h[layer].T @ back
            if layer:
                dw += moved[layer - 1].T @ delta
            found[:0] = [dw.ravel(), back.sum(axis=0)]
            if layer:
                pull = back @ self._weights[layer].T + delta @ along[layer][0].T
                back = pull * self._slopes[layer - 1]
                curve = self._curves[layer - 1]
                if curve is not None:
                    back += self._pulls[len(along) - 1 - layer] * curve * leaning[layer - 1]
        return np.concatenate(found)


class SharpnessMeasure:
    """Measures the sharpness at single steps of a run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._samples = Samples.of(engine.data, engine.layout.n_params)

    def at(self, walker: Engine, step: int) -> float:
        """Give the sharpness of an engine that stands at a step, of what it has minimised until then."""
        spec, layout = walker.spec, walker.layout
        turned = [each for each in self._engine.recording.schedule if each[1] == "weight_decay" and each[0] < step]
        weight_decay = max(turned, key=itemgetter(0))[2] if turned else spec.weight_decay
        scale = _spread(layout, walker.rates) * _speeds(walker, step)
        decay = _decay(layout, walker.rates, weight_decay)
        return largest(walker.params.astype(np.float64), layout, spec.activation, self._samples, scale, decay)

    def gathered(self, found: Mapping[int, float], stride: int, *, done: bool) -> Sharpness:
        """Give what is known, by step in ascending order."""
        del stride
        steps = np.fromiter(found, dtype=np.int64, count=len(found))
        values, samples = np.array(list(found.values()), dtype=np.float64), self._samples
        return Sharpness(self._engine.recording.run, steps, values, len(samples.t), samples.n_all, done)


def _spread(layout: Layout, by_parameter: Floats) -> Floats:
    """Give every number of a parameter the same, (n_params,)."""
    sizes = [math.prod(shape) for shape in layout.shapes.values()]
    return np.repeat(np.asarray(by_parameter, dtype=np.float64), sizes)


def _decay(layout: Layout, factors: Floats, weight_decay: float) -> Floats | None:
    """Give the curvature that weight decay adds, (n_params,): to the weights, not to the biases."""
    if weight_decay == 0:
        return None
    of_weights = np.array([weight_decay / factors[k] if k % 2 == 0 else 0.0 for k in range(len(factors))])
    return _spread(layout, of_weights)


def _speeds(walker: Engine, step: int) -> Floats:
    """Give 1 / P: by how much the optimiser scales the step of each parameter; NaN where it has no scale yet."""
    n, optimizer = walker.layout.n_params, walker.spec.optimizer
    if optimizer in SGD_LIKE:
        return np.ones(n)
    if step == 0:
        return np.full(n, math.nan)
    first, second = walker.first.astype(np.float64), walker.second.astype(np.float64)
    with np.errstate(all="ignore"):
        match optimizer:
            case "adagrad":
                return np.asarray(1 / (np.sqrt(first) + ADAGRAD_EPS))
            case "rmsprop":
                return np.asarray(1 / (np.sqrt(first) + EPS))
            case _:
                return np.asarray(1 / (np.sqrt(second / (1 - ADAM_BETA2**step)) + EPS))
