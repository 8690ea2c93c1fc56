"""The icons: our own drawings, inked in the colours of the theme."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from model.figures.palette import Theme, blend

ICON_DIR = Path(__file__).resolve().parents[2] / "resources" / "icons"
_SIZES = (16, 20, 24, 32, 40, 48)
_APP_SIZES = (16, 24, 32, 48, 64, 128, 256)


@cache
def icon(name: str, theme: Theme) -> QIcon:
    """Draw an icon of `resources/icons` for a theme, sharp up to twice its usual size, and paler when disabled."""
    drawing = (ICON_DIR / f"{name}.svg").read_text(encoding="utf-8")
    if "currentColor" not in drawing:
        return _rendered(QIcon(), drawing, _APP_SIZES, QIcon.Mode.Normal)
    pale = blend(theme.muted, theme.surface, 0.45)
    made = _rendered(QIcon(), _inked(drawing, theme.text, theme.accent), _SIZES, QIcon.Mode.Normal)
    return _rendered(made, _inked(drawing, pale, pale), _SIZES, QIcon.Mode.Disabled)


def _inked(drawing: str, ink: str, accent: str) -> str:
    return drawing.replace("currentColor", ink).replace("accentColor", accent)


def _rendered(made: QIcon, drawing: str, sizes: tuple[int, ...], mode: QIcon.Mode) -> QIcon:
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    for size in sizes:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            renderer.render(painter, QRectF(0, 0, size, size))
        made.addPixmap(pixmap, mode)
    return made
