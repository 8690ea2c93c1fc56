"""An axis whose ticks are those of the exported picture."""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QGraphicsItem

from model.figures.figure import Axis, Range
from model.figures.palette import Theme
from model.figures.ticks import Tick, spaced_ticks
from model.words import msg

_ROOM_ACROSS, _ROOM_DOWN = 52, 28
"""Pixels that a labelled tick takes along a horizontal and a vertical axis."""
_GAP = 6
"""Pixels between two labels at least."""
_LEAST_WIDTH, _TITLE, _BARE = 38, 18, 8


class FigureAxis(pg.AxisItem):
    """One axis of a plot, in display units; painted once and kept as a pixmap until it changes.

    Laying out tick labels is Python at work under the GIL: without the cache it would be done anew
    for every frame, and the training would wait for it.
    """

    def __init__(self, side: str, font: QFont, *, compact: bool) -> None:
        self._spec = Axis(msg(""))  # pyqtgraph asks for ticks before there is a figure
        self._labels: dict[float, str] = {}
        super().__init__(side, maxTickLength=-4)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickFont=font, autoExpandTextSpace=False, hideOverlappingLabels=False, tickTextOffset=4)
        self.label.setFont(font)
        self._metrics = QFontMetricsF(font)
        self._compact = compact
        if side == "left":
            self.setWidth(_LEAST_WIDTH if compact else _LEAST_WIDTH + _TITLE)
        else:
            self.setHeight(18 if compact else 34)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_axis(self, spec: Axis) -> None:
        """Label the axis and choose its kind of ticks; costs nothing where nothing changed."""
        if (spec.label, spec.ticks == ()) != (self._spec.label, self._spec.ticks == ()) and not self._compact:
            self.setLabel("" if spec.ticks == () else str(spec.label))
        if (spec.log, spec.integer, spec.ticks) != (self._spec.log, self._spec.integer, self._spec.ticks):
            self.picture = None
            self.update()
        self._spec = spec

    def make_room(self, shown: Range, size: float) -> None:
        """Widen a vertical axis for its longest label, in steps, so that it does not waver."""
        if self._spec.ticks == ():
            self.setWidth(_BARE + (0 if self._compact else _TITLE))
            return
        widest = max((self._metrics.horizontalAdvance(tick.label) for tick in self._ticks(shown, size)), default=0.0)
        needed = max(_LEAST_WIDTH, math.ceil((widest + 12) / 8) * 8) + (0 if self._compact else _TITLE)
        if needed > self.fixedWidth or needed < self.fixedWidth - 16:
            self.setWidth(needed)

    def _ticks(self, shown: Range, size: float) -> tuple[Tick, ...]:
        upright = self.orientation == "left"
        most = max(4, int(size / (_ROOM_DOWN if upright else _ROOM_ACROSS)))
        height = 1.2 * self._metrics.height()
        need = (lambda _: height) if upright else (lambda label: self._metrics.horizontalAdvance(label) + _GAP)
        return spaced_ticks(self._spec, shown, size, most, need)

    def show_theme(self, theme: Theme) -> None:
        self.setPen(theme.line)
        self.setTextPen(theme.muted)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        ticks = self._ticks((minVal, maxVal), size)
        self._labels = {tick.at: tick.label for tick in ticks}
        labelled = [tick.at for tick in ticks if tick.label]
        minor = [tick.at for tick in ticks if not tick.label]
        return [(1.0, labelled), (0.5, minor)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        return [self._labels.get(value, "") for value in values]

    def wheelEvent(self, event: Any) -> None:  # noqa: ANN401  zooming by the axis goes through the plot
        self.linkedView().wheelEvent(event, axis=1 if self.orientation == "left" else 0)
