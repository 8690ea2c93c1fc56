"""Histograms that survive anything: NaN, inf, a single value, a spike at exactly 0."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.figures.figure import DISPLAY_LIMIT, Bars, Note, Range
from model.figures.ranges import rounded_range, spread_of, without_runaways
from model.network.layout import SMALLEST_NORMAL
from model.training.frame import Parameters
from model.words import Real, msg

_AMONG_ORDINARY = 1e3
_NARROW = 0.2
"""Half the width of the bar of exact zeros, in bins."""
_SAMPLE = 1024
"""Values, evenly spread, that tell where nearly all of them lie."""

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extent:
    """What an array holds: smallest and largest drawable value other than 0, and how many are not drawn.

    `range` is None where nothing can be drawn. Values beyond ±1e300 count as `off_scale`.
    """

    range: Range | None
    n_zero: int = 0
    n_nan: int = 0
    n_inf: int = 0
    off_scale: int = 0
    n_subnormal: int = 0
    """Counted where nearly all values are so small; among ordinary ones a few cost nothing."""


def extent_of(values: Reals) -> Extent:
    """Look at all values once; the common case, everything finite, costs a minimum and a maximum."""
    flat = values.ravel()
    if flat.size == 0:
        return Extent(None)
    with np.errstate(invalid="ignore"):
        low, high = float(flat.min()), float(flat.max())
    n_zero = flat.size - int(np.count_nonzero(flat))
    n_subnormal = _count_subnormal(flat, max(abs(low), abs(high))) - n_zero
    if -DISPLAY_LIMIT <= low <= high <= DISPLAY_LIMIT and n_zero == 0:
        return Extent((low, high), n_subnormal=max(n_subnormal, 0))
    n_nan = int(np.count_nonzero(np.isnan(flat)))
    n_inf = int(np.count_nonzero(np.isinf(flat)))
    limit = min(DISPLAY_LIMIT, float(np.finfo(flat.dtype).max))
    drawable = flat[(np.abs(flat) <= limit) & (flat != 0)]
    off_scale = flat.size - len(drawable) - n_zero - n_nan - n_inf
    shown = (float(drawable.min()), float(drawable.max())) if len(drawable) else None
    return Extent(shown, n_zero, n_nan, n_inf, off_scale, max(n_subnormal, 0))


def _count_subnormal(flat: Reals, largest: float) -> int:
    """Count values below the smallest normal number, zeros included; none if there are far larger ones."""
    smallest = SMALLEST_NORMAL[flat.dtype.name]
    if not largest < _AMONG_ORDINARY * smallest:
        return 0
    return int(np.count_nonzero(np.abs(flat) < smallest))


def ordinary_range(values: Reals, found: Extent) -> Range | None:
    """Give what a histogram has to show of values: their range, without single ones far away from all others."""
    if found.range is None:
        return None
    some = values.ravel()
    some = some[:: len(some) // _SAMPLE | 1]
    with np.errstate(invalid="ignore"):
        some = some[(some >= found.range[0]) & (some <= found.range[1]) & (some != 0)]
    if not len(some):
        return found.range
    core = spread_of(some).core
    return without_runaways(found.range, core, max(map(abs, core)))


def beyond_note(values: Reals, found: Extent, edges: Floats, counts: Floats) -> list[Note]:
    """Say how many drawable values no bin of a histogram holds, and how far away the farthest is."""
    drawable = values.size - found.n_zero - found.n_nan - found.n_inf - found.off_scale
    n = drawable - int(counts.sum())
    if n <= 0 or found.range is None:
        return []
    far = max((end for end in found.range if not edges[0] <= end <= edges[-1]), key=abs)
    one, many = "1 value beyond, at {far:.2g}", "{n:,} values beyond, to {far:.2g}"
    return [Note(msg(one if n == 1 else many, n=n, far=Real(far)), "warn")]


def bin_edges(extent: Range, bins: int) -> Floats:
    """Divide a range, widened to round numbers so that bins stay put from frame to frame, into `bins` (bins + 1,)."""
    return _edges(*rounded_range(*extent, margin=0.0, ticks=8), bins)


def bin_counts(values: Reals, edges: Floats) -> Floats:
    """Count the non-zero values in equal bins from edges[0] to edges[-1]; others and NaN are left out.

    `np.histogram` raises on NaN and on ranges that float32 cannot divide; this does not.
    """
    flat = values.ravel()
    bins = len(edges) - 1
    scale = bins / (edges[-1] - edges[0])
    with np.errstate(invalid="ignore", over="ignore"):
        place = (flat.astype(np.float64) - edges[0]) * scale
        # a value on the upper edge may come out a few bits beyond it
        place = place[(place >= 0) & (place <= bins * (1 + 1e-12)) & (flat != 0)]
    counts = np.bincount(place.astype(np.intp), minlength=bins + 1)
    counts[bins - 1] += counts[bins]  # the last bin holds its upper edge
    return counts[:bins].astype(np.float64)


def zero_bar(role: str, n: int, shown: Range, bins: int) -> Bars:
    """Count the values that are exactly 0 in a bar of their own, narrower than the bins, which do not hold them."""
    half = _NARROW * (shown[1] - shown[0]) / bins
    return Bars("zero", msg("exactly 0"), role, np.array([-half, half]), np.array([float(n)]))


@lru_cache(maxsize=64)
def _edges(low: float, high: float, bins: int) -> Floats:
    """Give the very same array for the same bins, by which a renderer sees that nothing has moved."""
    return np.linspace(low, high, bins + 1)


@lru_cache(maxsize=64)
def initial_range(initial: Parameters, name: str) -> Range | None:
    """`ordinary_range` of an initial parameter, remembered, since it does not change while the run goes on."""
    return ordinary_range(initial[name], extent_of(initial[name]))


@lru_cache(maxsize=256)
def still_counts(params: Parameters, name: str, low: float, high: float, bins: int) -> Floats:
    """`bin_counts` of a parameter that stays as it is, remembered: an initial one, or one of a compared run."""
    return bin_counts(params[name], _edges(low, high, bins))
