"""The editor of weight_init_std: the dial, and beneath it a line for any exact value."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.pane.dial import Dial
from gui.pane.dial_face import TITLES
from gui.pane.small_parts import ErrorLabel
from gui.pane.text_editor import TextEditor
from model.network.marks import BOOK, BOOK_STD, marks
from model.training.knob import Knob
from model.words import Message, msg


class StdEditor(TextEditor):
    """The hero of the form. A click on a scheme's mark commits the knob `init`."""

    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        self._dial: Dial | None = None
        self._from_scheme = ""
        """What the line shows while a scheme decides."""
        super().__init__(knob, value, parent)
        dial = Dial(float(str(value)))
        dial.setObjectName(f"{knob.name}_dial")
        dial.show_marks(marks(()))
        self._dial = dial
        self._beside = QHBoxLayout()
        self._beside.setSpacing(6)
        self._beside.addWidget(self._line, 1)
        self._layout.removeWidget(self._line)
        self._layout.removeWidget(self._error)
        self._layout.addWidget(dial, 1, 0, 1, 3)
        self._layout.addLayout(self._beside, 2, 0, 1, 3)
        self._layout.addWidget(self._error, 3, 0, 1, 3)
        self._note = ErrorLabel()
        self._note.setObjectName(f"{knob.name}_note")
        self._note.setProperty("role", "muted")
        self._layout.addWidget(self._note, 4, 0, 1, 3)
        self._layout.setVerticalSpacing(4)
        self._label.setProperty("role", "hero")
        self.setTabOrder(dial, self._line)
        self._describe()
        dial.turned.connect(self._commit)
        dial.mark_chosen.connect(self._choose_mark)
        dial.drag_started.connect(self.drag_started)
        dial.drag_finished.connect(self.drag_finished)

    def add_beside(self, widget: QWidget) -> None:
        """Put a control beside the line, as for scrubbing."""
        self._beside.addWidget(widget)
        self.setTabOrder(self._line, widget)

    def set_label_width(self, width: int) -> None:
        """Keep the label as wide as it is: no field stands beside it."""

    def show_scheme(self, scheme: str, distribution: str) -> None:
        """Show the std that this scheme gives the first layer; what was typed before stays the knob's value."""
        if self._dial:
            self._dial.show_scheme(scheme, distribution)
            self._show_in_force()

    def show_measured(self, std: float) -> None:
        """Show the spread that the first layer of the present run got."""
        if self._dial:
            self._dial.show_measured(std)
            self._show_in_force()

    def show_note(self, note: Message | None) -> None:
        """Say what is special about the value, which is no error."""
        self._note.show_text("" if note is None else str(note))

    def set_facts(self, layer_sizes: Sequence[int]) -> None:
        """Put the marks where these layer sizes have them."""
        if self._dial:
            self._dial.show_marks(marks(layer_sizes))
            self._show_in_force()

    def _show_in_force(self) -> None:
        """Put the std that the first layer really gets into the line, unless a person is at work there."""
        if not self._line.isModified() and not self.error():
            self._display(self._value)

    def _display(self, value: object) -> None:
        super()._display(value)
        if not self._dial or not isinstance(value, float):
            return
        self._dial.show_std(value)
        view = self._dial.view()
        by_scheme = view.scheme != "std"
        self._line.show_unit(str(msg("{scheme}, W1", scheme=TITLES[view.scheme])) if by_scheme else "")
        self._from_scheme = ""
        if by_scheme:
            self._from_scheme = "" if view.in_force is None else f"{view.in_force:.3g}"
            self._line.show_text(self._from_scheme)

    @Slot(str)
    def _take_typed(self, text: str) -> None:
        if not self._from_scheme or text != self._from_scheme:  # Enter on the scheme's own std keeps the scheme
            super()._take_typed(text)

    def _describe(self) -> None:
        super()._describe()
        if self._dial:
            self._dial.setAccessibleName(self._field.accessibleName())
            self._dial.setToolTip(self._field.toolTip())
            self._dial.setWhatsThis(self._field.whatsThis())

    @Slot(float)
    def _commit(self, value: object) -> None:
        super()._commit(value)

    @Slot(str)
    def _choose_mark(self, mark: str) -> None:
        if mark == BOOK:
            self._commit(BOOK_STD)
        else:
            self.committed.emit("init", mark)
