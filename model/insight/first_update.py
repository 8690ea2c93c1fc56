"""The very first update of a run: how large it is beside the weights, and whether it lowers its own batch's loss."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, Labels, cast
from model.network.blas import one_blas_thread
from model.network.layout import Layout
from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import OPTIMIZERS, State
from model.network.parametrization import rate_factors
from model.training.frame import Frame, Parameters
from model.training.initial import batch_stream
from model.training.spec import TrainingSpec
from model.training.stepper import norm

Reals = npt.NDArray[np.floating]

LARGEST_DRAW = 4_000_000
"""Weights and samples of a batch up to which the first batch is drawn anew."""


@dataclass(frozen=True, slots=True)
class FirstUpdate:
    """What the first update does.

    Attributes
    ----------
    parameter : the weight matrix that it changes most, "W1" or another
    ratio : Euclidean norm of that change over the norm of the weights
    before, after : mean cross-entropy of the first batch, in nats
    without_decay : what it would be after the same update without weight decay
    learning_rate, weight_decay : those of the first step
    """

    parameter: str
    ratio: float
    before: float
    after: float
    without_decay: float
    learning_rate: float
    weight_decay: float


def first_update(frame: Frame) -> FirstUpdate | None:
    """Compute the first update from the first batch of the run's own random stream; None where that takes long."""
    spec = frame.spec
    if frame.layout.n_params + spec.batch_size * sum(frame.layout.sizes) > LARGEST_DRAW:
        return None
    changes = {name: value for step, name, value in frame.schedule if step == 0 and name in TrainingSpec.model_fields}
    live = {name: changes[name] for name in ("learning_rate", "momentum", "weight_decay") if name in changes}
    return _first_update(frame.initial, frame.data, spec.replaced(**live) if live else spec, frame.layout)


@lru_cache(maxsize=4)
def _first_update(initial: Parameters, data: Dataset, spec: TrainingSpec, layout: Layout) -> FirstUpdate:
    step = first_step(initial, data, spec, layout)
    after = _loss_after(step, spec)
    bare = spec.replaced(weight_decay=0.0)
    without = after if bare == spec else _loss_after(first_step(initial, data, bare, layout), bare)
    sizes = {name: norm(value) for name, value in initial.items() if name.startswith("W")}
    ratios = {name: norm(step.updated[name] - initial[name]) / size for name, size in sizes.items() if size}
    most = max(ratios, key=lambda name: ratios[name], default="")
    ratio = ratios.get(most, float("nan"))
    return FirstUpdate(most, ratio, step.loss, after, without, spec.learning_rate, spec.weight_decay)


def _loss_after(step: "FirstStep", spec: TrainingSpec) -> float:
    with one_blas_thread, np.errstate(all="ignore"):
        return float(MultiLayerNet.from_params(step.updated, spec.activation).loss(step.x, step.t))


@dataclass(frozen=True, slots=True, eq=False)
class FirstStep:
    """The first batch, its loss before the update in nats, and the parameters after it."""

    x: Reals
    t: Labels
    loss: float
    updated: dict[str, Reals]


@lru_cache(maxsize=4)
def first_step(initial: Parameters, data: Dataset, spec: TrainingSpec, layout: Layout) -> FirstStep:
    """Make a run's first step with the readable network, on the first batch of its own random stream, in its dtype."""
    rows = _first_batch(spec, layout.sizes, data.n_train)
    dtype = initial["W1"].dtype
    x, t = cast(data.x_train[rows], dtype), data.t_train[rows]
    updated: dict[str, Reals] = {}
    factors = rate_factors(layout.sizes, spec.optimizer, spec.parametrization, spec.base_width).tolist()
    with one_blas_thread, np.errstate(all="ignore"):
        loss, gradient = MultiLayerNet.from_params(dict(initial), spec.activation).loss_and_gradient(x, t)
        for (name, value), factor in zip(initial.items(), factors, strict=True):
            decay = spec.weight_decay / factor if name.startswith("W") else 0.0
            pull = (gradient[name] + decay * value).astype(dtype, copy=False)
            state = State(np.zeros_like(value), np.zeros_like(value), step=1)
            delta = OPTIMIZERS[spec.optimizer].delta(pull, state, factor * spec.learning_rate, spec.momentum)
            updated[name] = (value + delta).astype(dtype, copy=False)
    return FirstStep(x, t, float(loss), updated)


def _first_batch(spec: TrainingSpec, sizes: tuple[int, ...], n_train: int) -> npt.NDArray[np.int64]:
    words = batch_stream(spec, sizes)
    rng = np.random.RandomState()
    rng.set_state(("MT19937", words[:-1], int(words[-1]), 0, 0.0))
    return rng.choice(n_train, spec.batch_size).astype(np.int64)
