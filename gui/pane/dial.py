"""The dial of weight_init_std: an oscilloscope's scale to drag along, with the schemes' marks to click."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from gui.look.theme import theme_of
from gui.pane.dial_face import HANDLE, TITLES, DialView, Face
from gui.pane.scale import HIGH, nudged, position_of, rounded, std_at
from model.figures.palette import Theme
from model.words import msg

_STEPS = 1000
_QUIET = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""How the focus comes without the keyboard, so that it need not be shown."""
_KEYS: dict[int, float] = {
    Qt.Key.Key_Left: 1 / 1.02,
    Qt.Key.Key_Down: 1 / 1.02,
    Qt.Key.Key_Right: 1.02,
    Qt.Key.Key_Up: 1.02,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: 1 / 10,
}


class Dial(QAbstractSlider):
    """A slider over stds; it asks for a std or a scheme and shows those it is given.

    It is a slider to assistive technology too: its value is the place on the scale, in thousandths.
    """

    turned = Signal(float)
    mark_chosen = Signal(str)
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, std: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = DialView(std)
        self._painted_ground: tuple[object, QPixmap] = (None, QPixmap())
        self._grip: float | None = None
        """While dragged, how far right of the handle's centre it was taken."""
        self.setRange(0, _STEPS)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show(self._view)
        self.valueChanged.connect(self._follow)

    def show_std(self, std: float) -> None:
        self._show(replace(self._view, std=std))

    def show_scheme(self, scheme: str, distribution: str) -> None:
        measured = self._view.measured if scheme == self._view.scheme else None
        self._show(replace(self._view, scheme=scheme, distribution=distribution, measured=measured))

    def show_measured(self, std: float) -> None:
        """Show the spread that the first layer got, which only a run can tell for some schemes."""
        if self._view.scheme != "std" and self._view.scheme not in self._view.marks:
            self._show(replace(self._view, measured=std))

    def show_marks(self, marks: Mapping[str, float]) -> None:
        self._show(replace(self._view, marks=dict(marks)))

    def view(self) -> DialView:
        """Give what is shown."""
        return self._view

    def face(self) -> Face:
        """Give the places of everything at the present size."""
        return Face(QRectF(0, 0, self.width(), self.height()), self.font())

    def sizeHint(self) -> QSize:
        return QSize(300, round(Face.height(self.font())))

    def minimumSizeHint(self) -> QSize:
        return QSize(220, self.sizeHint().height())

    def _show(self, view: DialView) -> None:
        if view == self._view and self.accessibleDescription():
            return
        self._view = view
        blocked = self.blockSignals(True)
        self.setValue(round(position_of(view.std) * _STEPS))
        self.blockSignals(blocked)
        self.setAccessibleDescription(_described(view))
        self.update()

    def _ask(self, std: float) -> None:
        if std != self._view.std or self._view.scheme != "std":
            self.turned.emit(std)

    @Slot(int)
    def _follow(self, value: int) -> None:
        """Turn where assistive technology moved the slider."""
        self._ask(rounded(std_at(value / _STEPS)))

    # ---- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        mark = self._target(event.position())
        if mark in self._view.marks:
            self.mark_chosen.emit(mark)
            return
        face = self.face()
        if event.position().y() < face.label_height:
            return
        self._grip = event.position().x() - face.x(position_of(self._view.std)) if mark == "handle" else 0.0
        self._show(replace(self._view, held=True))
        self.drag_started.emit()
        if mark != "handle":
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._drag_to(event.position().x())
        else:
            self._hover(self._target(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._let_go()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover("")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._let_go()

    def _drag_to(self, x: float) -> None:
        self._ask(rounded(std_at(self.face().position(x - (self._grip or 0.0)))))

    def _let_go(self) -> None:
        if self._grip is not None:
            self._grip = None
            self._show(replace(self._view, held=False))
            self.drag_finished.emit()

    def _target(self, at: QPointF) -> str:
        """Tell what lies under a point: a mark, the handle, or nothing."""
        face = self.face()
        reach = at - QPointF(face.x(position_of(self._view.std)), face.axis)
        if max(abs(reach.x()), abs(reach.y())) <= HANDLE + 2:
            return "handle"
        return next((name for name, room in face.labels(self._view.marks).items() if room.contains(at)), "")

    def _hover(self, target: str) -> None:
        if target != self._view.hovered:
            self._show(replace(self._view, hovered=target))
            pointing = target in self._view.marks
            self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()
            return
        self._ask(nudged(self._view.std, 1.1 ** (event.angleDelta().y() / 120)))
        event.accept()

    # ---- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _KEYS:
            self._ask(nudged(self._view.std, _KEYS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._ask(0.0 if key == Qt.Key.Key_Home else HIGH)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show(replace(self._view, focused=event.reason() not in _QUIET))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show(replace(self._view, focused=False))

    # ---- showing

    def paintEvent(self, _event: QPaintEvent) -> None:
        face, theme = self.face(), theme_of(self.palette())
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._ground(face, theme))
            face.paint(painter, self._view, theme)

    def _ground(self, face: Face, theme: Theme) -> QPixmap:
        """Give what stays while the dial is turned: more than half of the painting, and the next frame waits for it."""
        scale = self.devicePixelRatioF()
        key = (self.size(), scale, face.font, theme, *face.ground_of(self._view))
        if self._painted_ground[0] != key:
            pixmap = QPixmap(self.size() * scale)
            pixmap.setDevicePixelRatio(scale)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                face.paint_ground(painter, self._view, theme)
            self._painted_ground = (key, pixmap)
        return self._painted_ground[1]

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            mark = self._target(QPointF(event.pos()))
            if mark in self._view.marks:
                QToolTip.showText(event.globalPos(), f"<p>{escape(self._explained(mark))}</p>", self)
                return True
        return super().event(event)

    def _explained(self, mark: str) -> str:
        value = f"{self._view.marks[mark]:.4g}"
        return str(
            msg("{name}: W1 gets a standard deviation of {value}. Click to choose it.", name=TITLES[mark], value=value)
        )


def _described(view: DialView) -> str:
    if view.scheme == "std":
        return str(msg("Standard deviation {std}", std=f"{view.std:g}"))
    if view.in_force is None:
        return str(
            msg(
                "Scheme {scheme} is in force; weight_init_std {std} is kept.",
                scheme=TITLES[view.scheme],
                std=f"{view.std:g}",
            )
        )
    return str(
        msg(
            "Scheme {scheme} is in force, with {value} in the first layer; weight_init_std {std} is kept.",
            scheme=TITLES[view.scheme],
            value=f"{view.in_force:.4g}",
            std=f"{view.std:g}",
        )
    )
