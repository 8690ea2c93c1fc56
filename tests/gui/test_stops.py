"""Stops in the window: what the status bar says of them, and what Train, Continue and the knobs do then."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from gui.window import status
from gui.window.main_window import MainWindow
from gui.window.status import StatusBar
from model.data.dataset import Dataset
from model.data.prepare import load
from model.training.engine import Engine
from model.training.frame import Divergence, Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from tests.gui.person import press, run, settle, until

Key = Qt.Key
EASY = ("--dataset", "gaussians", "--init", "lsuv", "--stop-accuracy", "0.9", "--steps", "300", "--eval-every", "5")
BURST = ("--learning-rate", "1e30", "--stop-on-divergence", "--steps", "300")


# ── the status bar ───────────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(status, "time", made)
    return made


@pytest.fixture
def bar(qtbot) -> StatusBar:
    made = StatusBar()
    qtbot.addWidget(made)
    return made


@pytest.fixture(scope="module")
def frame() -> Frame:
    spec = TrainingSpec(dataset="moons", stop_accuracy=0.9)
    data: Dataset = load(spec.data_request)
    made = Engine(spec, data, ClassStepper).recording.frame()
    assert made is not None
    return made


def said(bar: StatusBar, part: str) -> str:
    label = bar.findChild(QLabel, f"status_{part}")
    assert label is not None
    return label.text()


def at(frame: Frame, step: int, target: int = 2000) -> Frame:
    return replace(frame, step=step, target=target, loss=np.ones(step))


def watch(bar: StatusBar, clock: Clock, frame: Frame, rate: float, target: int) -> None:
    """Show half a second of a training at so many steps a second."""
    bar.show_state("training", frame)
    for tick in range(6):
        bar.show_frame(at(frame, int(rate * tick / 10), target))
        clock.now += 0.1


@pytest.mark.parametrize(
    ("rate", "target", "told"),
    [
        (100, 4250, "0:42 left"),
        (100, 372_550, "1:02:05 left"),
        (1000, 2450, ""),
        (1000, 2600, "0:02 left"),
        (0, 50, ""),
    ],
)
def test_the_time_left_follows_from_the_rate_and_the_steps_left(
    bar: StatusBar, clock: Clock, frame: Frame, rate: float, target: int, told: str
) -> None:
    watch(bar, clock, frame, rate, target)
    assert said(bar, "eta") == told
    assert said(bar, "rate") == f"{rate:,} steps/s"


@pytest.mark.parametrize("state", ["paused", "finished", "failed"])
def test_no_time_is_left_to_tell_where_nothing_trains(bar: StatusBar, clock: Clock, frame: Frame, state: str) -> None:
    watch(bar, clock, frame, 100, 5000)
    bar.show_state(state, frame)
    assert said(bar, "eta") == said(bar, "rate") == ""
    bar.show_frame(at(frame, 60))
    assert said(bar, "eta") == ""


def test_a_stop_is_told_once_the_run_is_finished(bar: StatusBar, frame: Frame) -> None:
    stopped = replace(at(frame, 480), stopped_by="accuracy")
    bar.show_state("training", stopped)
    assert said(bar, "doing") == "training"
    bar.show_state("finished", stopped)
    assert said(bar, "doing") == "finished: accuracy 0.9 reached at step 480"
    turned = replace(stopped, schedule=((10, "stop_accuracy", 0.8), (20, "learning_rate", 1.0)))
    bar.show_frame(turned)
    assert said(bar, "doing") == "finished: accuracy 0.8 reached at step 480"


@pytest.mark.parametrize(("stopped_by", "told"), [(None, "diverged at"), ("divergence", "finished: diverged at")])
def test_a_divergence_that_ended_the_run_is_told_as_such(
    bar: StatusBar, frame: Frame, stopped_by: str | None, told: str
) -> None:
    bar.show_state("finished", replace(at(frame, 38), divergence=Divergence(37, "W1"), stopped_by=stopped_by))
    assert said(bar, "doing") == f"{told} step 37 (W1)"


# ── the window ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stopped(open_window) -> MainWindow:
    """A window whose run was ended by its accuracy."""
    window = open_window(*EASY)
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    return window


def test_a_run_that_reached_its_accuracy_is_finished_and_says_so(stopped) -> None:
    step = stopped.session.step
    assert 0 < step < 300
    assert said(stopped.status, "doing") == f"finished: accuracy 0.9 reached at step {step}"
    assert stopped.session.frame.accuracy[1] >= 0.9
    assert stopped.session.frame.target == 300


def test_train_begins_a_stopped_run_anew(stopped) -> None:
    first, step = run(stopped), stopped.session.step
    press(stopped, Key.Key_Space)
    until(lambda: run(stopped) != first and stopped.session.state == "finished")
    assert stopped.session.step == step


def test_continue_trains_a_stopped_run_past_its_stop(stopped) -> None:
    first, step = run(stopped), stopped.session.step
    press(stopped, Key.Key_C)
    until(lambda: stopped.session.step == step + 300 and stopped.session.state == "finished")
    settle(stopped)
    assert run(stopped) == first
    assert said(stopped.status, "doing") == "finished"


def test_the_copied_command_line_trains_that_very_run(stopped) -> None:
    step = stopped.session.step
    stopped.desk.copy_command()
    assert "--stop-accuracy 0.9" in QGuiApplication.clipboard().text()
    press(stopped, Key.Key_C)
    until(lambda: stopped.session.step == step + 300)
    settle(stopped)
    stopped.desk.copy_command()
    words = QGuiApplication.clipboard().text()
    assert "--stop-accuracy" not in words
    assert f"--steps {step + 300}" in words


def test_turning_off_the_stop_that_ended_a_run_trains_on(stopped) -> None:
    first = run(stopped)
    stopped.form.editor("stop_accuracy").set_value("0")
    until(lambda: stopped.session.step == 300 and stopped.session.state == "finished")
    assert run(stopped) == first
    ((_, name, value),) = stopped.session.engine().recording.schedule
    assert (name, value) == ("stop_accuracy", 0.0)


def test_another_knob_leaves_a_stopped_run_where_it_is(stopped) -> None:
    step = stopped.session.step
    stopped.form.editor("learning_rate").set_value("0.05")
    stopped.form.editor("steps").set_value("500")
    settle(stopped)
    assert stopped.session.step == step
    assert stopped.session.state == "finished"


def test_a_run_ends_at_its_divergence_and_says_so(open_window) -> None:
    window = open_window(*BURST)
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    at_step = window.session.frame.divergence.step
    assert window.session.step == at_step + 1
    assert said(window.status, "doing").startswith(f"finished: diverged at step {at_step} (")


@pytest.mark.parametrize("scheme", ["orthogonal", "lsuv"])
def test_the_dial_shows_the_spread_that_a_chosen_scheme_gave(open_window, scheme: str) -> None:
    window = open_window()
    window.form.editor("init").set_value(scheme)
    settle(window)
    dial = window.form.std_editor()._dial
    assert dial.view().in_force == window.session.frame.stds[0] != 0.01
    window.form.editor("weight_init_std").set_value("0.5")
    settle(window)
    assert window.session.spec.init == "std"
    assert dial.view().in_force == 0.5
