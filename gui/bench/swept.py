"""How soon a map comes into sight, and how the window answers while its points are trained."""

import time

from gui.bench.live import Heart, quantile
from gui.bench.shown import shown_window, spin, wait_until
from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from model.sweeps.bench import square
from model.training.bench.cases import DIGITS, SMALL
from model.training.bench.report import Figure, Goal

ROUNDS = 3
_SIDE = 512
_COARSE = 256
_SECONDS = 2.0
_STEPS = 200


def measure() -> list[Figure]:
    """Begin a map of 2-D data, and train a run at the usual speed beside one of the digits."""
    first = []
    for _ in range(ROUNDS):
        with shown_window(SMALL.spec(_STEPS), SMALL.data()) as window:
            first.append(_until_coarse(window))
    rates, lags = [], []
    for _ in range(ROUNDS):
        with shown_window(DIGITS.spec(100_000), DIGITS.data()) as window:
            window.speed.set_value(1000)
            window.dashboard.reveal("map")
            window.sweeping.start(square(DIGITS, _SIDE))
            window.session.train()
            wait_until(lambda: window.session.frames > 20)
            heart, frames, began = Heart(), window.session.frames, time.perf_counter()
            spin(_SECONDS)
            rates.append((window.session.frames - frames) / (time.perf_counter() - began))
            lags.append(heart.stop())
            window.sweeping.stop()
    return [
        Figure("sweep: 16² of a map in sight", SMALL.name, first, "{:.2f} s", Goal(1, at_most=True)),
        Figure("beside a sweep: frames", DIGITS.name, rates, "{:.1f} /s", Goal(55)),
        quantile("beside a sweep: lag of a 5 ms heartbeat, p99", DIGITS, lags, 0.99, Goal(25, at_most=True)),
    ]


def _until_coarse(window: MainWindow) -> float:
    """Time from the order to the coarse map."""
    window.dashboard.reveal("map")
    panel, began = window.dashboard.panels["map"], time.perf_counter()
    window.sweeping.start(square(SMALL, _SIDE))
    wait_until(lambda: _shown(panel) >= _COARSE)
    taken = time.perf_counter() - began
    window.sweeping.stop()
    return taken


def _shown(panel: PanelView) -> int:
    """Count the points of the map that is drawn, 0 before there is one."""
    figure = panel.figure
    return 0 if figure is None else int(figure.summary.params.get("n", 0))  # type: ignore[call-overload]
