"""The band of the runs with other seeds, behind the curves of the present one."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from model.figures.figure import Floats, Line, View
from model.figures.smoothing import smooth
from model.insight.seed_runs import SeedRuns, quantiles
from model.training.differences import differences
from model.training.frame import Frame
from model.words import Message, msg

Curves = tuple[Floats, Floats, Floats, Floats]
"""x, low, median and high."""

KEY = "seeds"
"""The entry of the legend for the band, in every panel alike."""
_NO_MATTER = ("seed", "steps", "stop_accuracy", "stop_on_divergence", "eval_every")
OTHER = "muted"
"""The role of a band of runs with other knobs, which must not look like the present one's."""


def band_of_series(frame: Frame, view: View, series: int, role: str, part: str = "") -> list[Line]:
    """Draw the band of the loss, series 0, or of the k-th gradient norm, under the view's smoothing."""
    return _lines(frame, view, role, part, lambda seeds: series_band(seeds, series, view.smoothing))


def band_of_accuracy(frame: Frame, view: View, column: int, role: str, *, dash: bool = False) -> list[Line]:
    """Draw the band of an accuracy, column 0 on the training and 1 on the test samples."""
    return _lines(frame, view, role, role, lambda seeds: accuracy_band(seeds, column), dash=dash)


def of_these_knobs(frame: Frame, seeds: SeedRuns) -> bool:
    """Whether the present run is like those of the band, but for its seed and for when it ends."""
    return not _apart(frame, seeds)


def said(frame: Frame, seeds: SeedRuns) -> Message:
    """Name the runs of the band: how many they are, and what sets them apart from the present one."""
    apart = _apart(frame, seeds)
    if not apart:
        return msg("{n} seeds", n=seeds.n)
    return msg("{n} seeds, {differs}", n=seeds.n, differs=", ".join(apart))


def _apart(frame: Frame, seeds: SeedRuns) -> list[str]:
    here = frame.spec_in_force
    same = {name: getattr(here, name) for name in _NO_MATTER}
    return [str(each) for each in differences(seeds.spec.model_copy(update=same), here)]


def _lines(
    frame: Frame, view: View, role: str, part: str, curves: Callable[[SeedRuns], Curves], *, dash: bool = False
) -> list[Line]:
    seeds = view.seeds
    if seeds is None:
        return []
    x, low, middle, high = curves(seeds)
    ink = role if of_these_knobs(frame, seeds) else OTHER
    key = f"{KEY}.{part}" if part else KEY
    return [Line(key, said(frame, seeds), ink, x, middle, dash, ghost=True, steady=True, low=low, high=high)]


@lru_cache(maxsize=128)
def series_band(seeds: SeedRuns, series: int, smoothing: float) -> Curves:
    """Give x and the quantiles of the loss, series 0, or of the k-th gradient norm, of curves smoothed one by one."""
    x, rows = seeds.curves(series)
    return (x, *quantiles(np.array([smooth(row, smoothing**seeds.stride) for row in rows])))


@lru_cache(maxsize=8)
def accuracy_band(seeds: SeedRuns, column: int) -> Curves:
    """Give x and the quantiles of an accuracy."""
    x, rows = seeds.accuracies(column)
    return (x, *quantiles(rows))
