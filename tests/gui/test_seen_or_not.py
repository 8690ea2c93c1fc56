"""An export shows what the screen shows, or would show if anybody had looked."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from gui.files.exports import take_shot
from gui.live.figure_maker import FigureMaker, Made
from gui.plots.panel.panel_view import PanelView
from model.data.prepare import load
from model.figures.figure import Axis, Figure, Plot, Range, View
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.figures.ranges import visible_range
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import msg
from tests.gui.person import (
    Key,
    area,
    let_go,
    move_dial,
    panel,
    press,
    settle,
    shown_range,
    take_dial,
    until,
    wheel,
)

MOMENTS = (0, 3, 40, 120)
SPEC = TrainingSpec(hidden_sizes=(8, 8), steps=max(MOMENTS), weight_init_std=3.0, seed=5, eval_every=10)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """Moments of a run whose loss falls and whose histograms change their heights."""
    engine = Engine(SPEC, load(SPEC.data_request), ClassStepper)
    made = []
    for step in MOMENTS:
        engine.train(step - engine.recording.step)
        made.append(engine.recording.frame())
    return made


@pytest.fixture
def made_view(qapp: QApplication) -> Iterator[object]:
    views = []

    def make(name: str) -> PanelView:
        view = PanelView(PANELS[name], LIGHT, FigureMaker())
        view.resize(500, 380)
        views.append(view)
        return view

    yield make
    for view in views:
        view.close()
        view.deleteLater()


def show(view: PanelView, frame: Frame) -> None:
    """Hand a frame to a panel, and what of it is made elsewhere."""
    view.show_frame(frame)
    if view.panel.slow and view.in_sight:
        view.take(Made(view.panel.id, frame, view.view, view.panel.make(frame, view.view)))


def ranges(view: PanelView, newest: Frame) -> dict[str, tuple[Range, Range]]:
    """Give the ranges that a file shows."""
    shot = take_shot(view, newest)
    assert shot.frame is newest
    return {plot.key: visible_range(plot, shot.view) for plot in shot.figure().plots}


def assert_same(one: tuple[Range, Range], other: tuple[Range, Range]) -> None:
    for shown, wanted in zip(one, other, strict=True):
        assert shown == pytest.approx(wanted)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_nobody_looked_at_is_exported_as_one_that_was_seen_all_the_while(name, frames, made_view):
    seen, hidden, behind = (made_view(name) for _ in range(3))
    for view in (seen, behind):
        view.show()
        view.face.figure_view.show_motion(moving=True)
    QApplication.processEvents()
    show(behind, frames[0])
    behind.set_in_front(in_front=False)  # a tab that Qt calls visible
    for frame in frames:
        for view in (seen, hidden, behind):
            show(view, frame)
    for view in (seen, behind):
        view.face.figure_view.show_motion(moving=False)
    found = ranges(seen, frames[-1])
    assert ranges(hidden, frames[-1]) == ranges(behind, frames[-1]) == found
    for key, shown in seen.areas().items():
        if not shown.plot.equal:
            assert_same(shown.display_range(), found[key])


def falling(frame: Frame, _view: View) -> Figure:
    """Draw what needs less room later on, so that axes that stick have too much of it."""
    axes = Axis(msg("x"), extent=(0.0, 1.0)), Axis(msg("y"), extent=(0.0, 700.0 if frame.step else 1000.0))
    return Figure("loss", msg("Loss"), (Plot("loss", msg("Loss"), *axes, ()),), msg(""))


def test_axes_that_stuck_too_wide_are_exported_only_while_somebody_sees_them_so(frames, made_view):
    seen, behind = made_view("loss"), made_view("loss")
    for view in (seen, behind):
        view.drawing.panel = replace(view.panel, make=falling)
        view.show()
        view.face.figure_view.show_motion(moving=True)
    QApplication.processEvents()
    for frame in frames:
        for view in (seen, behind):
            show(view, frame)
    behind.set_in_front(in_front=False)
    wide, narrow = (0.0, 1200.0), (0.0, 800.0)
    assert ranges(seen, frames[-1])["loss"][1] == seen.areas()["loss"].display_range()[1] == wide
    assert ranges(behind, frames[-1])["loss"][1] == narrow
    for view in (seen, behind):
        view.face.figure_view.show_motion(moving=False)
        assert ranges(view, frames[-1])["loss"][1] == narrow
    assert seen.areas()["loss"].display_range()[1] == narrow


@pytest.mark.parametrize("name", ["weights", "loss", "gradients"])
def test_in_motion_a_panel_in_sight_is_exported_with_the_ranges_that_stick(name, frames, made_view):
    view = made_view(name)
    view.show()
    view.face.figure_view.show_motion(moving=True)
    QApplication.processEvents()
    for frame in frames:
        show(view, frame)
    for key, shown in ranges(view, frames[-1]).items():
        assert_same(view.areas()[key].display_range(), shown)


def test_a_zoomed_panel_behind_another_keeps_its_zoom_in_files(frames, made_view):
    view = made_view("loss")
    view.show()
    QApplication.processEvents()
    show(view, frames[-1])
    zoomed = ((10.0, 60.0), (1.0, 2.0))
    view.areas()["loss"].box.setRange(xRange=zoomed[0], yRange=zoomed[1], padding=0)
    view.areas()["loss"].box.sigRangeChangedManually.emit([True, True])
    view.set_in_front(in_front=False)
    (found,) = ranges(view, frames[-1]).values()
    assert_same(found, zoomed)


def test_axes_stick_while_it_trains_and_follow_the_figure_when_it_stands_still(open_window):
    window = open_window("--steps", "100000", "--weight-init-std", "1")
    window.speed.set_value(200)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 300)
    first = area(window, "loss")
    assert first._moving
    press(window, Key.Key_Space)
    settle(window)
    assert not first._moving
    plot = first.plot
    assert_same(shown_range(window, "loss"), visible_range(plot, View()))
    wheel(window, "loss", 2)
    zoomed = shown_range(window, "loss")
    press(window, Key.Key_Space)
    until(lambda: panel(window, "loss").frame.step > 400)
    press(window, Key.Key_Space)
    settle(window)
    assert shown_range(window, "loss") == zoomed


def test_axes_stick_while_the_dial_is_dragged_and_follow_the_figure_when_it_is_let_go(window):
    weights = panel(window, "weights").face.figure_view
    assert not weights.own_ranges(seen=True)
    take_dial(window)
    move_dial(window, 0.05)
    settle(window)
    assert weights.own_ranges(seen=True)
    let_go(window)
    settle(window)
    assert not weights.own_ranges(seen=True)
