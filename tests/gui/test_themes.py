"""Themes: chosen from the menu, remembered as chosen, and the desktop's followed while the window is open."""

import json

import pytest
from platformdirs import user_config_path
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.look.theme import apply_theme, resolve_style, style_sheet, theme_of
from gui.window.main_window import MainWindow
from model.figures.palette import CONTRAST, DARK, LIGHT, THEMES
from model.figures.recipe import _Picture
from tests.gui.person import CTRL, Key, action, press, until

STYLES = ("system", "light", "dark", "contrast")


def chosen(window: MainWindow) -> list[str]:
    return [style for style in STYLES if action(window, f"theme_{style}").isChecked()]


def kept_style() -> str:
    return json.loads((user_config_path("initscope") / "settings.json").read_text(encoding="utf-8"))["style"]


def test_each_theme_can_be_chosen_and_is_remembered(open_window) -> None:
    window = open_window("--style", "light")
    for style, theme in THEMES.items():
        action(window, f"theme_{style}").trigger()
        assert window._appearance.theme is theme
        assert chosen(window) == [style]
        assert window.dashboard.panels["loss"].canvas.backgroundBrush().color().name() == theme.background
        assert theme_of(window.palette()) is theme
    window.close()
    assert kept_style() == "contrast"
    again = open_window()
    assert again._appearance.theme is CONTRAST
    assert chosen(again) == ["contrast"]


def test_ctrl_t_goes_between_light_and_dark_and_from_high_contrast_to_light(open_window) -> None:
    window = open_window("--style", "contrast")
    found = []
    for _ in range(3):
        press(window, Key.Key_T, CTRL)
        found.append(window._appearance.theme)
        assert chosen(window) == [found[-1].name]
    assert found == [LIGHT, DARK, LIGHT]


def test_system_follows_the_desktop_while_the_window_is_open_and_stays_chosen(open_window, monkeypatch) -> None:
    window = open_window("--style", "system")
    hints = QApplication.styleHints()
    for scheme, theme in ((Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT)):
        monkeypatch.setattr("gui.look.theme.desktop_scheme", lambda _app, scheme=scheme: scheme)
        hints.colorSchemeChanged.emit(scheme)
        until(lambda theme=theme: window._appearance.theme is theme)
    assert chosen(window) == ["system"]
    action(window, "theme_dark").trigger()
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert window._appearance.theme is DARK
    action(window, "theme_system").trigger()
    assert window._appearance.theme is LIGHT
    window.close()
    assert kept_style() == "system"


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_widgets_that_paint_themselves_find_the_theme_in_the_palette(qapp, theme) -> None:
    apply_theme(qapp, theme)
    assert theme_of(qapp.palette()) is theme
    assert resolve_style(theme.name, qapp) is theme
    assert f"check_{theme.name}.svg" in style_sheet(theme)


@pytest.mark.parametrize("name", THEMES)
def test_recipes_of_pictures_take_every_theme(name) -> None:
    picture = {"width": 400, "height": 300, "dpi": 96, "theme": name, "font_size": None, "svg_text": False}
    assert _Picture.model_validate(picture).theme == name
