"""What the editors of all knobs share: the last good value, the error under the field, the way back."""

from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QLabel, QWidget

from gui.pane.small_parts import ErrorLabel, ResetButton, SuggestionButton
from gui.pane.typed import as_typed
from model.training.knob import Knob, SpecError
from model.words import Message, msg

_SUGGESTION_ROW = 9
"""Below all else of an editor."""


class KnobEditor(QWidget):
    """One knob on the form; it says what the person meant and shows what it is given.

    A commit is answered at once by `show_value` (taken) or `show_error` (refused); until then and after
    a refusal, `value()` is the last good value.
    """

    committed = Signal(str, object)

    def __init__(self, knob: Knob, value: object, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob = knob
        self._value = value
        self._committing = False
        self._why_idle = ""
        self._resets = True
        self._place_name = ""
        self._field: QWidget = self  # until `_place` puts the one of this kind there
        self._label = QLabel(str(msg(knob.label)))
        self._error = ErrorLabel()
        self._suggestion = SuggestionButton()
        self._reset = ResetButton()
        self._layout = QGridLayout(self)
        self._name_parts()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(4)
        self._layout.setVerticalSpacing(2)
        self._layout.setColumnStretch(2, 1)
        self._reset.clicked.connect(self._return_to_default)
        self._suggestion.chosen.connect(self._take_suggestion)

    def value(self) -> object:
        """Give the last good value."""
        return self._value

    def error(self) -> str:
        """Give the text shown at the field, or ""."""
        return self._error.said()

    def set_value(self, value: object) -> None:
        """Enter a value exactly as if a person had typed it and pressed Enter."""
        text = as_typed(self.knob, value)
        self._display_text(text)
        self._commit_text(text)

    def show_value(self, value: object) -> None:
        """Show the value in force; what is being typed or mended stays while nothing changed beneath it."""
        if value == self._value and not self._committing:
            return
        self._value = value
        self._display(value)
        self.clear_error()
        self._show_reset()

    def show_error(self, text: str) -> None:
        """Show a refusal under the field; the text in the field stays, so that it can be mended."""
        self._error.show_text(text)
        self._suggestion.offer("")
        self._mark("invalid", on=bool(text))
        self._describe()

    def show_refusal(self, text: str, typed: str | None) -> None:
        """Show an error, and again what was typed where the field has moved on since."""
        if typed is not None:
            self._display_text(typed)
        self.show_error(text)

    def clear_error(self) -> None:
        if self.error():
            self.show_error("")

    def stand_in(self, place: str) -> None:
        """Tell the place of a knob that is not the form's, since that may have one of the same name."""
        self._place_name = place
        self._describe()

    def show_idle(self, reason: Message | None) -> None:
        """Dim the knob while it has no meaning, and say why; it can still be set for later."""
        why = str(reason) if reason else ""
        if why != self._why_idle:
            self._why_idle = why
            self._mark("idle", on=bool(why))
            self._describe()

    def keyed_part(self) -> QWidget:
        """Give the part that takes the keys: the field, or what is chosen in it."""
        buttons = self._field.findChildren(QAbstractButton)
        return next((button for button in buttons if button.isChecked()), self._field)

    def label_width(self) -> int:
        # its own size hint would be at least the width that it was given before
        return self._label.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self._label.text()).width()

    def set_label_width(self, width: int) -> None:
        """Line the field up with those of other editors."""
        self._label.setFixedWidth(width)

    def leave_reset_out(self) -> None:
        """Have no button that resets, where another one does so for several knobs."""
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._reset.setSizePolicy(policy)
        self._resets = False
        self._show_reset()

    # ---- for the editors of each kind

    def _place(self, field: QWidget, *, below: bool = False) -> None:
        """Take the field in: beside the label, or below it in the full width."""
        self._field = field
        self._layout.addWidget(self._label, 0, 0)
        self._layout.addWidget(self._reset, 0, 1)
        self._layout.addWidget(field, int(below), 0 if below else 2, 1, 3 if below else 1)
        self._layout.addWidget(self._error, 1 + below, 0, 1, 3)
        self._layout.addWidget(self._suggestion, _SUGGESTION_ROW, 0, 1, 3, Qt.AlignmentFlag.AlignLeft)
        self._label.setBuddy(field)
        self._show_reset()
        self._name_parts()
        self._display(self._value)
        self._describe()

    def _show_reset(self) -> None:
        self._reset.setVisible(self._resets and self._value != self.knob.default)

    def _display(self, value: object) -> None:
        """Put a good value into the field."""

    def _display_text(self, text: str) -> None:
        """Put what was typed into the field, where it can hold it."""

    def _commit_text(self, text: str) -> None:
        try:
            value = self.knob.parse(text)
        except SpecError as refused:
            self.show_error(str(refused.messages[self.knob.name]))
            self._suggestion.offer(self.knob.suggestion(text))
        else:
            self._commit(value)

    def _commit(self, value: object) -> None:
        self.clear_error()
        self._committing = True
        try:
            self.committed.emit(self.knob.name, value)
        finally:
            self._committing = False

    @Slot(str)
    def _take_suggestion(self, text: str) -> None:
        self.set_value(text)
        # as after Enter, keys act on the window again, unless there is more to mend
        (self._field if self.error() else self.window()).setFocus()

    @Slot()
    def _return_to_default(self) -> None:
        self._commit(self.knob.default)

    # ---- words and marks

    def _name_parts(self) -> None:
        name = self.knob.name
        self.setObjectName(name)
        for part, widget in self._parts().items():
            widget.setObjectName(f"{name}_{part}")

    def _parts(self) -> dict[str, QWidget]:
        return {
            "label": self._label, "field": self._field, "error": self._error, "reset": self._reset,
            "suggestion": self._suggestion,
        }  # fmt: skip

    def _mark(self, quality: str, *, on: bool) -> None:
        for widget in (self._label, self._field):
            widget.setProperty(quality, on)
            widget.style().polish(widget)

    def _describe(self) -> None:
        knob = self.knob
        told = [str(msg(knob.help)), str(msg("Must be {limits}.", limits=knob.limits()))]
        if self._why_idle:
            told.insert(0, self._why_idle)
        name = f"{msg(knob.label)} ({msg(knob.unit)})" if knob.unit else str(msg(knob.label))
        if self._place_name:
            name = f"{name} ({self._place_name})"
        hint = "".join(f"<p>{escape(text)}</p>" for text in [*told, knob.flag] if text)
        for widget in (self, self._field):
            widget.setAccessibleName(name)
        for widget in (self, self._label, self._field):
            widget.setAccessibleDescription(" ".join([*filter(None, [self.error()]), *told]))
        for widget in (self, self._label, self._field):
            widget.setToolTip(hint)
            widget.setWhatsThis("\n\n".join(text for text in [*told, knob.flag] if text))
        default = knob.shown(knob.default) or msg("none")
        back = str(msg("Reset {name} to its default, {default}", name=name, default=default))
        self._reset.setToolTip(back)
        self._reset.setAccessibleName(back)
        self._error.setAccessibleName(str(msg("Error in {name}", name=name)))
