"""The fields of the randn bench: what is typed is drawn, what cannot be is refused at its field."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from gui.pane.editor import KnobEditor
from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from model.insight.randn import RandnRequest, numbers
from tests.gui.person import panel, settle, until


@pytest.fixture
def bench(window: MainWindow) -> PanelView:
    window.dashboard.reveal("randn")
    settle(window)
    until(lambda: panel(window, "randn").figure is not None)
    return panel(window, "randn")


def field(bench: PanelView, name: str) -> KnobEditor:
    return bench.findChild(QWidget, f"randn_{name}")


def shows(bench: PanelView, request: RandnRequest) -> bool:
    """Whether title, bars and numbers are those of a request."""
    figure = bench.figure
    values = numbers(request)
    bars = next((mark for mark in figure.plots[0].marks if mark.key == "drawn"), None)
    counted = bars is not None and bars.heights.sum() == np.count_nonzero(values)
    return str(figure.plots[0].title) == request.call and counted


def press_button(bench: PanelView, name: str) -> None:
    QTest.mouseClick(bench.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_the_bench_begins_with_the_numbers_behind_w1_and_follows_the_seed(window: MainWindow, bench: PanelView) -> None:
    assert shows(bench, RandnRequest("randn", (64, 50), 0))
    window.form.editor("seed").set_value(12)
    until(lambda: shows(bench, RandnRequest("randn", (64, 50), 12)))
    assert field(bench, "seed").value() == 12


def test_what_is_typed_is_drawn(bench: PanelView) -> None:
    field(bench, "function").set_value("normal")
    field(bench, "shape").set_value("4,5")
    field(bench, "seed").set_value("3")
    field(bench, "loc").set_value("-2.5")
    field(bench, "scale").set_value("0.5")
    request = RandnRequest("normal", (4, 5), 3, -2.5, 0.5)
    until(lambda: shows(bench, request))
    assert any(str(numbers(request)) in text for text in bench.face.figure_view.passages.texts())


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("shape", "1000,1001", "1,000,000"), ("shape", "4,,5", "whole numbers"), ("shape", "", "empty"),
        ("seed", "-1", "from 0"), ("seed", "one", "whole number"), ("loc", "0,5", "0.5"), ("scale", "-1", "from 0"),
        ("scale", "nan", "finite"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_at_its_field_and_nothing_changes(
    bench: PanelView, name: str, typed: str, told: str
) -> None:
    before = bench.view.randn, field(bench, name).value()
    field(bench, name).set_value(typed)
    assert told in field(bench, name).error()
    assert (bench.view.randn, field(bench, name).value()) == before
    field(bench, name).set_value("7" if name != "shape" else "7,1")
    assert field(bench, name).error() == ""
    assert bench.view.randn is not None


def test_the_code_on_the_clipboard_makes_the_array_that_is_shown(bench: PanelView) -> None:
    field(bench, "shape").set_value("3,2")
    press_button(bench, "randn_copy")
    assert QGuiApplication.clipboard().text() == "import numpy as np; np.random.seed(0); np.random.randn(3, 2)"


def test_a_button_leads_back_to_w1(bench: PanelView) -> None:
    assert not bench.findChild(QPushButton, "randn_follow").isEnabled()
    field(bench, "seed").set_value("99")
    press_button(bench, "randn_follow")
    until(lambda: shows(bench, RandnRequest("randn", (64, 50), 0)))
    assert field(bench, "seed").value() == 0


def test_every_field_has_a_name_for_who_does_not_see_it(bench: PanelView) -> None:
    for name in ("function", "shape", "seed", "loc", "scale", "copy", "follow"):
        assert bench.findChild(QWidget, f"randn_{name}").accessibleName()
    assert "--" not in field(bench, "shape").toolTip()
