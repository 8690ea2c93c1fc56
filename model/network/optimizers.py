"""Optimisers as PyTorch defines them, on flat vectors, each with its code in the kernels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Rate = float | Array

ADAGRAD_EPS = 1e-10
RMSPROP_ALPHA = 0.99
ADAM_BETA1, ADAM_BETA2 = 0.9, 0.999
EPS = 1e-8


@dataclass(slots=True)
class State:
    """What an optimiser remembers: up to two vectors (n_params,), and the steps taken."""

    first: Array
    second: Array
    step: int = 0


@dataclass(frozen=True, slots=True)
class Optimizer:
    """`delta(gradient, state, learning_rate, momentum)` gives what is added to the parameters.

    The learning rate is one number, or one for each parameter (n_params,).
    """

    code: int
    delta: Callable[[Array, State, Rate, float], Array]
    n_states: int
    """How many of the vectors of State it uses."""


def _sgd(g: Array, _state: State, lr: Rate, _momentum: float) -> Array:
    return -lr * g


def _momentum(g: Array, state: State, lr: Rate, momentum: float) -> Array:
    state.first[:] = momentum * state.first + g
    return -lr * state.first


def _nesterov(g: Array, state: State, lr: Rate, momentum: float) -> Array:
    state.first[:] = momentum * state.first + g
    return -lr * (g + momentum * state.first)


def _adagrad(g: Array, state: State, lr: Rate, _momentum: float) -> Array:
    state.first += g * g
    return -lr * g / (np.sqrt(state.first) + ADAGRAD_EPS)


def _rmsprop(g: Array, state: State, lr: Rate, _momentum: float) -> Array:
    state.first[:] = RMSPROP_ALPHA * state.first + (1 - RMSPROP_ALPHA) * g * g
    return -lr * g / (np.sqrt(state.first) + EPS)


def _adam(g: Array, state: State, lr: Rate, _momentum: float) -> Array:
    """Kingma & Ba 2015, with the bias corrections where PyTorch has them."""
    state.first[:] = ADAM_BETA1 * state.first + (1 - ADAM_BETA1) * g
    state.second[:] = ADAM_BETA2 * state.second + (1 - ADAM_BETA2) * g * g
    rate = lr / (1 - ADAM_BETA1**state.step)
    update: Array = -rate * state.first / (np.sqrt(state.second) / np.sqrt(1 - ADAM_BETA2**state.step) + EPS)
    return update


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(0, _sgd, 0),
    "momentum": Optimizer(1, _momentum, 1),
    "nesterov": Optimizer(2, _nesterov, 1),
    "adagrad": Optimizer(3, _adagrad, 1),
    "rmsprop": Optimizer(4, _rmsprop, 1),
    "adam": Optimizer(5, _adam, 2),
}
