"""Measuring the training without a window, all contestants in turn, so that a drifting machine slows all alike."""

import time
from collections.abc import Sequence

from model.network.blas import one_blas_thread
from model.training.bench.cases import CASES, DIGITS, LARGE, SMALL, Case
from model.training.bench.contestants import BARE, OURS, PEERS, TEXTBOOK, Contestant, Run
from model.training.bench.report import Figure, Goal

Rates = dict[str, list[float]]

ROUNDS = 5
_SECONDS = 0.25

FASTEST_PEER = {LARGE.name: Goal(2), DIGITS.name: Goal(7)}
OVER_TEXTBOOK = {SMALL.name: Goal(50)}
BARE_SHARE = {LARGE.name: Goal(0.75), DIGITS.name: Goal(0.75)}


class Pace:
    """Runs a contestant for about so many seconds at a time, and tells how fast that went."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self._seconds = seconds
        run(1)
        self._steps = 1
        while (taken := self._timed()[0]) < seconds / 4:
            self._steps *= 2
        self._steps = max(1, int(self._steps * seconds / taken))

    def rate(self) -> float:
        """Give the steps a second of one more stretch."""
        taken, steps = self._timed()
        return steps / taken

    def _timed(self) -> tuple[float, int]:
        began = time.perf_counter()
        steps = self._run(self._steps)
        return time.perf_counter() - began, steps


def measure(
    cases: Sequence[Case] = CASES, peers: Sequence[Contestant] = PEERS, rounds: int = ROUNDS, seconds: float = _SECONDS
) -> list[Figure]:
    """Measure every installed contestant on every case."""
    figures: list[Figure] = []
    with one_blas_thread:
        for case in cases:
            figures += figures_of(case, _rates(case, peers, rounds, seconds))
    return figures


def _rates(case: Case, peers: Sequence[Contestant], rounds: int, seconds: float) -> Rates:
    data = case.data()
    bound = (BARE,) if case.name in BARE_SHARE else ()
    paces = {each.name: Pace(each.make(case, data), seconds) for each in (OURS, *peers, *bound) if each.installed}
    rates: Rates = {name: [] for name in paces}
    for _ in range(rounds):
        for name, pace in paces.items():
            rates[name].append(pace.rate())
    return rates


def figures_of(case: Case, rates: Rates) -> list[Figure]:
    """Make the rows of one case of the steps a second that each round brought each contestant."""
    ours = rates[OURS.name]
    peers = {each.name: rates[each.name] for each in PEERS if each.name in rates}
    rows = [Figure("closed training", case.name, ours, "{:,.0f} steps/s")]
    rows += [Figure(name, case.name, values, "{:,.0f} steps/s") for name, values in peers.items()]
    if peers and case.name in FASTEST_PEER:
        fastest = [max(values) for values in zip(*peers.values(), strict=True)]
        goal = FASTEST_PEER[case.name]
        rows.append(Figure("closed to fastest peer measured", case.name, _ratios(ours, fastest), "{:.2f}×", goal))
    for name, values in peers.items():
        goal_over = OVER_TEXTBOOK.get(case.name) if name == TEXTBOOK.name else None
        rows.append(Figure(f"closed to {name}", case.name, _ratios(ours, values), "{:.2f}×", goal_over))
    if BARE.name in rates:
        bare = rates[BARE.name]
        rows.append(Figure(BARE.name, case.name, bare, "{:,.0f} steps/s"))
        share = Figure("share of bare GEMM + gather", case.name, _ratios(ours, bare), "{:.2f}", BARE_SHARE[case.name])
        rows.append(share)
    return rows


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]
