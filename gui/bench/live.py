"""What the window leaves of the closed speed, and how fast it answers meanwhile."""

import time
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Slot

from gui.bench.shown import shown_window, spin, wait_until
from gui.window.main_window import MainWindow
from model.training.bench.cases import Case
from model.training.bench.closed import Pace
from model.training.bench.contestants import OURS
from model.training.bench.report import Figure, Goal

ROUNDS = 3
_CLOSED_SECONDS = 0.8
_LIVE_SECONDS = 2.0
_STEPS = 10_000_000
_BEAT_MS = 5
_MOVES = 50


def measure(case: Case) -> list[Figure]:
    """Measure one network: live rounds between closed ones, each held against its two neighbours."""
    data = case.data()
    closed = Pace(OURS.make(case, data), _CLOSED_SECONDS)
    closed_rates, live_rates, frames = [closed.rate()], [], []
    lags: list[list[float]] = []
    dial: list[list[float]] = []
    for _ in range(ROUNDS):
        with shown_window(case.spec(_STEPS), data) as window:
            rate, shown, late = at_full_speed(window)
            live_rates.append(rate)
            frames.append(shown)
            lags.append(late)
            dial.append(_dial_latencies(window))
        closed_rates.append(closed.rate())
    around = [(before + after) / 2 for before, after in pairwise(closed_rates)]
    shares = [live / rate for live, rate in zip(live_rates, around, strict=True)]
    return [
        Figure("live at speed max, share of closed", case.name, shares, "{:.1%}", Goal(0.95)),
        Figure("frames", case.name, frames, "{:.1f} /s", Goal(58)),
        quantile("lag of a 5 ms heartbeat, p50", case, lags, 0.5),
        quantile("lag of a 5 ms heartbeat, p99", case, lags, 0.99, Goal(17, at_most=True)),
        quantile("dial to first frame, p50", case, dial, 0.5),
        quantile("dial to first frame, p99", case, dial, 0.99, Goal(33, at_most=True)),
    ]


def measure_all_panels(case: Case) -> list[Figure]:
    """Measure one network with every panel of the window in sight at once."""
    data = case.data()
    closed = Pace(OURS.make(case, data), _CLOSED_SECONDS)
    rates, live_rates, frames = [closed.rate()], [], []
    for _ in range(ROUNDS):
        with shown_window(case.spec(_STEPS), data) as window:
            window.dashboard.docks.spread()
            rate, shown, _ = at_full_speed(window)
            live_rates.append(rate)
            frames.append(shown)
        rates.append(closed.rate())
    shares = [2 * live / (before + after) for live, (before, after) in zip(live_rates, pairwise(rates), strict=True)]
    return [
        Figure("every panel in sight: live, share of closed", case.name, shares, "{:.1%}", Goal(0.8)),
        Figure("every panel in sight: frames", case.name, frames, "{:.1f} /s", Goal(30)),
    ]


def quantile(what: str, case: Case, rounds: list[list[float]], q: float, goal: Goal | None = None) -> Figure:
    """Make the row of a quantile: of each round, and of all together."""
    each = [float(np.quantile(values, q)) for values in rounds]
    return Figure(what, case.name, each, "{:.1f} ms", goal, float(np.quantile(np.concatenate(rounds), q)))


def at_full_speed(window: MainWindow) -> tuple[float, float, list[float]]:
    """Train with the window live; returns steps and frames a second, and the heartbeat's lags in ms."""
    session = window.session
    session.train()
    wait_until(lambda: session.frames > 20)
    heart = Heart()
    began, step, frames = time.perf_counter(), session.step, session.frames
    spin(_LIVE_SECONDS)
    passed = time.perf_counter() - began
    lags = heart.stop()
    return (session.step - step) / passed, (session.frames - frames) / passed, lags


class Heart(QObject):
    """Notes how late a 5 ms timer of the event loop comes."""

    def __init__(self) -> None:
        super().__init__()
        self._lags: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self._lags.append(max(0.0, (now - self._last) * 1000 - _BEAT_MS))
        self._last = now

    def stop(self) -> list[float]:
        self._timer.stop()
        return self._lags


def _dial_latencies(window: MainWindow) -> list[float]:
    """Time from a move of the dial to the first paint of the new weights, while the old run trains at full speed."""
    editor = window.form.editor("weight_init_std")
    latencies = []
    rng = np.random.default_rng(0)
    for std in 10 ** rng.uniform(-4, 1, _MOVES):
        spin(0.02 + 0.02 * rng.random())
        arrival = _Arrival(window, float(f"{std:.4g}"))
        began = time.perf_counter()
        editor.set_value(arrival.std)
        wait_until(lambda arrival=arrival: arrival.at is not None)  # type: ignore[misc]
        assert arrival.at is not None  # noqa: S101
        latencies.append((arrival.at - began) * 1000)
        arrival.disconnect_all()
    return latencies


class _Arrival(QObject):
    """Notes the paint after the first frame of a given std has been handed to the weights panel."""

    def __init__(self, window: MainWindow, std: float) -> None:
        super().__init__(window)
        self.std = std
        self.at: float | None = None
        self._panel = window.dashboard.panels["weights"]
        self._panel.painted.connect(self._painted)

    @Slot()
    def _painted(self) -> None:
        frame = self._panel.frame
        if self.at is None and frame is not None and frame.spec.weight_init_std == self.std:
            self.at = time.perf_counter()

    def disconnect_all(self) -> None:
        self._panel.painted.disconnect(self._painted)
        self.deleteLater()
