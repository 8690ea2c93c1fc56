"""The command palette: a few letters find whatever there is, and Enter does it."""

import timeit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QListView, QWidget

from gui.actions import entries
from gui.actions.entries import Entry, found
from gui.actions.matching import best_rank, plain
from gui.actions.table import ACTIONS
from gui.window.palette_list import ENTRY_ROLE
from model.figures.panels import PANELS
from model.training.presets import presets
from model.training.spec import KNOBS, TrainingSpec
from tests.gui.person import CTRL, LEFT, NO_KEY, SHIFT, Key, action, line, press, settle, until

SMALL = ("--steps", "20", "--hidden-sizes", "4")


def palette(window):
    return window.findChild(QWidget, "palette")


def open_palette(window, typed=""):
    press(window, Key.Key_P, CTRL | SHIFT)
    assert palette(window).isVisible()
    field = window.findChild(QLineEdit, "palette_input")
    assert QApplication.focusWidget() is field
    QTest.keyClicks(field, typed)
    return window.findChild(QListView, "palette_list")


def shown(window):
    rows = window.findChild(QListView, "palette_list").model()
    return [rows.index(row, 0).data(ENTRY_ROLE) for row in range(rows.rowCount())]


def texts(window):
    return [entry.text for entry in shown(window)]


def selected(window):
    return window.findChild(QListView, "palette_list").currentIndex().data()


def of_names(*names):
    return [Entry(name, name, "", int, (plain(name),)) for name in names]


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_starts_come_before_words_and_those_before_initials_and_letters_with_gaps():
    every = of_names("xx-step", "astep", "s t e p u", "Slow step", "Step back", "Set eps", "Step")
    order = [entry.text for entry in found("step", every, ())]
    assert order[:4] == ["Step", "Step back", "xx-step", "Slow step"]
    assert order.index("s t e p u") < order.index("astep") < order.index("Set eps")
    assert found("stepper", every, ()) == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("train", "Train"),
        ("rws", "Repeat with seeds…"),
        ("log vert", "Log scale, vertical axis"),
        ("vertical log", "Log scale, vertical axis"),
        ("export_all", "Export all panels…"),
        ("spectrum", "Show panel Spectrum"),
        ("show panel spec", "Show panel Spectrum"),
        ("learning rate", "Set learning_rate…"),
        ("optimiser", "Set optimizer…"),
        ("adam", "Set optimizer…"),
        ("write numpy", "Export code…"),
    ],
)
def test_a_few_letters_find_what_is_meant_first(shared_window, typed, first):
    assert shared_window._finding._found(typed)[0].text == first


def test_every_action_panel_preset_and_knob_is_there(shared_window):
    ids = {entry.id for entry in shared_window._finding._found("")}
    assert ids == {
        *(f"action {name}" for name in ACTIONS if name != "palette"),
        *(f"panel {name}" for name in PANELS),
        *(f"knob {name}" for name in KNOBS),
        *(f"preset {name}" for name in presets()),
    }


def test_each_entry_says_where_it_is_and_an_action_its_key(shared_window):
    by_id = {entry.id: entry for entry in shared_window._finding._found("")}
    assert (by_id["action train"].kind, by_id["action train"].keys) == ("Run", "Space")
    assert by_id["knob learning_rate"].kind == "Learning rate · now 0.1"
    assert by_id["action fit"].kind.startswith("View · ")
    assert all(entry.kind for entry in by_id.values())


@pytest.mark.parametrize(
    ("typed", "knob", "text"),
    [
        ("learning_rate 0.5", "learning_rate", "0.5"),
        ("Learning rate 0.5", "learning_rate", "0.5"),
        ("learning_rate=0.5", "learning_rate", "0.5"),
        ("--learning-rate 0.5", "learning_rate", "0.5"),
        ("learn 0.5", "learning_rate", "0.5"),
        ("hidden_sizes 20,20", "hidden_sizes", "20,20"),
        ("init he", "init", "he"),
        ("label column species", "label_column", "species"),
    ],
)
def test_words_that_end_in_a_value_offer_to_set_the_knob(typed, knob, text):
    took = []
    first = entries.value_entries(typed, TrainingSpec(), lambda *what: took.append(what))[0]
    first.run()
    assert took == [(knob, text)]
    assert first.text == f"Set {knob} to {KNOBS[knob].shown(KNOBS[knob].parse(text))}"


