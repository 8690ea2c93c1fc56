"""A Guide as an item."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from gui.plots.marks.plot_wide import Ranges, cosmetic
from model.figures.figure import Guide, to_display
from model.figures.palette import Theme, colour


class GuideItem(pg.InfiniteLine):
    """A Guide."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(angle=90 if guide.direction == "vertical" else 0, movable=False)

    def show_mark(self, guide: Guide, _ranges: Ranges, _width: float, *, log: tuple[bool, bool]) -> None:
        """Move the line, or hide it where its value has no place on a log axis."""
        is_log = log[0] if guide.direction == "vertical" else log[1]
        place = float(to_display(np.array([guide.at]), log=is_log)[0])
        self.setVisible(bool(np.isfinite(place)))
        if np.isfinite(place) and place != self.value():
            self.setValue(place)

    def show_theme(self, guide: Guide, theme: Theme, n_layers: int) -> None:
        pen = cosmetic(QColor(colour(guide.role, theme, n_layers)), 1.0 if guide.dash else 1.6)
        if guide.dash:
            pen.setDashPattern([4, 3])
        self.setPen(pen)
