"""The menu of a panel: its view options and its commands."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from model.figures.figure import View
from model.figures.panels import Panel
from model.insight.number_formats import FORMATS
from model.words import Message, msg

BINS = (20, 40, 60, 100, 200)
SMOOTHING = (0.0, 0.6, 0.9, 0.97, 0.99)
LAYERS = (0, *range(1, 11), -1)
FORMAT_NAMES = {"none": "none", **{name: kind.name for name, kind in FORMATS.items()}}
_CHECKS = (
    ("log_y", msg("Log scale, vertical axis")),
    ("log_x", msg("Log scale, horizontal axis")),
    ("through_time", msg("Through time")),
    ("depth_scale", msg("Colour by depth scale")),
    ("notes", msg("Notes in the plot")),
)
_CHECKED = {field for field, _ in _CHECKS}


class PanelMenu(QMenu):
    """Emits what the user chooses; shows the View that it is given."""

    changed = Signal(dict)
    fit_requested = Signal()
    copy_requested = Signal()
    export_requested = Signal()
    maximize_requested = Signal()
    close_requested = Signal()

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__(parent)
        self._panel = panel
        self._parent = parent
        for field, text in _CHECKS:
            self._check(field, text)
        self._choice(msg("Bins"), "bins", [(n, str(n)) for n in BINS])
        names = [(w, str(msg("none")) if not w else f"{w:g}") for w in SMOOTHING]
        self._choice(msg("Smoothing"), "smoothing", names)
        self._choice(msg("Show"), "layer", [(layer, str(_layer_name(layer))) for layer in LAYERS])
        formats = [(key, str(msg("{name}", name=name))) for key, name in FORMAT_NAMES.items()]
        self._choice(msg("Limits of number format"), "number_format", formats)
        fit = self.addAction(str(msg("Fit axes to data")))
        fit.setObjectName("menu_fit")
        fit.triggered.connect(self.fit_requested)
        self.addSeparator()
        self.addAction(str(msg("Copy as image"))).triggered.connect(self.copy_requested)
        self.addAction(str(msg("Export…"))).triggered.connect(self.export_requested)
        self.addSeparator()
        self.addAction(str(msg("Maximise or restore"))).triggered.connect(self.maximize_requested)
        self.addAction(str(msg("Hide panel"))).triggered.connect(self.close_requested)
        self.aboutToShow.connect(self._show_keys)
        self.show_view(panel.view)

    def show_view(self, view: View) -> None:
        """Tick what is chosen."""
        for action in self._checks():
            action.setChecked(bool(getattr(view, action.data())))
        for group in self.findChildren(QActionGroup):
            for action in group.actions():
                action.setChecked(action.data() == getattr(view, group.objectName()))

    def _checks(self) -> list[QAction]:
        # asked of Qt each time: objects of PySide that were kept have been seen to forget theirs
        return [action for action in self.actions() if action.data() in _CHECKED]

    @Slot()
    def _show_keys(self) -> None:
        """Name the keys that the window has for the same."""
        for action in self.actions():
            name = action.objectName().removeprefix("menu_")
            same = self._parent.window().findChild(QAction, name) if name else None
            if same is not None:
                text, keys = action.text().partition("\t")[0], same.shortcut()
                native = keys.toString(QKeySequence.SequenceFormat.NativeText)
                action.setText(f"{text}\t{native}" if native else text)

    def _check(self, field: str, text: Message) -> None:
        action = self.addAction(str(text))
        action.setObjectName(f"menu_{field}")
        action.setCheckable(True)
        action.setData(field)
        action.setVisible(field == "notes" or field in self._panel.options)
        action.triggered.connect(self._take_check)

    def _choice(self, text: Message, field: str, choices: Sequence[tuple[object, str]]) -> None:
        if field not in self._panel.options:
            return
        sub_menu = self.addMenu(str(text))
        group = QActionGroup(self)
        group.setObjectName(field)
        for value, label in choices:
            action = sub_menu.addAction(label)
            action.setCheckable(True)
            action.setData(value)
            group.addAction(action)
        group.triggered.connect(self._take_choice)

    @Slot()
    def _take_check(self) -> None:
        self.changed.emit({action.data(): action.isChecked() for action in self._checks()})

    @Slot(QAction)
    def _take_choice(self, action: QAction) -> None:
        self.changed.emit({action.actionGroup().objectName(): action.data()})


def _layer_name(layer: int) -> Message:
    if layer == 0:
        return msg("every hidden layer")
    return msg("units of the last hidden layer") if layer < 0 else msg("units of hidden layer {layer}", layer=layer)
