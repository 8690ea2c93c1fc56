"""The icons: our own drawings, inked in the colours of the theme."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from model.figures.palette import Theme, blend

ICON_DIR = Path(__file__).resolve().parents[2] / "resources" / "icons"


class _Drawing(QIconEngine):
    """Renders a drawing in the size that is asked for, when it is: most icons are never seen disabled, or at all."""

    def __init__(self, drawing: str, disabled: str) -> None:
        super().__init__()
        self._drawing = drawing
        self._disabled = disabled

    def clone(self) -> QIconEngine:
        return _Drawing(self._drawing, self._disabled)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        _renderer(self._drawing_for(mode)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State) -> QPixmap:
        return _rendered(self._drawing_for(mode), size.width(), size.height())

    def _drawing_for(self, mode: QIcon.Mode) -> str:
        return self._disabled if mode == QIcon.Mode.Disabled else self._drawing


def _renderer(drawing: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing.encode()))


@cache
def _rendered(drawing: str, width: int, height: int) -> QPixmap:
    """Render once in this size: a button asks for it whenever it is painted."""
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        _renderer(drawing).render(painter, QRectF(0, 0, width, height))
    return pixmap


@cache
def icon(name: str, theme: Theme) -> QIcon:
    """Draw an icon of `resources/icons` for a theme, sharp in every size, and paler when disabled."""
    drawing = (ICON_DIR / f"{name}.svg").read_text(encoding="utf-8")
    pale = blend(theme.muted, theme.surface, 0.45)
    return QIcon(_Drawing(_inked(drawing, theme.text, theme.accent), _inked(drawing, pale, pale)))


def _inked(drawing: str, ink: str, accent: str) -> str:
    return drawing.replace("currentColor", ink).replace("accentColor", accent)
