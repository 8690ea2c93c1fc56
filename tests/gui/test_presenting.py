"""Presentation: the panels in sight alone on the whole screen, and everything as before when it ends."""

import json

import pytest
from platformdirs import user_config_path
from PySide6.QtWidgets import QApplication, QToolBar

from gui.look.text_size import text_size
from gui.window.main_window import MainWindow
from tests.gui.person import Key, action, press, settle, until


def in_sight(window: MainWindow) -> set[str]:
    return {name for name, view in window.dashboard.panels.items() if view.in_sight}


def state(window: MainWindow) -> dict[str, object]:
    docks = window.dashboard.docks
    return {
        "size": text_size(),
        "font": round(QApplication.font().pointSizeF(), 6),
        "place": window.geometry(),
        "in_sight": in_sight(window),
        "open": set(docks.open_panels()),
        "splitter": window._splitter.sizes(),
        "label": window.form.editor("seed")._label.width(),
        "hidden": [part.isHidden() for part in (window.form, window.menuBar(), window.status, bar(window))],
        "full_screen": window.isFullScreen(),
        "checked": action(window, "present").isChecked(),
    }


def bar(window: MainWindow) -> QToolBar:
    return window.findChild(QToolBar, "toolbar")


def present(window: MainWindow) -> None:
    press(window, Key.Key_F11)
    until(window.isFullScreen)
    settle(window)


@pytest.mark.parametrize("key", [Key.Key_F11, Key.Key_Escape])
def test_the_end_brings_everything_back(window: MainWindow, key: Key) -> None:
    window.resize(790, 640)
    settle(window)
    before = state(window)
    sizes = {name: window.dashboard.panels[name].size() for name in in_sight(window)}
    present(window)
    press(window, key)
    until(lambda: not window.isFullScreen())
    settle(window)
    until(lambda: state(window) == before)
    until(lambda: {name: window.dashboard.panels[name].size() for name in in_sight(window)} == sizes)


def test_panels_in_sight_and_why_stay_and_all_else_goes(window: MainWindow) -> None:
    window.dashboard.reveal("spectrum")
    settle(window)
    before = in_sight(window)
    assert "spectrum" in before
    present(window)
    assert in_sight(window) == before | {"why"}
    assert set(window.dashboard.docks.open_panels()) == before | {"why"}  # so that there are no tabs
    for part in (window.form, window.menuBar(), window.status, bar(window)):
        assert part.isHidden()
    assert text_size() == 150


def test_a_maximised_panel_is_presented_with_why_and_is_maximised_afterwards(window: MainWindow) -> None:
    window.dashboard.docks.maximize("loss")
    settle(window)
    present(window)
    assert in_sight(window) == {"loss", "why"}
    press(window, Key.Key_Escape)
    until(lambda: not window.isFullScreen())
    assert in_sight(window) == {"loss"}
    press(window, Key.Key_Escape)
    assert {"loss", "weights", "accuracy", "gradients", "why"} <= in_sight(window)


def test_keys_of_actions_still_act(window: MainWindow) -> None:
    present(window)
    press(window, Key.Key_Space)
    until(lambda: window.session.is_training or window.session.state == "finished")


def test_a_window_that_is_closed_while_presenting_opens_as_it_was_before(open_window) -> None:
    window = open_window()
    panels = set(window.dashboard.docks.open_panels())
    present(window)
    window.close()
    assert json.loads((user_config_path("initscope") / "settings.json").read_text(encoding="utf-8"))["text_size"] == 100
    again = open_window()
    assert not again.isFullScreen()
    assert set(again.dashboard.docks.open_panels()) == panels
