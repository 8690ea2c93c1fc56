"""Leaving out points that nobody could see, so that long curves draw as fast as short ones."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def envelope(
    x: Floats, y: Floats, shown: tuple[float, float], columns: int, *, steady: bool = False
) -> tuple[Floats, Floats]:
    """Reduce a curve to the lowest and the highest value in each of `columns` equal parts of what is shown.

    A curve of few points, at most four for each part, stays as it is. A spike of a single point stays visible. Points
    outside `shown` go, but for the two next to it, so that the line still runs to the edge.

    Parameters
    ----------
    x : (n,) in display units, so that the parts are as wide on the screen; ascending if there are many
    y : (n,) values; NaN is a gap, and a part with nothing but NaN stays one
    shown : range of x that is drawn
    columns : parts, one for each pixel or so
    steady : whether the curve has no spikes, so that one of its points stands for a part
    """
    if len(x) <= 4 * columns:
        return x, y
    first = max(int(np.searchsorted(x, shown[0])) - 1, 0)
    last = min(int(np.searchsorted(x, shown[1], side="right")) + 1, len(x))
    x, y = x[first:last], y[first:last]
    if len(x) <= 4 * columns:
        return x, y
    column = np.floor((x - shown[0]) * (columns / (shown[1] - shown[0])))
    starts = np.concatenate([[0], np.flatnonzero(column[1:] != column[:-1]) + 1])
    if steady:
        return x[starts], y[starts]
    thinned = np.empty((len(starts), 2))
    with np.errstate(invalid="ignore"):
        thinned[:, 0] = np.fmin.reduceat(y, starts)
        thinned[:, 1] = np.fmax.reduceat(y, starts)
    return np.repeat(x[starts], 2), thinned.ravel()


def isolated(drawn: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell which points (n,) of a curve have none to be joined to: a line between gaps would not show them."""
    padded = np.concatenate([[False], drawn, [False]])
    alone: npt.NDArray[np.bool_] = drawn & ~padded[:-2] & ~padded[2:]
    return alone
