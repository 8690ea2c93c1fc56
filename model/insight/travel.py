"""How far the weights of every layer have come from where they began: the lazy–rich meter.

‖W_t − W_0‖_F / ‖W_0‖_F. A network whose weights hardly move while its loss falls is trained lazily: it behaves as its
linearisation around the start does; one whose weights move as far as they are long learns features (Chizat, Oyallon &
Bach 2019, "On lazy training in differentiable programming").
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.insight.passes import weights_of
from model.insight.unroller import Kind
from model.training.engine import Engine
from model.training.stepper import norm

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Travel:
    """How far the weights had come, step by step.

    Attributes
    ----------
    run : its number
    steps : (n,) in ascending order
    distances : (n, n_layers) of W1, W2, …; inf where a layer began with zeros and has moved, NaN where it is not finite
    done : whether no more steps will come for those there are
    """

    run: int
    steps: npt.NDArray[np.int64]
    distances: Floats
    done: bool

    @property
    def kind(self) -> Kind:
        return "travel"


def distances(now: Mapping[str, npt.NDArray[np.floating]], initial: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
    """Give ‖W_t − W_0‖_F / ‖W_0‖_F of every layer, (n_layers,); 0 where nothing moved, from zeros too."""
    return np.array([_distance(*pair) for pair in zip(weights_of(now), weights_of(initial), strict=True)])


def _distance(now: npt.NDArray[np.floating], initial: npt.NDArray[np.floating]) -> float:
    now, initial = now.astype(np.float64), initial.astype(np.float64)
    scale = max(float(np.abs(now).max()), float(np.abs(initial).max()))
    if not math.isfinite(scale):
        return math.nan
    if scale == 0:
        return 0.0
    moved, length = norm(now / scale - initial / scale), norm(initial / scale)
    return moved / length if length else math.inf if moved else 0.0


class TravelMeasure:
    """Measures the distances at single steps of a run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def at(self, walker: Engine, step: int) -> Floats:
        """Measure an engine that stands at a step."""
        del step
        views = self._engine.layout.views
        return distances(views(walker.params), views(walker.initial.params))

    def gathered(self, found: Mapping[int, Floats], stride: int, *, done: bool) -> Travel:
        """Give what is known, by step in ascending order."""
        del stride
        steps = np.fromiter(found, dtype=np.int64, count=len(found))
        return Travel(self._engine.recording.run, steps, np.array(list(found.values())), done)
