"""Figures drawn both ways, live and to a file, and the ink that is found in their plots."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PySide6.QtWidgets import QApplication

from gui.plots.panel.figure_view import FigureView
from model.figures.figure import Figure, View
from model.figures.palette import Theme
from model.figures.render_mpl import draw
from tests.gui.person import pixels

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ink:
    """Where ink of one colour lies in a plot: shares of its width and height from the lower left."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def middle(self) -> tuple[float, float]:
        return ((self.left + self.right) / 2, (self.bottom + self.top) / 2)


def live(view: FigureView, figure: Figure, how: View) -> dict[str, Pixels]:
    """Give what a widget shows of a figure, the plots by their keys (height, width, 3)."""
    view.show_figure(figure, how)
    sizes = None
    while sizes != (sizes := [area.box.size().toTuple() for area in view.areas.values()]):
        QApplication.processEvents()  # notes may need a strip, which takes room from the plots, which moves notes
    grabbed = pixels(view.canvas.grab().toImage())
    plots = {}
    for key, area in view.areas.items():
        room = view.canvas.viewportTransform().mapRect(area.box.sceneBoundingRect())
        left, top, right, bottom = (round(edge) for edge in room.getCoords())
        plots[key] = grabbed[top:bottom, left:right]
    return plots


def filed(figure: Figure, how: View, theme: Theme, size: tuple[int, int]) -> dict[str, Pixels]:
    """Give what a file shows of a figure, the plots by their keys (height, width, 3)."""
    picture = draw(figure, how, theme=theme, size=size)
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3]
    plots = {}
    for axes in picture.axes:
        box = axes.bbox
        top, bottom = round(drawn.shape[0] - box.y1), round(drawn.shape[0] - box.y0)
        plots[str(axes.get_label())] = drawn[top:bottom, round(box.x0) : round(box.x1)]
    return plots


def inked(plot: Pixels, background: str, least: int) -> Mask:
    """Tell which pixels differ from the background by `least` in one channel; the frame of the plot is left out."""
    back = np.array([int(background[i : i + 2], 16) for i in (1, 3, 5)])
    found = np.abs(plot.astype(np.int16) - back).max(axis=2) >= least
    found[[0, 1, -2, -1]] = False
    found[:, [0, 1, -2, -1]] = False
    return found


def bounds(mask: Mask) -> Ink | None:
    """Give the smallest box around all ink."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    height, width = mask.shape
    return Ink(columns[0] / width, (columns[-1] + 1) / width, 1 - (rows[-1] + 1) / height, 1 - rows[0] / height)
