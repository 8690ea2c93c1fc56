"""What it costs to look back, to lay runs beside one another, and to race them."""

import time
from functools import partial

import numpy as np
from PySide6.QtWidgets import QApplication

from gui.actions.compare_commands import CompareCommands
from gui.bench.live import at_full_speed
from gui.bench.shown import shown_window, spin, wait_until
from gui.window.main_window import MainWindow
from model.training.bench.cases import Case
from model.training.bench.report import Figure, Goal
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

ROUNDS = 3
_STEPS = 2000
_SEEKS = 40
_OVERLAID = 20
_SECONDS = 1.5
_RACED = "0.01, LeCun, Glorot, He"


def measure(case: Case) -> list[Figure]:
    """Move the slider, overlay runs, and race four schemes."""
    spec = TrainingSpec(hidden_sizes=(case.hidden,), batch_size=case.batch_size, steps=_STEPS)
    data = case.data()
    sought, alone, beside = list[list[float]](), list[float](), list[float]()
    for _ in range(ROUNDS):
        with shown_window(spec, data) as window:
            sought.append(_seek(window))
        with shown_window(spec.replaced(steps=10**7), data) as window:
            alone.append(_cost_of_a_frame(window))
            for seed in range(_OVERLAID):
                _lay_beside(window, spec.replaced(seed=seed))
            beside.append(_cost_of_a_frame(window))
    more = [1000 * (after - before) for before, after in zip(alone, beside, strict=True)]
    middle, slow = ([float(np.quantile(each, q)) for each in sought] for q in (0.5, 0.99))
    raced = [_race(spec, case) for _ in range(ROUNDS)]
    at_most = Goal(50, at_most=True), Goal(10, at_most=True)
    return [
        Figure("slider to every plot, p50", case.name, middle, "{:.1f} ms"),
        Figure("slider to every plot, p99", case.name, slow, "{:.1f} ms", at_most[0]),
        Figure(f"a frame with {_OVERLAID} runs overlaid, more", case.name, more, "{:+.1f} ms", at_most[1]),
        Figure("frames of a race of four", case.name, raced, "{:.1f} /s", Goal(30)),
    ]


def _lay_beside(window: MainWindow, spec: TrainingSpec) -> None:
    engine = Engine(spec, window.session.data, kernel_stepper)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    assert frame is not None  # noqa: S101  it was just made
    window.session.shelf.put(engine, frame, beside=True)


def _seek(window: MainWindow) -> list[float]:
    """Go to steps all over the run; returns the milliseconds until every plot in sight showed each."""
    window.session.train()
    wait_until(lambda: window.session.run.ended)
    rng, found = np.random.default_rng(0), list[float]()
    for step in (1 + rng.permutation(_STEPS - 1)[:_SEEKS]).tolist():
        began = time.perf_counter()
        window.session.seek(step)
        wait_until(partial(_shows, window, step))
        QApplication.processEvents()
        found.append(1000 * (time.perf_counter() - began))
    return found


def _shows(window: MainWindow, step: int) -> bool:
    """Whether every panel in sight shows this step but for those that are made in a thread, such as the words."""
    panels = [panel for panel in window.dashboard.panels.values() if panel.in_sight]
    shown = [panel.frame for panel in panels if not panel.panel.is_slow(panel.view)]
    return all(frame is not None and frame.step == step for frame in shown)


def _cost_of_a_frame(window: MainWindow) -> float:
    """Train at full speed, and give the seconds that a frame takes from the event loop, on all panels in sight."""
    window.session.train()
    spin(_SECONDS)
    window.session.run.pause()
    cost = sum(panel.cost for panel in window.dashboard.panels.values() if panel.in_sight)
    wait_until(lambda: not window.session.is_training)
    return cost


def _race(spec: TrainingSpec, case: Case) -> float:
    """Race four schemes, and give the frames a second."""
    with shown_window(spec.replaced(steps=10**7), case.data()) as window:
        commands = window.findChild(CompareCommands)
        assert isinstance(commands, CompareCommands)  # noqa: S101  every window has them
        commands.racing.race("weight_init_std", _RACED)
        wait_until(lambda: window.session.is_training and len(window.session.run.others) > 0)
        return at_full_speed(window)[1]
