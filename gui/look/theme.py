"""The look of the program: a theme's colours as a palette, and one short style sheet for the rest."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from gui.look.icons import ICON_DIR
from gui.look.lengths import growth
from model.figures.palette import CONTRAST, DARK, LIGHT, THEMES, Theme, blend

_FALLBACK_FAMILIES = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR")


def resolve_style(style: str, app: QApplication) -> Theme:
    """Give the theme of this name, or for "system" that of the desktop; light where the system does not say."""
    for name, theme in THEMES.items():
        if style == name:
            return theme
    return DARK if desktop_scheme(app) == Qt.ColorScheme.Dark else LIGHT


def desktop_scheme(app: QApplication) -> Qt.ColorScheme:
    """Tell whether the desktop is light or dark, as far as it says so."""
    return app.styleHints().colorScheme()


def begin_theme(app: QApplication, theme: Theme) -> None:
    """Show the widgets to come in this theme's style, font and colours; the style sheet waits until they are there.

    Qt styles a widget anew whenever it is put into another: with the sheet in force, that took a third of the start.
    """
    if not app.styleSheet() and app.style().name() != "fusion":  # with a sheet, the style has no name
        app.setStyle("Fusion")
    font = app.font()
    families = with_fallbacks(font)
    if font.families() != families:
        font.setFamilies(families)
        app.setFont(font)
    app.setPalette(palette_of(theme))


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Show every widget, present and to come, in this theme; costs nothing where they are already."""
    sheet = style_sheet(theme, growth(app.font()))
    if app.styleSheet() == sheet:
        return
    app.setStyleSheet("")  # from one sheet to another Qt styles each widget once for every widget that it is in
    begin_theme(app, theme)
    app.setStyleSheet(sheet)


def theme_of(palette: QPalette) -> Theme:
    """Tell which theme a widget's palette belongs to, for widgets that paint themselves."""
    window = palette.color(QPalette.ColorRole.Window)
    if window.name() == CONTRAST.surface:
        return CONTRAST
    return DARK if window.lightness() < 128 else LIGHT


def with_fallbacks(font: QFont) -> list[str]:
    """List the font's own family first, then faces that have √, ⁻ and Chinese, Japanese and Korean."""
    own = font.families() or [font.family()]
    return [*own, *(family for family in _FALLBACK_FAMILIES if family not in own)]


def palette_of(theme: Theme) -> QPalette:
    """Put a theme's colours into Qt's roles."""
    role = QPalette.ColorRole
    # where all grounds are alike, tabs and handles are told by their own colour
    button = blend(theme.text, theme.surface, 0.04 if theme.surface != theme.background else 0.25)
    colours = {
        role.Window: theme.surface,
        role.WindowText: theme.text,
        role.Base: theme.background,
        role.AlternateBase: theme.surface,
        role.Text: theme.text,
        role.Button: button,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.background,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: blend(theme.background, button, 0.5),
        role.Midlight: button,
        role.Mid: theme.line,
        role.Dark: blend(theme.muted, theme.surface, 0.5),
        role.Shadow: blend("#000000", theme.surface, 0.4),
    }
    palette = QPalette()
    for key, colour in colours.items():
        palette.setColor(key, QColor(colour))
    pale = QColor(blend(theme.muted, theme.surface, 0.6))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, pale)
    return palette


def style_sheet(theme: Theme, scale: float = 1.0) -> str:
    """Write what a palette cannot say: thin frames, wrong fields, flat buttons; for a font so much larger."""
    values = {
        "background": theme.background,
        "surface": theme.surface,
        "text": theme.text,
        "muted": theme.muted,
        "line": theme.line,
        "accent": theme.accent,
        "on_accent": theme.on_accent,
        "bad": theme.bad,
        "bad_tint": blend(theme.bad, theme.background, 0.09),
        "hover": blend(theme.text, theme.surface, 0.08),
        "pressed": blend(theme.text, theme.surface, 0.15),
        "frame": blend(theme.muted, theme.surface, 0.45),
        "note": blend(theme.accent, theme.surface, 0.1),
        "chosen": blend(theme.accent, theme.surface, 0.18),
        "arrow": (ICON_DIR / "combo_arrow.svg").as_posix(),
        "check": (ICON_DIR / f"check_{theme.name}.svg").as_posix(),
    }
    sheet = _SHEET + (_TABS if theme.surface == theme.background else "")
    for name, value in values.items():
        sheet = sheet.replace(f"@{name}@", value)
    return _LENGTH.sub(lambda found: f"{round(int(found[1]) * scale)}px", sheet)


