"""The controls of the randn bench: function, shape, seed, mean and std."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QWidget

from gui.pane.choice_editor import SegmentEditor
from gui.pane.editor import KnobEditor
from gui.pane.text_editor import TextEditor
from gui.plots.panel.controls import PanelControls
from model.figures.figure import View
from model.insight.randn import FIELDS, RandnRequest, request_of
from model.training.frame import Frame
from model.training.knob import SpecError
from model.words import msg


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
