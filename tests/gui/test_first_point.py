"""A point that no line joins to another is there to be seen, on the screen and in the file."""

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from gui.plots.axes.plot_area import PlotArea
from model.figures.export import PictureOptions, png_bytes
from model.figures.figure import Axis, Figure, Line, Plot, View
from model.figures.palette import LIGHT, colour
from model.words import msg
from tests.gui.person import pixels
from tests.model.picture_figures import PROVENANCE

_CURVES = {
    "the first point of a curve": ([5.0], [0.5]),
    "a point between gaps": ([1.0, 2.0, 5.0, 7.0], [np.nan, np.nan, 0.5, np.nan]),
}


@pytest.fixture
def scene(qapp: QApplication) -> Iterator[pg.GraphicsLayoutWidget]:
    widget = pg.GraphicsLayoutWidget()
    widget.resize(400, 300)
    widget.setBackground(LIGHT.background)
    yield widget
    widget.close()


@pytest.mark.parametrize("log", [False, True], ids=["linear", "logarithmic"])
@pytest.mark.parametrize(("x", "y"), _CURVES.values(), ids=_CURVES)
@pytest.mark.parametrize("renderer", ["screen", "file"])
def test_a_point_by_itself_is_seen(
    scene: pg.GraphicsLayoutWidget, renderer: str, x: list[float], y: list[float], *, log: bool
) -> None:
    line = Line("train", msg("batch"), "train", np.array(x), np.array(y))
    extent = (-1.0, 0.0) if log else (0.0, 1.0)
    axes = Axis(msg("x"), extent=(0.0, 10.0), exact=True), Axis(msg("y"), log=log, extent=extent, exact=True)
    figure = Figure("loss", msg("Loss"), (Plot("loss", msg("Loss"), *axes, (line,)),), msg("."))
    picture = on_the_screen(scene, figure) if renderer == "screen" else in_the_file(figure)
    wanted = QColor(colour("train", LIGHT, 2))
    distance = np.abs(pixels(picture).astype(int) - [wanted.red(), wanted.green(), wanted.blue()]).max(axis=2)
    assert 5 <= np.count_nonzero(distance < 60) <= 40


def on_the_screen(scene: pg.GraphicsLayoutWidget, figure: Figure) -> QImage:
    area = PlotArea(LIGHT, titled=False, compact=False)
    scene.ci.addItem(area, 0, 0)
    area.show_plot(figure.plots[0], View(), figure.n_layers)
    return scene.grab().toImage()


def in_the_file(figure: Figure) -> QImage:
    options = PictureOptions(400, 300, 96, "light")
    return QImage.fromData(png_bytes(figure, View(), options=options, provenance=PROVENANCE))
