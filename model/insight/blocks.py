"""Statistics of large arrays, a block at a time.

NumPy lets go of the GIL while it computes, but not while it frees: to give back temporary arrays of the size of a whole
data set holds everybody up for milliseconds. Blocks stay in the cache and cost nothing to free.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.floating]

BLOCK = 1 << 17
"""Numbers of a block, about."""


def blocks(values: Reals) -> Iterator[Reals]:
    """Give an array in blocks of whole rows, without copying it."""
    rows = max(1, BLOCK * len(values) // max(values.size, 1))
    for start in range(0, len(values), rows):
        yield values[start : start + rows]


def root_mean_square(values: Reals) -> float:
    """Root of the mean square, also where squares overflow; NaN or inf where the values are not finite, 0 of none."""
    with np.errstate(all="ignore"):
        largest = float(np.max([np.abs(block).max() for block in blocks(values)])) if values.size else 0.0
        if largest == 0 or not math.isfinite(largest):
            return largest
        scale = values.dtype.type(largest)
        total = math.fsum(float(np.square(block / scale, dtype=np.float64).sum()) for block in blocks(values))
    return largest * math.sqrt(total / values.size)


def mean_and_variance(values: Reals) -> tuple[float, float]:
    """Mean and variance of the finite values, in float64; NaN where there are none."""
    n, total = 0, 0.0
    with np.errstate(all="ignore"):
        for block in blocks(values):
            finite = _finite(block)
            n += finite.size
            total += float(finite.sum(dtype=np.float64))
        if not n:
            return math.nan, math.nan
        mean = total / n
        spread = 0.0
        for block in blocks(values):
            spread += float(np.square(_finite(block) - np.float64(mean)).sum())
    return mean, spread / n


def signal_variance(values: Reals) -> float:
    """Variance over the samples, unit by unit, and its mean over the units; NaN where a value is not finite.

    Parameters
    ----------
    values : (n_samples, n_units); what a unit gives to every sample alike is no signal
    """
    if not values.size:
        return math.nan
    with np.errstate(all="ignore"):
        mean = sum(block.sum(axis=0, dtype=np.float64) for block in blocks(values)) / len(values)
        spread = math.fsum(float(np.square(block - mean, dtype=np.float64).sum()) for block in blocks(values))
    return spread / values.size if math.isfinite(spread) else math.nan


def correlation(values: Reals) -> float:
    """Mean cosine between the rows of two samples (Poole et al. 2016); NaN of fewer than two rows that are not 0.

    Parameters
    ----------
    values : (n_samples, n_units); rows that are 0 or not finite have no direction and are left out
    """
    n, total = 0, np.zeros(values.shape[1])
    with np.errstate(all="ignore"):
        for block in blocks(values):
            rows = block / np.abs(block).max(axis=1, keepdims=True, initial=0.0).astype(np.float64)
            rows /= np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
            known = np.isfinite(rows).all(axis=1)
            n += int(np.count_nonzero(known))
            total += rows[known].sum(axis=0)
    return (float(total @ total) - n) / (n * (n - 1)) if n > 1 else math.nan


def _finite(block: Reals) -> Reals:
    finite = np.isfinite(block)
    return block if finite.all() else block[finite]
