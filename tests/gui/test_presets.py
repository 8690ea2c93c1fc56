"""The menu of presets: a choice takes the spec, reveals its panels, and says what to look at."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton

from gui.window.main_window import MainWindow
from model.training.presets import presets
from tests.gui.person import LEFT, action, press, settle, until


def choose(window: MainWindow, name: str) -> None:
    action(window, f"preset_{name.replace('-', '_')}").trigger()


def test_every_preset_stands_in_the_menu_with_its_source(shared_window):
    for preset in presets().values():
        made = action(shared_window, f"preset_{preset.id.replace('-', '_')}")
        assert preset.source in made.toolTip()
        assert preset.look in made.toolTip()


def test_a_preset_of_an_untrained_network_shows_it_untrained_even_while_training(window):
    window.session.train()
    until(lambda: window.session.step > 3)
    preset = presets()["book-tanh-he"]
    choose(window, preset.id)
    settle(window)
    assert window.session.spec == preset.spec()
    assert window.session.step == 0
    assert window.dashboard.panels["activations"].isVisible()
    assert window.note.text() == preset.look
    assert window.form.editor("activation").value() == "tanh"


def test_a_preset_of_a_run_trains_it_and_the_run_before_stays_behind(window):
    def trains(name: str) -> bool:
        frame = window.session.frame
        return frame.spec == presets()[name].spec() and frame.step > 3

    choose(window, "book-compare-xavier")
    until(lambda: trains("book-compare-xavier"))
    before = window.session.frame.run
    choose(window, "book-compare-he")
    until(lambda: trains("book-compare-he"))
    assert [one.frame.run for one in window.session.comparison.runs()] == [before]
    assert window.dashboard.panels["loss"].isVisible()


def test_every_menu_has_a_key_of_its_own(shared_window):
    titles = [menu.text() for menu in shared_window.menuBar().actions()]
    assert "&Presets" in titles
    keys = [title.partition("&")[2][:1].lower() for title in titles]
    assert len(set(keys)) == len(titles)
    assert all(keys)


@pytest.mark.window
def test_presets_can_be_chosen_with_the_keys_alone(window):
    press(window, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    until(window.findChild(QMenu, "presets").isVisible)
    for _ in range(2):
        QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_Return)
    until(lambda: window.session.spec == presets()["book-sigmoid-std1"].spec())


@pytest.mark.parametrize("size", [(1440, 900), (1024, 720), (800, 600)])
def test_the_sentence_of_every_preset_is_shown_whole_above_the_panels(window, size):
    window.resize(*size)
    label = window.note.findChild(QLabel, "note_text")
    for preset in presets().values():
        window.note.explain(preset.look)
        until(lambda: label.height() >= label.heightForWidth(label.width()))
        assert window.rect().contains(label.rect().translated(label.mapTo(window, QPoint(0, 0)))), preset.id
    assert label.text() == preset.look


def test_a_note_that_is_dismissed_gives_the_panels_their_room_back(window):
    window.resize(1440, 900)
    until(lambda: window.size().toTuple() == (1440, 900))
    before = {name: view.size() for name, view in window.dashboard.panels.items() if view.in_sight}
    window.note.explain("See how the outputs crowd together.")
    until(lambda: window.dashboard.panels["loss"].size() != before["loss"])
    QTest.mouseClick(window.note.findChild(QToolButton, "note_close"), LEFT)
    until(lambda: not window.note.isVisible())
    until(lambda: {name: window.dashboard.panels[name].size() for name in before} == before)
