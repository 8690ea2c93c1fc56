"""How much finite width makes untrained networks of one kind differ: the spread over seeds, against depth by width.

Hanin & Nica 2020, "Products of many large random matrices and gradients in deep neural networks"; Hanin & Rolnick
2018, "How to start training: the effect of initialization and architecture". In a deep network the squared length of a
sample's signal is a product of many independent factors, hence log-normal: its logarithm has a variance that grows by
κ/width a layer, so that what counts is depth by width, Σ 1/n_l; for a ReLU κ = 5.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.passes import Passes, spread_rows
from model.insight.spectrum import is_orthonormal
from model.insight.theory import moments
from model.training.frame import Frame

Floats = npt.NDArray[np.float64]

_SAMPLE = 64
"""Samples that the expectation is the mean of."""
_STEP = 1e-3
"""Powers of e by which q is changed for the slope of ln E φ²."""


@dataclass(frozen=True, slots=True, eq=False)
class LogLengths:
    """ln |h_l|² of single samples for several seeds, before the first step, l = 1 … n_hidden.

    Attributes
    ----------
    n : seeds
    mean, variance : (n_hidden,) over the seeds, sample by sample, and then the mean over the samples; NaN where a seed
        leaves no sample a signal
    n_dead : (n_hidden,) pairs of a seed and a sample without any signal, which have no logarithm and are left out
    """

    n: int
    mean: Floats
    variance: Floats
    n_dead: npt.NDArray[np.intp]


def log_lengths(passed: Passes) -> Floats:
    """Give ln |h_l|² (n_hidden, n_samples); -inf where there is no signal, NaN where it is not finite."""
    found = []
    with np.errstate(all="ignore"):
        for values in passed.outputs:
            largest = np.abs(values).max(axis=1).astype(np.float64)
            shares = values / largest[:, None]
            length = 2 * np.log(largest) + np.log(np.square(shares).sum(axis=1))
            found.append(np.where(largest == 0, -np.inf, np.where(np.isfinite(length), length, np.nan)))
    return np.array(found)


def over_seeds(logs: Floats) -> LogLengths:
    """Take mean and variance over the seeds (n_seeds, n_hidden, n_samples), of those with a signal."""
    alive = np.isfinite(logs)
    n = alive.sum(axis=0)
    with np.errstate(all="ignore"):
        values = np.where(alive, logs, 0.0)
        mean = values.sum(axis=0) / n
        variance = np.where(alive, np.square(values - mean), 0.0).sum(axis=0) / (n - 1)
        means = [_mean(row) for row in mean]
        variances = [_mean(row[count > 1]) for row, count in zip(variance, n, strict=True)]
    return LogLengths(len(logs), np.array(means), np.array(variances), np.isneginf(logs).sum(axis=(0, 2)))


def depth_by_width(frame: Frame) -> Floats:
    """Sum 1/width over the hidden layers up to each (n_hidden,)."""
    return np.cumsum(1 / np.array(frame.layout.sizes[1:-1], dtype=np.float64))


def expected_log_variance(frame: Frame) -> Floats | None:
    """Compute the variance over seeds of ln |h_l|² that finite width leads one to expect, to first order in 1/width.

    Given a layer's q, its |h|² is a sum of n independent terms φ(√q z)², whose logarithm has the variance κ/n with
    κ = E φ⁴ / (E φ²)² − 1. What came from the layers before goes on by the square of d ln E φ² / d ln q, which is 1
    where φ is homogeneous (ReLU: the sum of 5/n of Hanin and Nica; linear: 2/n), and of the share of q that is not the
    biases'.

    Returns
    -------
    (n_hidden,); None for orthonormal weights, whose entries are not independent
    """
    if is_orthonormal(frame):
        return None
    spreads = tuple(zip(frame.stds, frame.bias_stds, strict=True))
    return _expected(frame.data, frame.spec.activation, spreads, frame.layout.sizes)


@lru_cache(maxsize=4)
def _expected(
    data: Dataset, activation: str, spreads: tuple[tuple[float, float], ...], sizes: tuple[int, ...]
) -> Floats:
    rows = spread_rows(data.n_train, min(_SAMPLE, data.n_train))
    found = []
    with np.errstate(all="ignore"):
        square = np.square(data.x_train[rows], dtype=np.float64).sum(axis=1)
        variance = np.zeros(len(rows))
        for (std, bias_std), fan_out in zip(np.array(spreads)[:-1], sizes[1:-1], strict=True):
            own = std**2 * square
            q = own + bias_std**2
            up, here, down = (moments(activation, q * np.exp(step)) for step in (_STEP, 0.0, -_STEP))
            passed_on = np.log(up.square / down.square) / (2 * _STEP) * own / q
            variance = passed_on**2 * variance + (here.fourth / here.square**2 - 1) / fan_out
            found.append(float(variance.mean()))
            square = fan_out * here.square
    return np.array(found)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
