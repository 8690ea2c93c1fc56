"""Repeating a run with seeds in the window: asked for, shown as it grows, stopped, and put away again."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit

from gui.compare.repeat_dialog import RepeatDialog
from tests.gui.person import action, come_back, faults, panel, press, settle, until

Key = Qt.Key
FAST = ("--dataset", "xor", "--hidden-sizes", "2", "--steps", "60", "--eval-every", "20")


def asked(window):
    window.speed.set_value("max")
    press(window, Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    until(lambda: window.findChild(RepeatDialog) is not None)
    return window.findChild(RepeatDialog)


def start(window, seeds):
    dialog = asked(window)
    dialog.findChild(QLineEdit, "repeat_seeds").setText(str(seeds))
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    come_back(window)


def marks(window, name):
    settle(window)
    until(lambda: window.dashboard.settled)
    figure = panel(window, name).face.figure_view.figure
    return {mark.key for plot in figure.plots for mark in plot.marks}


def test_the_band_grows_behind_the_curves_while_the_present_run_goes_on(open_window):
    window = open_window(*FAST)
    repeating = window._repeat.repeating
    counts = []
    repeating.grown.connect(lambda runs: counts.append(runs.n if runs else 0))
    pressed = []
    repeating.changed.connect(lambda: pressed.append(action(window, "repeat").isChecked()))
    start(window, 5)
    assert pressed[0]
    window.session.train()
    until(lambda: not repeating.active and window.session.state == "finished")
    assert counts == [1, 2, 3, 4, 5]
    assert not action(window, "repeat").isChecked()
    for name in ("loss", "accuracy", "gradients"):
        window.dashboard.reveal(name)
        assert any(key.partition(".")[0] == "seeds" for key in marks(window, name)), name
    window.dashboard.reveal("seeds")
    assert "of 5 runs" in str(panel(window, "seeds").face.figure_view.figure.summary)
    action(window, "unpin_all").trigger()
    window.dashboard.reveal("loss")
    assert not any(key.startswith("seeds") for key in marks(window, "loss"))
    assert faults(window) == []


def test_a_second_press_stops_and_what_is_finished_stays(open_window):
    window = open_window(*FAST[:-4], "--steps", "200000")
    repeating = window._repeat.repeating
    start(window, 200)
    until(lambda: repeating.runs is not None)
    press(window, Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert not repeating.active
    n = repeating.runs.n
    assert 1 <= n < 200
    assert repeating.stop()
    settle(window)
    assert repeating.runs.n == n
    assert not action(window, "repeat").isChecked()
    assert window.findChild(RepeatDialog) is None or not window.findChild(RepeatDialog).isVisible()


def test_nonsense_cannot_be_started_and_a_closed_dialog_begins_nothing(open_window):
    window = open_window(*FAST)
    dialog = asked(window)
    button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    for field, text in (("repeat_seeds", "1"), ("repeat_seeds", ""), ("repeat_level", "-3"), ("repeat_level", "0,5")):
        edit = dialog.findChild(QLineEdit, field)
        before = edit.text()
        edit.setText(text)
        assert not button.isEnabled(), text
        assert dialog._refusal.text()
        edit.setText(before)
        assert button.isEnabled()
    dialog._quantity.setCurrentIndex(1)
    assert dialog.findChild(QLineEdit, "repeat_level").text() == "0.9"
    dialog.reject()
    settle(window)
    assert not window._repeat.repeating.active
    assert not action(window, "repeat").isChecked()


def test_the_window_closes_in_the_middle_of_it(open_window):
    window = open_window(*FAST[:-4], "--steps", "1000000")
    start(window, 50)
    until(lambda: window._repeat.repeating.active)
    window.close()
    assert not window._repeat.repeating.active
    assert not window._repeat.repeating._thread.is_alive()
