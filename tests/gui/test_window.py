"""The window keeps its contracts with those who drive it, and does what a person tells it by mouse and keys."""

import math
import time

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QToolBar,
    QToolButton,
    QWidget,
)

from gui.actions.table import ACTIONS
from gui.app import launch
from gui.live.screen import REFRESH_MS
from model.figures.panels import PANELS
from model.training.spec import KNOBS, TrainingSpec
from tests.gui.person import (
    CTRL,
    LEFT,
    SHIFT,
    Frames,
    Key,
    action,
    click,
    dial,
    drag_dial,
    faults,
    let_go,
    line,
    move_dial,
    noise,
    panel,
    pixels,
    press,
    run,
    settle,
    take_dial,
    text,
    type_in,
    until,
)


def train(window, steps):
    """Train at least so many steps, and pause."""
    press(window, Key.Key_Space)
    until(lambda: window.session.step >= steps)
    press(window, Key.Key_Space)
    settle(window)
    assert window.session.state == "paused"


def initial(window):
    return {name: value.copy() for name, value in window.session.frame.initial.items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


# ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_knob_has_one_editor_of_its_name_that_answers(shared_window):
    for name in KNOBS:
        (editor,) = shared_window.findChildren(QWidget, name)
        assert editor.value() == getattr(shared_window.session.spec, name)
        assert editor.error() == ""
        assert callable(editor.set_value)


def test_set_value_is_what_typing_is_and_value_stays_good_while_the_field_is_not(shared_window):
    editor = shared_window.findChild(QWidget, "learning_rate")
    type_in(shared_window, "learning_rate", "0.2")
    assert (editor.value(), editor.error()) == (0.2, "")
    type_in(shared_window, "learning_rate", "nan")
    typed = (editor.value(), editor.error())
    editor.set_value("0.1")
    assert (editor.value(), editor.error(), shared_window.session.spec) == (0.1, "", TrainingSpec())
    editor.set_value("0.2")
    editor.set_value("nan")
    assert (editor.value(), editor.error()) == typed
    assert shared_window.session.spec.learning_rate == 0.2
    editor.set_value(0.1)
    assert line(shared_window, "learning_rate").text() == "0.1"
    assert editor.error() == ""


@pytest.mark.parametrize(("given", "pace"), [("max", math.inf), (500, 500.0), (1, 1.0)])
def test_the_speed_control_sets_the_pace(shared_window, given, pace):
    speed = shared_window.findChild(QWidget, "speed")
    speed.set_value(given)
    assert speed.value() == given
    assert shared_window.session.pace.steps_per_second == pace


@pytest.mark.parametrize(
    ("given", "told"), [(1, "1 step/s"), (2, "2 steps/s"), (2500, "2,500 steps/s"), ("max", "max")]
)
def test_the_speed_control_says_its_pace(shared_window, given, told):
    speed = shared_window.findChild(QWidget, "speed")
    speed.set_value(given)
    assert told in [label.text() for label in speed.findChildren(QLabel)]


def test_the_speed_control_refuses_less_than_a_step_a_second(shared_window):
    speed = shared_window.findChild(QWidget, "speed")
    speed.set_value(7)
    for bad in (0.5, 0, -1, math.nan):
        with pytest.raises(ValueError, match="at least 1 step per second"):
            speed.set_value(bad)
    assert speed.value() == 7


def test_every_action_has_its_id_words_and_a_place_in_a_menu(shared_window):
    relied_on = {"train", "step", "reset", "new_seed", "continue_run", "export_image", "export_all", "copy_image"}
    assert relied_on <= set(ACTIONS)
    in_menus = {a.objectName() for menu in shared_window.findChildren(QMenu) for a in menu.actions()}
    for name, info in ACTIONS.items():
        (found,) = shared_window.findChildren(QAction, name)
        assert found.text()
        assert found.toolTip()
        assert found.isCheckable() == info.checkable
        assert found.shortcut().toString() == info.shortcut
        assert name in in_menus
    assert action(shared_window, "train").isCheckable()


def test_nothing_in_the_toolbar_moves_when_train_becomes_pause(window):
    bar = window.findChild(QToolBar, "toolbar")
    places = [bar.actionGeometry(each) for each in bar.actions()]
    press(window, Key.Key_Space)
    until(lambda: action(window, "train").text() == "Pause")
    QApplication.processEvents()
    assert [bar.actionGeometry(each) for each in bar.actions()] == places


def test_what_has_no_room_in_the_toolbar_is_behind_a_button_that_is_seen(window):
    window.resize(760, 600)
    bar = window.findChild(QToolBar, "toolbar")
    more = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    until(more.isVisible)
    for _ in ("light", "dark"):
        press(window, Key.Key_T, CTRL)
        seen = pixels(bar.grab(more.geometry()).toImage()).astype(int)
        contrast = np.abs(seen - seen[0, 0]).sum(axis=2)
        assert np.count_nonzero(contrast > 300) > 12


def test_no_two_actions_share_a_shortcut(shared_window):
    shortcuts = [s for a in shared_window.findChildren(QAction) if (s := a.shortcut().toString())]
    assert sorted(shortcuts) == sorted(set(shortcuts))


def test_every_panel_has_its_name(shared_window):
    assert {"weights", "loss", "accuracy", "gradients"} <= set(PANELS)
    for name in PANELS:
        (found,) = shared_window.findChildren(QWidget, f"panel_{name}")
        assert found.isVisible()
        assert found.accessibleName()


def test_whatever_can_be_used_has_an_accessible_name(shared_window):
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider)
    used = [w for kind in kinds for w in shared_window.findChildren(kind) if w.isVisible() and not _is_qts_own(w)]
    assert len(used) > 30
    nameless = [w for w in used if not QAccessible.queryAccessibleInterface(w).text(QAccessible.Text.Name).strip()]
    assert [(type(w).__name__, w.objectName()) for w in nameless] == []