_LENGTH = re.compile(r"\b([2-9]|\d\d)px")
"""A length in the sheet, but for the single pixels of frames."""

_SHEET = """
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { color: @text@; background: @background@; border: 1px solid @line@; padding: 3px; }
QLineEdit, QComboBox, QPushButton {
  background: @background@; border: 1px solid @line@; border-radius: 4px; padding: 2px 6px; min-height: 18px;
}
QLineEdit:hover, QComboBox:hover, QPushButton:hover { border-color: @frame@; }
QLineEdit:focus, QComboBox:focus, QPushButton:focus { border-color: @accent@; }
QLineEdit[idle="true"], QComboBox[idle="true"], QLabel[idle="true"], QPushButton[idle="true"] { color: @muted@; }
QLineEdit[idle="true"] { background: @surface@; }
QLineEdit[invalid="true"], QComboBox[invalid="true"] { border-color: @bad@; background: @bad_tint@; }
QLabel[role="error"] { color: @bad@; }
QLabel[role="hero"] { font-weight: 600; }
QLabel[role="panel_title"] { font-weight: 600; }
QLabel[role="muted"] { color: @muted@; }
QComboBox { combobox-popup: 0; padding-right: 2px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("@arrow@"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @background@; border: 1px solid @line@; outline: none; }
QPushButton { background: @surface@; padding: 2px 10px; }
QPushButton:hover { background: @hover@; }
QPushButton:pressed { background: @pressed@; }
QPushButton:disabled { color: @frame@; }
QPushButton[segment] { background: @background@; padding: 2px 4px; color: @text@; border-radius: 0; }
QPushButton[segment]:hover { background: @hover@; }
QPushButton[segment]:checked { background: @chosen@; border-color: @accent@; }
QPushButton[segment="first"] { border-top-left-radius: 4px; border-bottom-left-radius: 4px; }
QPushButton[segment="last"] { border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QPushButton[segment="middle"], QPushButton[segment="last"] { margin-left: -1px; }
QCheckBox::indicator, QTableView::indicator {
  width: 14px; height: 14px; border: 1px solid @frame@; border-radius: 3px; background: @background@;
}
QCheckBox::indicator:hover { border-color: @muted@; }
QCheckBox::indicator:focus, QCheckBox:focus::indicator { border-color: @accent@; }
QCheckBox::indicator:checked, QTableView::indicator:checked {
  background: @accent@; border-color: @accent@; image: url("@check@");
}
QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 3px; background: transparent; }
TimeBar QToolButton { padding: 1px; }
QToolButton[role="link"] { color: @accent@; padding: 0 4px; }
QToolButton:hover { background: @hover@; }
QToolButton:pressed { background: @pressed@; }
QToolButton:checked { background: @chosen@; }
QToolButton:focus { border-color: @accent@; }
QToolButton#qt_toolbar_ext_button { border: none; padding: 0; }
QToolButton#scrub_button { border-color: @line@; padding: 2px 8px; }
QToolButton#scrub_button:focus { border-color: @accent@; }
QToolButton#scrub_button:checked { border-color: @accent@; }
PanelView { border: 1px solid transparent; }
PanelView[keyed="true"] { border-color: @accent@; }
QToolBar { border: none; border-bottom: 1px solid @line@; spacing: 2px; padding: 3px 6px; background: @surface@; }
QFrame#palette { background: @background@; border: 1px solid @frame@; border-radius: 8px; }
QTreeWidget#shortcuts_table::item { padding: 2px 0; }
QListView#palette_list { background: @background@; }
NoteBar { background: @note@; border-bottom: 1px solid @line@; }
QStatusBar { border-top: 1px solid @line@; background: @surface@; color: @muted@; }
QStatusBar::item { border: none; }
QScrollArea { border: none; background: transparent; }
QAbstractScrollArea::corner { border: none; background: transparent; }
QSplitter::handle { background: @line@; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @line@; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @frame@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""

_TABS = """
QTabBar::tab { background: @surface@; color: @text@; border: 1px solid @line@; padding: 3px 8px; }
QTabBar::tab:selected { background: @accent@; color: @on_accent@; }
"""
"""Where all grounds are alike, Qt's own tabs do not tell which one is in front."""
