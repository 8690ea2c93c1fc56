"""A group of the form that folds away; folded, its header says in one line what is set inside."""

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui.look.theme import theme_of

_INDENT = 18


class GroupHeader(QAbstractButton):
    """The line that folds and unfolds: a chevron, the title, and what is folded away."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = ""
        self._by_key = False
        """Whether the keyboard brought the focus here, which then shows."""
        self.setText(title)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_summary(self, summary: str) -> None:
        if summary != self._summary:
            self._summary = summary
            self.setAccessibleDescription(summary)
            self.setToolTip("" if self.isChecked() else summary)
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_key = False

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lively = self.underMouse() or self._by_key
            painter.setPen(QPen(QColor(theme.accent if lively else theme.muted), 1.6))
            chevron = [(-2, -4), (2, 0), (-2, 4)] if not self.isChecked() else [(-4, -2), (0, 2), (4, -2)]
            middle = self.height() / 2
            painter.drawPolyline(QPolygonF([QPointF(7.0 + x, middle + y) for x, y in chevron]))
            bold = QFont(self.font())
            bold.setWeight(QFont.Weight.DemiBold)
            painter.setFont(bold)
            painter.setPen(theme.accent if self._by_key else theme.text)
            room = self.rect().adjusted(_INDENT, 0, 0, 0)
            at = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, at | Qt.AlignmentFlag.AlignLeft, self.text())
            if not self.isChecked():
                self._paint_summary(
                    painter, room.adjusted(QFontMetrics(bold).horizontalAdvance(self.text()) + 12, 0, 0, 0)
                )

    def _paint_summary(self, painter: QPainter, room: QRect) -> None:
        painter.setFont(self.font())
        painter.setPen(theme_of(self.palette()).muted)
        text = self.fontMetrics().elidedText(self._summary, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)


class KnobGroup(QWidget):
    """A header over the editors of one group."""

    toggled = Signal(bool)

    def __init__(self, name: str, title: str, editors: list[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.header = GroupHeader(title)
        self._body = QWidget()
        self.setObjectName(f"group_{name}")
        self.header.setObjectName(f"group_{name}_header")
        body = QVBoxLayout(self._body)
        body.setContentsMargins(2, 2, 0, 10)
        body.setSpacing(6)
        for editor in editors:
            body.addWidget(editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._body)
        self._body.hide()
        self.header.toggled.connect(self._unfold)

    def is_open(self) -> bool:
        return self.header.isChecked()

    def set_open(self, open_: bool) -> None:  # noqa: FBT001  a property's setter, as Qt has them
        self.header.setChecked(open_)

    @Slot(bool)
    def _unfold(self, open_: bool) -> None:  # noqa: FBT001  Qt's signature
        self._body.setVisible(open_)
        self.toggled.emit(open_)
