"""The controls of single panels: a table of widgets, and the fields of the randn bench."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.pane.choice_editor import SegmentEditor
from gui.pane.editor import KnobEditor
from gui.pane.text_editor import TextEditor
from model.figures.figure import View
from model.figures.panels import PANELS
from model.insight.randn import FIELDS, RandnRequest, request_of
from model.insight.width_runs import DEFAULTS, Survey
from model.insight.width_runs import FIELDS as WIDTH_FIELDS
from model.insight.width_runs import request_of as width_request_of
from model.training.frame import Frame
from model.training.knob import SpecError
from model.words import msg


class PanelControls(QWidget):
    """Fields above a panel's plots: `changed` carries fields of its View, and `show_choice` shows what is in force."""

    changed = Signal(dict)

    def show_choice(self, frame: Frame, view: View) -> None:
        """Show what the panel draws now."""


class RandnControls(PanelControls):
    """Function, shape, seed, mean and std of the random numbers; a button for their code, and one back to W1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._request = RandnRequest()
        self._editors: dict[str, KnobEditor] = {}
        for field, knob in FIELDS.items():
            kind = SegmentEditor if knob.kind == "choice" else TextEditor
            self._editors[field] = kind(knob, knob.default)
        self._copy = QPushButton(str(msg("Copy code")))
        self._follow = QPushButton(str(msg("As W1")))
        self._arrange()
        for editor in self._editors.values():
            editor.committed.connect(self._take)
            editor.stand_in(str(msg("randn bench")))
        self._copy.clicked.connect(self._copy_code)
        self._follow.clicked.connect(self._follow_run)

    def _arrange(self) -> None:
        tips = (
            (self._copy, "randn_copy", msg("Copy a line of NumPy that gives the same array")),
            (self._follow, "randn_follow", msg("Use the seed and shape of this run's W1")),
        )
        for button, name, tip in tips:
            button.setObjectName(name)
            button.setToolTip(str(tip))
            button.setAccessibleName(str(tip))
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 6, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        for column, (stretch, names) in enumerate(((5, ("function", "loc", "scale")), (4, ("shape", "seed")))):
            width = max(self._editors[name].label_width() for name in names)
            for row, name in enumerate(names):
                self._editors[name].set_label_width(width)
                grid.addWidget(self._editors[name], row, column)
            grid.setColumnStretch(column, stretch)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self._follow, 1)
        buttons.addWidget(self._copy, 1)
        grid.addLayout(buttons, 2, 1)

    def show_choice(self, frame: Frame, view: View) -> None:
        self._request = view.randn or request_of(frame)
        self._follow.setEnabled(view.randn is not None)
        unused = (
            msg("randn always has mean 0 and std 1; use normal for other values.")
            if self._request.function == "randn"
            else None
        )
        for field, editor in self._editors.items():
            editor.show_value(getattr(self._request, field))
            editor.show_idle(unused if field in ("loc", "scale") else None)

    @Slot(str, object)
    def _take(self, name: str, value: object) -> None:
        try:
            request = self._request.replaced(**{name.removeprefix("randn_"): value})
        except SpecError as error:
            for wrong, message in error.messages.items():
                self._editors[wrong.removeprefix("randn_")].show_error(str(message))
        else:
            self.changed.emit({"randn": request})

    @Slot()
    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._request.code)

    @Slot()
    def _follow_run(self) -> None:
        self.changed.emit({"randn": None})


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
        self._editors = {field: TextEditor(knob, knob.default) for field, knob in WIDTH_FIELDS[self.survey].items()}
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
        self._request = view.widths or width_request_of(self.survey, frame.spec)
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


CONTROLS: dict[str, type[PanelControls]] = {
    "randn": RandnControls,
    "coordinate": CoordinateControls,
    "transfer": TransferControls,
}
"""What stands above the plots of some panels."""


def below(controls: QWidget, figure_view: QWidget) -> QScrollArea:
    """Put a figure below its controls; if the panel is too small for both, they scroll."""
    inside, area = QWidget(), QScrollArea()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(controls)
    column.addWidget(figure_view, 1)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area
