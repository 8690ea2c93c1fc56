"""Rate transfer: which learning rate is best at each width, and whether one found at a small width serves elsewhere.

Yang & Hu et al. 2022, "Tensor Programs V", figure 1: under the standard parametrisation with Adam the best rate falls
as the width grows, under μP it stays.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.width_runs import WidthRequest, at_width, gathered, n_weights
from model.training.averaged import AVERAGED
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ready_stepper

Floats = npt.NDArray[np.float64]
_Point = tuple[TrainingSpec, Dataset]

MOST_WORK = 4e9
"""Parameters times samples times steps of a run up to which a width is looked at."""
LEARNED = 0.9
"""The share of the loss of guessing below which something is learned: above it the lowest loss is chance."""
OFF_SCALE = 2.0
"""How many times the loss of guessing a loss may be and still be on the scale."""


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """What is known so far of the loss by width and learning rate.

    Attributes
    ----------
    widths : (n,) of every hidden layer
    powers : (n_rates,) learning rates as powers of two
    losses : (n, n_rates, n_seeds) mean of the last AVERAGED batch losses; inf where the run diverged, NaN where it is
        not computed yet
    chance : the loss of guessing, ln C
    left_out : widths that would take too long
    done : whether everything is there
    """

    widths: npt.NDArray[np.int64]
    powers: npt.NDArray[np.int64]
    losses: Floats
    chance: float
    left_out: tuple[int, ...]
    done: bool

    @property
    def ceiling(self) -> float:
        """The largest loss on the scale; with a single class, whose chance is 0, as with two."""
        return OFF_SCALE * max(self.chance, math.log(2))

    @property
    def medians(self) -> Floats:
        """(n, n_rates) medians over the seeds that are there, inf where most diverged; NaN where there is none."""
        found = np.full(self.losses.shape[:2], np.nan)
        for place in np.ndindex(found.shape):
            there = self.losses[place][~np.isnan(self.losses[place])]
            if len(there):
                # of two values the larger, for there is no middle between a number and a divergence
                found[place] = np.sort(there)[len(there) // 2] if np.isinf(there).any() else np.median(there)
        return found

    def best(self) -> list[int | None]:
        """Give for each width the place of the best rate, once all are tried; None where nothing is learned."""
        found: list[int | None] = []
        for row in self.medians:
            usable = not np.isnan(row).any() and row.min() <= LEARNED * self.chance
            found.append(int(np.argmin(row)) if usable else None)
        return found


def transfer(frame: Frame, request: WidthRequest, patience: float = math.inf) -> Transfer:
    """Train the run at each width, rate and seed, one seed after the other, so that all curves come soon."""
    spec, data = frame.spec_in_force.replaced(steps=request.steps), frame.data
    fitting = [w for w in request.widths if _work(at_width(spec, w, 0), data) <= MOST_WORK]
    powers = np.arange(request.lowest, request.highest + 1)
    points = {
        (place, k, seed): (at_width(spec, width, seed, learning_rate=2.0 ** int(power)), data)
        for seed in range(request.seeds)
        for place, width in enumerate(fitting)
        for k, power in enumerate(powers)
    }
    found, done = gathered("transfer", points.values(), _final_loss, patience)
    losses = np.full((len(fitting), len(powers), request.seeds), np.nan)
    for place, point in points.items():
        losses[place] = found.get(point, np.nan)
    left_out = tuple(w for w in request.widths if w not in fitting)
    return Transfer(np.array(fitting, dtype=np.int64), powers, losses, math.log(data.n_classes), left_out, done)


def _work(spec: TrainingSpec, data: Dataset) -> float:
    return float(n_weights(spec, data)) * spec.batch_size * spec.steps


def _final_loss(point: _Point) -> float:
    spec, data = point
    engine = Engine(spec, data, ready_stepper(spec.dtype), eval_interval=spec.steps + 1)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    if frame is None or frame.divergence is not None:
        return math.inf
    loss = float(frame.loss[-AVERAGED:].mean())
    return loss if math.isfinite(loss) else math.inf
