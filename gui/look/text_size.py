"""How large all text is, in percent of what the desktop asks for; widths of lines and strokes follow it."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication

USUAL = 100
SIZES = (70, 80, 90, 100, 110, 125, 140, 160, 180, 200, 225, 250)
_PROPERTY = "text_size"


def text_size() -> int:
    """Give the size in force."""
    application = QCoreApplication.instance()
    return int((application.property(_PROPERTY) if application is not None else None) or USUAL)


def set_text_size(application: QApplication, percent: int) -> None:
    """Give the application a font of this size; where a style sheet is in force, widgets take it with the next one."""
    before = text_size()
    if percent != before:
        font = application.font()
        font.setPointSizeF(points_of(font) * percent / before)
        application.setProperty(_PROPERTY, percent)
        application.setFont(font)


def larger(percent: int) -> int:
    """Give the next larger size, or the largest."""
    return next((size for size in SIZES if size > percent), SIZES[-1])


def smaller(percent: int) -> int:
    """Give the next smaller size, or the smallest."""
    return next((size for size in reversed(SIZES) if size < percent), SIZES[0])


def thickness() -> float:
    """Give how much wider than usual strokes are; they do not become thinner with small text."""
    return max(1.0, text_size() / USUAL)


def plot_font(share: float = 0.86) -> QFont:
    """Give the font of what stands in plots, as a share of the application's."""
    font = QFont(QApplication.font())
    font.setPointSizeF(points_of(font) * share)
    return font


def points_of(font: QFont) -> float:
    """Give the size in points, of a font in pixels too."""
    return font.pointSizeF() if font.pointSizeF() > 0 else QFontInfo(font).pointSizeF()
