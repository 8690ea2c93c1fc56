"""The editor of numbers and of layer sizes: a line of text and the strict parser."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from gui.pane.editor import KnobEditor
from gui.pane.stepping import stepped
from gui.pane.text_field import LONGEST, TextField
from model.training.knob import Knob, SpecError
from model.words import msg


class TextEditor(KnobEditor):
    """A knob that is typed; the number kinds also step."""

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(knob, value, parent)
        self._line = TextField(str(msg(knob.unit)) if knob.unit else "")
        self._place(self._line)
        self._listen()

    def _listen(self) -> None:
        self._line.entered.connect(self._take_typed)
        self._line.abandoned.connect(self._take_back)
        self._line.stepped.connect(self._step)
        self._line.finished.connect(self._give_keys_back)

    def _display(self, value: object) -> None:
        self._line.show_text(self.knob.shown(value))

    def _display_text(self, text: str) -> None:
        self._line.show_typed(text)

    @Slot(str)
    def _take_typed(self, text: str) -> None:
        self._commit_text(text)

    def _commit_text(self, text: str) -> None:
        if len(text) > LONGEST:
            self.show_error(str(self.knob.refusal(text)))
        else:
            super()._commit_text(text)

    @Slot()
    def _take_back(self) -> None:
        self._display(self._value)
        self.clear_error()

    @Slot()
    def _give_keys_back(self) -> None:
        """Let keys act on the window again; where something is to be mended, they are still for typing."""
        if not self.error():
            self.window().setFocus()

    @Slot(int)
    def _step(self, direction: int) -> None:
        try:
            value = self.knob.parse(self._line.text())
        except SpecError:
            return
        if isinstance(value, (int, float)):
            new = stepped(self.knob, value, direction)
            if new != value:
                self.set_value(new)