def _is_qts_own(widget):
    return widget.objectName().startswith("qt_") or type(widget).__name__ == "QScrollBar"


def test_a_panels_description_is_a_sentence_with_its_current_numbers(window):
    train(window, 30)
    step = window.session.step
    in_sight = [name for name in PANELS if panel(window, name).in_sight]
    assert {"weights", "loss", "accuracy", "gradients"} <= set(in_sight)
    for name in in_sight:
        described = window.findChild(QWidget, f"panel_{name}")
        until(lambda: f"step {step:,}" in described.accessibleDescription())  # noqa: B023
        assert described.accessibleDescription().endswith(".")
    loss = window.session.frame.loss[-1]
    assert f"{loss:.4g}" in panel(window, "loss").accessibleDescription()


def test_launch_reuses_the_application_and_returns_before_the_event_loop(open_window):
    before = QApplication.instance()
    window = open_window("--weight-init-std", "0.5", "--seed", "3", "--style", "dark")
    assert QApplication.instance() is before
    assert window.isVisible()
    assert window.session.spec == TrainingSpec(weight_init_std=0.5, seed=3)
    assert window.session.state == "paused"
    assert window.session.step == 0


def test_launch_gives_the_application_beside_the_window(qapp, kernels, monkeypatch):
    monkeypatch.setattr("gui.app.MainWindow", lambda *_: _Shown())
    application, window = launch([])
    assert application is qapp
    assert window.told == ["show", "open"]


class _Shown:
    def __init__(self):
        self.told = []

    def show(self):
        self.told.append("show")

    def open(self):
        self.told.append("open")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--weight-init-std", "-1"], "0 or larger"),
        (["--hidden-sizes", "1000000000000"], "free"),
        (["--batch-size", "100000"], "training samples"),
        (["nowhere.csv"], "nowhere.csv"),
        (["--stile", "dark"], "--stile"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_words(qapp, argv, told, capsys):
    with pytest.raises(SystemExit) as ended:
        launch(argv)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_frames_grow_while_it_trains_at_most_once_a_refresh(window):
    settle(window)
    frames, before, began = Frames(window), window.session.frames, time.monotonic()
    press(window, Key.Key_Space)
    until(lambda: window.session.frames >= before + 10)
    press(window, Key.Key_Space)
    settle(window)
    refreshes = (time.monotonic() - began) * 1000 / REFRESH_MS
    assert 10 <= window.session.frames - before <= min(len(frames.seen), refreshes) + 1
    assert REFRESH_MS >= 16


def test_frames_stand_still_when_nothing_trains_whatever_is_painted(window):
    train(window, 20)
    panel(window, "loss").canvas.viewport().repaint()
    before = window.session.frames
    for name in PANELS:
        panel(window, name).canvas.viewport().repaint()
    press(window, Key.Key_L)
    panel(window, "loss").canvas.viewport().repaint()
    assert window.session.frames == before


# ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_space_trains_and_pauses(window):
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 5)
    assert text(window, "status_doing") == "training"
    assert action(window, "train").isChecked()
    assert action(window, "train").text() == "Pause"
    press(window, Key.Key_Space)
    settle(window)
    step = window.session.step
    assert text(window, "status_doing") == "paused"
    assert f"step {step:,} of 2,000" in text(window, "status_step")
    assert not action(window, "train").isChecked()
    assert action(window, "train").text() == "Train"
    assert window.session.step == step


