"""Runs that are trained one after the other without a Python step between them: what a sweep is made of."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.blas import one_blas_thread
from model.network.shared import Control
from model.training.averaged import AVERAGED, moving_means
from model.training.engine import STOPS, Engine
from model.training.initial import Initial
from model.training.spec import TrainingSpec
from model.training.stepper import Queue, kernel_state

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating]
Row = tuple[float, float, float, float, float, float]

FIELDS = ("loss", "train_accuracy", "test_accuracy", "diverged_at", "reached_at", "steps")
"""What is told of a run: the mean of its last AVERAGED batch losses, in nats; its accuracies at the end; the step of
its divergence, and the first by which the mean loss of AVERAGED batches was at most half that of guessing, -1 where
there is none; and the steps made."""
_MOST_DRAWN = 1_000_000
"""Indices of samples that are drawn ahead, for all runs with the same seed."""


class Several:
    """Trains runs that differ in nothing but their initial parameters and the knobs that are live.

    Parameters
    ----------
    spec : of one of them
    initial : what that one begins with
    """

    def __init__(self, spec: TrainingSpec, data: Dataset, initial: Initial) -> None:
        self._engine = Engine(spec, data, _unbound, initial=initial, checkpoint_bytes=0)
        self._stream = self._engine.stream.copy()

    def train(self, starts: Reals, hypers: Floats) -> Floats:
        """Train from each of `starts` (n, n_params) with `hypers` (n, 5), as the kernel has them.

        Returns the FIELDS of each (n, 6); fewer rows where it was interrupted. Blocks, without the GIL.
        """
        from model.network.kernels import training

        engine, recording, kept = self._engine, self._engine.recording, self._engine.checkpoints
        spec = engine.spec
        steps, n_series = spec.steps, 1 + 2 * engine.layout.n_layers
        # a stop may depend on evaluations on the way; without any, only the last one is told
        interval = spec.eval_interval if any(getattr(spec, name) for name in STOPS) else steps + 1
        evals = steps // interval + 3
        engine.control[Control.EVALS_BEFORE] = int(interval > steps > 0)
        queue = Queue(
            starts, hypers, self._stream, _drawn(self._stream.tobytes(), engine.data.n_train, steps, spec.batch_size),
            np.empty((len(starts), steps)), np.full((len(starts), 4), np.nan),
        )  # fmt: skip
        with one_blas_thread:
            training.train(
                *kernel_state(engine), steps, interval, steps, np.empty((steps, n_series)),
                np.zeros(evals, dtype=np.int64), np.empty((evals, 3)), np.empty((evals, 2, n_series - 1)),
                engine.control, recording.headers, recording.slots, kept.marks, kept.states, kept.streams, *queue,
            )  # fmt: skip
        finished = queue.results[~np.isnan(queue.results[:, 0])]
        return _told(queue.losses[: len(finished)], finished, half_of_guessing(engine.data.n_classes))

    def interrupt(self) -> None:
        """Make a `train` that is running return before its next step; from any thread."""
        self._engine.interrupt()


def told_of(engine: Engine) -> Floats:
    """Give the FIELDS (6,) of a run that was trained for itself. Only while nothing trains."""
    frame = engine.recording.frame()
    if frame is None:
        raise RuntimeError("an engine has a frame from its beginning")
    diverged = -1 if frame.divergence is None else frame.divergence.step
    results = np.array([[frame.step, diverged, *frame.accuracy]])
    (row,) = _told(np.array(frame.loss)[None], results, half_of_guessing(engine.data.n_classes))
    return np.asarray(row)


def half_of_guessing(n_classes: int) -> float:
    """Give half the loss of guessing, ½ ln C, in nats: where a run counts as having learned something."""
    return math.log(max(n_classes, 1)) / 2


def _told(losses: Floats, results: Floats, level: float) -> Floats:
    rows = np.full((len(results), len(FIELDS)), -1.0)
    rows[:, 1:3], rows[:, 3], rows[:, 5] = results[:, 2:], results[:, 1], results[:, 0]
    for steps in np.unique(results[:, 0]):
        alike = results[:, 0] == steps
        made = losses[alike, : int(steps)]
        with np.errstate(all="ignore"):
            rows[alike, 0] = made[:, -AVERAGED:].mean(axis=1) if steps else np.nan
            below = moving_means(made) <= level
        if below.shape[1]:
            rows[alike, 4] = np.where(below.any(axis=1), below.argmax(axis=1) + AVERAGED, -1)
    return rows


@lru_cache(maxsize=8)
def _drawn(stream: bytes, n_train: int, steps: int, batch_size: int) -> npt.NDArray[np.int64]:
    """Draw all batches that follow from a generator's state; none where they would take too much room."""
    if steps * batch_size > _MOST_DRAWN:
        return np.empty((0, batch_size), dtype=np.int64)
    *words, place = np.frombuffer(stream, dtype=np.uint32)
    rng = np.random.RandomState()
    rng.set_state(("MT19937", np.array(words), int(place), 0, 0.0))
    return np.asarray(rng.randint(0, n_train, size=(steps, batch_size)), dtype=np.int64)


def _unbound(_engine: Engine) -> Callable[[int], None]:
    def refuse(_until: int) -> None:
        raise RuntimeError("this engine trains several runs, not one")

    return refuse
