"""Losses averaged over some batches in a row, since a single one says little, and by when they came to a level."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from model.training.frame import Frame

Floats = npt.NDArray[np.float64]

AVERAGED = 20
"""Losses of batches in a row that are averaged."""
EVERY_STEP = 100_000
"""Steps up to which every one is looked at."""


def reached(frame: Frame, level: float) -> int | None:
    """Give the first step by which the mean loss of AVERAGED batches was at most `level`; exact as `is_exact` says."""
    ends, means = averaged_losses(frame)
    (below,) = np.nonzero(means <= level)
    return min(int(ends[below[0]]), frame.step) if len(below) else None


def is_exact(frame: Frame) -> bool:
    """Whether `averaged_losses` looks at every step; of longer runs it looks at stretches."""
    return frame.step <= EVERY_STEP


def averaged_losses(frame: Frame) -> tuple[npt.NDArray[np.intp], Floats]:
    """Give how many steps were made by the end of each AVERAGED batches in a row, and their mean loss."""
    stride, losses = (1, frame.loss) if is_exact(frame) else (frame.history.stride, frame.history.means(0)[1])
    window = max(1, AVERAGED // stride)
    means = moving_means(losses, window)
    return (np.arange(len(means)) + window) * stride, means


def moving_means(values: Floats, window: int = AVERAGED) -> Floats:
    """Average each `window` values in a row, along the last axis of (..., n): (..., n + 1 - window), or (..., 0)."""
    if values.shape[-1] < window:
        return np.empty((*values.shape[:-1], 0))
    with np.errstate(all="ignore"):
        # not by differences of running sums, in which a first loss of 1e20 would leave nothing of the others
        return np.asarray(sliding_window_view(values, window, axis=-1).mean(axis=-1))
