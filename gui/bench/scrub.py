"""How many whole runs a second the window shows while the dial is scrubbed."""

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction

from gui.bench.shown import shown_window, spin, wait_until
from gui.window.main_window import MainWindow
from model.training.bench.cases import Case
from model.training.bench.report import Figure, Goal
from model.training.spec import TrainingSpec

ROUNDS = 3
_SECONDS = 2.0
_STEPS = 1000
_MOVE_MS = 8
"""Time between two positions of the dial: that of a mouse which reports 125 times a second."""


def measure(case: Case) -> list[Figure]:
    """Scrub std and seed in turn, all different, and count the runs of which every panel showed the end."""
    spec = TrainingSpec(hidden_sizes=(case.hidden,), batch_size=case.batch_size, steps=_STEPS)
    with shown_window(spec, case.data()) as window:
        action = window.findChild(QAction, "scrub")
        assert isinstance(action, QAction)  # noqa: S101
        action.trigger()
        hand = Hand(window)
        wait_until(lambda: len(hand.shown) > 0)
        rates = [_rate(hand) for _ in range(ROUNDS)]
        hand.stop()
        action.trigger()
    return [Figure("scrub, whole runs of 1,000 steps", case.name, rates, "{:.1f} /s", Goal(25))]


def _rate(hand: "Hand") -> float:
    began, count = time.perf_counter(), len(hand.shown)
    spin(_SECONDS)
    return (len(hand.shown) - count) / (time.perf_counter() - began)


class Hand(QObject):
    """Turns std and seed as fast as a mouse, and notes every finished run that was painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.shown: set[tuple[float, int]] = set()
        self._form = window.form
        self._panels = window.dashboard.panels.values()
        self._rng = np.random.default_rng(0)
        self._moves = 0
        for panel in self._panels:
            panel.painted.connect(self._look)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)
        self._timer.start(_MOVE_MS)

    def stop(self) -> None:
        self._timer.stop()
        for panel in self._panels:
            panel.painted.disconnect(self._look)

    @Slot()
    def _move(self) -> None:
        self._moves += 1
        if self._moves % 2:
            self._form.editor("weight_init_std").set_value(float(f"{10 ** self._rng.uniform(-4, 1):.6g}"))
        else:
            self._form.editor("seed").set_value(self._moves)

    @Slot()
    def _look(self) -> None:
        """Count the run on the panels, if all have it and have its end."""
        frames = [panel.frame for panel in self._panels if panel.in_sight]
        first = frames[0] if frames else None
        if first is not None and first.step == _STEPS and all(f is not None and f.run == first.run for f in frames):
            self.shown.add((first.spec.weight_init_std, first.spec.seed))
