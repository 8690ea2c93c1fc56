"""The same run with one seed after the other: what of it is chance, and how often it gets anywhere.

Each run is trained from its first step as the knobs are, so that they differ in nothing but the initial weights and the
order of the batches.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.training.averaged import reached
from model.training.engine import Engine, Stepper
from model.training.frame import Frame
from model.training.history import Summary
from model.training.knob import Kind, Knob, SpecError
from model.training.spec import MAX_SEED, TrainingSpec

Floats = npt.NDArray[np.float64]
Quantity = Literal["loss", "accuracy"]

FEWEST, MOST = 2, 200
"""Seeds that a run can be repeated with."""
LOW, HIGH = 0.1, 0.9
"""The quantiles between which a band lies."""
_MOST_PLACES = 1024
"""Places of a curve that are kept of each run."""
_OFF_SCALE = 1e300
"""Stands for what is not finite while quantiles are taken, so that a run that broke counts as the worst."""
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """What is wanted.

    Attributes
    ----------
    n : how many seeds, the run's own and those that follow it
    quantity, level : what counts as having converged: a mean loss of 20 batches of at most `level`, in nats, or an
        accuracy of at least `level` on the test samples, or on the training samples where there are no others
    """

    n: int
    quantity: Quantity
    level: float

    def seeds(self, first: int) -> tuple[int, ...]:
        """List the seeds from the first on; the largest is followed by 0."""
        return tuple((first + k) % (MAX_SEED + 1) for k in range(self.n))


def usual_request(n_classes: int) -> SeedRequest:
    """Give what is asked for at first: half the loss of guessing, which *Why?* counts the steps to as well."""
    return SeedRequest(20, "loss", float(f"{math.log(max(n_classes, 2)) / 2:.3g}"))


def read_request(n: str, quantity: str, level: str) -> SeedRequest:
    """Read what a person typed; raises SpecError at "repeat_seeds" or "repeat_level"."""
    wanted, reaching = _fields(quantity)
    return checked_request(wanted.parse(n.strip()), quantity, reaching.parse(level.strip()))


def checked_request(n: object, quantity: str, level: object) -> SeedRequest:
    """Give the request for these values; raises SpecError at "repeat_seeds" or "repeat_level"."""
    for knob, value in zip(_fields(quantity), (n, level), strict=True):
        if not (isinstance(value, int | float) and (knob.low or 0.0) <= value <= (knob.high or math.inf)):
            raise SpecError({knob.name: knob.refusal(value)})
    return SeedRequest(cast("int", n), cast("Quantity", quantity), float(cast("float", level)))


def _fields(quantity: str) -> tuple[Knob, Knob]:
    highest = math.inf if quantity == "loss" else 1.0
    return _field("seeds", "int", "Seeds", FEWEST, MOST), _field("level", "float", "Level", 0.0, highest)


def _field(name: str, kind: Kind, label: str, low: float, high: float) -> Knob:
    most = None if math.isinf(high) else high
    return Knob(f"repeat_{name}", kind, low, label, "", "panel", "", low, most, "linear", (), live=False)


@dataclass(frozen=True, slots=True, eq=False)
class SeedRun:
    """What is kept of one run.

    Attributes
    ----------
    means : (m, 1 + 2 n_layers) loss and gradient norms, averaged over the steps of each place of the curve
    evaluations : (k, 3) as in a Frame
    reached : the step by which the level was reached, None where it never was
    diverged : the step at which the parameters broke, None where they did not
    """

    seed: int
    means: Floats
    evaluations: Floats
    reached: int | None
    diverged: int | None

    @property
    def loss(self) -> float:
        """The mean loss of the last stretch of the curve, in nats."""
        return float(self.means[-1, 0])


@dataclass(frozen=True, eq=False)
class SeedRuns:
    """The runs that have been made.

    Attributes
    ----------
    spec : that was repeated, with its own seed, the first one
    names : of the parameters
    steps : how many each run has made
    stride : steps that each place of a curve stands for
    first : (m,) the first step of each place
    eval_steps : (k,)
    runs : those that are finished, in the order of their seeds
    seconds_left : how long the others will take, 0 where no more will come
    """

    spec: TrainingSpec
    request: SeedRequest
    names: tuple[str, ...]
    steps: int
    stride: int
    first: Floats
    eval_steps: npt.NDArray[np.int64]
    runs: tuple[SeedRun, ...]
    seconds_left: float = 0.0

    @property
    def n(self) -> int:
        """How many runs there are."""
        return len(self.runs)

    @cached_property
    def reached(self) -> tuple[int, ...]:
        """The steps by which runs reached the level, in ascending order."""
        return tuple(sorted(run.reached for run in self.runs if run.reached is not None))

    @property
    def share(self) -> tuple[float, float, float]:
        """The share of runs that reached the level, and the ends of its 95 % interval."""
        n = len(self.reached)
        return (n / self.n, *wilson(n, self.n))

    def curves(self, series: int) -> tuple[Floats, Floats]:
        """Give a series of every run, 0 the loss and k the k-th gradient norm, as x (m,) and y (n, m)."""
        return self.first + (self.stride - 1) / 2, np.array([run.means[:, series] for run in self.runs])

    def accuracies(self, column: int) -> tuple[Floats, Floats]:
        """Give an accuracy of every run, column 0 on the training and 1 on the test samples, as x (k,) and y (n, k)."""
        return self.eval_steps.astype(np.float64), np.array([run.evaluations[:, column] for run in self.runs])


def quantiles(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the quantiles LOW, ½ and HIGH of the columns of (n, m); a run that broke counts as above all others.

    Where a quantile falls on one it is inf.
    """
    finite = np.where(np.isfinite(rows), np.clip(rows, -_OFF_SCALE, _OFF_SCALE), _OFF_SCALE)
    found = np.quantile(finite, (LOW, 0.5, HIGH), axis=0)
    found[found >= _OFF_SCALE / 1e6] = np.inf
    return found[0], found[1], found[2]