def test_a_click_on_train_trains_and_pauses(window):
    click(window, "train")
    until(lambda: window.session.step > 5)
    click(window, "train")
    settle(window)
    assert window.session.state == "paused"
    assert 5 < window.session.step < 2000


def test_a_run_that_has_finished_says_so_and_trains_anew_on_space(window):
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    assert window.session.step == 2000
    assert text(window, "status_doing") == "finished"
    first = run(window)
    window.speed.set_value(100)
    press(window, Key.Key_Space)
    until(lambda: 0 < window.session.step < 2000)
    assert run(window) != first
    assert window.session.is_training


def test_right_makes_a_single_step(window):
    for step in (1, 2, 3):
        press(window, Key.Key_Right)
        settle(window)
        assert window.session.step == step
    assert window.session.state == "paused"
    click(window, "step")
    settle(window)
    assert window.session.step == 4


def test_a_hundred_presses_of_right_make_a_hundred_steps(window):
    for _ in range(100):
        press(window, Key.Key_Right)
    settle(window)
    assert window.session.step == 100


def test_a_hundred_quick_presses_of_space_leave_one_run_as_it_was(window):
    first = run(window)
    for _ in range(100):
        press(window, Key.Key_Space)
    settle(window)
    assert window.session.state == "paused"
    assert run(window) == first


def test_r_begins_anew_with_bit_identical_weights(window):
    before = initial(window)
    train(window, 20)
    assert not np.array_equal(window.session.frame.params["W1"], before["W1"])
    press(window, Key.Key_R)
    settle(window)
    assert window.session.step == 0
    assert same(before, window.session.frame.params)
    assert window.session.spec == TrainingSpec()


def test_r_while_training_trains_on_from_step_0(window):
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 20)
    first = run(window)
    press(window, Key.Key_R)
    until(lambda: run(window) != first and window.session.step > 2)
    assert window.session.is_training


def test_n_brings_other_weights_and_shows_their_seed(window):
    before = initial(window)
    press(window, Key.Key_N)
    settle(window)
    assert window.session.spec.seed != 0
    assert window.form.editor("seed").value() == window.session.spec.seed
    assert not same(before, window.session.frame.params)


def test_c_trains_as_many_steps_more(open_window):
    window = open_window("--steps", "200")
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    first, losses = run(window), window.session.frame.loss.copy()
    for end in (400, 600):
        press(window, Key.Key_C)
        until(lambda: window.session.state == "finished" and window.session.step == end)  # noqa: B023
    settle(window)
    assert run(window) == first
    assert np.array_equal(window.session.frame.loss[:200], losses)
    assert window.session.spec.steps == 200


def test_ctrl_z_has_the_replaced_run_back_with_its_curves(window):
    train(window, 40)
    kept, losses = run(window), window.session.frame.loss.copy()
    params = {name: value.copy() for name, value in window.session.frame.params.items()}
    assert not action(window, "undo").isEnabled()
    press(window, Key.Key_N)
    settle(window)
    assert [one.frame.run for one in window.session.comparison.runs()] == [kept]
    assert action(window, "undo").isEnabled()
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert window.session.state == "paused"
    assert run(window) == kept
    assert window.session.spec.seed == 0
    assert window.form.editor("seed").value() == 0
    assert np.array_equal(window.session.frame.loss, losses)
    assert same(params, window.session.frame.params)
    assert np.array_equal(panel(window, "loss").frame.loss, losses)


def test_a_run_that_was_had_back_trains_on_where_it_was(window):
    train(window, 40)
    kept, losses = run(window), window.session.frame.loss.copy()
    press(window, Key.Key_R)
    settle(window)
    press(window, Key.Key_Z, CTRL)
    settle(window)
    train(window, len(losses) + 20)
    assert run(window) == kept
    assert np.array_equal(window.session.frame.loss[: len(losses)], losses)


