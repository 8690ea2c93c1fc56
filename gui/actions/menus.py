"""Actions, toolbar and menus, made from their tables."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from gui.actions.keys import default_keys, show_keys
from gui.actions.panel_section import PanelSection
from gui.actions.table import ACTIONS, MENUS, THEME_MENU, TOOLBAR
from gui.look.lengths import in_font
from model.words import Message, msg

Actions = dict[str, QAction]


def made_actions(window: QMainWindow, *commands: QObject) -> Actions:
    """Make every action of the table, with its keys, and connect it to its command."""
    return {name: _made_action(name, window, commands) for name in ACTIONS}


class Toolbar(QToolBar):
    """A bar whose icons are as large as its text."""

    def take_font(self) -> None:
        self.setIconSize(QSize(1, 1) * in_font(self, 18))


def made_toolbar(actions: Actions, speed: QWidget) -> QToolBar:
    """Make the toolbar: the run, its speed, export, and light or dark."""
    bar = Toolbar(str(msg("Run")))
    bar.take_font()
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for name in TOOLBAR:
        bar.addAction(actions[name])
    bar.addWidget(speed)
    bar.addAction(actions["export_image"])
    room = QWidget()
    room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(room)
    bar.addAction(actions["toggle_style"])
    for button in bar.findChildren(QToolButton):
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that a click takes what is typed in a field first
    style_button = bar.widgetForAction(actions["toggle_style"])
    if isinstance(style_button, QToolButton):
        style_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return bar


def fill_menus(
    window: QMainWindow,
    actions: Actions,
    panel_actions: Iterable[QAction],
    presets: QMenu,
    recent: QMenu,
    current_panel: Callable[[], Message],
) -> None:
    """Fill the menu bar from the table of menus."""
    for title, names in MENUS:
        if names == ("presets",):
            window.menuBar().addMenu(presets)
            continue
        menu = window.menuBar().addMenu(str(title))
        for name in names:
            if name == "panels":
                menu.addActions(list(panel_actions))
            elif name == "recent":
                menu.addMenu(recent)
            elif name == "themes":
                _fill_theme_menu(menu.addMenu(str(msg("Theme"))), actions)
            elif name == "of_panel":
                PanelSection(menu, current_panel)
            elif name:
                menu.addAction(actions[name])
            else:
                menu.addSeparator()


def _fill_theme_menu(menu: QMenu, actions: Actions) -> None:
    group = QActionGroup(menu)
    for name in THEME_MENU:
        if not name:
            menu.addSeparator()
            continue
        menu.addAction(actions[name])
        if actions[name].isCheckable():
            group.addAction(actions[name])


def _made_action(name: str, window: QMainWindow, commands: Sequence[QObject]) -> QAction:
    info = ACTIONS[name]
    action = QAction(str(info.text), window)
    action.setObjectName(name)
    action.setCheckable(info.checkable)
    show_keys(action, default_keys(name))
    (carry_out,) = (found for owner in commands if (found := getattr(owner, f"do_{name}", None)) is not None)
    action.triggered.connect(carry_out)
    window.addAction(action)
    return action
