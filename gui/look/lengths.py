"""Lengths in pixels that grow with the font, so that large letters still find room."""

from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

_USUAL_LINE = 14.0
"""Height of a line in the usual font, 9 points at 96 dpi."""


def in_font(widget: QWidget, pixels: float) -> int:
    """Give a length that is right with the usual font as it should be with the widget's, never smaller."""
    return round(pixels * max(1.0, QFontMetricsF(widget.font()).height() / _USUAL_LINE))
