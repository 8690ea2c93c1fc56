"""The fields of coordinate check and rate transfer: what is typed is looked at, and the rest of the window goes on."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from gui.pane.small_parts import ResetButton
from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from tests.gui.person import panel, settle, until

pytestmark = pytest.mark.usefixtures("whole_surveys")


def shown(window: MainWindow, name: str) -> PanelView:
    window.dashboard.reveal(name)
    settle(window)
    until(lambda: panel(window, name).figure is not None and not panel(window, name).figure.unfinished)
    return panel(window, name)


@pytest.mark.parametrize("name", ["coordinate", "transfer"])
def test_what_is_typed_is_looked_at_and_a_button_goes_back(window: MainWindow, name: str) -> None:
    view = shown(window, name)
    view.findChild(QWidget, f"{name}_widths").set_value("3,5")
    view.findChild(QWidget, f"{name}_steps").set_value("1")
    assert view.view.widths is not None
    assert (view.view.widths.widths, view.view.widths.steps) == ((3, 5), 1)
    title = "after 1 step"
    until(lambda: title in str(view.figure.plots[0].title) and not view.figure.unfinished)
    QTest.mouseClick(view.findChild(QPushButton, f"{name}_usual"), Qt.MouseButton.LeftButton)
    assert view.view.widths is None
    until(lambda: title not in str(view.figure.plots[0].title))


def test_what_cannot_be_is_refused_at_its_field(window: MainWindow) -> None:
    view = shown(window, "transfer")
    view.findChild(QWidget, "transfer_seeds").set_value("0")
    assert view.findChild(QWidget, "transfer_seeds").error()
    assert view.view.widths is None


@pytest.mark.parametrize("name", ["coordinate", "transfer"])
def test_no_field_shows_as_changed_while_all_are_as_usual_with_this_optimiser(window: MainWindow, name: str) -> None:
    window.form.editor("optimizer").set_value("adam")
    view = shown(window, name)
    assert not view.findChild(QPushButton, f"{name}_usual").isEnabled()
    assert not [button for button in view.face.controls.findChildren(ResetButton) if button.isVisible()]


@pytest.mark.parametrize("name", ["coordinate", "transfer"])
def test_the_smallest_window_shows_fields_curves_and_the_verdict_at_once(window: MainWindow, name: str) -> None:
    window.resize(1024, 720)
    view = shown(window, name)
    inside = view.face.controls.parentWidget()
    assert inside.height() <= inside.parentWidget().height()
    until(lambda: view.areas()[name].box.height() >= 40)  # once notes have found their place
    assert view.face.figure_view.passages.height() >= 50


def test_a_panel_that_is_hidden_is_not_worked_on(window: MainWindow) -> None:
    view = shown(window, "coordinate")
    view.findChild(QWidget, "coordinate_seeds").set_value("20")
    view.findChild(QWidget, "coordinate_widths").set_value("4,8,16,32,64,128")
    window.dashboard.reveal("loss")
    until(lambda: window.dashboard.settled)
    whole = view.figure is not None and not view.figure.unfinished and len(view.figure.plots[0].x.ticks or ()) == 6
    assert not whole
