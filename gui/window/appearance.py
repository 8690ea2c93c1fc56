"""The window's look: its theme and the size of its text, with icons that fit them and the state of the run."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar, QToolButton

from gui.actions.table import ACTIONS
from gui.look.icons import icon
from gui.look.text_size import set_text_size, text_size
from gui.look.theme import apply_theme, resolve_style
from gui.plots.dashboard import Dashboard
from model.figures.palette import Theme
from model.words import Message, msg

_TRAIN_WORDS: dict[bool, Message] = {False: msg("Train"), True: msg("Pause")}
"""What the train button says while nothing trains, and while something does."""


class Appearance(QObject):
    """Draws window, actions and panels in one theme, and as large as wanted.

    Attributes
    ----------
    theme : in force now
    style : what was chosen: the name of a theme, or "system" to follow the desktop
    """

    said = Signal(str)
    grown = Signal(float)
    """Text has become so many times as large as before."""

    def __init__(self, window: QMainWindow, actions: dict[str, QAction], dashboard: Dashboard, style: str) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._dashboard = dashboard
        self._training = False
        self._train_icons: dict[bool, QIcon] = {}
        self.style = style
        self.theme = resolve_style(style, application())
        application().styleHints().colorSchemeChanged.connect(self._follow_desktop)

    @Slot(str)
    def show_style(self, style: str) -> None:
        """Draw the window in the theme of this name, or from now on in that of the desktop."""
        self.style = style
        self.show_theme(resolve_style(style, application()))

    @Slot()
    def _follow_desktop(self) -> None:
        if self.style == "system":
            self.show_theme(resolve_style(self.style, application()))

    def show_theme(self, theme: Theme) -> None:
        """Draw the window in this theme."""
        self.theme = theme
        apply_theme(application(), theme)
        self._window.setWindowIcon(icon("app", theme))
        for name, action in self._actions.items():
            if ACTIONS[name].icon:
                action.setIcon(icon(ACTIONS[name].icon, theme))
        self._actions["toggle_style"].setIcon(icon("moon" if theme.name == "light" else "sun", theme))
        self._actions[f"theme_{self.style}"].setChecked(True)
        self._train_icons = {False: icon("train", theme), True: icon("pause", theme)}
        self._show_toolbar()
        self.show_training(training=self._training)
        self._dashboard.show_theme(theme)

    @Slot(int)
    def show_text_size(self, percent: int) -> None:
        """Show everything with text of this size."""
        program, before = application(), text_size()
        if percent != before:
            program.setStyleSheet("")  # in force, it would keep fonts back
            set_text_size(program, percent)
            apply_theme(program, self.theme)
            for widget in program.allWidgets():
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
        self.show_style("dark" if self.theme.name == "light" else "light")


def application() -> QApplication:
    """Give the application, which there is by then."""
    found = QApplication.instance()
    assert isinstance(found, QApplication)  # noqa: S101  a window needs one
    return found
