"""The editors of named choices: a row of segments for two or three, a list for more; and a check box."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from gui.pane.editor import KnobEditor
from model.training.knob import Knob

MOST_SEGMENTS = 3
MOST_LETTERS = 18
"""Letters of all choices that fit side by side into a narrow pane."""


class QuietCombo(QComboBox):
    """A combo box that leaves the wheel to the pane until it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ListEditor(KnobEditor):
    """A knob chosen from a list."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._combo = QuietCombo()
        self._combo.addItems(list(knob.choices))
        self._place(self._combo)
        self._combo.textActivated.connect(self._choose)

    def _display(self, value: object) -> None:
        self._combo.setCurrentText(str(value))

    @Slot(str)
    def _choose(self, choice: str) -> None:
        self._commit_text(choice)
        self._display(self._value)


class SegmentEditor(KnobEditor):
    """A knob with two or three choices, all in sight."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._group = QButtonGroup(self)
        row = QWidget()
        self._row = layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for place, choice in enumerate(knob.choices):
            button = QPushButton(choice)
            button.setCheckable(True)
            last = len(knob.choices) - 1
            button.setProperty("segment", "first" if place == 0 else "last" if place == last else "middle")
            button.setObjectName(f"{knob.name}_{choice}")
            self._group.addButton(button)
            layout.addWidget(button)
        self.take_font()
        row.setFocusProxy(self._group.buttons()[0])
        self._place(row)
        self._group.buttonClicked.connect(self._choose)

    def take_font(self) -> None:
        for place, button in enumerate(self._group.buttons()):
            width = button.fontMetrics().horizontalAdvance(button.text())
            button.setMinimumWidth(width + 2)
            self._row.setStretch(place, width + 12)

    def _display(self, value: object) -> None:
        for button in self._group.buttons():
            button.setChecked(button.text() == value)

    def _describe(self) -> None:
        super()._describe()
        for button in self._group.buttons():
            button.setAccessibleName(f"{self.accessibleName()}: {button.text()}")

    @Slot(object)
    def _choose(self, button: QPushButton) -> None:
        self._commit_text(button.text())
        self._display(self._value)


class FlagEditor(KnobEditor):
    """A knob that is on or off."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._box = QCheckBox()
        self._place(self._box)
        self._box.clicked.connect(self._choose)

    def _display(self, value: object) -> None:
        self._box.setChecked(value is True)

    @Slot(bool)
    def _choose(self, on: bool) -> None:  # noqa: FBT001  Qt's signature
        self._commit(on)
        self._display(self._value)
