"""What stands for the units of a layer in a picture: which of them, and on what absolute scale."""

import math

import numpy as np
import numpy.typing as npt

from model.insight.passes import spread_rows

Indices = npt.NDArray[np.intp]


def chosen(n: int, most: int, pointed: int | None = None) -> Indices:
    """Choose at most so many of n, evenly spread; the one that is pointed at takes its neighbour's place.

    Parameters
    ----------
    pointed : index that must be among them, where there is one below n
    """
    units = spread_rows(n, min(n, max(most, 1)))
    if pointed is not None and pointed < n and pointed not in units:
        units[np.abs(units - pointed).argmin()] = pointed
    return units


def weight_scale(fan_in: int) -> float:
    """Give the weight that has the full colour: 3 √(2 / fan_in), three times He's std (He et al. 2015).

    It depends on the width of the layer alone: on a scale that followed the weights themselves, small ones would
    look like large ones.
    """
    return 3 * math.sqrt(2 / fan_in)


def largest_size(weights: npt.NDArray[np.floating]) -> float:
    """Give the size of the largest finite weight to two digits, which change less often; NaN of none."""
    with np.errstate(invalid="ignore"):
        low, high = float(weights.min(initial=0.0)), float(weights.max(initial=0.0))
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = weights[np.isfinite(weights)]
        if not finite.size:
            return math.nan
        low, high = float(finite.min()), float(finite.max())
    return float(f"{max(-low, high) + 0.0:.2g}")  # + 0 makes 0 of -0
