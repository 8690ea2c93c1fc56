"""Pointing: the mouse reads what is under it, and a unit in one panel shows in all the others."""

import re

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest

from gui.plots.panel.panel_view import PanelView
from model.figures.figure import Unit
from tests.gui.conftest import Opener
from tests.gui.person import Key, area, leave, panel, point_at, press, settle, until


def place_of(view: PanelView, unit: Unit) -> QPoint:
    """Where in the panel's canvas the unit is."""
    area = next(area for area in view.areas().values() if area.plot is not None and area.plot.targets is not None)
    targets = area.plot.targets
    left, right, bottom, top = targets.boxes[targets.units.index(unit)]
    return view.canvas.mapFromScene(area.box.mapViewToScene(QPointF((left + right) / 2, (bottom + top) / 2)))


def marks_of(view: PanelView) -> set[str]:
    return set() if view.figure is None else {mark.key for plot in view.figure.plots for mark in plot.marks}


def test_a_unit_pointed_at_in_the_network_shows_in_every_panel_until_the_mouse_leaves_it(open_window: Opener) -> None:
    window = open_window("--hidden-sizes", "12,7", "--init", "he")
    dashboard = window.dashboard
    for name in ("activations", "network"):
        dashboard.reveal(name)
    network, activations = dashboard.panels["network"], dashboard.panels["activations"]
    until(lambda: bool(marks_of(network)) and bool(marks_of(activations)))
    viewport = network.canvas.viewport()
    for unit in ((1, 3), (2, 5)):
        QTest.mouseMove(viewport, place_of(network, unit))
        until(lambda: "unit" in marks_of(network) and "unit" in marks_of(activations))
        assert {view.view.unit for view in dashboard.panels.values() if "unit" in view.panel.options} == {unit}
    QTest.mouseMove(viewport, QPoint(2, 2))
    until(lambda: "unit" not in marks_of(network) and "unit" not in marks_of(activations))


def test_the_mouse_reads_things_by_name_in_the_window(open_window: Opener) -> None:
    window = open_window("--hidden-sizes", "12,7", "--init", "he", "--steps", "40")
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    settle(window)
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    settle(window)
    expected = {
        ("decision", "confusion"): r"predicted \d, true \d: \d+ samples?",
        ("symmetry", "layer1"): r"cosine of units \d+ and \d+: -?\d\.\d\d",
        ("variance", "variance_forward"): r"input|layer \d",
        ("features", "now"): r"unit \d+ of layer 1",
        ("weights", "W1"): r"value from \S+ to \S+",
        ("loss", "loss"): r"training step \d+",
    }
    for (name, plot), words in expected.items():
        window.dashboard.reveal(name)
        until(lambda name=name: panel(window, name).figure is not None and window.dashboard.settled)
        point_at(window, name, 0.45, 0.5, plot)
        read = [text for text, _ in area(window, name, plot)._readout._rows]
        assert re.fullmatch(words, read[0]), (name, read)
        assert area(window, name, plot)._cursor.isVisible() == (name in ("variance", "weights", "loss"))
        leave(panel(window, name).canvas)
        assert not area(window, name, plot)._readout._rows
