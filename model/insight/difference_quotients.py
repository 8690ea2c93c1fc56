"""Central differences of the loss in float64, one parameter's entry at a time, with what they can be trusted for."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

KINKED = {"relu", "leaky_relu", "selu"}
"""Activations whose slope jumps at 0."""
STEPS: Floats = 10.0 ** -np.arange(3.0, 9.0)
"""How far a difference moves the entry's pre-activation, as a share of its size; the last one is to find the noise."""
_SURE_FALL = 50.0
"""By how much the error of the formula falls at least from one step to the next; in theory a hundredfold."""


@dataclass(frozen=True, slots=True, eq=False)
class Quotients:
    """Difference quotients of some entries of one parameter.

    Attributes
    ----------
    steps : (k, n_steps) h
    values : (k, n_steps) (L(w + h) - L(w - h)) / 2h
    kinks : (k, n_steps) whether a unit's pre-activation changes its sign between w - h and w + h
    """

    steps: Floats
    values: Floats
    kinks: Bools

    def best(self, least_noise: float) -> tuple[Floats, Floats, Bools]:
        """Give the derivative that the quotients tell best.

        Parameters
        ----------
        least_noise : the least that a difference of two losses can be trusted to

        Returns
        -------
        value, error : (k,) the quotient of the step with the least error, and that error: of the formula, which falls
            with h², and of rounding, which grows with 1/h and is measured at the smallest step
        smooth : (k,) whether any step crosses no kink
        """
        usable = ~self.kinks[:, :-1] & np.isfinite(self.values[:, :-1])
        with np.errstate(all="ignore"):
            apart = np.abs(self.values[:, :-1] - self.values[:, 1:])
            probed = usable[:, -1] & ~self.kinks[:, -1]
            noise = apart[probed, -1] * 2 * self.steps[probed, -1]
            level = max(1.4826 * float(np.median(noise)) if len(noise) else 0.0, least_noise)
            error = np.where(usable, apart, np.inf)
            for k in range(1, error.shape[1]):
                error[:, k] = np.where(usable[:, k], np.minimum(error[:, k], error[:, k - 1] / _SURE_FALL), np.inf)
            error += level / (2 * self.steps[:, :-1])
            error[~np.isfinite(error)] = np.inf
        at = np.argmin(error, axis=1)[:, None]
        value, smallest = (np.take_along_axis(each, at, axis=1)[:, 0] for each in (self.values, error))
        return value, smallest, np.asarray(~self.kinks[:, :-1].all(axis=1))


