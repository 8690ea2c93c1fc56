"""Who trains the points of a sweep: threads of this process here, the workers of a cluster elsewhere."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.layout import Layout
from model.sweeps.points import Points
from model.sweeps.sweep import COARSEST, Places, Sweep
from model.training.engine import Stepper
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

Rows = npt.NDArray[np.float64]
Take = Callable[[Places, Rows], None]

_STEP_SECONDS, _PRODUCT_SECONDS = 1e-6, 6e-11
"""About what a step takes at least, and a product of a parameter with a sample, forward and backward."""
_MOST_BYTES = 16_000_000
_MOST_CHUNK = 4096
_LOOK_SECONDS = 0.05


class Crew(Protocol):
    """Carries chunks of points to where they are trained, and rows back; decides nothing about either.

    Attributes
    ----------
    chunk_seconds : about how long a chunk should take: what goes far comes in larger ones
    """

    chunk_seconds: float

    def work(self, sweep: Sweep, data: Dataset, chunks: Iterator[Places], take: Take, stop: threading.Event) -> None:
        """Train all chunks, in any order, and call `take` here with what is finished; return soon after `stop`.

        Raises what a point raises.
        """
        ...


class Threads:
    """Trains on the cores of this machine; the kernels do not hold the GIL.

    Parameters
    ----------
    n : threads, 0 for one on each core
    stepper : how steps are made
    prepare : called in each thread when it begins
    """

    chunk_seconds = 0.05

    def __init__(
        self, n: int = 0, stepper: Stepper = kernel_stepper, prepare: Callable[[], None] | None = None
    ) -> None:
        self.n = n or os.cpu_count() or 1
        self._stepper = stepper
        self._prepare = prepare

    def work(self, sweep: Sweep, data: Dataset, chunks: Iterator[Places], take: Take, stop: threading.Event) -> None:
        """See Crew."""
        hands = _Hands(sweep, data, self._stepper, self._prepare)
        under_way: set[Future[tuple[Places, Rows]]] = set()
        with ThreadPoolExecutor(self.n, "sweep", hands.begin) as pool:
            try:
                while not stop.is_set():
                    while len(under_way) < 2 * self.n and (chunk := next(chunks, None)) is not None:
                        under_way.add(pool.submit(hands.train, chunk))
                    if not under_way:
                        return
                    done, under_way = wait(under_way, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
                    for future in done:
                        take(*future.result())
            finally:
                hands.interrupt()
            for future in under_way:  # of the chunks that were interrupted, what they had finished
                take(*future.result())


class _Hands:
    """The threads' own Points."""

    def __init__(self, sweep: Sweep, data: Dataset, stepper: Stepper, prepare: Callable[[], None] | None) -> None:
        self._make = partial(Points, sweep, data, stepper)
        self._prepare = prepare
        self._local = threading.local()
        self._all: list[Points] = []
        self._ended = threading.Event()

    def begin(self) -> None:
        """Set up a thread."""
        self._local.points = points = self._make()
        self._all.append(points)
        if self._ended.is_set():
            points.interrupt()
        if self._prepare is not None:
            self._prepare()

    def train(self, places: Places) -> tuple[Places, Rows]:
        """Train a chunk in this thread."""
        points: Points = self._local.points
        return points.train(places)

    def interrupt(self) -> None:
        """Let all threads end soon."""
        self._ended.set()
        for points in self._all:
            points.interrupt()


def seconds_each(spec: TrainingSpec, data: Dataset) -> float:
    """Estimate how long a point takes on one core."""
    n_params = Layout(data.layer_sizes(spec.hidden_sizes)).n_params
    return spec.steps * (_STEP_SECONDS + _PRODUCT_SECONDS * n_params * spec.batch_size)


def chunk_size(spec: TrainingSpec, data: Dataset, seconds: float) -> int:
    """Give how many points take about so long to train, as far as memory allows."""
    n_params = Layout(data.layer_sizes(spec.hidden_sizes)).n_params
    bytes_each = 8 * (spec.steps + n_params)
    wanted = min(seconds / (seconds_each(spec, data) + 1e-6), _MOST_BYTES / bytes_each)
    return int(np.clip(wanted, 1, _MOST_CHUNK))


def chunks_of(sweep: Sweep, data: Dataset, crew: Crew) -> Iterator[Places]:
    """Give all points of a sweep as a crew likes to have them, those of a coarse grid first."""
    return sweep.coarse_first(COARSEST, chunk_size(sweep.base, data, crew.chunk_seconds))
