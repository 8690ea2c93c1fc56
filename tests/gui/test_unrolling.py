"""Panels that look through time: filled in the background, for what is in sight, and following the run."""

from model.figures.figure import Image
from tests.gui.person import Key, faults, panel, press, settle, until


def images(window, name):
    figure = panel(window, name).figure
    return [] if figure is None else [m for plot in figure.plots for m in plot.marks if isinstance(m, Image)]


def filled(window, name, step):
    settle(window)
    until(lambda: window._unrolling.idle and window.dashboard.settled)
    until(lambda: bool(images(window, name)) and all(image.x[1] > step - 1 for image in images(window, name)))


def test_weights_through_time_follow_the_run_and_its_successor(open_window):
    window = open_window("--steps", "100", "--hidden-sizes", "6")
    window.speed.set_value("max")
    window.dashboard.reveal("weights")
    panel(window, "weights").set_view(through_time=True)
    window.session.train()
    until(lambda: window.session.state == "finished")
    filled(window, "weights", 100)
    assert len(images(window, "weights")) == 4
    assert images(window, "weights")[0].values.shape[1] == 101
    first = panel(window, "weights").view.past
    window.form.editor("weight_init_std").set_value(0.5)
    if window.session.state == "paused":
        window.session.train()
    until(lambda: window.session.state == "finished")
    filled(window, "weights", 100)
    assert panel(window, "weights").view.past.run != first.run
    window.session.seeking.seek(40)
    until(lambda: window.session.seeking.idle and window.dashboard.settled)
    figure = panel(window, "weights").face.figure_view.figure
    assert [mark.at for plot in figure.plots for mark in plot.marks if mark.key == "now"] == [40.0] * 4
    panel(window, "weights").set_view(through_time=False)
    assert not images(window, "weights")
    assert faults(window) == []


def test_a_panel_behind_another_costs_nothing_until_it_comes_to_the_front(open_window):
    window = open_window("--steps", "60", "--hidden-sizes", "6", "--activation", "tanh")
    window.speed.set_value("max")
    panel(window, "activations").set_view(through_time=True)
    window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    assert not window._unrolling._timer.isActive()
    assert panel(window, "activations").view.past is None
    window.dashboard.reveal("activations")
    filled(window, "activations", 60)
    assert faults(window) == []


def test_the_key_turns_the_panel_that_is_meant(open_window):
    window = open_window("--steps", "20", "--hidden-sizes", "6")
    window.dashboard.reveal("weights")
    window.dashboard._current = "weights"
    press(window, Key.Key_T)
    assert panel(window, "weights").view.through_time
    press(window, Key.Key_T)
    assert not panel(window, "weights").view.through_time
