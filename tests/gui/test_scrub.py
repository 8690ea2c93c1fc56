"""Scrub mode: every position of a knob trains the whole run, and all panels show the end of that same run."""

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from gui.window.main_window import MainWindow
from model.training.engine import Engine
from model.training.stepper import kernel_stepper
from tests.gui.person import (
    CTRL,
    LEFT,
    Frames,
    action,
    drag_dial,
    let_go,
    move_dial,
    press,
    run,
    settle,
    take_dial,
    text,
    until,
)

Key = Qt.Key
SHORT = ("--dataset", "moons", "--hidden-sizes", "4", "--batch-size", "10", "--steps", "200")
LONG = (*SHORT[:-1], "900000000")


@pytest.fixture
def scrubbing(open_window) -> MainWindow:
    window = open_window(*SHORT)
    window.speed.set_value("max")
    press(window, Key.Key_S)
    settle(window)
    return window


@pytest.fixture
def watching(open_window) -> MainWindow:
    """A window in which a scrubbed run goes on for so long that it is watched."""
    window = open_window(*LONG)
    press(window, Key.Key_S)
    until(lambda: window.session.is_training and window.session.step > 0)
    return window


def set_(window: MainWindow, knob: str, value: object) -> None:
    window.form.editor(knob).set_value(value)


def shows_one_finished_run(window: MainWindow) -> bool:
    """Tell whether curves, histograms and accuracy are those of the present spec, trained to its end."""
    session, frame = window.session, window.session.frame
    panels = [view for view in window.dashboard.panels.values() if view.in_sight]
    assert all(view.frame is frame for view in panels)
    closed = Engine(session.spec, session.data, kernel_stepper)
    closed.train(session.spec.steps)
    return (
        frame.spec == session.spec
        and frame.step == frame.target == session.step == session.spec.steps
        and all(np.array_equal(frame.params[name], closed.layout.views(closed.params)[name]) for name in frame.params)
        and np.array_equal(frame.loss, closed.recording.frame().loss)
        and frame.eval_steps[-1] == frame.step
        and np.array_equal(frame.evaluations[-1], closed.recording.frame().evaluations[-1])
    )


def test_the_button_beside_the_dial_turns_it_on_and_off(open_window) -> None:
    window = open_window(*SHORT)
    button = window.form.std_editor().findChild(QToolButton, "scrub_button")
    QTest.mouseClick(button, LEFT)
    settle(window)
    assert action(window, "scrub").isChecked()
    assert shows_one_finished_run(window)
    QTest.mouseClick(button, LEFT)
    assert not window.session.scrubbing.on


@pytest.mark.parametrize(
    ("knob", "value"),
    [("weight_init_std", 0.3), ("learning_rate", 0.02), ("seed", 77), ("momentum", 0.5), ("steps", 150)],
)
def test_every_position_of_any_knob_trains_the_whole_run(scrubbing, knob, value) -> None:
    before = run(scrubbing)
    set_(scrubbing, knob, value)
    settle(scrubbing)
    assert run(scrubbing) != before
    assert getattr(scrubbing.session.spec, knob) == value
    assert shows_one_finished_run(scrubbing)
    assert scrubbing.session.state == "finished"


def test_rapid_moves_show_whole_runs_only_and_end_at_the_last_position(scrubbing) -> None:
    frames = Frames(scrubbing)
    for position in range(1, 60):
        set_(scrubbing, *(("seed", position) if position % 2 else ("weight_init_std", position / 100)))
        if position % 7 == 0:
            seen = len(frames.seen)
            until(lambda seen=seen: len(frames.seen) > seen)
    settle(scrubbing)
    assert all(frame.step == 200 for frame in frames.seen)
    assert len({frame.run for frame in frames.seen}) == len(frames.seen) >= 8
    assert (scrubbing.session.spec.seed, scrubbing.session.spec.weight_init_std) == (59, 0.58)
    assert shows_one_finished_run(scrubbing)


def test_dragging_the_dial_scrubs_with_the_run_before_as_its_ghost(scrubbing) -> None:
    before = run(scrubbing)
    take_dial(scrubbing)
    for std in (0.02, 0.1, 0.5):
        move_dial(scrubbing, std)
        settle(scrubbing)
        assert shows_one_finished_run(scrubbing)
        assert [one.frame.run for one in scrubbing.session.comparison.runs()] == [before]
    let_go(scrubbing)
    press(scrubbing, Key.Key_Z, CTRL)
    settle(scrubbing)
    assert run(scrubbing) == before


