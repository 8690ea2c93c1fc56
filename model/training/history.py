"""Histories without end: what curves of any length need to be drawn, in bounded room.

Steps are gathered in at most `MOST` stretches of equal length, each with its lowest, highest and mean
value; when they are full, neighbours merge. So a spike of one step stays visible however long the run,
and a frame costs the same after 10⁷ steps as after 10⁴.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

MOST = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A history as it was at one moment.

    Attributes
    ----------
    stride : steps in a stretch; with 1, `low`, `high` and `mean` are the values themselves
    first : (m,) the first step of each stretch
    low, high, mean : (m, n_series) over the finite values of a stretch, NaN where there is none
    n_nan, n_inf, n_not_positive : (n_series,) how many values of the whole history are so
    """

    stride: int
    first: Floats
    low: Floats
    high: Floats
    mean: Floats
    n_nan: Counts
    n_inf: Counts
    n_not_positive: Counts

    def curve(self, series: int) -> tuple[Floats, Floats]:
        """Give a polyline (x, y) that touches the lowest and the highest value of every stretch."""
        if self.stride == 1:
            return self.first, self.low[:, series]
        y = np.stack([self.low[:, series], self.high[:, series]], axis=1).ravel()
        # both ends of a stretch share its middle, so that the line goes straight up and down there
        return np.repeat(self.first + (self.stride - 1) / 2, 2), y

    def means(self, series: int) -> tuple[Floats, Floats]:
        """Give the mean of every stretch, at its middle."""
        return self.first + (self.stride - 1) / 2, self.mean[:, series]


class History:
    """Gathers rows of values, one row a step."""

    def __init__(self, n_series: int) -> None:
        self.steps = 0
        self._stride = 1
        self._low = np.full((MOST, n_series), np.nan)
        self._high = np.full((MOST, n_series), np.nan)
        self._sum = np.zeros((MOST, n_series))
        self._count = np.zeros((MOST, n_series))
        self._n_nan, self._n_inf, self._n_not_positive = (np.zeros(n_series, dtype=np.int64) for _ in range(3))

    def extend(self, rows: Floats) -> None:
        """Take in the rows (k, n_series) of the next k steps."""
        end = self.steps + len(rows)
        while -(-end // self._stride) > MOST:
            self._halve()
        for start in range(0, len(rows), MOST):
            self._fold(rows[start : start + MOST])

    def summary(self) -> Summary:
        """Give what has been gathered so far, as a copy."""
        m = -(-self.steps // self._stride)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sum[:m] / self._count[:m]
        return Summary(
            self._stride,
            np.arange(m, dtype=np.float64) * self._stride,
            self._low[:m].copy(),
            self._high[:m].copy(),
            mean,
            self._n_nan.copy(),
            self._n_inf.copy(),
            self._n_not_positive.copy(),
        )

    def _fold(self, rows: Floats) -> None:
        if len(rows) == 0:
            return
        finite = np.isfinite(rows)
        self._n_nan += np.isnan(rows).sum(axis=0)
        self._n_inf += np.isinf(rows).sum(axis=0)
        shown = np.where(finite, rows, np.nan)
        with np.errstate(invalid="ignore"):
            self._n_not_positive += (rows <= 0).sum(axis=0)
        places = (self.steps + np.arange(len(rows))) // self._stride
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        into = places[starts]
        self._low[into] = np.fmin(self._low[into], np.fmin.reduceat(shown, starts))
        self._high[into] = np.fmax(self._high[into], np.fmax.reduceat(shown, starts))
        with np.errstate(over="ignore", invalid="ignore"):
            self._sum[into] += np.add.reduceat(np.where(finite, rows, 0.0), starts)
        self._count[into] += np.add.reduceat(finite.astype(np.float64), starts)
        self.steps += len(rows)

    def _halve(self) -> None:
        half = MOST // 2
        with np.errstate(invalid="ignore", over="ignore"):
            for values, merge, empty in (
                (self._low, np.fmin, np.nan),
                (self._high, np.fmax, np.nan),
                (self._sum, np.add, 0.0),
                (self._count, np.add, 0.0),
            ):
                values[:half] = merge(values[0::2], values[1::2])
                values[half:] = empty
        self._stride *= 2