class LossAround:
    """The loss of a batch as a function of single parameters, in float64 and plain NumPy, by forward passes alone.

    Parameters
    ----------
    params : W1 (fan_in, fan_out), b1, …, taken as they are, in float64
    x, t : (n, n_features) and (n,) the batch
    """

    def __init__(self, params: Mapping[str, npt.NDArray[np.floating]], x: Floats, t: Indices, activation: str) -> None:
        self._params = {name: value.astype(np.float64) for name, value in params.items()}
        self._depth = len(self._params) // 2
        self._phi = _float64(activation)
        self._kinked = activation in KINKED
        self._smooth_size = 0.0 if self._kinked or activation == "linear" else 1.0
        self._t = t
        self._outputs: list[Floats] = [x.astype(np.float64)]
        self._pre: list[Floats] = []
        with np.errstate(all="ignore"):
            for layer in range(1, self._depth + 1):
                z = self._outputs[-1] @ self._params[f"W{layer}"] + self._params[f"b{layer}"]
                self._pre.append(z)
                self._outputs.append(self._phi(z))
            self._losses = self._losses_of(self._pre[-1])

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return float(self._losses.mean())

    @property
    def least_noise(self) -> float:
        """What rounding alone makes uncertain in a difference of two losses, at least."""
        with np.errstate(all="ignore"):
            size = np.abs(self._losses).mean() + np.abs(self._pre[-1]).max(axis=1).mean()
        return float(np.finfo(np.float64).eps * size / math.sqrt(len(self._t)))

    def quotients(self, name: str, entry: tuple[int, ...]) -> tuple[Floats, Floats, Bools]:
        """Give h, the difference quotients and whether they cross a kink, (n_steps,) each, for one entry."""
        layer, unit = int(name[1:]), entry[-1]
        into = self._outputs[layer - 1][:, entry[0]] if name[0] == "W" else np.ones(len(self._t))
        before = self._pre[layer - 1][:, unit]
        with np.errstate(all="ignore"):
            steps = self._steps(layer, unit, into)
            moved = before + np.concatenate([steps, -steps])[:, None] * into
            pre, kinks = self._logits(layer, unit, moved)
            losses = self._losses_of(pre).reshape(2, len(STEPS), -1)
            return steps, np.asarray((losses[0] - losses[1]).mean(axis=1) / (2 * steps), dtype=np.float64), kinks

    def _steps(self, layer: int, unit: int, into: Floats) -> Floats:
        """Choose h so that the unit's pre-activation moves by shares of its size.

        That of the layer where the unit's own is smaller; a smooth activation bends on a scale of 1 at the least.
        """
        z = self._pre[layer - 1]
        size = max(float(np.sqrt(np.square(z[:, unit]).mean())), float(np.sqrt(np.square(z).mean())))
        if layer < self._depth and self._smooth_size:
            size = self._smooth_size
        reach = float(np.abs(into).max())
        return STEPS * ((size or 1.0) / (reach or 1.0))

    def _logits(self, layer: int, unit: int, moved: Floats) -> tuple[Floats, Bools]:
        """Pass a unit's pre-activations (2 n_steps, n), first those of +h, on to the logits; (2 n_steps · n, C)."""
        kinks = np.zeros(len(STEPS), dtype=np.bool_)
        z = self._pre[layer - 1]
        if layer == self._depth:
            logits = np.repeat(z[None], len(moved), axis=0)
            logits[:, :, unit] = moved
            return logits.reshape(-1, z.shape[1]), kinks
        kinks |= self._crossed(moved)
        change = self._phi(moved) - self._outputs[layer][:, unit]
        pre = self._pre[layer] + change[:, :, None] * self._params[f"W{layer + 1}"][unit]
        for deeper in range(layer + 1, self._depth):
            kinks |= self._crossed(pre)
            h = self._phi(pre).reshape(-1, pre.shape[2])
            pre = h @ self._params[f"W{deeper + 1}"] + self._params[f"b{deeper + 1}"]
            pre = pre.reshape(len(moved), -1, pre.shape[1])
        return pre.reshape(-1, pre.shape[2]), kinks

    def _crossed(self, pre: Floats) -> Bools:
        """Tell for each step whether any pre-activation has another sign at w + h than at w - h."""
        if not self._kinked:
            return np.zeros(len(STEPS), dtype=np.bool_)
        above = (pre > 0).reshape(2, len(STEPS), -1)
        return np.asarray((above[0] != above[1]).any(axis=1))

    def _losses_of(self, logits: Floats) -> Floats:
        """Cross-entropy of each sample."""
        t = np.tile(self._t, len(logits) // len(self._t))
        shifted = logits - logits.max(axis=1, keepdims=True)
        at_label: Floats = shifted[np.arange(len(t)), t]
        return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - at_label, dtype=np.float64)


def distance_from_kinks(params: Mapping[str, npt.NDArray[np.floating]], x: Floats, activation: str) -> Floats:
    """Give (n,) for each sample how near the nearest pre-activation is to 0, as a share of what it is summed from.

    What is a sum of zeros has no kink nearby that a rounding could cross.
    """
    nearest = np.full(len(x), np.inf)
    if activation not in KINKED:
        return nearest
    phi, h = _float64(activation), x.astype(np.float64)
    with np.errstate(all="ignore"):
        for layer in range(1, len(params) // 2):
            weight, bias = (params[f"{kind}{layer}"].astype(np.float64) for kind in "Wb")
            z, size = h @ weight + bias, np.abs(h) @ np.abs(weight) + np.abs(bias)
            shares = np.where(size > 0, np.abs(z) / size, np.inf).min(axis=1, initial=np.inf)
            nearest = np.minimum(nearest, np.where(np.isnan(shares), 0.0, shares))
            h = phi(z)
    return nearest


def _float64(activation: str) -> Callable[[Floats], Floats]:
    """Give φ, which keeps the dtype of what it is given."""
    forward: Callable[[Any], Any] = ACTIVATIONS[activation].forward
    return forward
