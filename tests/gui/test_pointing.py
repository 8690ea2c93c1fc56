"""Pointing at a unit: the mouse over one panel shows the same unit in all the others."""

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest

from gui.plots.panel.panel_view import PanelView
from model.figures.figure import Unit
from tests.gui.conftest import Opener
from tests.gui.person import until


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
