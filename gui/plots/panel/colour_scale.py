"""The key to a panel's colours: a strip from one end of the scale to the other, with the numbers beside it."""

from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.theme import theme_of
from model.figures.colour_key import ColourKey
from model.words import msg

_STRIP, _HEIGHT, _GAP = 56, 9, 5
_STOPS = 17


class ColourScale(QWidget):
    """Paints one key; without its name if there is only room for the numbers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._key: ColourKey | None = None
        self.setObjectName("colour_scale")

    def show_key(self, key: ColourKey) -> None:
        """Stand for this key."""
        if key != self._key:
            self._key = key
            low, high = key.ends
            said = str(msg("Colours: {label} from {low} to {high}", label=key.label, low=low, high=high))
            self.setAccessibleName(said)
            self.setToolTip(said)
            self.update()

    def widths(self) -> tuple[int, int]:
        """Give the pixels that it takes with its name, and without."""
        if self._key is None:
            return 0, 0
        measure = self.fontMetrics().horizontalAdvance
        bare = sum(measure(end) for end in self._key.ends) + _STRIP + 4 * _GAP
        return bare + measure(str(self._key.label)) + 2 * _GAP, bare

    def sizeHint(self) -> QSize:
        return QSize(self.widths()[0], self.fontMetrics().height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._key is None:
            return
        theme = theme_of(self.palette())
        low, high = self._key.ends
        metrics = self.fontMetrics()
        base = (self.height() + metrics.ascent() - metrics.descent()) // 2
        strip = QRect(2 * _GAP + metrics.horizontalAdvance(low), (self.height() - _HEIGHT) // 2, _STRIP, _HEIGHT)
        gradient = QLinearGradient(QPointF(strip.topLeft()), QPointF(strip.topRight()))
        for place, ink in enumerate(self._key.inks(theme, _STOPS).tolist()):
            gradient.setColorAt(place / (_STOPS - 1), QColor(*ink))
        with QPainter(self) as painter:
            painter.fillRect(strip, gradient)
            painter.setPen(QColor(theme.muted))
            painter.drawRect(strip)
            painter.drawText(_GAP, base, low)
            after = strip.right() + 1 + _GAP
            painter.drawText(after, base, high)
            if self.width() >= self.widths()[0]:
                painter.setPen(QColor(theme.text))
                painter.drawText(after + metrics.horizontalAdvance(high) + 2 * _GAP, base, str(self._key.label))