# ── the dial ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_moving_the_dial_redraws_before_training_with_the_same_noise(window):
    z, frames = noise(window.session.frame), window.session.frames
    take_dial(window)
    for std in (0.03, 1.0, 20.0):
        move_dial(window, std)
        until(lambda: math.isclose(panel(window, "weights").frame.stds[0], std, rel_tol=0.05))  # noqa: B023
        until(lambda: window.session.frames > frames)  # noqa: B023
        frames = window.session.frames
        shown = panel(window, "weights").frame
        assert shown.step == window.session.step == 0
        assert shown.stds[0] == window.session.spec.weight_init_std
        np.testing.assert_allclose(noise(shown), z, rtol=3e-7)
        assert np.array_equal(shown.params["W1"], shown.initial["W1"])
    let_go(window)


def test_the_first_frame_after_a_move_is_untrained_even_while_it_trains(window):
    window.speed.set_value("max")
    window.form.editor("steps").set_value(1_000_000)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 100)
    frames = Frames(window)
    take_dial(window)
    for std in (0.02, 0.05, 0.3):
        before = run(window)
        move_dial(window, std)
        until(lambda: run(window) != before and len(frames.steps(run(window))) > 2)  # noqa: B023
        steps = frames.steps(run(window))
        assert steps[0] == 0
        assert steps[-1] > 0
    let_go(window)


@pytest.mark.parametrize("finished", [False, True])
def test_a_move_of_the_dial_restarts_a_training_that_was_on_or_done(open_window, finished):
    window = open_window("--steps", "300" if finished else "100000")
    window.speed.set_value("max" if finished else 500)
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished" if finished else window.session.step > 20)
    window.speed.set_value(100)
    first = run(window)
    drag_dial(window, 0.05, 0.2)
    until(lambda: run(window) != first and 0 < window.session.step < 300)
    assert window.session.is_training
    assert window.session.spec.weight_init_std == pytest.approx(0.2, rel=0.05)


def test_a_move_of_the_dial_leaves_an_untrained_network_untrained(window):
    drag_dial(window, 0.05, 0.2)
    settle(window)
    assert window.session.state == "paused"
    assert window.session.step == 0
    assert window.session.comparison.runs() == ()


def test_a_drag_leaves_the_run_before_it_as_ghost_however_far_it_went(window):
    window.speed.set_value(2000)
    press(window, Key.Key_Space)
    until(lambda: window.session.frame.step > 50)
    before = run(window)
    take_dial(window)
    for std in np.geomspace(0.01, 10, 25):
        here = run(window)
        move_dial(window, float(std))
        until(lambda: run(window) == here or window.session.step > 3)  # noqa: B023
        assert [one.frame.run for one in window.session.comparison.runs()] in ([before], [])
    let_go(window)
    assert [one.frame.run for one in window.session.comparison.runs()] == [before]
    assert window.session.comparison.runs()[0].frame.step > 50
    press(window, Key.Key_Space)
    settle(window)
    beside = [mark.key for mark in panel(window, "loss").figure.plots[0].marks if mark.key.startswith("run")]
    assert beside == [f"run{before}"]
    press(window, Key.Key_Z, CTRL)
    settle(window)
    assert run(window) == before
    assert window.form.editor("weight_init_std").value() == 0.01


def test_taking_the_handle_and_letting_go_replaces_nothing(window):
    train(window, 20)
    before = run(window)
    take_dial(window)
    let_go(window)
    assert run(window) == before
    assert window.session.comparison.runs() == ()
    assert not action(window, "undo").isEnabled()


def test_a_click_on_a_mark_of_the_dial_selects_its_scheme_and_the_dial_takes_it_back(window):
    room = dial(window).face().labels(dial(window).view().marks)["he"]
    QTest.mouseClick(dial(window), LEFT, pos=room.center().toPoint())
    settle(window)
    assert window.session.spec.init == "he"
    assert window.form.editor("init").value() == "he"
    assert window.session.frame.stds[0] == pytest.approx(math.sqrt(2 / 64))
    drag_dial(window, 0.1)
    assert window.session.spec.init == "std"


