"""While single steps are watched, the axes of the steps follow them; else they show the whole run."""

from dataclasses import replace

import numpy as np
import pytest

from gui.live.closeup import Closeup
from gui.window.main_window import MainWindow
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.figure import Range
from model.figures.panels import PANELS
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from tests.gui.person import Key, press, settle, shown_range, until

STEP_PANELS = ("loss", "accuracy", "gradients")
WHOLE = (0, 2000)


@pytest.fixture(scope="module")
def start() -> Frame:
    spec = TrainingSpec(hidden_sizes=(3,), batch_size=4)
    return Engine(spec, load(DataRequest(dataset="moons", samples=40)), ClassStepper).recording.frame()


def stretches(start: Frame, first: int, last: int) -> list[Range | None]:
    closeup = Closeup()
    closeup.follow(replace(start, step=first), singly=False, training=False)
    frames = (replace(start, step=step) for step in range(first + 1, last + 1))
    return [closeup.follow(frame, singly=True, training=True) for frame in frames]


@pytest.mark.parametrize("first", [0, 7, 37, 1000, 1999, 123_456])
def test_every_step_lies_in_a_stretch_that_is_short_and_seldom_moves(start: Frame, first: int) -> None:
    shown = stretches(start, first, first + 150)
    assert None not in shown
    for step, (begin, end) in zip(range(first + 1, first + 151), shown, strict=True):
        assert begin <= step - 1 < step <= end
        assert end - begin <= max(21, 5 * (step - begin))
    assert len(set(shown)) <= 5
    assert len({round(begin, -1) for begin, _ in shown}) == 1


def test_a_stretch_as_long_as_the_run_is_the_whole_run(start: Frame) -> None:
    short = replace(start, target=15)
    assert Closeup().follow(replace(short, step=0), singly=True, training=True) is None


@pytest.mark.parametrize("name", STEP_PANELS)
def test_a_figure_shows_the_steps_that_are_looked_at(start: Frame, name: str) -> None:
    panel = PANELS[name]
    for log, wanted in ((False, (20.0, 40.0)), (True, (np.log10(20), np.log10(40)))):
        view = panel.view.with_(steps=(20.0, 40.0), log_x=log)
        assert panel.make(replace(start, target=100), view).plots[0].x.extent == pytest.approx(wanted)


def steps_shown(window: MainWindow) -> set[tuple[float, ...]]:
    """The ranges of the axes of the steps, without the room for half a point."""
    return {tuple(round(end, -1) for end in shown_range(window, name)[0]) for name in STEP_PANELS}


def test_slow_motion_is_followed_and_full_speed_shows_the_whole_run(window: MainWindow) -> None:
    assert steps_shown(window) == {WHOLE}
    window.speed.set_value(30)
    window.session.train()
    until(lambda: window.session.step >= 3)
    until(lambda: steps_shown(window) == {(0, 20)})
    window.session.run.pause()
    settle(window)
    assert steps_shown(window) == {(0, 20)}
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    assert steps_shown(window) == {WHOLE}


def test_the_step_key_is_followed_from_where_the_run_is(window: MainWindow) -> None:
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.step >= 200)
    window.session.run.pause()
    settle(window)
    assert steps_shown(window) == {WHOLE}
    step = window.session.step
    press(window, Key.Key_Right)
    until(lambda: window.session.step == step + 1)
    settle(window)
    ((begin, end),) = steps_shown(window)
    assert step - 20 <= begin < step + 1 <= end <= begin + 50


@pytest.mark.parametrize("key", [Key.Key_R, Key.Key_N])
def test_a_new_run_in_slow_motion_is_followed_from_its_start(window: MainWindow, key: Key) -> None:
    window.speed.set_value(30)
    window.session.train()
    until(lambda: window.session.step >= 25)
    until(lambda: steps_shown(window) == {(0, 50)})
    press(window, key)
    until(lambda: steps_shown(window) == {(0, 20)})


def test_a_run_had_back_is_shown_whole(window: MainWindow) -> None:
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    window.speed.set_value(30)
    window.session.reset()
    until(lambda: steps_shown(window) == {(0, 20)})
    until(lambda: window.session.step >= 3)
    window.session.undo()
    until(lambda: steps_shown(window) == {WHOLE})


def test_a_run_had_back_is_seen_as_closely_as_it_was_left(window: MainWindow) -> None:
    window.speed.set_value(30)
    window.session.train()
    until(lambda: window.session.step >= 25)
    window.session.run.pause()
    settle(window)
    window.speed.set_value("max")
    window.session.take(window.session.spec.replaced(seed=5), train=True)
    until(lambda: steps_shown(window) == {WHOLE})
    window.session.undo()
    until(lambda: steps_shown(window) == {(0, 50)})
