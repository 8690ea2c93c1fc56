"""Time: every panel at any step of the run, by the slider, by keys and as a film, while the run may go on."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSlider

from model.training.engine import Engine
from model.training.stepper import kernel_stepper
from tests.gui.person import action, faults, panel, press, run, settle, type_in, until

Key = Qt.Key


@pytest.fixture
def trained(open_window):
    window = open_window("--steps", "120", "--eval-every", "20")
    window.speed.set_value("max")
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    return window


def again(window, step):
    """Train the same run to a step, as `train` would."""
    spec = window.session.spec
    engine = Engine(spec, window.session.data, kernel_stepper, spec.eval_interval)
    engine.train(step)
    return engine.recording.frame()


def slider(window):
    return window.findChild(QSlider, "time_slider")


def told(window):
    return window.findChild(QLabel, "time_step").text()


@pytest.mark.parametrize("step", [0, 1, 37, 119])
def test_every_panel_in_sight_shows_the_step_that_is_sought(trained, step):
    trained.session.seek(step)
    until(lambda: trained.session.frame.step == step)
    settle(trained)
    expected = again(trained, step)
    for name, view in trained.dashboard.panels.items():
        if view.in_sight:
            assert view.frame.step == step, name
    shown = trained.session.frame
    assert shown.run == run(trained)
    for name, values in expected.params.items():
        assert np.array_equal(shown.params[name], values), name
    assert np.array_equal(shown.loss, expected.loss)
    assert f"step {step} of 120" in told(trained)
    assert slider(trained).value() == step
    assert faults(trained) == []


def test_a_panel_that_is_brought_to_the_front_meanwhile_shows_that_step_too(trained):
    trained.session.seek(50)
    trained.dashboard.reveal("activations")
    until(lambda: panel(trained, "activations").frame is not None and panel(trained, "activations").frame.step == 50)
    until(lambda: trained.dashboard.settled and panel(trained, "activations").figure is not None)


def test_the_slider_follows_the_training_and_takes_the_panels_back(trained):
    assert slider(trained).maximum() == slider(trained).value() == 120
    slider(trained).setValue(60)
    until(lambda: trained.session.frame.step == 60)
    slider(trained).setValue(120)
    until(lambda: trained.session.frame.step == 120)
    assert trained.session.seeking.step is None
    assert told(trained) == "newest step"


def test_keys_go_a_step_back_and_forward_to_the_first_and_to_the_newest(trained):
    for key, step in ((Key.Key_Comma, 119), (Key.Key_Comma, 118), (Key.Key_Period, 119), (Key.Key_Home, 0)):
        press(trained, key)
        until(lambda step=step: trained.session.frame.step == step)
    press(trained, Key.Key_Comma)
    until(lambda: trained.session.frame.step == 0)
    press(trained, Key.Key_End)
    until(lambda: trained.session.frame.step == 120)


def test_the_run_trains_on_while_an_earlier_step_is_looked_at(open_window):
    window = open_window("--steps", "1000000")
    window.speed.set_value(500)
    window.session.train()
    until(lambda: window.session.step > 60)
    window.session.seek(30)
    until(lambda: window.session.frame.step == 30)
    before = window.session.step
    until(lambda: window.session.step > before + 100)
    assert window.session.frame.step == 30
    assert window.session.is_training
    press(window, Key.Key_End)
    until(lambda: window.session.frame.step > before)
    assert faults(window) == []


@pytest.mark.parametrize("order", ["train", "step", "reset", "new_seed", "continue_run"])
def test_an_order_for_the_run_shows_its_newest_step_again(trained, order):
    trained.session.seek(40)
    until(lambda: trained.session.frame.step == 40)
    action(trained, order).trigger()
    until(lambda: trained.session.seeking.step is None)
    until(lambda: trained.session.frame.run == run(trained) and trained.session.frame.step == trained.session.step)
    settle(trained)
    assert faults(trained) == []


def test_another_run_and_one_that_is_restored_are_followed(trained):
    trained.session.seek(40)
    type_in(trained, "weight_init_std", "0.3")
    until(lambda: trained.session.frame.spec.weight_init_std == 0.3)
    assert trained.session.seeking.step is None
    press(trained, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    until(lambda: trained.session.frame.spec.weight_init_std != 0.3 and trained.session.frame.step == 120)
    trained.session.seek(7)
    until(lambda: trained.session.frame.step == 7)
    assert np.array_equal(trained.session.frame.params["W1"], again(trained, 7).params["W1"])


def test_a_film_shows_steps_in_order_ends_at_the_newest_and_can_be_stopped_and_looped(trained):
    shown = []
    trained.session.watcher.frame_changed.connect(lambda frame: shown.append(frame.step))
    for _ in range(5):
        press(trained, Key.Key_BracketRight)
    press(trained, Key.Key_P)
    assert action(trained, "play").isChecked()
    until(lambda: trained.session.seeking.step is None and not trained.session.playing.on)
    until(lambda: trained.session.frame.step == 120)
    assert shown[0] == 0
    assert shown == sorted(shown)
    assert len(shown) > 3
    action(trained, "loop").trigger()
    shown.clear()
    press(trained, Key.Key_P)
    until(lambda: sorted(shown) != shown)
    press(trained, Key.Key_P)
    assert not trained.session.playing.on
    at = trained.session.seeking.step
    assert at is not None
    settle(trained)
    assert trained.session.frame.step == at
    assert not action(trained, "play").isChecked()


def test_before_the_first_step_there_is_nothing_to_look_back_at(window):
    assert not slider(window).isEnabled()
    press(window, Key.Key_P)
    press(window, Key.Key_Comma)
    assert not window.session.playing.on
    assert window.session.seeking.step is None
    assert window.session.frame.step == 0


def test_the_speed_of_the_film_is_shown_where_it_is_not_the_usual_one(trained):
    label = trained.findChild(QLabel, "time_step")
    assert "×" not in label.text()
    action(trained, "play_faster").trigger()
    assert label.text().endswith("×2")
    action(trained, "play_slower").trigger()
    action(trained, "play_slower").trigger()
    assert label.text().endswith("×0.5")
