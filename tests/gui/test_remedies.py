"""Why? in the window: what would help is found while the run stands still, and a click on it turns the knob."""

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from tests.gui.conftest import Opener
from tests.gui.person import LEFT, settle, until

DYING = ("--init", "he", "--learning-rate", "2", "--steps", "400")


def why(window: MainWindow) -> PanelView:
    return window.dashboard.panels["why"]


def remedies(window: MainWindow) -> list[QPushButton]:
    return [button for button in why(window).findChildren(QPushButton, "remedy") if button.isVisible()]


def train_through(window: MainWindow) -> None:
    window.session.pace.set_speed(float("inf"))
    window.session.train()
    until(lambda: window.session.step >= 400 and not window.session.is_training)
    settle(window)


def said(window: MainWindow) -> list[str]:
    return why(window).face.figure_view.passages.texts()


def test_a_click_on_a_remedy_turns_the_knob_trains_and_says_whether_it_helped(open_window: Opener) -> None:
    window = open_window(*DYING)
    train_through(window)
    until(lambda: len(remedies(window)) > 0, 60)
    first = remedies(window)[0]
    assert first.text() == "Try rate 0.2"
    assert "accuracy 0.9" in first.accessibleName()
    assert said(window)[0] == "The learning rate 2 is too high for this run."
    why(window).face.figure_view.passages.ensureWidgetVisible(first)
    QTest.mouseClick(first, LEFT)
    until(lambda: window.session.spec.learning_rate == 0.2)
    until(lambda: window.session.step >= 400 and not window.session.is_training)
    until(lambda: said(window)[0].startswith("As expected: at step 400"), 60)
    assert window.session.frame.accuracy[1] > 0.9
    assert window.form.editor("learning_rate").value() == 0.2


def test_what_is_tried_is_given_up_when_the_run_goes_on(open_window: Opener) -> None:
    window = open_window(*DYING)
    train_through(window)
    until(lambda: not window._advising._adviser.idle, 30)
    window.session.reset()
    assert window._advising._adviser.idle or window._advising._adviser._bench.stopped
    window.session.run.pause()
    until(lambda: window._advising.idle, 60)


def test_nothing_is_tried_while_a_run_trains(open_window: Opener) -> None:
    window = open_window("--steps", "100000000", "--dataset", "moons")
    window.session.train()
    until(lambda: window.session.is_training and window._advising.idle)  # it learns of the training at the next event
    for step in (1000, 20_000, 100_000):
        until(lambda: window.session.step > step)  # noqa: B023
        assert window._advising.idle
    window.session.run.pause()
    settle(window)
