"""Sticky axis ranges: pure decisions about when an axis moves, and to which round numbers."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.figures.figure import DISPLAY_LIMIT, SMALLEST_POSITIVE, Axis, Floats, Plot, Range, View

Reals = npt.NDArray[np.floating]

EMPTY: Range = (0.0, 1.0)
_SLACK = 0.55
"""The share of an axis that may stand empty before it is drawn in again."""
_MARGIN = 0.04
_CORE = 0.95
"""The share of values below, and above, which the others may be runaways."""
_SAMPLE = 1024
_FAR = 20.0
"""Spreads of the core beyond which a value is a runaway."""
_CLIP = 1e9
"""Axis lengths beyond which positions are taken to be this far, so that no renderer overflows."""


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


@dataclass(frozen=True, slots=True)
class Spread:
    """Where values lie: all of them, and nearly all of them."""

    extent: Range
    core: Range
    """The range without the outermost twentieth at each end."""

    @property
    def powers(self) -> "Spread":
        """The same of the values' log10."""
        ends = [math.log10(value) for value in (*self.extent, *self.core)]
        return Spread((ends[0], ends[1]), (ends[2], ends[3]))


def spread_of(values: Reals) -> Spread:
    """Look at finite values (n ≥ 1); of very many a part, evenly spread, tells the core."""
    # an odd stride, because curves of long runs have the lowest and the highest value of each stretch in turn
    some = values[:: len(values) // _SAMPLE | 1]
    n = len(some)
    upper = int(_CORE * (n - 1))
    ordered = np.partition(some, (n - 1 - upper, upper))
    ends = float(ordered[upper]), float(ordered[n - 1 - upper])
    return Spread((float(values.min()), float(values.max())), (min(ends), max(ends)))


def without_runaways(extent: Range, core: Range, least: float) -> Range:
    """Draw an extent in where single values lie so far out that all others would look alike.

    Parameters
    ----------
    extent : smallest and largest value
    core : the range that nearly all values lie in, within the extent
    least : a spread below which the core does not count as narrow
    """
    spread = max(core[1] - core[0], least)
    low = core[0] - spread if core[0] - extent[0] > _FAR * spread else extent[0]
    high = core[1] + spread if extent[1] - core[1] > _FAR * spread else extent[1]
    return low, high


def robust_extent(spreads: list[Spread], floor: Range | None = None, least: float | None = None) -> Range | None:
    """Give the extent of several sets of values, of which single ones far away from all others take no part.

    Parameters
    ----------
    spreads : of each set; the core of each is held whole
    floor : what the extent holds in any case
    least : see `without_runaways`; None for the size of the core itself, so that a constant is not narrow
    """
    if floor is not None:
        spreads = [*spreads, Spread(floor, floor)]
    if not spreads:
        return None
    core = min(s.core[0] for s in spreads), max(s.core[1] for s in spreads)
    extent = min(s.extent[0] for s in spreads), max(s.extent[1] for s in spreads)
    return without_runaways(extent, core, max(map(abs, core)) if least is None else least)


def visible_range(plot: Plot, view: View) -> tuple[Range, Range]:
    """Give the display ranges (x, y) of a plot: the view's own, or what fits the extents."""
    return view.ranges.get(plot.key) or (axis_range(None, plot.x), axis_range(None, plot.y))


def axis_range(old: Range | None, axis: Axis) -> Range:
    """Decide the automatic range of an axis: its extent where that is exact, else `next_range`."""
    return axis.extent if axis.exact and axis.extent is not None else next_range(old, axis.extent)


def positions(display: Floats, shown: Range) -> Floats:
    """Bring display units to shares of an axis, 0 to 1 within what it shows."""
    low, high = shown
    # Halves, because the distance of the two ends of an axis may itself overflow; and never for tiny ones.
    half = 0.5 if max(abs(low), abs(high)) > DISPLAY_LIMIT else 1.0
    with np.errstate(over="ignore"):
        return np.clip((display * half - low * half) / (high * half - low * half), -_CLIP, _CLIP)


def equalised(x: Range, y: Range, width: float, height: float) -> tuple[Range, Range]:
    """Widen one of two ranges so that a unit is as long on a plot of `width` × `height` along both.

    A plot without any width or height shows nothing: its ranges stay.
    """
    if width <= 0 or height <= 0:
        return x, y
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
