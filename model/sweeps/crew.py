"""Who trains the points of a sweep: threads of this process here, the workers of a cluster elsewhere."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.sweeps.points import Points
from model.sweeps.sweep import Places, Sweep
from model.training.engine import Stepper
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

Rows = npt.NDArray[np.float64]
Take = Callable[[Places, Rows], None]

_STEP_SECONDS, _PRODUCT_SECONDS = 1e-6, 6e-11
"""About what a step takes at least, and a product of a parameter with a sample, forward and backward."""
_MOST_BYTES = 16_000_000
_MOST_CHUNK = 4096


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
        local = threading.local()
        hands: list[Points] = []

        def begin() -> None:
            local.points = Points(sweep, data, self._stepper)
            hands.append(local.points)
            if self._prepare is not None:
                self._prepare()

        def train(places: Places) -> tuple[Places, Rows]:
            points: Points = local.points
            return points.train(places)

        with ThreadPoolExecutor(self.n, "sweep", begin) as pool:
            try:
                self._hand_out(pool, train, chunks, take, stop)
            finally:
                for points in hands:
                    points.interrupt()

    def _hand_out(
        self,
        pool: ThreadPoolExecutor,
        train: Callable[[Places], tuple[Places, Rows]],
        chunks: Iterator[Places],
        take: Take,
        stop: threading.Event,
    ) -> None:
        """Keep every thread busy with one chunk, and one more waiting for each."""
        under_way: set[Future[tuple[Places, Rows]]] = set()
        while not stop.is_set():
            while len(under_way) < 2 * self.n and (chunk := next(chunks, None)) is not None:
                under_way.add(pool.submit(train, chunk))
            if not under_way:
                return
            done, under_way = wait(under_way, timeout=0.05, return_when=FIRST_COMPLETED)
            for future in done:
                take(*future.result())


def seconds_each(spec: TrainingSpec, data: Dataset) -> float:
    """Estimate how long a point takes on one core."""
    sizes = data.layer_sizes(spec.hidden_sizes)
    n_params = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    return spec.steps * (_STEP_SECONDS + _PRODUCT_SECONDS * n_params * spec.batch_size)


def chunk_size(spec: TrainingSpec, data: Dataset, seconds: float) -> int:
    """Give how many points take about so long to train, as far as memory allows."""
    sizes = data.layer_sizes(spec.hidden_sizes)
    n_params = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    bytes_each = 8 * (spec.steps + n_params)
    wanted = min(seconds / (seconds_each(spec, data) + 1e-6), _MOST_BYTES / bytes_each)
    return int(np.clip(wanted, 1, _MOST_CHUNK))
