"""The sheet of keys: every action with its keys, which a person can change and have back."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidget,
)

from gui.actions.keys import default_keys, keys_in_force, portable, refusal
from gui.actions.table import ACTIONS
from gui.settings import Memory, Settings
from tests.gui.person import CTRL, LEFT, NO_KEY, SHIFT, Key, action, come_back, line, press, settle, until

SMALL = ("--steps", "20", "--hidden-sizes", "4")


class Sheet:
    """The open sheet, as a person uses it."""

    def __init__(self, window):
        self.window = window
        QTest.keyClick(window.windowHandle(), "?")
        until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
        self.dialog = QApplication.activeModalWidget()
        assert self.dialog.objectName() == "shortcut_sheet"
        self.table = self.dialog.findChild(QTreeWidget, "shortcuts_table")

    def rows(self):
        groups = [self.table.topLevelItem(place) for place in range(self.table.topLevelItemCount())]
        return {
            group.child(place).data(0, Qt.ItemDataRole.UserRole): group.child(place)
            for group in groups
            for place in range(group.childCount())
        }

    def keys(self, name):
        return self.rows()[name].text(1)

    def seen(self):
        return {name for name, row in self.rows().items() if not row.isHidden()}

    def choose(self, name):
        self.table.setCurrentItem(self.rows()[name])
        self.table.setFocus()

    def click(self, button):
        found = self.dialog.findChild(QPushButton, f"shortcuts_{button}")
        assert found.isEnabled()
        assert found.isVisible()
        QTest.mouseClick(found, LEFT)

    def record(self, name, key, modifiers=NO_KEY):
        self.choose(name)
        QTest.keyClick(self.table, Key.Key_Return)
        field = self.dialog.findChild(QKeySequenceEdit, "shortcuts_key")
        assert field.isVisible()
        QTest.keyClick(field, key, modifiers)

    def asked(self):
        label = self.dialog.findChild(QLabel, "shortcuts_told")
        return label.text() if label.isVisible() else ""

    def said(self):
        label = self.dialog.findChild(QLabel, "shortcuts_said")
        return label.text() if label.isVisible() else ""

    def close(self):
        self.dialog.close()
        come_back(self.window)


# ── the keys of actions ──────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_choice_every_action_has_the_keys_of_the_table():
    assert keys_in_force({}) == {name: default_keys(name) for name in ACTIONS}
    assert default_keys("redo") == ("Ctrl+Shift+Z", "Ctrl+Y")


def test_what_was_chosen_goes_before_a_default_and_no_key_is_given_twice():
    keys = keys_in_force({"scrub": ["R"], "step": ["X"], "pin": ["X", "K"], "race": []})
    assert (keys["scrub"], keys["reset"], keys["race"]) == (("R",), (), ())
    assert (keys["step"], keys["pin"]) == (("X",), ("K",))
    given = [key for each in keys.values() for key in each]
    assert len(given) == len(set(given))


@pytest.mark.parametrize(
    "junk", ["", "no key", "Ctrl+", "Ctrl+K, Ctrl+S", "Shift", "\x00", "Alt+F", "Esc", "Shift+Tab"]
)
def test_what_is_no_key_for_an_action_is_passed_over(junk):
    assert keys_in_force({"scrub": [junk]})["scrub"] == ()
    assert keys_in_force({"scrub": [junk, "X"]})["scrub"] == ("X",)


def test_keys_are_written_in_one_way_whatever_their_spelling():
    assert (portable("shift+ctrl+p"), portable("x"), portable("?")) == ("Ctrl+Shift+P", "X", "?")


def test_keys_of_menus_and_of_every_field_are_refused_in_words():
    assert str(refusal("Alt+F")) == "Alt+F opens the menu File and cannot be used here."
    assert "next" in str(refusal("Tab"))
    assert refusal("Ctrl+Alt+F") is None
    assert refusal(",") is None


# ── the sheet ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_sheet_lists_every_action_under_its_menu_with_its_keys(window):
    sheet = Sheet(window)
    rows = sheet.rows()
    assert set(rows) == set(ACTIONS)
    assert (rows["train"].parent().text(0), rows["train"].text(0), rows["train"].text(1)) == ("Run", "Train", "Space")
    assert sheet.keys("redo") == "Ctrl+Shift+Z, Ctrl+Y"
    assert rows["reset"].text(2) == "Restart with the same weights"
    assert sheet.table.accessibleName()
    sheet.close()


def test_the_filter_finds_actions_by_words_menus_and_keys(window):
    sheet = Sheet(window)
    field = sheet.dialog.findChild(QLineEdit, "shortcuts_filter")
    assert QApplication.focusWidget() is field
    QTest.keyClicks(field, "ctrl+e")
    assert sheet.seen() == {"export_image"}
    assert [sheet.table.topLevelItem(place).isHidden() for place in range(2)] == [False, True]
    field.clear()
    QTest.keyClicks(field, "time slower")
    assert sheet.seen() == {"play_slower"}
    QTest.keyClick(field, Key.Key_Return)
    assert QApplication.focusWidget() is sheet.table
    assert sheet.table.currentItem() is sheet.rows()["play_slower"]
    assert sheet.dialog.isVisible()
    sheet.close()


def test_a_new_key_works_at_once_and_the_old_one_no_longer(window):
    sheet = Sheet(window)
    sheet.record("step", Key.Key_X)
    assert sheet.said() == "Step now has X."
    assert sheet.keys("step") == "X"
    assert QApplication.focusWidget() is sheet.table
    sheet.close()
    press(window, Key.Key_X)
    until(lambda: window.session.step == 1)
    settle(window)
    press(window, Key.Key_Right)
    settle(window)
    assert window.session.step == 1
    assert "(X)" in action(window, "step").toolTip()


def test_a_double_click_records_too_and_escape_leaves_everything(window):
    sheet = Sheet(window)
    row = sheet.rows()["scrub"]
    sheet.table.scrollToItem(row, QAbstractItemView.ScrollHint.PositionAtCenter)
    at = sheet.table.visualItemRect(row).center()
    QTest.mouseClick(sheet.table.viewport(), LEFT, NO_KEY, at)
    QTest.mouseDClick(sheet.table.viewport(), LEFT, NO_KEY, at)
    assert sheet.asked().startswith("Press the new key for Scrub")
    QTest.keyClick(sheet.dialog.findChild(QKeySequenceEdit), Key.Key_Escape)
    assert sheet.asked() == ""
    assert sheet.keys("scrub") == "S"
    assert sheet.dialog.isVisible()
    sheet.close()


def test_a_key_of_another_action_is_taken_only_when_that_is_meant(window):
    sheet = Sheet(window)
    sheet.record("scrub", Key.Key_R)
    assert sheet.asked() == "R is used by Reset. Take it from there?"
    sheet.click("leave")
    assert (sheet.keys("scrub"), sheet.keys("reset")) == ("S", "R")
    sheet.record("scrub", Key.Key_R)
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Space)
    assert (sheet.keys("scrub"), sheet.keys("reset")) == ("R", "")
    assert "Taken from Reset." in sheet.said()
    sheet.close()
    reset = QSignalSpy(action(window, "reset").triggered)
    press(window, Key.Key_R)
    assert window.session.scrubbing.on
    assert reset.count() == 0


def test_another_key_keeps_the_further_ones(window):
    sheet = Sheet(window)
    sheet.record("redo", Key.Key_J, CTRL)
    assert sheet.keys("redo") == "Ctrl+J, Ctrl+Y"
    sheet.close()


def test_a_key_that_cannot_be_used_is_refused_and_another_one_waited_for(window):
    sheet = Sheet(window)
    sheet.record("scrub", Key.Key_Return)
    assert "cannot be used here" in sheet.asked()
    QTest.keyClick(sheet.dialog.findChild(QKeySequenceEdit), Key.Key_F, Qt.KeyboardModifier.AltModifier)
    assert "opens the menu File" in sheet.asked()
    QTest.keyClick(sheet.dialog.findChild(QKeySequenceEdit), Key.Key_D, SHIFT)
    assert sheet.keys("scrub") == "Shift+D"
    sheet.close()


def test_one_action_or_all_get_their_usual_keys_again(window):
    sheet = Sheet(window)
    sheet.record("scrub", Key.Key_R)
    sheet.click("take")
    sheet.record("pin", Key.Key_X)
    sheet.choose("reset")
    sheet.click("reset")
    assert sheet.asked() == "R is used by Scrub. Take it from there?"
    sheet.click("take")
    assert (sheet.keys("scrub"), sheet.keys("reset"), sheet.keys("pin")) == ("", "R", "X")
    sheet.choose("scrub")
    sheet.click("reset")
    assert sheet.keys("scrub") == "S"
    sheet.choose("race")
    sheet.click("remove")
    assert sheet.keys("race") == ""
    sheet.click("reset_all")
    assert window.keys.in_force == keys_in_force({})
    assert not sheet.dialog.findChild(QPushButton, "shortcuts_reset_all").isEnabled()
    sheet.close()


# ── a changed key works as the usual one does ────────────────────────────────────────────────────────────────────────


def test_a_changed_key_is_typed_in_fields_and_presses_no_button(window):
    window.keys.give("loop", ("7",))
    window.keys.give("reset", ("Down",))
    window.keys.give("train", ("X",))
    window.keys.give("step", ("Space",))
    field = line(window, "seed")
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    press(window, Key.Key_7)
    assert field.text() == "7"
    assert not action(window, "loop").isChecked()
    press(window, Key.Key_Down)
    assert field.text() == "6"
    press(window, Key.Key_Return)
    settle(window)
    assert window.session.spec.seed == 6
    press(window, Key.Key_7)
    assert action(window, "loop").isChecked()
    press(window, Key.Key_Space)
    until(lambda: window.session.step == 1)
    settle(window)
    press(window, Key.Key_Tab)
    while not isinstance(QApplication.focusWidget(), QAbstractButton):
        press(window, Key.Key_Tab)
    pressed = QSignalSpy(QApplication.focusWidget().pressed)
    press(window, Key.Key_Space)
    settle(window)
    assert pressed.count() == 1
    assert window.session.step == 1


def test_the_menu_of_a_panel_and_the_sheet_name_the_changed_key(window):
    window.keys.give("log_y", ("Y",))
    window.keys.give("fit", ())
    menu = window.dashboard.panels["loss"].face.menu
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    texts = [each.text() for each in menu.actions()]
    assert "Log scale, vertical axis\tY" in texts
    assert "Through time\tT" in texts
    assert "Fit axes to data" in texts


# ── the settings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_key_is_kept_at_once_and_there_at_the_next_start(open_window):
    window = open_window(*SMALL)
    window.keys.give("step", ("X",))
    window.keys.give("race", ())
    assert Settings().memory.keys == {"step": ["X"], "race": []}
    window.close()
    again = open_window(*SMALL)
    assert action(again, "race").shortcuts() == []
    press(again, Key.Key_X)
    until(lambda: again.session.step == 1)
    again.keys.reset()
    again.close()
    assert Settings().memory.keys == {}


@pytest.mark.parametrize(
    "junk",
    [
        None,
        [],
        "X",
        {"step": "X"},
        {"step": None},
        {"step": [1]},
        {"step": ["Ctrl+"], "no_such_action": ["X"], "train": ["X" * 60]},
        {"step": ["Right", "Right"], "train": ["\ud800"]},
    ],
    ids=repr,
)
def test_a_broken_choice_of_keys_leaves_the_others_and_never_stops_the_start(open_window, home, junk):
    Settings().keep(Memory())
    (file,) = home.rglob("settings.json")
    keys = {**junk, "pin": ["Ctrl+J"]} if isinstance(junk, dict) else junk
    file.write_text(json.dumps(json.loads(file.read_text()) | {"keys": keys}))
    window = open_window(*SMALL)
    if isinstance(junk, dict):
        assert window.keys.in_force["pin"] == ("Ctrl+J",)
    given = [key for each in window.keys.in_force.values() for key in each]
    assert len(given) == len(set(given))
    assert window.keys.in_force["reset"] == ("R",)
