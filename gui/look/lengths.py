"""Lengths in pixels that grow with the font, so that large fonts fit.

A widget that has set such lengths, or a font of its own, has a method `take_font`, which sets them again: it is called
after the text size has changed.
"""

from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QWidget

_USUAL_LINE = 14.0
"""Height of a line in the usual font, 9 points at 96 dpi."""


def in_font(widget: QWidget, pixels: float) -> int:
    """Scale a length that suits the usual font to the font of the widget, never down."""
    return round(pixels * growth(widget.font()))


def growth(font: QFont) -> float:
    """Give how much larger than the usual font this one is, at least 1."""
    return max(1.0, QFontMetricsF(font).height() / _USUAL_LINE)
