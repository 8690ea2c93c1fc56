"""The title bar of a panel: its name, its legend, and three buttons."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from gui.look.icons import icon
from gui.look.lengths import in_font
from gui.plots.panel.legend import Legend
from model.figures.palette import Theme
from model.figures.panels import Panel
from model.words import msg

_BUTTONS = {
    "menu": msg("Panel menu"),
    "maximize": msg("Maximise or restore"),
    "close": msg("Hide panel"),
}


class PanelHeader(QWidget):
    """Emits what the user wants of the panel; dragging it moves its dock."""

    changed = Signal(dict)
    """Fields of the View."""
    maximize_requested = Signal()
    close_requested = Signal()

    def __init__(self, panel: Panel, menu: QMenu, theme: Theme) -> None:
        super().__init__()
        self._maximized = False
        self._theme = theme
        self.legend = Legend()
        self._buttons = {name: QToolButton() for name in _BUTTONS}
        self._arrange(panel)
        self.legend.hidden_changed.connect(self._hide_curves)
        self._buttons["menu"].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._buttons["menu"].setMenu(menu)
        self._buttons["maximize"].clicked.connect(self._ask_for_room)
        self._buttons["close"].clicked.connect(self._ask_to_close)

    def _arrange(self, panel: Panel) -> None:
        self._title = title = QLabel(str(panel.title))
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setProperty("role", "panel_title")
        title.setToolTip(str(panel.help))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 3, 1)
        row.setSpacing(2)
        row.addWidget(title)
        row.addSpacing(8)
        row.addWidget(self.legend, 1)
        for name, button in self._buttons.items():
            button.setObjectName(f"panel_{name}_{panel.id}")
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are
            button.setToolTip(str(_BUTTONS[name]))
            button.setAccessibleName(str(msg("{action}: {panel}", action=_BUTTONS[name], panel=panel.title)))
            row.addWidget(button)

        self.take_font()

    def take_font(self) -> None:
        # a long name in large letters would make the window too wide
        self._title.setMinimumWidth(in_font(self, 40))
        for button in self._buttons.values():
            button.setIconSize(QSize(1, 1) * in_font(self, 14))

    def show_theme(self, theme: Theme) -> None:
        """Draw the buttons in the colours of this theme."""
        self._theme = theme
        for name, button in self._buttons.items():
            button.setIcon(icon("restore" if name == "maximize" and self._maximized else name, theme))

    def show_maximized(self, *, maximized: bool) -> None:
        """Let the button offer to restore the other panels."""
        self._maximized = maximized
        self.show_theme(self._theme)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.maximize_requested.emit()

    @Slot(object)
    def _hide_curves(self, hidden: frozenset[str]) -> None:
        self.changed.emit({"hidden": hidden})

    @Slot()
    def _ask_for_room(self) -> None:
        self.maximize_requested.emit()

    @Slot()
    def _ask_to_close(self) -> None:
        self.close_requested.emit()
