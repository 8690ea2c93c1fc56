"""Activation functions: each beside its derivative, and its code in the kernels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]

LEAKY_SLOPE = 0.01
# Klambauer et al. 2017, "Self-Normalizing Neural Networks".
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@dataclass(frozen=True, slots=True)
class Activation:
    """A function h = φ(a), φ'(a) and φ''(a); the derivatives get both a and h, so that they can take the cheaper way.

    Where φ has a kink, φ'' is that of the sides; None where these are straight.
    """

    code: int
    forward: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    second_derivative: Callable[[Array, Array], Array] | None = None
    gate: bool = False
    """Whether φ' is 0 or 1: a gradient passes or does not, an infinite one too, where a product would be NaN."""

    def backward(self, delta: Array, a: Array, h: Array) -> Array:
        """Take a gradient with respect to h back to one with respect to a: delta · φ'(a), as PyTorch computes it."""
        if self.gate:
            return np.where(h <= 0, delta.dtype.type(0), delta)
        return np.asarray(delta * self.derivative(a, h))


def sigmoid(a: Array) -> Array:
    """Compute 1 / (1 + e^-a), without overflow for any a."""
    small = np.exp(-np.abs(a))
    return np.asarray(np.where(a >= 0, 1, small) / (1 + small), dtype=a.dtype)


def gelu(a: Array) -> Array:
    """Compute a Φ(a) with the exact normal distribution function (Hendrycks & Gimpel 2016)."""
    return np.asarray(a * _normal_cdf(a))


def selu(a: Array) -> Array:
    """Compute λ a above 0, λ α (e^a - 1) below."""
    below = SELU_SCALE * SELU_ALPHA * np.expm1(np.minimum(a, 0))
    return np.where(a > 0, SELU_SCALE * a, below).astype(a.dtype)


def _gelu_derivative(a: Array, _h: Array) -> Array:
    density = np.exp(-0.5 * a * a) / np.sqrt(2 * np.pi)
    slope: Array = (_normal_cdf(a) + a * density).astype(a.dtype)
    return slope


def _gelu_second_derivative(a: Array, _h: Array) -> Array:
    return np.asarray((2 - a * a) * np.exp(-0.5 * a * a) / np.sqrt(2 * np.pi), dtype=a.dtype)


def _normal_cdf(a: Array) -> Array:
    from scipy.special import ndtr  # here, because scipy takes long to import and only gelu needs it

    return np.asarray(ndtr(a))


def _selu_derivative(_a: Array, h: Array) -> Array:
    return np.where(h > 0, SELU_SCALE, h + SELU_SCALE * SELU_ALPHA).astype(h.dtype)


def _selu_second_derivative(_a: Array, h: Array) -> Array:
    return np.where(h > 0, 0, h + SELU_SCALE * SELU_ALPHA).astype(h.dtype)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(0, lambda a: np.maximum(a, 0), lambda _a, h: (h > 0).astype(h.dtype), gate=True),
    "leaky_relu": Activation(
        1,
        lambda a: np.where(a > 0, a, LEAKY_SLOPE * a).astype(a.dtype),
        lambda _a, h: np.where(h > 0, 1, LEAKY_SLOPE).astype(h.dtype),
    ),
    "tanh": Activation(2, np.tanh, lambda _a, h: 1 - h * h, lambda _a, h: -2 * h * (1 - h * h)),
    "sigmoid": Activation(3, sigmoid, lambda _a, h: h * (1 - h), lambda _a, h: h * (1 - h) * (1 - 2 * h)),
    "linear": Activation(4, lambda a: a, lambda _a, h: np.ones_like(h)),
    "gelu": Activation(5, gelu, _gelu_derivative, _gelu_second_derivative),
    "selu": Activation(6, selu, _selu_derivative, _selu_second_derivative),
}
