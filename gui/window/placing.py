"""Where the window is on the screen and how large, always within the screen."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

WANTED = QSize(1440, 900)
LEAST = QSize(640, 420)
_UNSEEN = ("offscreen", "minimal")
"""Platforms without a real screen, whose edges do not matter."""


def fit_to_screen(window: QMainWindow) -> None:
    """Bring the window and its title bar into its screen, moving it before making it smaller."""
    if QGuiApplication.platformName() in _UNSEEN:
        return
    room = window.screen().availableGeometry()
    window.setMinimumSize(LEAST.boundedTo(room.size()))
    if window.isMaximized() or window.isFullScreen():
        return
    outside, inside = window.frameGeometry(), window.geometry()  # the same until the frame is there
    room.adjust(
        inside.left() - outside.left(),
        inside.top() - outside.top(),
        inside.right() - outside.right(),
        inside.bottom() - outside.bottom(),
    )
    place = fitted(window.geometry(), room)
    if place != window.geometry():
        window.setGeometry(place)


def fitted(place: QRect, room: QRect) -> QRect:
    """Give the rectangle within `room` that is nearest to `place` in size and then in position."""
    size = place.size().boundedTo(room.size())
    left = min(max(place.left(), room.left()), room.right() + 1 - size.width())
    top = min(max(place.top(), room.top()), room.bottom() + 1 - size.height())
    return QRect(left, top, size.width(), size.height())
