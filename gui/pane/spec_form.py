"""The form of a TrainingSpec, made from the table of knobs: five groups that fold, an editor a knob."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from gui.pane.choice_editor import MOST_LETTERS, MOST_SEGMENTS, FlagEditor, ListEditor, SegmentEditor
from gui.pane.dial_face import FILE
from gui.pane.editor import KnobEditor
from gui.pane.gallery import GalleryEditor
from gui.pane.group import KnobGroup
from gui.pane.path_editor import PathEditor
from gui.pane.reading import GROUPS, std_note, summary
from gui.pane.std_editor import StdEditor
from gui.pane.text_editor import TextEditor
from model.network.initializers import noise_distribution
from model.training.idle import idle_knobs
from model.training.knob import Kind, Knob
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

_OF_NAME: dict[str, type[KnobEditor]] = {"weight_init_std": StdEditor, "dataset": GalleryEditor}
_OF_KIND: dict[Kind, type[KnobEditor]] = {
    "float": TextEditor,
    "int": TextEditor,
    "sizes": TextEditor,
    "factors": TextEditor,
    "path": PathEditor,
    "column": TextEditor,
    "flag": FlagEditor,
}
_MARGINS = 24
"""Pixels beside the editors, left and right together."""
_OPEN_AT_FIRST = ("initialisation", "network")


class SpecForm(QWidget):
    """Every knob of a spec to see and to turn; it applies nothing itself.

    `edited` tells what the person meant. The answer is a call, at once or later: `show_spec` with the
    spec in force, or `show_error` for the knob.
    """

    edited = Signal(str, object)
    drag_started = Signal()
    drag_finished = Signal()
    browse_requested = Signal(str)

    def __init__(self, spec: TrainingSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._editors = {name: _editor_for(knob, getattr(spec, name)) for name, knob in KNOBS.items()}
        self._groups = {name: self._made_group(name) for name in GROUPS}
        self._area = QScrollArea()
        self._arrange()
        self._listen()
        self._show_around()

    def editor(self, name: str) -> KnobEditor:
        return self._editors[name]

    def show_spec(self, spec: TrainingSpec) -> None:
        """Show the spec in force; an error stays at a knob that did not change and was not just entered."""
        changed = spec != self._spec
        self._spec = spec
        for name, editor in self._editors.items():
            editor.show_value(getattr(spec, name))
        if changed:
            self._show_around()

    def show_error(self, name: str, message: Message, text: str | None = None) -> None:
        """Show at a knob that it was refused; `text` is what was entered, where the field has moved on."""
        self._editors[name].show_refusal(str(message), text)

    def set_facts(self, layer_sizes: Sequence[int]) -> None:
        """Tell the layer sizes, from the inputs to the classes, which place the marks of the dial."""
        self.std_editor().set_facts(layer_sizes)

    def wanted_width(self) -> int:
        """Give the width at which no field or label is cut off, including those in folded groups."""
        widest = max(editor.minimumSizeHint().width() for editor in self._editors.values())
        return widest + _MARGINS + self._area.verticalScrollBar().sizeHint().width()

    def std_editor(self) -> StdEditor:
        """Give the editor with the dial, for what stands beside it."""
        editor = self._editors["weight_init_std"]
        assert isinstance(editor, StdEditor)  # noqa: S101  the table above says so
        return editor

    def state(self) -> dict[str, bool]:
        """Tell which groups are open."""
        return {name: group.is_open() for name, group in self._groups.items()}

    def restore(self, state: Mapping[str, bool]) -> None:
        """Open and fold the groups as they were; unknown names are passed over."""
        for name, group in self._groups.items():
            group.set_open(bool(state.get(name, group.is_open())))

    def reveal(self, name: str) -> None:
        """Bring a knob into sight, opening its group."""
        self._groups[KNOBS[name].group].set_open(True)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # else it has no place yet to be scrolled to
        self._area.ensureWidgetVisible(self._editors[name])

    def _made_group(self, name: str) -> KnobGroup:
        editors = [self._editors[knob.name] for knob in KNOBS.values() if knob.group == name]
        beside = [editor for editor in editors if not isinstance(editor, StdEditor | GalleryEditor)]
        self._line_up(beside)
        return KnobGroup(name, str(GROUPS[name]), list(editors))

    def _line_up(self, beside: Iterable[KnobEditor]) -> None:
        width = max((editor.label_width() for editor in self._editors.values()), default=0)
        for editor in beside:
            editor.set_label_width(width)

    def take_font(self) -> None:
        self._line_up(editor for editor in self._editors.values() if not isinstance(editor, GalleryEditor))

    def _arrange(self) -> None:
        inside = QWidget()
        inside.setObjectName("spec_form_inside")
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 6, 10, 10)
        column.setSpacing(2)
        for name, group in self._groups.items():
            column.addWidget(group)
            group.set_open(name in _OPEN_AT_FIRST)
        column.addStretch(1)
        self._area.setWidget(inside)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        self.setAccessibleName(str(msg("Parameters")))

    def _listen(self) -> None:
        for editor in self._editors.values():
            editor.committed.connect(self._tell)
            if isinstance(editor, StdEditor):
                editor.drag_started.connect(self.drag_started)
                editor.drag_finished.connect(self.drag_finished)
            if isinstance(editor, PathEditor):
                editor.browse_requested.connect(self.browse_requested)

    @Slot(str, object)
    def _tell(self, name: str, value: object) -> None:
        self.edited.emit(name, value)

    def _show_around(self) -> None:
        spec = self._spec
        scheme = spec.init if spec.weights is None else FILE
        self.std_editor().show_scheme(scheme, noise_distribution(spec.init, spec.init_distribution))
        self.std_editor().show_note(std_note(self._spec))
        idle = idle_knobs(self._spec)
        for name, editor in self._editors.items():
            editor.show_idle(idle.get(name))
        for name, group in self._groups.items():
            group.header.show_summary(summary(self._spec, name))


def _editor_for(knob: Knob, value: object) -> KnobEditor:
    if knob.name in _OF_NAME:
        return _OF_NAME[knob.name](knob, value)
    if knob.kind == "choice":
        short = len(knob.choices) <= MOST_SEGMENTS and sum(map(len, knob.choices)) <= MOST_LETTERS
        return (SegmentEditor if short else ListEditor)(knob, value)
    return _OF_KIND[knob.kind](knob, value)
