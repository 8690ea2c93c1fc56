"""Runs beside one another: pinned by a key, in every panel alike, and at the step that is looked at."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.plots.panel.legend import LegendChip
from model.figures.figure import Bars
from model.training.engine import Engine
from model.training.stepper import kernel_stepper
from tests.gui.person import action, faults, panel, press, run, settle, until

Key = Qt.Key


def train_with(window, **knobs):
    for name, value in knobs.items():
        window.session.turn(name, value)
    window.speed.set_value("max")
    if window.session.state == "paused":  # else it is lively, and trains or has finished
        window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    return run(window)


def rest(window):
    settle(window)
    until(lambda: window.session.comparison.idle and window.dashboard.settled)


def chips(window, name):
    return {chip.name: chip for chip in panel(window, name).face.header.legend.chips() if chip.name.startswith("run")}


@pytest.fixture
def compared(open_window):
    """The numbers of two pinned runs, and the window with a third one."""
    window = open_window("--steps", "60", "--eval-every", "20", "--hidden-sizes", "8")
    pinned = []
    for knobs in ({"weight_init_std": 0.01}, {"init": "he"}):
        pinned.append(train_with(window, **knobs))
        press(window, Key.Key_K)
    train_with(window, weight_init_std=1.0)
    rest(window)
    return window, pinned


def test_pinned_runs_stay_beside_those_that_follow_with_their_colours(compared):
    window, pinned = compared
    before = {one.frame.run: one.slot for one in window.session.comparison.runs()}
    assert list(before) == pinned
    train_with(window, seed=4)
    after = {one.frame.run: one.slot for one in window.session.comparison.runs()}
    assert {number: after[number] for number in pinned} == before
    assert [slot for number, slot in after.items() if number not in pinned] == [0]  # the run before, in grey
    for name in ("loss", "accuracy", "gradients"):
        said = {chip.name: chip.text() for chip in chips(window, name).values()}
        assert [said[f"run{number}"] for number in pinned] == ["std 0.01, seed 0", "He, seed 0"], name
    assert faults(window) == []


def test_the_key_that_pins_a_run_lets_go_of_it_and_the_button_shows_which(compared):
    window, pinned = compared
    assert not action(window, "pin").isChecked()
    press(window, Key.Key_K)
    assert action(window, "pin").isChecked()
    present = run(window)
    train_with(window, seed=4)
    assert present in {one.frame.run for one in window.session.comparison.runs() if one.slot}
    assert not action(window, "pin").isChecked()
    window.session.undo()
    settle(window)
    assert action(window, "pin").isChecked()
    press(window, Key.Key_K)
    assert [one.frame.run for one in window.session.comparison.runs() if one.slot] == pinned


def test_at_rest_the_weights_of_all_stand_at_the_same_step(compared):
    window, pinned = compared
    for step in (60, 25):
        window.session.seek(step)
        until(lambda step=step: window.session.frame.step == step)
        rest(window)
        until(lambda: len(window.session.comparison.runs()[0].frame.loss) == window.session.frame.step)
        for one in window.session.comparison.runs():
            engine = Engine(one.frame.spec, one.frame.data, kernel_stepper, one.frame.spec.eval_interval)
            engine.train(step)
            expected = engine.recording.frame()
            assert one.moment.step == step
            for name, values in expected.params.items():
                assert np.array_equal(one.moment.params[name], values), (one.frame.run, name)
        marks = {mark.key: mark for mark in panel(window, "weights").figure.plots[0].marks}
        for number in pinned:
            bars = marks[f"run{number}"]
            assert isinstance(bars, Bars)
            assert not bars.filled


def test_a_click_in_one_legend_hides_a_run_in_every_panel_and_brings_it_back(compared):
    window, (first, second) = compared
    chip = chips(window, "loss")[f"run{first}"]
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    rest(window)
    shown = [view for view in window.dashboard.panels.values() if "compared" in view.panel.options]
    assert all(view.view.hides(f"run{first}") and not view.view.hides(f"run{second}") for view in shown)
    assert not chips(window, "gradients")[f"run{first}"].isChecked()
    QTest.mouseClick(chips(window, "gradients")[f"run{first}"], Qt.MouseButton.LeftButton)
    assert not any(view.view.hides(f"run{first}") for view in shown)


def test_a_curve_that_is_hidden_in_one_panel_stays_in_the_others(compared):
    window, _ = compared
    legend = panel(window, "gradients").face.header.legend
    chip = next(chip for chip in legend.chips() if chip.name == "W1")
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert panel(window, "gradients").view.hides("W1")
    assert not panel(window, "weights").view.hides("W1")


def test_pointing_at_a_curve_brings_its_run_to_the_fore_everywhere(compared):
    window, _ = compared
    run_ = window.session.comparison.runs()[0].frame
    view = panel(window, "loss")
    place = view.areas()["loss"]
    at = QPointF(20.0, float(run_.loss[20]))
    viewport = view.canvas.viewport()
    QTest.mouseMove(viewport, view.canvas.mapFromScene(place.box.mapViewToScene(at)))
    until(lambda: panel(window, "accuracy").view.raised == run_.run)
    assert view.view.raised == run_.run
    QTest.mouseMove(viewport, QPoint(1, 1))
    until(lambda: panel(window, "accuracy").view.raised == 0)


def test_hovering_one_in_a_legend_brings_it_to_the_fore_everywhere(compared):
    window, (first, _) = compared
    chip = chips(window, "loss")[f"run{first}"]
    at = chip.rect().center().toPointF()
    QApplication.sendEvent(chip, QEnterEvent(at, at, chip.mapToGlobal(at)))
    rest(window)
    for name in ("loss", "gradients", "weights"):
        raised = {mark.key.partition(".")[0] for plot in panel(window, name).figure.plots for mark in plot.marks
                  if getattr(mark, "raised", False)}  # fmt: skip
        assert raised == {f"run{first}"}, name
    QApplication.sendEvent(chip, QEvent(QEvent.Type.Leave))
    assert panel(window, "gradients").view.raised == 0


def test_nothing_is_made_again_for_the_comparison_while_the_run_trains(compared):
    window, _ = compared
    window.session.turn("steps", 200_000)
    window.session.train()
    until(lambda: window.session.step > 200)
    assert window.session.comparison.idle
    window.session.run.pause()
    settle(window)
    assert window.session.step > 60  # beyond where the pinned runs have come
    assert all(one.moment is None for one in window.session.comparison.runs())


def test_runs_that_come_and_go_leave_no_chips_behind(open_window):
    window = open_window("--steps", "3", "--hidden-sizes", "4")
    legend = panel(window, "loss").face.header.legend
    counts = []
    for seed in range(1, 6):
        train_with(window, seed=seed)
        counts.append(len(legend.findChildren(LegendChip)))
    assert counts[1:] == [counts[1]] * 4
    (chip,) = chips(window, "loss").values()
    assert (chip.text(), chip.objectName()) == ("seed 4", f"legend_loss_{chip.name}")
