"""In how many columns the plots of a figure stand: as many as it asks for, or as suit the place that there is."""

import math

from model.figures.figure import Figure

_AROUND = (46.0, 40.0)
"""What titles and labels take of the width and the height of a plot's place, about."""
_FULL_ROWS = 4
"""A share of places that stay empty costs as much as if plots were smaller by that share, to this power."""


def columns_in(figure: Figure, width: float, height: float) -> int:
    """Give the number of columns for a place of `width` × `height`.

    Plots that may flow stand so that each is as large as can be in its own shape; among those, full rows come first.
    """
    n = len(figure.plots)
    if not figure.shape or n < 2 or width <= 0 or height <= 0:
        return max(1, min(figure.columns, n))

    def room(columns: int) -> float:
        rows = math.ceil(n / columns)
        wide, high = max(width / columns - _AROUND[0], 1.0), max(height / rows - _AROUND[1], 1.0)
        area = min(wide, high * figure.shape) * min(high, wide / figure.shape)
        return area * (n / (rows * columns)) ** _FULL_ROWS

    return max(range(1, n + 1), key=room)
