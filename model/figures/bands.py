"""The band around a curve as outlines, for every renderer."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Line, Range, to_display

Floats = npt.NDArray[np.float64]


def outlines(line: Line, ranges: tuple[Range, Range], *, log: tuple[bool, bool]) -> list[Floats]:
    """Outline the band of a curve as closed polygons (n, 2) in display units, one for each stretch without a gap.

    An end of inf lies at the top of the plot; so does a low end without a place on a log axis lie at its bottom.
    """
    if line.low is None or line.high is None:
        return []
    bottom, top = ranges[1]
    x = to_display(line.x, log=log[0])
    low, high = (_placed(values, bottom, top, log=log[1]) for values in (line.low, line.high))
    known = np.isfinite(x) & ~np.isnan(line.low) & ~np.isnan(line.high) & np.isfinite(low) & np.isfinite(high)
    known &= (line.high > 0) | (not log[1])
    ends = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [
        np.column_stack([np.concatenate([x[s], x[s][::-1]]), np.concatenate([low[s], high[s][::-1]])])
        for s in (slice(begin, end) for begin, end in ends.reshape(-1, 2))
        if s.stop - s.start > 1
    ]


def _placed(values: Floats, bottom: float, top: float, *, log: bool) -> Floats:
    placed = to_display(values, log=log)
    with np.errstate(invalid="ignore"):
        placed = np.where(values == np.inf, max(top, np.nanmax(placed, initial=top)), placed)
        return np.where((values <= 0) & log, min(bottom, np.nanmin(placed, initial=bottom)), placed)
