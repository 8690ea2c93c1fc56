"""Lengths in pixels that grow with the font, so that large fonts fit."""

from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

_USUAL_LINE = 14.0
"""Height of a line in the usual font, 9 points at 96 dpi."""


def in_font(widget: QWidget, pixels: float) -> int:
    """Scale a length that suits the usual font to the font of the widget, never down."""
    return round(pixels * max(1.0, QFontMetricsF(widget.font()).height() / _USUAL_LINE))
