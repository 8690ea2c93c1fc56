"""Sticky axis ranges: pure decisions about when an axis moves, and to which round numbers."""

import math

from model.figures.figure import DISPLAY_LIMIT, SMALLEST_POSITIVE, Axis, Plot, Range, View

EMPTY: Range = (0.0, 1.0)
_SLACK = 0.55
"""The share of an axis that may stand empty before it is drawn in again."""
_MARGIN = 0.04


def next_range(old: Range | None, extent: Range | None) -> Range:
    """Decide the range of an axis that has to show `extent`.

    An axis stays where it is while the data fits and fills most of it, because every move makes
    the tick labels be laid out again; when it moves, it moves to round numbers with some room.

    Parameters
    ----------
    old : the present range (low, high), or None at first
    extent : smallest and largest finite value to show in display units, or None where there is none
    """
    if extent is None:
        return old or EMPTY
    low, high = (min(max(v, -DISPLAY_LIMIT), DISPLAY_LIMIT) for v in extent)
    if old is not None and _fits(old, low, high):
        return old
    return rounded_range(low, high)


def visible_range(plot: Plot, view: View) -> tuple[Range, Range]:
    """Give the display ranges (x, y) of a plot: the view's own, or what fits the extents."""
    return view.ranges.get(plot.key) or (axis_range(None, plot.x), axis_range(None, plot.y))


def axis_range(old: Range | None, axis: Axis) -> Range:
    """Decide the automatic range of an axis: its extent where that is exact, else `next_range`."""
    return axis.extent if axis.exact and axis.extent is not None else next_range(old, axis.extent)


def equalised(x: Range, y: Range, width: float, height: float) -> tuple[Range, Range]:
    """Widen one of two ranges so that a unit is as long on a plot of `width` × `height` along both."""
    per_pixel = max((x[1] - x[0]) / width, (y[1] - y[0]) / height)
    return _widened(x, per_pixel * width), _widened(y, per_pixel * height)


def _widened(shown: Range, span: float) -> Range:
    middle = (shown[0] + shown[1]) / 2
    return (middle - span / 2, middle + span / 2)


def rounded_range(low: float, high: float, *, margin: float = _MARGIN, ticks: int = 5) -> Range:
    """Widen [low, high] to multiples of a round step, a part of about 1/ticks; a single value gets room around it."""
    span = high - low
    size = max(abs(low), abs(high))
    if span <= max(size * 1e-9, SMALLEST_POSITIVE):
        half = max(size * 0.5, 1e-12) if size else 0.5
        return (low - half, high + half)
    step = round_step(span / ticks)
    bottom = math.floor((low - margin * span) / step) * step
    top = math.ceil((high + margin * span) / step) * step
    if low >= 0 > bottom:
        bottom = 0.0
    return (min(bottom, low), max(top, high))  # which rounding may have missed by the last bit


def round_step(raw: float) -> float:
    """Round a positive length up to 1, 2 or 5 times a power of ten, halves of those included."""
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (0.5, 1.0, 2.0, 5.0, 10.0):
        if factor * power >= raw * (1 - 1e-12):
            return factor * power
    return 10.0 * power


def _fits(old: Range, low: float, high: float) -> bool:
    span = old[1] - old[0]
    inside = old[0] <= low and high <= old[1]
    return inside and (high - low) >= (1 - _SLACK) * span - 1e-12 * span
