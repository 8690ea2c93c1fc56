"""Keys reach what one means: typing ends with Enter, and what has the focus has its own keys."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.person import CTRL, LEFT, SHIFT, Key, action, line, press, settle, type_in, until


@pytest.mark.parametrize("knob", ["weight_init_std", "learning_rate", "hidden_sizes", "seed", "data"])
def test_after_enter_keys_act_on_the_window_again(window, knob):
    text = {"weight_init_std": "1e308", "learning_rate": "0.2", "hidden_sizes": "20,20", "seed": "7", "data": ""}[knob]
    type_in(window, knob, text)
    settle(window)
    field = line(window, knob)
    shown = field.text()
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)
    press(window, Key.Key_Space)
    assert window.session.is_training
    press(window, Key.Key_Space)
    press(window, Key.Key_S)
    assert window.session.scrubbing.on
    assert field.text() == shown


def test_after_enter_undo_brings_back_the_run_and_leaves_the_text_alone(window):
    window.session.run.step_once()
    settle(window)
    type_in(window, "weight_init_std", "1e308")
    settle(window)
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert window.session.spec.weight_init_std == 0.01
    assert window.session.step == 1
    assert line(window, "weight_init_std").text() == "0.01"


def test_after_enter_control_e_exports(window):
    type_in(window, "weight_init_std", "0.5")
    settle(window)
    press(window, Key.Key_E, CTRL)
    until(lambda: QApplication.activeModalWidget() or QApplication.activeWindow() is not window)
    QApplication.activeWindow().close()


def test_while_something_is_to_be_mended_keys_are_still_typed(window):
    field = line(window, "weight_init_std")
    type_in(window, "weight_init_std", "0,01")
    assert window.form.editor("weight_init_std").error()
    assert field.hasFocus()
    press(window, Key.Key_S)
    assert not window.session.scrubbing.on
    press(window, Key.Key_Escape)
    assert field.text() == "0.01"
    press(window, Key.Key_S)
    assert window.session.scrubbing.on


def test_escape_gives_the_keys_back_too(window):
    field = line(window, "seed")
    QTest.mouseClick(field, LEFT)
    QTest.keyClicks(field, "12")
    press(window, Key.Key_Escape)
    assert field.text() == "0"
    press(window, Key.Key_S)
    assert window.session.scrubbing.on


def test_tab_goes_on_from_the_field_that_gave_the_keys_back(window):
    field = line(window, "seed")
    QTest.mouseClick(field, LEFT)
    press(window, Key.Key_Tab)
    following = QApplication.focusWidget()
    type_in(window, "seed", "5")
    assert not field.hasFocus()
    press(window, Key.Key_Tab)
    reset = window.form.editor("seed")._reset
    assert QApplication.focusWidget() in (following, reset)
    assert action(window, "train").isEnabled()


def test_redo_brings_the_undone_run_again_just_as_it_was_left(window):
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)
    settle(window)
    type_in(window, "weight_init_std", "0.5")
    settle(window)
    for _ in range(2):
        press(window, Key.Key_Right)
        settle(window)
    undone = window.session.engine()
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert (window.session.spec.weight_init_std, window.session.step) == (0.01, 1)
    for modifiers, key in ((CTRL | SHIFT, Key.Key_Z), (CTRL, Key.Key_Y)):
        press(window, key, modifiers)
        settle(window)
        assert (window.session.spec.weight_init_std, window.session.step) == (0.5, 2)
        assert window.session.engine() is undone
        press(window, Key.Key_Z, CTRL)
        settle(window)
        assert window.session.step == 1


def test_an_untrained_run_that_was_undone_can_be_had_again(window):
    press(window, Key.Key_Right)
    settle(window)
    press(window, Key.Key_N)
    settle(window)
    seed = window.session.spec.seed
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert window.session.spec.seed == 0
    press(window, Key.Key_Y, CTRL)
    settle(window)
    assert (window.session.spec.seed, window.session.step) == (seed, 0)


def test_a_new_run_ends_what_could_be_had_again(window):
    redo = action(window, "redo")
    assert not redo.isEnabled()
    press(window, Key.Key_Right)
    settle(window)
    press(window, Key.Key_R)
    settle(window)
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert redo.isEnabled()
    press(window, Key.Key_R)
    settle(window)
    assert not redo.isEnabled()


def test_a_new_seed_is_another_one_and_short_enough_to_be_read_out(window, monkeypatch):
    draws = iter((0, 0, 9_998, 4_999))
    monkeypatch.setattr("gui.live.session.np.random.default_rng", lambda: _Fixed(draws))
    seeds = []
    for _ in range(4):
        press(window, Key.Key_N)
        settle(window)
        seeds.append(window.session.spec.seed)
    assert seeds == [1, 0, 9_999, 4_999]


class _Fixed:
    """Draws what it is told to, below the bound that is asked for."""

    def __init__(self, draws):
        self._draws = draws

    def integers(self, bound):
        draw = next(self._draws)
        assert draw < bound <= 9_999
        return draw