def test_arrow_keys_turn_the_dial_that_tab_led_to(window):
    tab_to(window, dial(window))
    press(window, Key.Key_Right)
    settle(window)
    assert window.session.spec.weight_init_std == pytest.approx(0.0102)
    assert window.session.step == 0
    press(window, Key.Key_Left)
    press(window, Key.Key_PageUp)
    assert window.session.spec.weight_init_std == pytest.approx(0.1)


def test_right_makes_a_step_after_the_dial_was_turned_by_mouse(window):
    drag_dial(window, 0.1)
    std = window.session.spec.weight_init_std
    press(window, Key.Key_Right)
    settle(window)
    assert window.session.step == 1
    assert window.session.spec.weight_init_std == std


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LIVE = {"learning_rate": "0.05", "momentum": "0.5", "weight_decay": "0.001"}
ANEW = {
    "weight_init_std": "0.02",
    "init": "he",
    "init_distribution": "uniform",
    "hidden_sizes": "20,10",
    "activation": "tanh",
    "dataset": "moons",
    "scaling": "standard",
    "optimizer": "adam",
    "batch_size": "50",
    "eval_every": "7",
    "dtype": "float64",
}


@pytest.mark.parametrize("knob", LIVE)
def test_a_live_knob_applies_to_the_running_training_and_is_recorded(window, knob):
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 10)
    first = run(window)
    type_in(window, knob, LIVE[knob])
    assert window.form.editor(knob).error() == ""
    until(lambda: window.session.engine().recording.schedule)
    ((step, name, value),) = window.session.engine().recording.schedule
    assert step > 10
    assert (name, value) == (knob, float(LIVE[knob]))
    assert run(window) == first
    assert getattr(window.session.spec, knob) == value
    reached = window.session.step
    until(lambda: window.session.step > reached)
    until(lambda: window.session.frame.schedule == ((step, name, value),))


def test_more_steps_lengthen_the_run_that_goes_on(window):
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 10)
    first = run(window)
    type_in(window, "steps", "5000")
    until(lambda: window.session.frame.target == 5000)
    assert run(window) == first
    assert window.session.is_training
    type_in(window, "steps", "5")
    until(lambda: window.session.state == "finished")
    settle(window)
    assert run(window) == first
    assert window.session.run.target == window.session.step


def test_every_other_knob_starts_anew_from_the_same_seed(window):
    for knob, value in ANEW.items():
        assert not KNOBS[knob].live
        press(window, Key.Key_Right)
        settle(window)
        first = run(window)
        window.form.editor(knob).set_value(value)
        assert window.form.editor(knob).error() == "", knob
        settle(window)
        assert run(window) != first, knob
        assert window.session.step == 0, knob
        assert window.session.spec.seed == 0, knob
        assert KNOBS[knob].format(getattr(window.session.spec, knob)) == value


BAD = [
    ("weight_init_std", "nan", "finite number"),
    ("weight_init_std", "1e999", "finite number"),
    ("weight_init_std", "-0.1", "0 or larger"),
    ("weight_init_std", "0,01", "Use 0.01"),
    ("hidden_sizes", "0", "at least 1"),
    ("hidden_sizes", "1000000000", "free"),
    ("hidden_sizes", "10000000000000000000", "free"),
    ("batch_size", "0", "at least 1"),
    ("batch_size", "100000", "1 to 1500"),
    ("seed", "-1", "0 to 4294967295"),
    ("learning_rate", "-1", "0 or larger"),
    ("momentum", "2", "from 0 to 1"),
    ("steps", "2000000000", "1000000000"),
    ("data", "/nowhere/at/all.csv", "all.csv"),
]


@pytest.mark.parametrize(("knob", "typed", "told"), BAD)
def test_a_bad_value_is_told_at_its_field_while_the_last_good_one_runs_on(shared_window, knob, typed, told):
    window = shared_window
    window.speed.set_value(100)
    window.session.reset()
    click(window, "train")
    until(lambda: window.session.step > 1)
    spec, first = window.session.spec, run(window)
    type_in(window, knob, typed)
    editor = window.form.editor(knob)
    assert told in editor.error()
    assert line(window, knob).text() == typed
    assert editor.value() == getattr(spec, knob)
    assert window.session.spec == spec
    assert run(window) == first
    assert window.session.is_training
    reached = window.session.step
    until(lambda: window.session.step > reached)
    press(window, Key.Key_Escape)
    assert editor.error() == ""
    assert line(window, knob).text() == KNOBS[knob].format(getattr(spec, knob))
    window.session.run.pause()
    settle(window)
    assert faults(window) == []


