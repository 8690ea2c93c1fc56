"""Grid lines: at the numbers along the axes, behind the curves, in every panel, and remembered."""

import json

import numpy as np
from platformdirs import user_config_path

from gui.plots.axes.plot_area import PlotArea
from gui.window.main_window import MainWindow
from model.figures.palette import LIGHT
from tests.gui.person import SHIFT, Key, action, press, settle, until


def area_of(window: MainWindow, panel: str) -> PlotArea:
    return next(iter(window.dashboard.panels[panel].areas().values()))


def lines_of(area: PlotArea) -> tuple[list[float], list[float]]:
    """Give the places of the upright and of the level lines."""
    lines = area._grid._lines if area._grid is not None and area._grid.isVisible() else []
    upright, level = [at for at in lines if at.x1() == at.x2()], [at for at in lines if at.y1() == at.y2()]
    return [at.x1() for at in upright], [at.y1() for at in level]


def labelled(area: PlotArea, side: int) -> list[float]:
    size = (area.box.width(), area.box.height())[side]
    return [tick.at for tick in area._axes[side]._ticks(area.display_range()[side], size) if tick.label]


def test_a_key_shows_lines_at_the_numbers_and_takes_them_away(window: MainWindow) -> None:
    area = area_of(window, "loss")
    assert lines_of(area) == ([], [])
    press(window, Key.Key_G, SHIFT)
    assert action(window, "grid").isChecked()
    assert lines_of(area) == (labelled(area, 0), labelled(area, 1))
    assert all(lines_of(area))
    press(window, Key.Key_G, SHIFT)
    assert lines_of(area) == ([], [])


def test_the_lines_follow_a_zoom_and_lie_behind_the_marks(window: MainWindow) -> None:
    action(window, "grid").trigger()
    area = area_of(window, "loss")
    before = lines_of(area)
    area.zoom_to((10.0, 20.0), (0.5, 1.5))
    assert lines_of(area) == (labelled(area, 0), labelled(area, 1)) != before
    assert area._grid.zValue() < min(item.zValue() for item in area.items_of().values())


def test_a_panel_that_is_first_seen_later_has_them_too(window: MainWindow) -> None:
    action(window, "grid").trigger()
    window.dashboard.reveal("variance")
    until(lambda: bool(window.dashboard.panels["variance"].areas()))
    settle(window)
    assert any(lines_of(area_of(window, "variance")))


def test_axes_with_names_have_none(window: MainWindow) -> None:
    action(window, "grid").trigger()
    window.dashboard.reveal("network")
    until(lambda: bool(window.dashboard.panels["network"].areas()))
    settle(window)
    assert lines_of(area_of(window, "network")) == ([], [])


def test_they_are_remembered(open_window) -> None:
    first = open_window("--style", "light")
    action(first, "grid").trigger()
    first.close()
    assert json.loads((user_config_path("initscope") / "settings.json").read_text(encoding="utf-8"))["grid"] is True
    second = open_window()
    assert action(second, "grid").isChecked()
    area = area_of(second, "loss")
    assert all(lines_of(area))
    assert area._grid._ink.name() == LIGHT.grid
    assert np.isfinite(lines_of(area)[0]).all()
