"""How large the updates are beside the weights that they change: the update ratio.

Karpathy's rule ("The spelled-out intro to neural networks", makemore 3; CS231n): about 1e-3 is healthy, so -3 as a
power of ten.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.initializers import draw_noise
from model.network.layout import Layout
from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import OPTIMIZERS, State
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec
from model.training.stepper import norm

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

RULE = 1e-3
"""The ratio that Karpathy's rule calls healthy."""


def update_ratios(frame: Frame) -> tuple[npt.NDArray[np.int64], Floats]:
    """Give ‖Δθ‖ / ‖θ‖ of the updates that were recorded.

    Returns
    -------
    steps (k,) : the updates, 0 for the first one
    ratios (k, n_params) : in the order W1, b1, …; inf where a parameter was 0, NaN where it was not finite
    """
    with np.errstate(all="ignore"):
        ratios = frame.update_norms / frame.weight_norms
    unchanged = (frame.update_norms == 0) & (frame.weight_norms == 0)
    return frame.eval_steps[: len(ratios)], np.where(unchanged, 0.0, ratios)


def first_update_ratios(frame: Frame) -> Floats:
    """Give ‖Δθ‖ / ‖θ‖ (n_params,) of the update that the run's first step makes, or will make.

    Computed by the readable network, from the first batch of the run's own random stream, in the run's dtype.
    """
    return _first(frame.initial, frame.data, frame.spec, frame.layout)


@lru_cache(maxsize=4)
def _first(initial: Parameters, data: Dataset, spec: TrainingSpec, layout: Layout) -> Floats:
    batch = _first_batch(spec.seed, layout.sizes, spec.init_distribution, data.n_train, spec.batch_size)
    net = MultiLayerNet.from_params(dict(initial), spec.activation)
    dtype = initial["W1"].dtype
    ratios = []
    with np.errstate(all="ignore"):
        _, gradient = net.loss_and_gradient(data.x_train[batch].astype(dtype), data.t_train[batch])
        for name, value in initial.items():
            decay = spec.weight_decay if name.startswith("W") else 0.0
            pull = (gradient[name] + decay * value).astype(dtype, copy=False)
            state = State(np.zeros_like(value), np.zeros_like(value), step=1)
            delta = OPTIMIZERS[spec.optimizer].delta(pull, state, spec.learning_rate, spec.momentum)
            size, update = norm(value), norm((value + delta).astype(dtype, copy=False) - value)
            ratios.append(update / size if size else np.inf if update else 0.0)
    return np.array(ratios)


@lru_cache(maxsize=4)
def _first_batch(
    seed: int, sizes: tuple[int, ...], distribution: str, n_train: int, batch_size: int
) -> npt.NDArray[np.int64]:
    rng = np.random.RandomState(seed)
    draw_noise(rng, sizes, distribution)
    return rng.choice(n_train, batch_size).astype(np.int64)
