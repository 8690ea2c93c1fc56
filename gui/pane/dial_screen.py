"""What the dial shows: a DialView, painted, in tool tips and for assistive technology."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from gui.look.theme import theme_of
from gui.pane.dial_face import HANDLE, TITLES, DialView, Face
from gui.pane.scale import position_of
from model.figures.palette import Theme
from model.words import msg

STEPS = 1000


class DialScreen(QAbstractSlider):
    """Shows a std, the scheme in force and the marks; `Dial` adds the input.

    To assistive technology it is a slider, whose value is the place on the scale in thousandths.
    """

    def __init__(self, std: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = DialView(std)
        self._painted_ground: tuple[object, QPixmap] = (None, QPixmap())
        self.setRange(0, STEPS)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show(self._view)

    def show_std(self, std: float) -> None:
        self._show(replace(self._view, std=std))

    def show_scheme(self, scheme: str, distribution: str) -> None:
        measured = self._view.measured if scheme == self._view.scheme else None
        self._show(replace(self._view, scheme=scheme, distribution=distribution, measured=measured))

    def show_measured(self, std: float) -> None:
        """Show the std of the first layer, which for some schemes only a run can tell."""
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
        self.setValue(round(position_of(view.std) * STEPS))
        self.blockSignals(blocked)
        self.setAccessibleDescription(_described(view))
        self.update()

    def _target(self, at: QPointF) -> str:
        """Tell what lies under a point: a mark, the handle, or nothing."""
        face = self.face()
        reach = at - QPointF(face.x(position_of(self._view.std)), face.axis)
        if max(abs(reach.x()), abs(reach.y())) <= HANDLE + 2:
            return "handle"
        return next((name for name, room in face.labels(self._view.marks).items() if room.contains(at)), "")

    # ---- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        face, theme = self.face(), theme_of(self.palette())
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._ground(face, theme))
            face.paint(painter, self._view, theme)

    def _ground(self, face: Face, theme: Theme) -> QPixmap:
        """Give the part that stays while the dial is turned, more than half of the painting, as a cached pixmap."""
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
            msg("{name} gives W1 a standard deviation of {value}. Click to select it.", name=TITLES[mark], value=value)
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