def test_a_data_set_too_small_for_the_batch_is_refused_where_it_was_chosen(window):
    type_in(window, "batch_size", "1000")
    settle(window)
    window.form.reveal("dataset")
    QTest.mouseClick(window.findChild(QAbstractButton, "dataset_moons"), LEFT)
    assert "400" in window.form.editor("dataset").error()
    assert window.session.spec.dataset == "digits"
    type_in(window, "batch_size", "100")
    QTest.mouseClick(window.findChild(QAbstractButton, "dataset_moons"), LEFT)
    assert window.session.spec.dataset == "moons"
    assert window.form.editor("dataset").error() == ""


def test_another_data_set_changes_the_network_the_marks_and_the_plots(window):
    marks = dict(dial(window).view().marks)
    window.form.reveal("dataset")
    QTest.mouseClick(window.findChild(QAbstractButton, "dataset_spirals"), LEFT)
    settle(window)
    assert window.session.data.n_features == 2
    assert window.session.frame.params["W1"].shape == (2, 50)
    assert dial(window).view().marks != marks
    until(lambda: "2×50" in str(panel(window, "weights").figure.plots[0].title))


def test_keys_typed_into_a_field_are_text_and_no_actions(window):
    train(window, 20)
    first, step, spec = run(window), window.session.step, window.session.spec
    views = {name: panel(window, name).view for name in PANELS}
    window.form.reveal("data")
    field = line(window, "data")
    QTest.mouseClick(field, LEFT)
    QTest.keyClicks(field, "RNFLCM rnflcm")
    for arrow in (Key.Key_Left, Key.Key_Right, Key.Key_Home, Key.Key_End, Key.Key_Right):
        press(window, arrow)
    assert field.text() == "RNFLCM rnflcm"
    press(window, Key.Key_Z, CTRL)
    assert field.text() == ""
    assert QApplication.focusWidget() is field
    assert window.session.settle(1)
    assert (run(window), window.session.step, window.session.spec) == (first, step, spec)
    assert {name: panel(window, name).view for name in PANELS} == views
    assert len(window.dashboard.visible_panels()) == len(PANELS)


def test_what_is_typed_is_taken_when_train_is_clicked(window):
    field = line(window, "learning_rate")
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    QTest.keyClicks(field, "0.25")
    click(window, "train")
    until(lambda: window.session.step > 5)
    assert window.session.spec.learning_rate == 0.25
    recording = window.session.engine().recording
    assert recording.spec.learning_rate == 0.25
    assert recording.schedule == ()


def test_space_presses_the_button_that_tab_led_to(window):
    header = window.findChild(QAbstractButton, "group_training_header")
    tab_to(window, header)
    was = header.isChecked()
    press(window, Key.Key_Space)
    assert header.isChecked() != was
    assert window.session.settle(1)
    assert window.session.step == 0


def test_space_trains_after_a_button_was_clicked(window):
    for name in ("group_training_header", "dataset_digits", "dtype_float32"):
        QTest.mouseClick(window.findChild(QAbstractButton, name), LEFT)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 2)


def tab_to(window, widget):
    """Press Tab until a widget has the focus."""
    for _ in range(200):
        if QApplication.focusWidget() is widget:
            return
        press(window, Key.Key_Tab)
    raise AssertionError(f"Tab never leads to {widget}")


def test_all_knobs_to_their_defaults_is_one_action(window):
    for knob, value in ANEW.items():
        window.form.editor(knob).set_value(value)
    action(window, "defaults").trigger()
    settle(window)
    assert window.session.spec == TrainingSpec()
    assert all(window.form.editor(name).value() == knob.default for name, knob in KNOBS.items())


def test_the_command_line_of_the_run_is_put_on_the_clipboard(window):
    window.form.editor("hidden_sizes").set_value("30,20")
    press(window, Key.Key_K, CTRL | SHIFT)
    assert QApplication.clipboard().text() == "./initscope train --hidden-sizes 30,20"


def test_nothing_in_the_window_is_named_twice(shared_window):
    names = [thing.objectName() for thing in shared_window.findChildren(QObject)]
    ours = [name for name in names if name and not name.startswith("qt_")]
    twice = {name for name in ours if ours.count(name) > 1}
    assert not twice & ({*KNOBS, *ACTIONS, "speed"} | {f"panel_{name}" for name in PANELS})
