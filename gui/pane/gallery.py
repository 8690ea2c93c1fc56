"""The editor of the data set: chosen by its picture, as in the browser playground."""

from html import escape

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QWidget

from gui.look.theme import theme_of
from gui.pane.editor import KnobEditor
from gui.pane.thumbnails import thumbnail
from model.data.datasets import DATASETS
from model.figures.palette import blend
from model.training.knob import Knob
from model.words import Message, msg

_ACROSS = 3
_PICTURE = 48


class PictureButton(QAbstractButton):
    """One data set: its picture, painted when it is first seen, over its name."""

    def __init__(self, choice: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self._picture = QPixmap()
        self._painted_for = ""
        self._pale = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        info = DATASETS.get(choice)
        self.setText(str(info.label) if info else choice)
        self.setToolTip(f"<p>{escape(str(info.help))}</p>" if info else "")
        self.setAccessibleDescription(str(info.help) if info else "")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._timer.timeout.connect(self._paint_picture)

    def show_pale(self, *, pale: bool) -> None:
        """Show that the choice is not in force."""
        self._pale = pale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(84, _PICTURE + self.fontMetrics().height() + 13)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(60, self.fontMetrics().horizontalAdvance(self.text()) + 4), self.sizeHint().height())

    @Slot()
    def _paint_picture(self) -> None:
        theme = theme_of(self.palette())
        if self.choice in DATASETS:
            self._picture = thumbnail(self.choice, theme, 76, _PICTURE, self.devicePixelRatioF())
        self._painted_for = theme.name
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        if self._painted_for != theme.name:
            self._timer.start()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            chosen = self.isChecked() and not self._pale
            frame = theme.accent if chosen or self.hasFocus() else theme.muted if self.underMouse() else theme.line
            painter.setPen(QPen(QColor(frame), 1.6 if chosen else 1))
            painter.setBrush(QColor(blend(theme.accent, theme.background, 0.1 if chosen else 0)))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.accent), 1))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5), 2, 2)
            painter.setOpacity(0.5 if self._pale else 1)
            painter.drawPixmap((self.width() - 76) // 2, 4, self._picture)
            painter.setPen(QColor(theme.text if chosen else theme.muted))
            caption = QRect(2, _PICTURE + 5, self.width() - 4, self.fontMetrics().height() + 2)
            text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, caption.width())
            painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text)


class GalleryEditor(KnobEditor):
    """A knob chosen by its picture."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._group = QButtonGroup(self)
        grid = QWidget()
        layout = QGridLayout(grid)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for place, choice in enumerate(knob.choices):
            button = PictureButton(choice)
            button.setAccessibleName(f"{msg(knob.label)}: {button.text()}")
            button.setObjectName(f"{knob.name}_{choice}")
            self._group.addButton(button)
            layout.addWidget(button, place // _ACROSS, place % _ACROSS)
        self._place(grid, below=True)
        self._group.buttonClicked.connect(self._choose)

    def _display(self, value: object) -> None:
        for button in self._pictures():
            button.setChecked(button.choice == value)

    def show_idle(self, reason: Message | None) -> None:
        super().show_idle(reason)
        for button in self._pictures():
            button.show_pale(pale=bool(reason))

    def _pictures(self) -> list[PictureButton]:
        return [button for button in self._group.buttons() if isinstance(button, PictureButton)]

    @Slot(object)
    def _choose(self, button: PictureButton) -> None:
        self._commit_text(button.choice)
        self._display(self._value)
