"""A race in the window: values of one knob side by side, live, at the same step, each with its colour and its words."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit, QPushButton

from gui.compare.race_dialog import RaceDialog
from tests.gui.person import action, faults, panel, press, settle, until

Key = Qt.Key


def dialog(window):
    found = window.findChild(RaceDialog)
    assert found is not None
    return found


def race(window, text, knob="weight_init_std"):
    window.speed.set_value("max")
    press(window, Key.Key_G)
    until(lambda: window.findChild(RaceDialog) is not None)
    begun = []
    window._comparing.raced.connect(lambda: begun.append(knob))
    asked = dialog(window)
    asked._knob.setCurrentIndex(asked._knob.findData(knob))
    asked.findChild(QLineEdit, "race_values").setText(text)
    asked.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    until(lambda: begun)
    until(lambda: window.session.state == "finished")
    settle(window)
    until(lambda: window.session.comparison.idle and window.dashboard.settled)


def test_a_race_shows_every_value_at_the_same_step_and_names_all(open_window):
    window = open_window("--steps", "60", "--eval-every", "20", "--hidden-sizes", "8")
    steps = []
    window.session.watcher.frame_changed.connect(
        lambda frame: steps.append({frame.step, *(one.frame.step for one in window.session.comparison.runs())})
    )
    race(window, "0.01, Glorot, He")
    compared = window.session.comparison.runs()
    assert [one.frame.step for one in compared] == [60, 60]
    assert len({one.slot for one in compared}) == 2
    assert all(one.moment is not None for one in compared)
    assert steps
    assert sum(len(each) > 1 for each in steps) <= 1  # a look may fall between two of them
    for name in ("loss", "accuracy"):
        said = [chip.text() for chip in panel(window, name).face.header.legend.chips()]
        assert {"Glorot", "He"} <= set(said), said
        assert any(each.endswith("std 0.01") for each in said), said
    assert window.session.frame.spec.init == "std"
    assert {run.number for run in window.session.shelf} >= {one.frame.run for one in compared}
    assert faults(window) == []


def test_a_race_takes_the_place_of_the_last_one_and_leaves_what_was_starred(open_window):
    window = open_window("--steps", "20", "--hidden-sizes", "4")
    race(window, "0.01, He, 1")
    first = [one.frame.run for one in window.session.comparison.runs()]
    window.session.shelf.change(first[0], starred=True)
    race(window, "1, 2", "seed")
    now = [one.frame.run for one in window.session.comparison.runs()]
    assert first[0] in now
    assert first[1] not in now
    action(window, "unpin_all").trigger()
    assert [one for one in window.session.comparison.runs() if one.slot] == []


def test_continue_takes_all_runs_of_a_race_on(open_window):
    window = open_window("--steps", "20", "--hidden-sizes", "4")
    race(window, "relu, tanh", "activation")
    window.session.continue_run()
    until(lambda: window.session.state == "finished" and window.session.step == 40)
    settle(window)
    assert [one.frame.step for one in window.session.comparison.runs()] == [40]


def test_the_dialog_says_what_cannot_be_raced_and_chips_add_and_take_away(open_window):
    window = open_window("--steps", "20", "--hidden-sizes", "4")
    press(window, Key.Key_G)
    until(lambda: window.findChild(RaceDialog) is not None)
    asked = dialog(window)
    start = asked.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    values = asked.findChild(QLineEdit, "race_values")
    assert start.isEnabled()
    values.setText("0.01, zz")
    assert not start.isEnabled()
    assert "zz" in asked.findChild(QLabel, "race_told").text()
    values.setText("0.01")
    asked.findChild(QPushButton, "race_add_He").click()
    assert values.text() == "0.01, He"
    assert start.isEnabled()
    asked.findChild(QPushButton, "race_add_0.01").click()
    assert values.text() == "He"


def test_turning_the_dial_after_a_race_keeps_it_in_sight_and_trains_one_run(open_window):
    window = open_window("--steps", "20", "--hidden-sizes", "4")
    race(window, "0.01, He")
    window.session.turn("weight_init_std", 0.5)
    until(lambda: window.session.state == "finished")
    settle(window)
    assert window.session.run.others == ()
    assert [one.frame.spec.init for one in window.session.comparison.runs() if one.slot] == ["he"]
