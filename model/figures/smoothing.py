"""Smoothing of curves, on demand."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# The sums below multiply values by up to 1e250.
_LARGEST = 1e50
# The past weighs less than the last digit; of a long run, whose points stand for thousands of steps each.
_NOTHING = float(np.finfo(np.float64).eps)
# Where the past fades to this within a few points, they are summed one by one, which takes no blocks.
_FADED, _FEW = 1e-30, 64


def smooth(values: Floats, weight: float) -> Floats:
    """Exponential moving average with its start corrected, as TensorBoard shows it.

    The mean of all values so far, each weighted by weight**age. What is not finite has no weight and
    stays a gap.

    Parameters
    ----------
    values : (n,)
    weight : 0 (no smoothing) to below 1
    """
    if weight <= 0 or len(values) == 0:
        return values
    finite = np.isfinite(values)
    if weight < _NOTHING:
        return np.where(finite, values, np.nan)
    kept = np.where(finite, values, 0.0)
    scale = max(1.0, float(np.abs(kept).max()) / _LARGEST)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = _decayed_sums(kept / scale, weight) / _decayed_sums(finite.astype(np.float64), weight) * scale
    return np.where(finite, mean, np.nan)


def _decayed_sums(values: Floats, weight: float) -> Floats:
    """Sum values[j] · weight**(i - j) over j ≤ i, block by block so that the powers stay within floats."""
    reach = math.ceil(math.log(_FADED) / math.log(weight))
    if reach <= _FEW:
        return np.convolve(values, weight ** np.arange(reach, dtype=np.float64))[: len(values)]
    block = min(len(values), max(1, int(-250 / math.log10(weight))), 4096)
    powers = weight ** np.arange(block, dtype=np.float64)
    n_blocks = -(-len(values) // block)
    padded = np.zeros(n_blocks * block)
    padded[: len(values)] = values
    sums = np.cumsum(padded.reshape(n_blocks, block) / powers, axis=1) * powers
    for row in range(1, n_blocks):
        sums[row] += sums[row - 1, -1] * weight * powers
    return sums.ravel()[: len(values)]