def wilson(k: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Give the interval in which a share lies of which k of n were seen (Wilson 1927); n at least 1.

    Unlike p ± z √(p(1 − p)/n) it holds for few runs too, and for none or all of them.
    """
    share, extra = k / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * math.sqrt(share * (1 - share) / n + extra / (4 * n))
    return (max(middle - half, 0.0) if k else 0.0, min(middle + half, 1.0) if k < n else 1.0)


class Repeat:
    """Trains the runs one after the other, until another thread says stop.

    Parameters
    ----------
    spec : to be repeated, with the first seed
    tell : called with all finished runs after each
    """

    def __init__(
        self,
        spec: TrainingSpec,
        data: Dataset,
        request: SeedRequest,
        stepper: Stepper,
        tell: Callable[[SeedRuns], None],
    ) -> None:
        # a run that ended early would leave the others without it from there on
        self.spec = spec.replaced(stop_accuracy=0.0, stop_on_divergence=False)
        self._data = data
        self._request = request
        self._stepper = stepper
        self._tell = tell
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._stopped = False

    def stop(self) -> None:
        """Make `run` return, without the run that is not finished; from any thread."""
        with self._lock:
            self._stopped = True
            if self._engine is not None:
                self._engine.interrupt()

    def run(self) -> None:
        """Train every run."""
        began, found = time.monotonic(), None
        for seed in self._request.seeds(self.spec.seed):
            frame = self._trained(seed)
            if frame is None:
                break
            done = 1 if found is None else found.n + 1
            left = (time.monotonic() - began) / done * (self._request.n - done)
            found = self._with(frame, () if found is None else found.runs, left)
            self._tell(found)

    def _trained(self, seed: int) -> Frame | None:
        engine = Engine(self.spec.replaced(seed=seed), self._data, self._stepper)
        with self._lock:
            if self._stopped:
                return None
            self._engine = engine
        engine.train(self.spec.steps)
        return None if self._stopped else engine.recording.frame()

    def _with(self, frame: Frame, before: tuple[SeedRun, ...], seconds_left: float) -> SeedRuns:
        stride, first, means = coarse(frame.history)
        diverged = None if frame.divergence is None else frame.divergence.step
        run = SeedRun(frame.spec.seed, means, frame.evaluations, _reached(frame, self._request), diverged)
        names, runs = tuple(frame.layout.names), (*before, run)
        return SeedRuns(
            self.spec, self._request, names, frame.step, stride, first, frame.eval_steps, runs, seconds_left
        )


def coarse(history: Summary) -> tuple[int, Floats, Floats]:
    """Give stride, first steps (m,) and means (m, n_series) of a history at no more than _MOST_PLACES places."""
    merged = -(-len(history.first) // _MOST_PLACES)
    starts = np.arange(0, len(history.first), merged)
    known = np.isfinite(history.mean)
    with np.errstate(all="ignore"):
        sums = np.add.reduceat(np.where(known, history.mean, 0.0), starts, axis=0)
        means = sums / np.add.reduceat(known.astype(np.float64), starts, axis=0)
    return merged * history.stride, history.first[starts], means


def _reached(frame: Frame, request: SeedRequest) -> int | None:
    if request.quantity == "loss":
        return reached(frame, request.level)
    column = 1 if frame.data.n_test else 0
    (there,) = np.nonzero(frame.evaluations[:, column] >= request.level)
    return int(frame.eval_steps[there[0]]) if len(there) else None