@pytest.mark.parametrize(
    "typed", ["learning_rate", "data seed", "label column", "weights ~nobody/there", "train 5", "0"]
)
def test_words_that_end_in_no_value_of_theirs_set_nothing(typed):
    assert [entry for entry in entries.value_entries(typed, TrainingSpec(), print) if entry.enabled] == []


def test_a_value_that_the_named_knob_does_not_take_is_refused_in_words():
    (entry,) = entries.value_entries("learning_rate -1", TrainingSpec(), print)
    assert not entry.enabled
    assert "0 or larger" in entry.text


@pytest.mark.alone
def test_two_hundred_entries_are_sorted_within_a_frame():
    many = of_names(*(f"{one} {other}" for one in list(KNOBS)[:20] for other in list(ACTIONS)[:10]))
    assert min(timeit.repeat(lambda: found("sr", many, ()), number=1, repeat=10)) < 0.016


def test_the_best_of_several_names_counts():
    assert best_rank("opt", ("optimiser", "set optimizer")) < best_rank("opt", ("set optimizer",))
    assert best_rank("opt", ()) is None


# ── by the keyboard ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_enter_runs_what_is_selected_and_the_palette_is_gone(window):
    open_palette(window, "step")
    assert selected(window) == "Step"
    press(window, Key.Key_Return)
    assert not palette(window).isVisible()
    until(lambda: window.session.step == 1)
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 2)


def test_arrows_and_pages_move_through_the_list_while_letters_are_typed(window):
    listed = open_palette(window)

    def row():
        return listed.currentIndex().row()

    assert row() == 0
    press(window, Key.Key_Down)
    press(window, Key.Key_Down)
    press(window, Key.Key_Up)
    assert row() == 1
    press(window, Key.Key_PageDown)
    assert row() == 13
    press(window, Key.Key_PageUp)
    assert row() == 1
    for _ in range(3):
        press(window, Key.Key_Up)
    assert row() == 0
    QTest.keyClicks(QApplication.focusWidget(), "spec")
    assert selected(window) == "Show panel Spectrum"


def test_keys_of_actions_are_letters_there_and_arrows_stay_its_own_whatever_they_are_given_to(window):
    window.keys.give("reset", ("Down",))
    open_palette(window, "s r")
    assert window.findChild(QLineEdit, "palette_input").text() == "s r"
    assert not window.session.scrubbing.on
    run = window.session.frame.run
    press(window, Key.Key_Down)
    settle(window)
    assert window.session.frame.run == run
    assert window.session.step == 0


def test_escape_gives_the_focus_back_and_does_nothing(window):
    field = line(window, "seed")
    QTest.mouseClick(field, LEFT)
    open_palette(window, "reset")
    press(window, Key.Key_Escape)
    assert not palette(window).isVisible()
    assert QApplication.focusWidget() is field
    open_palette(window)
    press(window, Key.Key_P, CTRL | SHIFT)
    assert not palette(window).isVisible()
    assert QApplication.focusWidget() is field


def test_it_closes_when_the_focus_leaves(window):
    open_palette(window)
    QTest.mouseClick(line(window, "seed"), LEFT)
    assert not palette(window).isVisible()
    assert QApplication.focusWidget() is line(window, "seed")


def test_a_click_runs_an_entry(window):
    listed = open_palette(window, "scrub")
    QTest.mouseClick(listed.viewport(), LEFT, NO_KEY, listed.visualRect(listed.model().index(0, 0)).center())
    assert window.session.scrubbing.on
    assert not palette(window).isVisible()


def test_what_cannot_be_done_now_is_seen_and_not_run(window):
    assert not action(window, "redo").isEnabled()
    listed = open_palette(window, "redo")
    (row,) = [row for row, entry in enumerate(shown(window)) if entry.id == "action redo"]
    index = listed.model().index(row, 0)
    assert not index.flags() & Qt.ItemFlag.ItemIsEnabled
    QTest.mouseClick(listed.viewport(), LEFT, NO_KEY, listed.visualRect(index).center())
    assert palette(window).isVisible()
    assert selected(window) != "Redo"


def test_nothing_is_selected_where_nothing_fits(window):
    listed = open_palette(window, "qqq")
    assert shown(window) == []
    assert not listed.isVisible()
    press(window, Key.Key_Return)
    press(window, Key.Key_Down)
    assert palette(window).isVisible()


def test_a_panel_is_brought_to_the_front(window):
    view = window.dashboard.panels["spectrum"]
    assert not view.in_sight
    open_palette(window, "spectrum")
    press(window, Key.Key_Return)
    until(lambda: view.in_sight)
    assert window.dashboard.current() is view


