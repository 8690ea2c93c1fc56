"""A note above the panels about the present run, never cut short, until another run or a click removes it."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from model.words import msg


class NoteBar(QFrame):
    """Shows what to look at in a preset, or what was noticed in the data; hidden if there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel()
        self._close = QToolButton()
        self.setObjectName("note")
        self._label.setObjectName("note_text")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._close.setObjectName("note_close")
        self._close.setText("×")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setToolTip(str(msg("Dismiss this note")))
        self._close.setAccessibleName(self._close.toolTip())
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self._label, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._close.clicked.connect(self.forget)
        self.hide()

    def text(self) -> str:
        """Give the note, or ""."""
        return self._label.text()

    def minimumSizeHint(self) -> QSize:
        """Let the words wrap rather than make the window wider."""
        return QSize(0, super().minimumSizeHint().height())

    @Slot(str)
    def explain(self, text: str) -> None:
        """Say this about the present spec, until `forget`."""
        self._label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    @Slot()
    def forget(self) -> None:
        """Remove a note on a spec that is no longer in force."""
        self.explain("")
