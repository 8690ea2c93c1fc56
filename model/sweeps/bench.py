"""How fast sweeps go, against one run after the other on one core, against JAX, and by Dask against our threads."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from model.data.dataset import Dataset
from model.network.blas import one_blas_thread
from model.sweeps.axis import Axis
from model.sweeps.bench_jax import VMAP, JaxSweep, Way
from model.sweeps.cluster import Cluster, local
from model.sweeps.crew import Crew, Threads, chunks_of
from model.sweeps.sweep import Sweep
from model.sweeps.table import About, Table
from model.training.bench.cases import DIGITS, SMALL, Case
from model.training.bench.closed import Pace
from model.training.bench.contestants import OURS
from model.training.bench.report import Figure, Goal

ROUNDS = 3
_STEPS = 200
_SECONDS = 0.5
_GOALS = ((DIGITS, 32, Goal(1.8), Goal(2)), (SMALL, 128, Goal(1.5), Goal(4)))
_LONG_STEPS = 2500
"""So many that a point of 64-50-10 takes at least 50 ms."""
_LONG_SIDE = 12
_WORKERS = 2
_SHARE_OF_THREADS = Goal(0.9)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sweeps are measured against; `package` is what it needs beside this program's own requirements."""

    name: str
    package: str
    module: str

    @property
    def installed(self) -> bool:
        return find_spec(self.module) is not None


JAX = Peer("JAX", "jax", "jax")
DASK = Peer("Dask", "distributed", "distributed")
PEERS = (JAX, DASK)


def square(case: Case, side: int, steps: int = _STEPS) -> Sweep:
    """Give a map of std and learning rate, side by side points large."""
    spec = case.spec(steps).replaced(eval_every=0)
    x, y = (
        Axis.of_range("weight_init_std", 1e-3, 10.0, side, log=True),
        Axis.of_range("learning_rate", 1e-3, 10.0, side, log=True),
    )
    return Sweep(spec, x, y).checked()


def measure(peers: Sequence[Peer] = PEERS) -> list[Figure]:
    """Train whole maps, everybody in turn."""
    figures = []
    with one_blas_thread:
        for case, side, goal, goal_over_jax in _GOALS:
            with_jax = JAX in peers and JAX.installed
            figures += by_threads(case, square(case, side), goal, goal_over_jax if with_jax else None)
        if DASK in peers and DASK.installed:
            figures += by_dask(square(DIGITS, _LONG_SIDE, _LONG_STEPS), DIGITS.data())
    return figures


def by_threads(
    case: Case, sweep: Sweep, goal: Goal, goal_over_jax: Goal | None, seconds: float = _SECONDS
) -> list[Figure]:
    """Train a map by threads, each time between two stretches of closed training on one core, then by JAX.

    The goal is against `vmap`, the way that people write it; JAX in another arrangement has a row beside it.
    """
    data, crew = case.data(), Threads()
    closed = Pace(OURS.make(case, data), seconds)
    jax = JaxSweep(sweep, data) if goal_over_jax else None
    by_jax = {} if jax is None else {way: partial(jax.train, way) for way in jax.fastest()}
    rates, shares = [], []
    of_jax: dict[Way, list[float]] = {way: [] for way in by_jax}
    before = closed.rate()
    for _ in range(ROUNDS):
        rates.append(_rate(sweep, lambda: _train(crew, sweep, data)))
        after = closed.rate()
        shares.append(2 * rates[-1] / (before + after))
        for way, train in by_jax.items():
            of_jax[way].append(_rate(sweep, train))
        before = closed.rate() if of_jax else after
    name = _name(case, sweep)
    figures = [
        Figure("sweep", name, rates, "{:,.0f} steps/s"),
        Figure(f"sweep on {crew.n} cores to closed training on one", name, shares, "{:.2f}×", goal),
    ]
    for way, found in of_jax.items():
        ratios = [ours / theirs for ours, theirs in zip(rates, found, strict=True)]
        goal_here = goal_over_jax if way.arrangement == VMAP else None
        figures += [
            Figure(f"the same in JAX ({way})", name, found, "{:,.0f} steps/s"),
            Figure(f"sweep to JAX, {way.arrangement}", name, ratios, "{:.2f}×", goal_here),
        ]
    return figures


def by_dask(sweep: Sweep, data: Dataset, workers: int = _WORKERS) -> list[Figure]:
    """Train a map by threads and by workers in turn; these have been started and have trained before.

    What each round has of Dask is connecting, handing out the samples, and the way of every chunk and of its rows.
    """
    name, threads = _name(DIGITS, sweep), Threads(workers)
    with local(workers) as cluster:
        dask = Cluster(cluster.scheduler_address)
        _train(dask, square(DIGITS, 2 * workers, 1000), data)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_rate(sweep, lambda: _train(threads, sweep, data)))
            theirs.append(_rate(sweep, lambda: _train(dask, sweep, data)))
    plural = "s" if workers > 1 else ""
    ratios = [dask_rate / rate for dask_rate, rate in zip(theirs, ours, strict=True)]
    return [
        Figure(f"sweep by {workers} thread{plural}", name, ours, "{:,.0f} steps/s"),
        Figure(f"sweep by {workers} worker{plural} of Dask", name, theirs, "{:,.0f} steps/s"),
        Figure("Dask to threads", name, ratios, "{:.2f}×", _SHARE_OF_THREADS),
    ]


def _train(crew: Crew, sweep: Sweep, data: Dataset) -> None:
    table = Table(sweep, About.of(data))
    crew.work(sweep, data, chunks_of(sweep, data, crew), table.take, threading.Event())


def _rate(sweep: Sweep, train: Callable[[], object]) -> float:
    began = time.perf_counter()
    train()
    return sweep.n_points * sweep.base.steps / (time.perf_counter() - began)


def _name(case: Case, sweep: Sweep) -> str:
    return f"{case.name}, {len(sweep.x)}² runs of {sweep.base.steps:,} steps"
