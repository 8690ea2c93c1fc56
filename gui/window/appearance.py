"""The window's look: light or dark, with icons that fit it and the state of the run."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar, QToolButton

from gui.actions.table import ACTIONS
from gui.look.icons import icon
from gui.look.text_size import set_text_size, text_size
from gui.look.theme import apply_theme
from gui.plots.dashboard import Dashboard
from model.figures.palette import THEMES, Theme
from model.words import Message, msg

_TRAIN_WORDS: dict[bool, Message] = {False: msg("Train"), True: msg("Pause")}
"""What the train button says while nothing trains, and while something does."""


class Appearance(QObject):
    """Draws window, actions and panels in one theme, and as large as wanted.

    Attributes
    ----------
    theme : in force now
    """

    said = Signal(str)
    grown = Signal(float)
    """Text has become so many times as large as before."""

    def __init__(self, window: QMainWindow, actions: dict[str, QAction], dashboard: Dashboard, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._dashboard = dashboard
        self._training = False
        self._train_icons: dict[bool, QIcon] = {}
        self.theme = theme

    def show_theme(self, theme: Theme) -> None:
        """Draw the window in this theme."""
        self.theme = theme
        apply_theme(_application(), theme)
        self._window.setWindowIcon(icon("app", theme))
        for name, action in self._actions.items():
            if ACTIONS[name].icon:
                action.setIcon(icon(ACTIONS[name].icon, theme))
        self._actions["toggle_style"].setIcon(icon("sun" if theme.name == "dark" else "moon", theme))
        self._train_icons = {False: icon("train", theme), True: icon("pause", theme)}
        self._show_toolbar()
        self.show_training(training=self._training)
        self._dashboard.show_theme(theme)

    @Slot(int)
    def show_text_size(self, percent: int) -> None:
        """Show everything with text of this size."""
        application, before = _application(), text_size()
        if percent != before:
            application.setStyleSheet("")  # in force, it would keep fonts back
            set_text_size(application, percent)
            apply_theme(application, self.theme)
            for widget in application.allWidgets():
                if (take_font := getattr(widget, "take_font", None)) is not None:
                    take_font()
            self._show_toolbar()
            self.show_training(training=self._training)
            self.grown.emit(percent / before)
        self.said.emit(str(msg("Text size {percent} %", percent=percent)))

    def show_training(self, *, training: bool) -> None:
        """Let the train button show what it will do."""
        self._training = training
        action = self._actions["train"]
        action.setChecked(training)
        action.setText(str(_TRAIN_WORDS[training]))
        action.setIcon(self._train_icons[training])

    def _show_toolbar(self) -> None:
        """Keep its buttons in place when Train becomes Pause, and show where to find those that do not fit."""
        bar, action = self._window.findChild(QToolBar, "toolbar"), self._actions["train"]
        assert bar is not None  # noqa: S101  the window has one
        button = bar.widgetForAction(action)
        button.ensurePolished()
        widths = []
        for words in _TRAIN_WORDS.values():
            action.setText(str(words))
            widths.append(button.sizeHint().width())
        button.setMinimumWidth(max(widths))
        more = bar.findChild(QToolButton, "qt_toolbar_ext_button")
        if more is not None:
            more.setIcon(icon("more", self.theme))
            more.setToolTip(str(msg("More")))

    @Slot()
    def toggle(self) -> None:
        """Change from light to dark or back."""
        self.show_theme(THEMES["light" if self.theme.name == "dark" else "dark"])


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)  # noqa: S101  a widget exists
    return application
