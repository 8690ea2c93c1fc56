"""A small loss curve in a corner of a plot."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from model.figures.figure import Floats
from model.figures.palette import Theme, colour

_LINES_HIGH = 5.5
_WIDE = 2.0
_MARGIN = 6.0
_MOST_POINTS = 300


class Inset(pg.GraphicsObject):
    """A curve over its steps, with words below, on a ground of its own; as large as a few lines of text."""

    def __init__(self, view_box: pg.ViewBox, font: QFont, theme: Theme) -> None:
        super().__init__(view_box)
        self.show_look(theme, font)
        self._points = QPolygonF()
        self._level = 0.0
        self._words = ""
        self.setZValue(110)
        self.hide()

    def show_curve(self, y: Floats, guessing: float, words: str, *, left: bool) -> None:
        """Show a curve, and the loss of guessing as a dashed line, in the lower left or the lower right corner."""
        width, height = self._bounds.width() - 12, self._bounds.height() - self._line - 12
        some = y[np.linspace(0, len(y) - 1, min(len(y), _MOST_POINTS)).astype(np.intp)] if len(y) else y
        top = 1.15 * max(
            guessing, float(np.min([some[0], 2 * guessing])) if len(some) and np.isfinite(some[0]) else 0.0
        )
        share = np.clip(np.nan_to_num(some, nan=top, posinf=top) / top, 0.0, 1.0)
        x = np.linspace(0, width, len(some)) if len(some) > 1 else np.zeros(len(some))
        self._points = QPolygonF(
            [QPointF(6 + at, 6 + height * (1 - up)) for at, up in zip(x.tolist(), share.tolist(), strict=True)]
        )
        self._level = 6 + height * (1 - guessing / top)
        self._words = words
        box = self.parentItem().size()
        self.setPos(_MARGIN if left else box.width() - self._bounds.width() - _MARGIN,
                    box.height() - self._bounds.height() - _MARGIN)  # fmt: skip
        self.setVisible(box.width() > 2 * self._bounds.width() and box.height() > 2 * self._bounds.height())
        self.update()

    def show_look(self, theme: Theme, font: QFont) -> None:
        """Draw in these colours, and as large as this font asks for."""
        self.prepareGeometryChange()
        self._theme, self._font = theme, font
        self._line = QFontMetricsF(font).lineSpacing()
        height = _LINES_HIGH * self._line
        self._bounds = QRectF(0, 0, _WIDE * height, height)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: ANN401
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.background))
        painter.drawRoundedRect(self._bounds.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(6, self._level), QPointF(self._bounds.width() - 6, self._level))
        painter.setPen(QPen(QColor(colour("train", theme)), 1.5))
        painter.drawPolyline(self._points)
        painter.setFont(self._font)
        painter.setPen(QColor(theme.text))
        painter.drawText(self._bounds.adjusted(6, 0, -6, -4), int(Qt.AlignmentFlag.AlignBottom), self._words)
