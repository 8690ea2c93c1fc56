"""What is trained in the window is kept, goes on after the program was killed, and can be forked."""

import sqlite3

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from model.keeping.folder import database
from model.keeping.store import Store
from model.training.checkpoints import Checkpoints
from model.training.engine import Engine
from model.training.stepper import kernel_stepper
from tests.gui.person import faults, press, run, settle, type_in, until

Key = Qt.Key
SMALL = ("--steps", "60", "--hidden-sizes", "6", "--eval-every", "20")


def train(window):
    window.speed.set_value("max")
    if window.session.state == "paused":  # else it is lively, and trains or has finished
        window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)


def kept():
    store = Store(database())
    try:
        return store.summaries()
    finally:
        store.close()


def written(window):
    until(lambda: window.keeping.keeper.settle(0))
    return kept()


def test_a_run_that_has_finished_is_kept_without_being_asked(open_window):
    window = open_window(*SMALL)
    train(window)
    (one,) = written(window)
    assert (one.summary.step, one.summary.ended_by, one.interrupted) == (60, "steps", False)
    assert one.summary.loss == window.session.frame.loss[-1]
    window.session.turn("seed", 3)
    train(window)
    assert [(each.summary.spec.seed, each.summary.step) for each in written(window)] == [(0, 60), (3, 60)]
    assert window.banner.text() == ""


def test_a_finished_run_stays_as_it_ended_when_another_one_follows(open_window):
    window = open_window("--steps", "600", "--hidden-sizes", "6")  # more steps than there are checkpoints
    train(window)
    (before,) = written(window)
    window.session.turn("seed", 3)
    train(window)
    one, _ = written(window)
    assert (one.id, one.summary.step, one.summary.ended_by) == (before.id, 600, "steps")


def test_an_untrained_run_and_a_scrubbed_one_are_not(open_window):
    window = open_window(*SMALL)
    settle(window)
    window.session.set_scrub(on=True)
    settle(window)
    window.session.turn("seed", 3)
    settle(window)
    assert written(window) == []


def test_runs_that_a_turning_dial_leaves_after_moments_are_not_kept(open_window):
    window = open_window("--steps", "5000000", "--hidden-sizes", "6")
    window.speed.set_value("max")
    window.session.train()
    for std in (0.02, 0.03, 0.04):
        step = window.session.frame.step
        until(lambda step=step: window.session.frame.step > step + 100)
        window.session.turn("weight_init_std", std)
    assert written(window) == []


def test_a_pinned_run_that_is_left_while_it_trains_is_kept_as_far_as_a_checkpoint(open_window):
    window = open_window("--steps", "5000000", "--hidden-sizes", "6")
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.frame.step > 100)
    window.session.shelving.pin()
    window.session.turn("seed", 3)
    (one,) = [each for each in written(window) if each.summary.spec.seed == 0]
    assert one.summary.step > 0
    assert not one.interrupted


@pytest.fixture
def interrupted(open_window):
    """A database with a run whose program was killed at step 30."""
    window = open_window(*SMALL)
    window.session.run.train_to(30)
    until(lambda: window.session.step == 30)
    settle(window)
    window.session.run._runner.retarget(60, train=False)
    settle(window)
    window.keeping.keeper.keep(window.session.engine(), training=False)
    written(window)
    window.close()
    with sqlite3.connect(database()) as connection:
        connection.execute("UPDATE runs SET owner = 2147483000")
    connection.close()
    return open_window


def test_the_next_start_offers_to_go_on_and_that_is_as_if_nothing_had_happened(interrupted):
    window = interrupted(*SMALL)
    until(lambda: "interrupted at step 30 of 60" in window.banner.text())
    QTest.mouseClick(window.findChild(QPushButton, "banner_go_on"), Qt.MouseButton.LeftButton)
    until(lambda: window.session.step == 30)
    settle(window)
    assert window.banner.text() == ""
    train(window)
    engine = Engine(window.session.spec, window.session.data, kernel_stepper)
    engine.train(60)
    assert np.array_equal(window.session.frame.loss, engine.recording.frame().loss)
    assert [each.summary.step for each in written(window)] == [60]  # it is the same run
    assert faults(window) == []


def test_an_offer_that_is_left_does_not_come_again(interrupted):
    window = interrupted(*SMALL)
    until(lambda: "interrupted" in window.banner.text())
    QTest.mouseClick(window.findChild(QPushButton, "banner_leave"), Qt.MouseButton.LeftButton)
    assert window.banner.text() == ""
    assert [each.interrupted for each in written(window)] == [False]


def test_where_nothing_can_be_kept_the_window_says_so_and_goes_on(open_window, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.write_text("a file in its place")
    monkeypatch.setenv("INITSCOPE_DATA", str(folder))
    monkeypatch.setattr("model.keeping.keeper._RETRY_SECONDS", 0.05)
    window = open_window(*SMALL)
    train(window)
    until(lambda: "Runs are not being kept" in window.banner.text())
    assert "folder" in window.banner.text()
    folder.unlink()
    until(lambda: window.banner.text() == "")
    assert [each.summary.step for each in written(window)] == [60]


def test_a_fork_begins_where_the_panels_are_and_its_parent_stays_beside_it(open_window):
    window = open_window(*SMALL)
    train(window)
    parent = run(window)
    window.session.seek(20)
    until(lambda: window.session.frame.step == 20)
    press(window, Key.Key_B)
    until(lambda: run(window) != parent)
    settle(window)
    assert window.session.step == window.session.frame.step == 20
    type_in(window, "learning_rate", "0.5")
    train(window)
    engine = Engine(window.session.engine().spec, window.session.data, kernel_stepper)
    engine.train(20)
    engine.edit("learning_rate", 0.5)
    engine.train(60)
    assert np.array_equal(window.session.frame.loss, engine.recording.frame().loss)
    (beside,) = [one for one in window.session.comparison.runs() if one.slot]
    assert beside.frame.run == parent
    assert len(beside.frame.loss) == 60
    assert faults(window) == []


def test_a_training_run_without_checkpoints_is_kept_as_far_as_it_is(open_window, monkeypatch):
    monkeypatch.setattr(Checkpoints, "last_before", lambda *_: None)
    window = open_window("--steps", "1000000000", "--hidden-sizes", "6", "--eval-every", "1000000")
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.step > 100)
    for _ in range(2):
        step = window.session.step
        window.keeping._keep_training()
        until(lambda step=step: any(one.summary.step >= step for one in written(window)))
    assert window.session.is_training
    assert faults(window) == []


def test_a_run_whose_file_has_changed_is_told_and_not_shown(open_window, tmp_path):
    path = tmp_path / "own.npz"
    rng = np.random.default_rng(1)
    x, t = rng.standard_normal((60, 4)), rng.integers(0, 2, 60)
    np.savez(path, x=x, y=t)
    window = open_window(*SMALL, "--data", str(path), "--batch-size", "10")
    train(window)
    (one,) = written(window)
    window.close()
    np.savez(path, x=-x, y=t)
    again = open_window(*SMALL)
    until(lambda: again.keeping.keeper.settle(0) and again.keeping.keeper.runs)
    again.keeping.bring(one.id, again.keeping._become_present)
    until(lambda: faults(again))
    (box,) = faults(again)
    assert "cannot be brought back" in box.text()
    box.close()
    assert again.session.spec.data is None
