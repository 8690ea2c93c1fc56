"""A line below the plots of a panel for notes that must be read but do not fit at their plot."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.text_size import plot_font
from gui.plots.axes.overlay import Row
from gui.plots.axes.plot_area import PlotArea
from model.figures.figure import Figure
from model.figures.notes import listed
from model.figures.text_fit import elide, short_title

_LEFT, _ABOVE, _BELOW = 8.0, 2.0, 3.0
_APART = "   "
_FEW = 2
"""Plots up to which it need not be said which one is meant."""


class NoteLine(QWidget):
    """One line, hidden while there is nothing to say; its tool tip has the full text."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self.take_font()
        self.setObjectName("note_line")
        self.hide()

    def take_font(self) -> None:
        font = plot_font()
        self.setFont(font)
        self._metrics = QFontMetricsF(font)
        self.setFixedHeight(round(_ABOVE + self._metrics.height() + _BELOW))

    def texts(self) -> list[str]:
        """Give what is said."""
        return [text for text, _ in self._rows]

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Say this; costs nothing where it is said already."""
        if rows != self._rows:
            self._rows = rows
            self.setToolTip("\n".join(self.texts()))
            self.setAccessibleName(". ".join(self.texts()))
            self.setVisible(bool(rows))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        left, base, measure = _LEFT, _ABOVE + self._metrics.ascent(), self._metrics.horizontalAdvance
        with QPainter(self) as painter:
            for text, ink in self._rows:
                painter.setPen(QColor(ink))
                painter.drawText(QPointF(left, base), elide(text, max(self.width() - _LEFT - left, 1.0), measure))
                left += measure(text + _APART)


class Unsaid:
    """Collects the notes that do not fit at their plots, each sentence once with the names of its plots.

    The line itself takes height from the plots, which may change which notes fit. To avoid an endless exchange, a note
    that has come back to the line stays there until its plot no longer has it, or the panel is resized.
    """

    def __init__(self) -> None:
        self._now: set[tuple[str, Row]] = set()
        self._left: set[tuple[str, Row]] = set()
        self._back: set[tuple[str, Row]] = set()

    def forget(self) -> None:
        """Let every note look for room again."""
        self._left.clear()
        self._back.clear()

    def rows(self, figure: Figure, areas: Mapping[str, PlotArea]) -> tuple[Row, ...]:
        """Give what the line has to say."""
        notes = {plot.key: areas[plot.key].notes for plot in figure.plots}
        now = {(key, row) for key, its in notes.items() for row in its.unsaid}
        said = {(key, row) for key, its in notes.items() for row in its.rows}
        self._back = (self._back | (now & self._left)) & said
        self._left = (self._left | (self._now - now)) & said
        self._now = now
        found: dict[Row, list[str]] = {}
        for plot in figure.plots:
            for row in notes[plot.key].rows:
                if (plot.key, row) in now | self._back:
                    found.setdefault(row, []).append(short_title(str(plot.title)))
        alone = len(figure.plots) <= _FEW
        return tuple((text if alone else f"{listed(names)}: {text}", ink) for (text, ink), names in found.items())