def test_a_command_acts_on_the_panel_that_was_meant_when_the_palette_was_opened(window):
    window.dashboard.note_key(window.dashboard.panels["gradients"])
    open_palette(window, "maximise")
    assert shown(window)[0].kind == "View · Gradient norms"
    window.dashboard._keyed_at = None
    window.dashboard._current = "loss"
    press(window, Key.Key_Return)
    until(lambda: not window.dashboard.panels["loss"].in_sight)
    assert window.dashboard.panels["gradients"].in_sight


@pytest.mark.parametrize("name", ["learning_rate", "optimizer", "stop_on_divergence", "dtype", "dataset", "data"])
def test_a_knob_is_brought_into_sight_and_has_the_keys(window, name):
    open_palette(window, name)
    press(window, Key.Key_Return)
    editor = window.form.editor(name)
    assert editor.isAncestorOf(QApplication.focusWidget())
    QTest.qWait(0)
    focused = QApplication.focusWidget()
    assert focused.visibleRegion().boundingRect().height() >= focused.height() - 2


def test_space_acts_on_the_button_that_the_palette_has_led_to(window):
    open_palette(window, "stop_on_divergence")
    press(window, Key.Key_Return)
    press(window, Key.Key_Space)
    settle(window)
    assert window.session.spec.stop_on_divergence
    assert not window.session.is_training


def test_a_value_is_set_as_if_it_had_been_typed_into_the_field(window):
    open_palette(window, "learning_rate 0.5")
    press(window, Key.Key_Return)
    settle(window)
    assert window.session.spec.learning_rate == 0.5
    assert line(window, "learning_rate").text() == "0.5"


def test_a_preset_is_taken(window):
    preset = presets()["book-tanh-he"]
    open_palette(window, preset.id)
    press(window, Key.Key_Return)
    settle(window)
    assert window.session.spec == preset.spec()


def test_a_dialog_opens_from_it(window):
    open_palette(window, "keyboard short")
    press(window, Key.Key_Return)
    until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    assert not palette(window).isVisible()
    assert QApplication.activeModalWidget().objectName() == "shortcut_sheet"
    QApplication.activeModalWidget().close()


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_used_lately_stands_first_also_after_the_next_start(open_window):
    window = open_window(*SMALL)
    for typed in ("step", "show panel symmetry"):
        open_palette(window, typed)
        press(window, Key.Key_Return)
    open_palette(window)
    assert texts(window)[:2] == ["Show panel Symmetry", "Step"]
    press(window, Key.Key_Escape)
    window.close()
    again = open_window(*SMALL)
    open_palette(again)
    assert texts(again)[:2] == ["Show panel Symmetry", "Step"]


def test_recent_files_are_opened_from_it(open_window, tmp_path):
    window = open_window(*SMALL)
    spec = tmp_path / "own tanh.json"
    spec.write_text(TrainingSpec(activation="tanh", steps=20).to_json())
    window.recent.remember([str(spec), str(tmp_path / "gone.json")])
    open_palette(window, "own tanh")
    assert texts(window)[0] == "Open own tanh.json"
    press(window, Key.Key_Return)
    settle(window)
    assert window.session.spec.activation == "tanh"
    assert [each.id for each in window._finding._found("") if each.id.startswith("file")] == [f"file {spec}"]


# ── for assistive technology, and on the screen ──────────────────────────────────────────────────────────────────────


def test_a_screen_reader_finds_a_list_with_its_selected_entry(window):
    listed = open_palette(window, "train")
    field = window.findChild(QLineEdit, "palette_input")
    told = QAccessible.queryAccessibleInterface(listed)
    assert told.role() == QAccessible.Role.List
    assert told.text(QAccessible.Text.Name)
    row = told.child(0)
    assert row.role() == QAccessible.Role.ListItem
    assert row.state().selected
    assert row.text(QAccessible.Text.Name) == "Train, Run, Space"
    assert field.accessibleName()
    assert field.accessibleDescription() == "Train, Run, Space"
    press(window, Key.Key_Down)
    assert field.accessibleDescription() != "Train, Run, Space"


@pytest.mark.parametrize("size", [(1440, 900), (1024, 720)])
def test_it_stands_at_the_top_in_the_middle_and_within_the_window(window, size):
    window.resize(*size)
    open_palette(window)
    box = palette(window).geometry()
    assert abs(box.center().x() - window.rect().center().x()) <= 1
    assert box.top() < 40
    assert window.rect().contains(box)
    window.resize(900, 600)
    QTest.qWait(0)
    assert window.rect().contains(palette(window).geometry())
