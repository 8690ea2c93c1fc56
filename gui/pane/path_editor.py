"""The editor of a path: a line, a button to look for a file, and one to let go of it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from gui.look.lengths import in_font
from gui.pane.text_editor import TextEditor
from model.training.knob import Knob
from model.words import msg

_BROWSE = {"data": msg("Browse for a data file"), "weights": msg("Browse for a file of weights")}


class PathEditor(TextEditor):
    """A knob that is a file; typed, or looked for."""

    browse_requested = Signal(str)
    """By the knob's name."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._line.setPlaceholderText(str(msg("none")))
        self._browse = QPushButton("…")
        self._browse.setObjectName(f"{knob.name}_browse")
        self._browse.setAccessibleName(str(_BROWSE[knob.name]))
        self._browse.setToolTip(self._browse.accessibleName())
        self.take_font()
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._line, 1)
        row.addWidget(self._browse)
        self._layout.removeWidget(self._line)
        self._layout.addLayout(row, 0, 2)
        self.setTabOrder(self._line, self._browse)
        self._browse.clicked.connect(self._request_browse)

    def take_font(self) -> None:
        self._browse.setFixedWidth(in_font(self, 32))

    def _display(self, value: object) -> None:
        super()._display(value)
        self._line.end(False)  # the file's name says more than where it lies

    @Slot()
    def _request_browse(self) -> None:
        self.browse_requested.emit(self.knob.name)


def ask_for_data_file(parent: QWidget, start: str = "") -> str:
    """Let the person look for a data file; gives its path, or "" when none was chosen."""
    kinds = ";;".join(
        (
            str(msg("Data (*.npz *.csv *.tsv *.txt *.gz *ubyte *.idx)")),
            str(msg("All files (*)")),
        )
    )
    path, _kind = QFileDialog.getOpenFileName(parent, str(msg("Open data")), start, kinds)
    return path


def ask_for_weights(parent: QWidget, start: str = "") -> str:
    """Let the person look for a file of weights; gives its path, or "" when none was chosen."""
    kinds = ";;".join((str(msg("Weights (*.npz *.safetensors)")), str(msg("All files (*)"))))
    path, _kind = QFileDialog.getOpenFileName(parent, str(msg("Open weights")), start, kinds)
    return path
