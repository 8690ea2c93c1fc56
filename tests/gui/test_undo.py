"""Undo and redo: every change of a knob, one after the other, whatever was trained meanwhile."""

import pytest

from tests.gui.person import CTRL, SHIFT, Key, action, let_go, move_dial, press, settle, take_dial, until


@pytest.fixture
def window(open_window):
    window = open_window("--steps", "40", "--hidden-sizes", "6")
    window.speed.set_value("max")
    return window


def set_(window, knob, value):
    window.form.editor(knob).set_value(value)


def undo(window):
    press(window, Key.Key_Z, CTRL)
    settle(window)


def redo(window):
    press(window, Key.Key_Z, CTRL | SHIFT)
    settle(window)


def test_knobs_turned_before_the_training_are_undone_one_by_one(window):
    start = window.session.spec
    set_(window, "seed", 5)
    set_(window, "activation", "tanh")
    set_(window, "hidden_sizes", (4, 3))
    assert action(window, "undo").text() == "Undo hidden 4,3"
    undo(window)
    assert (window.session.spec.seed, window.session.spec.activation) == (5, "tanh")
    assert action(window, "undo").text() == "Undo tanh"
    assert window.session.spec.hidden_sizes == (6,)
    undo(window)
    undo(window)
    assert window.session.spec == start
    assert not action(window, "undo").isEnabled()
    assert action(window, "undo").text() == "Undo"
    for _ in range(3):
        redo(window)
    assert window.session.spec.hidden_sizes == (4, 3)
    assert window.session.frame.spec == window.session.spec
    assert not action(window, "redo").isEnabled()


def test_a_knob_of_the_running_training_is_turned_back_in_the_same_run(window):
    window.session.run.train_to(20)
    until(lambda: window.session.step == 20)
    settle(window)
    run, rate = window.session.frame.run, window.session.spec.learning_rate
    set_(window, "learning_rate", 0.5)
    settle(window)
    assert action(window, "undo").text() == "Undo rate 0.5"
    undo(window)
    assert window.session.spec.learning_rate == rate
    assert window.session.frame.run == run
    redo(window)
    assert window.session.spec.learning_rate == 0.5
    assert [value for _, name, value in window.session.engine().recording.schedule if name == "learning_rate"][
        -1
    ] == 0.5


def test_a_trained_run_comes_back_as_it_was_left_and_its_turns_before_it(window):
    window.session.run.train_to(20)
    until(lambda: window.session.step == 20)
    settle(window)
    first = window.session.frame.run
    set_(window, "learning_rate", 0.5)
    set_(window, "seed", 9)
    settle(window)
    assert window.session.frame.run != first
    undo(window)
    assert (window.session.frame.run, window.session.step) == (first, 20)
    assert window.session.spec.learning_rate == 0.5
    undo(window)
    assert (window.session.frame.run, window.session.spec.learning_rate) == (first, 0.1)
    redo(window)
    redo(window)
    assert window.session.spec.seed == 9


def test_a_new_change_ends_what_could_be_redone(window):
    set_(window, "seed", 5)
    undo(window)
    assert action(window, "redo").isEnabled()
    set_(window, "seed", 6)
    settle(window)
    assert not action(window, "redo").isEnabled()


def test_a_dial_that_is_brought_back_to_where_it_was_loses_no_run(window):
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    first, std = window.session.frame.run, window.session.spec.weight_init_std
    take_dial(window)
    move_dial(window, 0.5)
    settle(window)
    move_dial(window, std)
    let_go(window)
    settle(window)
    if window.session.spec.weight_init_std == std:
        assert window.session.frame.run != first
    undo(window)
    assert (window.session.frame.run, window.session.step) == (first, 40)


def test_a_drag_is_one_change(window):
    before = window.session.spec
    take_dial(window)
    for std in (0.02, 0.1, 0.5):
        move_dial(window, std)
    let_go(window)
    settle(window)
    assert window.session.spec != before
    undo(window)
    assert window.session.spec == before
