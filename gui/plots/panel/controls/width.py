"""The controls of the panels that train at other widths: the coordinate check and the rate transfer."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.pane.text_editor import TextEditor
from gui.plots.panel.controls import PanelControls
from model.figures.figure import View
from model.figures.panels import PANELS
from model.insight.width_runs import DEFAULTS, FIELDS, Survey, request_of
from model.training.frame import Frame
from model.training.knob import SpecError
from model.words import msg

_ROWS: dict[Survey, tuple[tuple[str, ...], ...]] = {
    "coordinate": (("widths",), ("steps", "seeds")),
    "transfer": (("widths", "steps"), ("seeds", "lowest", "highest")),
}
"""The fields of the runs at other widths as they stand, in few rows: what the fields take the plot goes without."""
_WIDE = 3
"""How many times as much room as a number the widths are given."""


class WidthControls(PanelControls):
    """Widths, seeds, steps and, where rates are varied, their powers of two; a button back to the usual ones."""

    survey: Survey

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._request = DEFAULTS[self.survey]
        self._editors = {field: TextEditor(knob, knob.default) for field, knob in FIELDS[self.survey].items()}
        self._usual = QPushButton(str(msg("As usual")))
        self._usual.setObjectName(f"{self.survey}_usual")
        self._usual.setToolTip(str(msg("Go back to the usual widths, seeds and steps")))
        self._usual.setAccessibleName(self._usual.toolTip())
        for editor in self._editors.values():
            editor.leave_reset_out()  # the button resets all, to what is usual with this optimiser
            editor.committed.connect(self._take)
            editor.stand_in(str(PANELS[self.survey].title))
        self._usual.clicked.connect(self._go_back)
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 6, 2)
        column.setSpacing(3)
        firsts = [self._editors[names[0]] for names in _ROWS[self.survey]]
        width = max(editor.label_width() for editor in firsts)
        for editor in firsts:
            editor.set_label_width(width)
        rows = []
        for names in _ROWS[self.survey]:
            row = QHBoxLayout()
            row.setSpacing(8)
            for name in names:
                row.addWidget(self._editors[name], _WIDE if name == "widths" else 1)
            column.addLayout(row)
            rows.append(row)
        rows[0].addWidget(self._usual, 0, Qt.AlignmentFlag.AlignTop)

    def show_choice(self, frame: Frame, view: View) -> None:
        self._request = view.widths or request_of(self.survey, frame.spec)
        self._usual.setEnabled(view.widths is not None)
        for field, editor in self._editors.items():
            editor.show_value(getattr(self._request, field))

    @Slot(str, object)
    def _take(self, name: str, value: object) -> None:
        field = name.removeprefix(f"{self.survey}_")
        try:
            request = self._request.replaced(self.survey, **{field: value})
        except SpecError as error:
            for wrong, message in error.messages.items():
                self._editors[wrong.removeprefix(f"{self.survey}_")].show_error(str(message))
        else:
            self.changed.emit({"widths": request})

    @Slot()
    def _go_back(self) -> None:
        self.changed.emit({"widths": None})


class CoordinateControls(WidthControls):
    """Those of the coordinate check."""

    survey: Survey = "coordinate"


class TransferControls(WidthControls):
    """Those of the rate transfer."""

    survey: Survey = "transfer"
