"""The dots of the phase diagram can be dragged: the knobs turn as the dial would turn them, live, and can be undone."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from gui.plots.panel.panel_view import PanelView
from gui.window.main_window import MainWindow
from tests.gui.conftest import Opener
from tests.gui.person import CTRL, LEFT, NO_KEY, SHIFT, Key, area, press, run, settle, until


def phase(window: MainWindow) -> PanelView:
    return window.dashboard.panels["phase"]


def opened(open_window: Opener, *argv: str) -> MainWindow:
    window = open_window("--activation", "tanh", "--steps", "200", *argv)
    window.dashboard.reveal("phase")
    window.dashboard.docks.maximize("phase")
    up_to_date(window)
    return window


def up_to_date(window: MainWindow) -> None:
    """Wait until the diagram shows the present run."""
    settle(window)
    until(lambda: window.dashboard.settled and phase(window).drawing.run == run(window))


def at(window: MainWindow, sigma_w2: float, sigma_b2: float) -> QPoint:
    scene = area(window, "phase").box.mapViewToScene(QPointF(sigma_w2, sigma_b2))
    return phase(window).canvas.mapFromScene(scene)


def drag(window: MainWindow, start: QPoint, *ends: QPoint, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
    viewport = phase(window).canvas.viewport()
    QTest.mousePress(viewport, LEFT, modifier, start)
    for end in ends:
        QTest.mouseMove(viewport, (start + end) / 2)
        QTest.mouseMove(viewport, end)
    QTest.mouseRelease(viewport, LEFT, modifier, ends[-1])


def dots(window: MainWindow) -> np.ndarray:
    grips = phase(window).figure.plots[0].grips
    return np.column_stack([grips.x, grips.y])


def test_a_drag_turns_the_dial_to_where_the_dot_is_dropped(open_window: Opener) -> None:
    window = opened(open_window, "--weight-init-std", "0.1")
    before = window.session.frame.run
    drag(window, at(window, 0.64, 0), at(window, 2.56, 0))
    up_to_date(window)
    assert window.session.frame.run > before
    assert window.session.spec.weight_init_std == pytest.approx(0.2, rel=0.02)
    assert window.session.spec.bias_init_std == 0
    assert window.session.spec.layer_gains == (1.0,)
    assert window.form.editor("weight_init_std").value() == window.session.spec.weight_init_std
    assert dots(window)[:, 0] == pytest.approx([2.56, 2.0], rel=0.03)


def test_a_drag_upwards_turns_the_spread_of_the_biases(open_window: Opener) -> None:
    window = opened(open_window, "--init", "he")
    drag(window, at(window, 2, 0), at(window, 2, 0.25))
    up_to_date(window)
    assert window.session.spec.bias_init_std == pytest.approx(0.5, rel=0.03)
    assert window.session.spec.init == "he"
    assert window.session.spec.layer_gains == (1.0,)


def test_the_dots_of_a_scheme_are_moved_by_a_gain_and_with_shift_one_layer_alone(open_window: Opener) -> None:
    window = opened(open_window, "--init", "he")
    drag(window, at(window, 2, 0), at(window, 0.5, 0))
    up_to_date(window)
    (gain,) = window.session.spec.layer_gains
    assert gain == pytest.approx(0.5, rel=0.03)
    window = opened(open_window, "--weight-init-std", "0.2")
    drag(window, at(window, 2.0, 0), at(window, 1.0, 0), modifier=SHIFT)
    up_to_date(window)
    first, second = window.session.spec.layer_gains
    assert first == 1
    assert second == pytest.approx(np.sqrt(0.5), rel=0.03)
    assert window.session.spec.weight_init_std == 0.2
    drag(window, at(window, 2.56, 0), at(window, 3.5, 0))
    up_to_date(window)
    assert window.session.spec.layer_gains == (pytest.approx(np.sqrt(3.5 / 2.56), rel=0.03), second)


def test_a_drag_is_live_holds_the_axes_and_is_undone_as_one(open_window: Opener) -> None:
    window = opened(open_window, "--weight-init-std", "0.4")
    window.session.train()
    until(lambda: window.session.step >= 5)
    window.session.run.pause()
    up_to_date(window)
    trained, before = run(window), area(window, "phase").display_range()
    viewport = phase(window).canvas.viewport()
    start, end = at(window, 10.24, 0), at(window, 1.0, 0)
    QTest.mousePress(viewport, LEFT, NO_KEY, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * share)
        up_to_date(window)
        assert area(window, "phase").display_range() == before
        x = 10.24 + share * (1.0 - 10.24)
        assert dots(window)[0, 0] == pytest.approx(x, abs=0.1)
    assert window.session.kept.dragging
    QTest.mouseRelease(viewport, LEFT, NO_KEY, end)
    up_to_date(window)
    assert not window.session.kept.dragging
    assert area(window, "phase").display_range()[0][1] == 4
    press(window, Key.Key_Z, CTRL)
    up_to_date(window)
    assert run(window) == trained
    assert window.session.spec.weight_init_std == 0.4


def test_a_dot_dragged_off_the_left_edge_is_at_0_and_comes_back(open_window: Opener) -> None:
    window = opened(open_window, "--weight-init-std", "0.2")
    drag(window, at(window, 2.56, 0), at(window, -1, 0))
    up_to_date(window)
    assert window.session.spec.weight_init_std == 0
    drag(window, at(window, 0, 0), at(window, 1, 0))
    up_to_date(window)
    assert window.session.spec.weight_init_std == pytest.approx(1 / 8, rel=0.05)


def test_a_click_on_a_dot_turns_nothing_and_elsewhere_a_drag_pans(open_window: Opener) -> None:
    window = opened(open_window, "--init", "he")
    before = run(window)
    QTest.mouseClick(phase(window).canvas.viewport(), LEFT, NO_KEY, at(window, 2, 0))
    assert phase(window).face.grasp.chosen == (1, 2)
    assert run(window) == before
    drag(window, at(window, 1, 0.2), at(window, 1.5, 0.3))
    up_to_date(window)
    assert run(window) == before
    assert phase(window).face.grasp.chosen is None


def test_arrow_keys_move_the_chosen_dot_and_make_no_step(open_window: Opener) -> None:
    window = opened(open_window, "--init", "he")
    phase(window).setFocus(Qt.FocusReason.TabFocusReason)
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)  # no dot is chosen yet
    press(window, Key.Key_PageDown)
    assert phase(window).face.grasp.chosen == (1, 2)
    press(window, Key.Key_Left)
    up_to_date(window)
    assert window.session.step == 0
    (gain,) = window.session.spec.layer_gains
    assert 2 * gain**2 == pytest.approx(2 - 0.01 * 4.12, abs=0.01)
    press(window, Key.Key_Up)
    up_to_date(window)
    assert window.session.spec.bias_init_std == pytest.approx(np.sqrt(0.01 * 0.515), rel=0.01)
    press(window, Key.Key_Escape)
    assert phase(window).face.grasp.chosen is None
    press(window, Key.Key_Right)
    until(lambda: window.session.step == 1)
    press(window, Key.Key_PageUp)
    assert phase(window).face.grasp.chosen == (1, 2)
    window.form.editor("seed").setFocus()
    assert phase(window).face.grasp.chosen is None
