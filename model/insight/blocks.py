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


def _finite(block: Reals) -> Reals:
    finite = np.isfinite(block)
    return block if finite.all() else block[finite]