def test_undo_takes_back_one_change_after_the_other_and_at_last_the_scrubbing(open_window) -> None:
    window = open_window(*SHORT)
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    settle(window)
    before, spec = run(window), window.session.spec
    press(window, Key.Key_S)
    settle(window)
    set_(window, "seed", 5)
    settle(window)
    set_(window, "seed", 6)
    press(window, Key.Key_Z, CTRL)  # while the last position still trains, perhaps
    settle(window)
    assert window.session.spec == window.session.frame.spec == spec.replaced(seed=5)
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert window.session.spec == window.session.frame.spec == spec
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert run(window) == before
    assert window.session.spec == spec
    assert window.session.frame.spec == spec


def test_a_run_scrubbed_last_is_an_ordinary_one_after_turning_it_off(scrubbing) -> None:
    set_(scrubbing, "seed", 9)
    settle(scrubbing)
    scrubbed = run(scrubbing)
    press(scrubbing, Key.Key_S)
    settle(scrubbing)
    assert (run(scrubbing), scrubbing.session.state) == (scrubbed, "finished")
    scrubbing.session.continue_run()
    until(lambda: scrubbing.session.step == 400)
    assert run(scrubbing) == scrubbed


def test_turning_it_off_before_a_position_is_trained_trains_it_as_an_ordinary_run(scrubbing) -> None:
    frames = Frames(scrubbing)
    set_(scrubbing, "seed", 9)
    press(scrubbing, Key.Key_S)
    until(lambda: scrubbing.session.state == "finished" and scrubbing.session.frame.step == 200)
    settle(scrubbing)
    assert {frame.spec.seed for frame in frames.seen} == {9}
    assert len({frame.run for frame in frames.seen}) == 1
    assert shows_one_finished_run(scrubbing)


def test_a_long_run_is_watched_and_everything_shown_is_of_it(watching) -> None:
    session = watching.session
    frames = Frames(watching)
    until(lambda: len(frames.seen) >= 3)
    assert {frame.run for frame in frames.seen} == {run(watching)}
    assert [frame.step for frame in frames.seen] == sorted({frame.step for frame in frames.seen})
    assert session.frame.step <= session.step < session.run.target == 900_000_000
    assert f"{session.frame.step:,}" in text(watching, "status_step")
    assert text(watching, "status_doing") == "training"
    assert action(watching, "train").isChecked()


def test_pausing_a_watched_run_keeps_it_as_far_as_it_got(watching) -> None:
    watched = run(watching)
    press(watching, Key.Key_Space)
    settle(watching)
    reached = watching.session.step
    assert (run(watching), watching.session.state) == (watched, "paused")
    press(watching, Key.Key_Right)
    settle(watching)
    assert (run(watching), watching.session.step) == (watched, reached + 1)


def test_a_watched_run_trains_on_when_scrubbing_ends(watching) -> None:
    watched, reached = run(watching), watching.session.step
    press(watching, Key.Key_S)
    until(lambda: watching.session.step > reached)
    assert (run(watching), watching.session.state) == (watched, "training")


def test_a_long_run_gives_way_to_the_next_position_and_that_completes(watching) -> None:
    long = run(watching)
    set_(watching, "steps", 200)
    settle(watching)
    assert run(watching) != long
    assert shows_one_finished_run(watching)


def test_an_ordinary_run_that_goes_on_in_scrub_mode_makes_way_for_a_position(scrubbing) -> None:
    scrubbing.session.continue_run()
    set_(scrubbing, "seed", 21)
    settle(scrubbing)
    assert shows_one_finished_run(scrubbing)


def test_closing_during_a_scrub_ends_every_thread(watching) -> None:
    set_(watching, "seed", 3)
    threads = [each._thread for each in watching.session.scrubbing._threads]
    watching.close()
    assert not watching.isVisible()
    assert all(thread.isFinished() for thread in threads)


def test_dragging_moves_through_std_zero_and_back(scrubbing) -> None:
    drag_dial(scrubbing, 0.1, 1e-5, 0.5)
    settle(scrubbing)
    assert shows_one_finished_run(scrubbing)


def test_a_run_that_is_watched_leaves_the_event_loop_to_others(watching) -> None:
    """Every frame asks for the next one when it is painted, which must not go on and on within one turn of the loop."""
    order: list[str] = []

    def note(_frame: object) -> None:
        order.append("frame")
        QTimer.singleShot(0, lambda: order.append("timer"))

    watching.session.watcher.frame_changed.connect(note)
    until(lambda: order.count("frame") > 30)
    watching.session.watcher.frame_changed.disconnect(note)
    assert "frame frame frame" not in " ".join(order)
    until(lambda: order.count("timer") == order.count("frame"))
