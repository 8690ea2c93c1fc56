"""The size of all text: changed while the window is open, for everything in it, remembered, and nothing cut off."""

import json
from itertools import pairwise

import pytest
from platformdirs import user_config_path
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolBar, QToolButton

from gui.look.text_size import SIZES, larger, smaller, text_size, thickness
from gui.plots.axes.plot_area import PlotArea
from gui.window.main_window import MainWindow
from tests.gui.person import action, settle, until


def area_of(window: MainWindow, panel: str) -> PlotArea:
    return next(iter(window.dashboard.panels[panel].areas().values()))


def room(window: MainWindow) -> dict[str, float]:
    """Measure what text takes: in the bar, on the form, in a plot, and in what is written below."""
    area, passages = area_of(window, "loss"), window.dashboard.panels["why"].face.figure_view.passages
    until(lambda: bool(passages.texts()))
    return {
        "font": QApplication.font().pointSizeF(),
        "icon": window.findChild(QToolBar, "toolbar").iconSize().width(),
        "dial": window.form.std_editor().height(),
        "field": window.form.editor("seed").height(),
        "label": window.form.editor("seed")._label.width(),
        "form": window.form.width(),
        "axis": area._axes[0].size().height(),
        "upright": area._axes[1].size().width(),
        "title": window.dashboard.panels["loss"].face.header._title.height(),
        "why": passages._rows[0]._text.fontMetrics().height(),
        "link": passages._rows[0]._link.fontMetrics().height(),
    }


def shown(window: MainWindow, percent: int) -> None:
    window._appearance.show_text_size(percent)
    settle(window)
    bar = window.findChild(QToolBar, "toolbar")
    until(lambda: bar.height() == bar.sizeHint().height())


def test_steps_are_of_a_tenth_to_a_seventh_and_end_at_the_ends():
    assert (SIZES[0], SIZES[-1]) == (70, 250)
    assert all(1.09 < high / low < 1.15 for low, high in pairwise(SIZES))
    assert (larger(250), smaller(70), larger(101), smaller(101)) == (250, 70, 110, 100)


def test_the_size_of_everything_is_changed_and_taken_back(window: MainWindow) -> None:
    before = room(window)
    action(window, "larger").trigger()
    assert text_size() == 110
    assert window.status.currentMessage() == "Text size 110 %"
    for _ in range(4):
        action(window, "larger").trigger()
    settle(window)
    large = room(window)
    assert text_size() == 180
    assert large["font"] == pytest.approx(1.8 * before["font"])
    for name, height in before.items():
        assert large[name] > 1.15 * height, name
    action(window, "usual_size").trigger()
    settle(window)
    until(lambda: window.form.editor("seed").height() <= before["field"] + 1)  # once Qt has laid the form out again
    after = room(window)
    assert after.pop("form") == pytest.approx(before.pop("form"), abs=16)
    assert after == pytest.approx(before, abs=1)
    action(window, "smaller").trigger()
    assert text_size() == 90
    assert QApplication.font().pointSizeF() == pytest.approx(0.9 * before["font"])


def test_ctrl_with_plus_equals_minus_and_nought_are_the_keys(window: MainWindow) -> None:
    keys = {name: [key.toString() for key in action(window, name).shortcuts()] for name in ("larger", "smaller")}
    assert keys == {"larger": ["Ctrl++", "Ctrl+="], "smaller": ["Ctrl+-"]}
    assert action(window, "usual_size").shortcut() == QKeySequence("Ctrl+0")


def test_curves_grow_with_the_text_but_never_become_thinner(window: MainWindow) -> None:
    item = area_of(window, "accuracy").items_of()["train"]
    usual = item._pen.widthF()
    shown(window, 200)
    assert item._pen.widthF() == pytest.approx(2 * usual)
    shown(window, 70)
    assert thickness() == 1.0
    assert item._pen.widthF() == pytest.approx(usual)


def test_the_size_is_remembered_and_the_next_window_has_it_at_once(open_window) -> None:
    first = open_window()
    usual = QApplication.font().pointSizeF()
    shown(first, 140)
    first.close()
    kept = json.loads((user_config_path("initscope") / "settings.json").read_text(encoding="utf-8"))
    assert kept["text_size"] == 140
    second = open_window()
    assert text_size() == 140
    assert QApplication.font().pointSizeF() == pytest.approx(1.4 * usual)
    second.close()
    open_window("--reset")
    assert text_size() == 100
    assert QApplication.font().pointSizeF() == pytest.approx(usual)


def test_a_zoomed_plot_keeps_its_range(window: MainWindow) -> None:
    area = area_of(window, "loss")
    area.zoom_to((10.0, 20.0), (0.5, 1.5))
    shown(window, 160)
    assert area.display_range() == ((10.0, 20.0), (0.5, 1.5))


@pytest.mark.parametrize("percent", [140, 160, 200, 250])
def test_no_word_on_the_form_or_on_a_button_is_cut_off(window: MainWindow, percent: int) -> None:
    window.resize(1440, 900)
    window.form.restore(dict.fromkeys(window.form.state(), True))
    shown(window, percent)
    labels = [label for label in window.form.findChildren(QLabel) if label.isVisible() and not label.wordWrap()]
    buttons = [
        button
        for button in (*window.form.findChildren(QPushButton), *window.findChildren(QToolButton))
        if button.isVisible() and not _has_an_icon_alone(button) and button.objectName() != "legend_more"
    ]
    assert labels
    assert buttons
    for part in (*labels, *buttons):
        words = part.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, part.text())
        assert part.width() >= words.width(), part.text()
        assert part.height() >= words.height(), part.text()
    assert window.form.width() >= window.form.wanted_width() or window.form.width() >= window.width() // 2 - 10


def _has_an_icon_alone(button: QPushButton | QToolButton) -> bool:
    only = Qt.ToolButtonStyle.ToolButtonIconOnly
    return isinstance(button, QToolButton) and button.toolButtonStyle() == only and not button.icon().isNull()
