"""How fast sweeps go, against training one run after the other on one core."""

import threading
import time

from model.network.blas import one_blas_thread
from model.sweeps.axis import Axis
from model.sweeps.crew import Threads, chunks_of
from model.sweeps.sweep import Sweep
from model.sweeps.table import About, Table
from model.training.bench.cases import DIGITS, SMALL, Case
from model.training.bench.closed import Pace
from model.training.bench.contestants import OURS
from model.training.bench.report import Figure, Goal

ROUNDS = 3
_STEPS = 200
_SECONDS = 0.5
_GOALS = ((DIGITS, 32, Goal(1.8)), (SMALL, 128, Goal(1.5)))


def square(case: Case, side: int) -> Sweep:
    """Give a map of std and learning rate, side by side points large."""
    spec = case.spec(_STEPS).replaced(eval_every=0)
    x, y = (
        Axis.of_range("weight_init_std", 1e-3, 10.0, side, log=True),
        Axis.of_range("learning_rate", 1e-3, 10.0, side, log=True),
    )
    return Sweep(spec, x, y).checked()


def measure() -> list[Figure]:
    """Train whole maps by threads, each between two stretches of closed training on one core."""
    figures = []
    for case, side, goal in _GOALS:
        sweep, data, crew = square(case, side), case.data(), Threads()
        with one_blas_thread:
            closed = Pace(OURS.make(case, data), _SECONDS)
            rates, shares = [], []
            before = closed.rate()
            for _ in range(ROUNDS):
                table, began = Table(sweep, About.of(data)), time.perf_counter()
                crew.work(sweep, data, chunks_of(sweep, data, crew), table.take, threading.Event())
                rates.append(sweep.n_points * _STEPS / (time.perf_counter() - began))
                after = closed.rate()
                shares.append(2 * rates[-1] / (before + after))
                before = after
        name = f"{case.name}, {side}² runs of {_STEPS} steps"
        figures += [
            Figure("sweep", name, rates, "{:,.0f} steps/s"),
            Figure(f"sweep on {crew.n} cores to closed training on one", name, shares, "{:.2f}×", goal),
        ]
    return figures
