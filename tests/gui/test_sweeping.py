"""A sweep in the window: asked for, watched, paused, gone on with, and gone to."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton

from gui.plots.axes.inset import Inset
from gui.window.main_window import MainWindow
from model.data.prepare import load
from model.figures.export import save_shot
from model.figures.picture import PictureOptions
from model.figures.recipe import read_recipe
from model.figures.shot import Shot
from model.keeping.folder import sweep_file
from model.sweeps.points import Points
from model.sweeps.sweep import Sweep
from model.sweeps.table import About, Table
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from tests.gui.person import settle, until, wheel


@pytest.fixture
def window(open_window) -> MainWindow:
    return open_window("--dataset", "spirals", "--hidden-sizes", "8", "--batch-size", "10", "--steps", "100")


def ask(window: MainWindow, **fields: str) -> QDialog:
    window._actions["sweep"].trigger()
    dialog = window.findChild(QDialog, "sweep_dialog")
    for name, text in fields.items():
        dialog.findChild(QLineEdit, f"sweep_{name}").setText(text)
    return dialog


def start_button(dialog: QDialog) -> QPushButton:
    return dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)


def begin(window: MainWindow, **fields: str) -> None:
    start_button(ask(window, **fields)).click()


def finish(window: MainWindow) -> Table:
    until(lambda: not window.sweeping.active)
    settle(window)
    return window.sweeping.table


FIELDS = {"x_values": "0.01:10:16:log", "y_values": "0.01:10:16:log"}


def test_a_sweep_comes_into_sight_grows_and_is_that_of_the_command_line(window):
    begin(window, **FIELDS, steps="60")
    assert window._actions["sweep"].isChecked()
    assert window.dashboard.panels["map"].in_sight
    table = finish(window)
    assert not window._actions["sweep"].isChecked()
    assert table.is_whole
    assert table.sweep.base.steps == 60
    places = np.arange(0, table.sweep.n_points, 17)
    np.testing.assert_array_equal(table.rows[places], Points(table.sweep).train(places)[1])
    shown = window.dashboard.panels["map"].view.sweep
    assert shown.is_whole
    assert "256" in window.dashboard.panels["map"].figure.summary.params["n"].__str__()


def test_a_click_on_a_pixel_opens_its_run(window):
    begin(window, **FIELDS)
    table = finish(window)
    panel = window.dashboard.panels["map"]
    area = panel.areas()["map"]
    x, y = np.log10(table.sweep.x.places[11]), np.log10(table.sweep.y.places[4])
    at = panel.canvas.mapFromScene(area.box.mapViewToScene(QPointF(x, y)))
    QTest.mouseClick(panel.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    settle(window)
    assert window.session.spec == table.sweep.spec_at(4 * 16 + 11)
    window.session.kept.undo()
    assert window.session.spec.weight_init_std == 0.01


def test_a_sweep_of_one_knob_is_a_response(window):
    dialog = ask(window, x_values="0.01,0.1,1", seeds="3")
    up = dialog.findChild(type(dialog.findChild(QLineEdit)).__base__, "sweep_y_knob")
    up.setCurrentIndex(0)
    start_button(dialog).click()
    table = finish(window)
    assert table.sweep.shape == (3, 3)
    assert window.dashboard.panels["response"].in_sight
    assert "response" in window.dashboard.panels["response"].figure.panel


def test_what_is_typed_wrongly_is_said_at_once_and_not_begun(window):
    dialog = ask(window, x_values="1:2")
    assert "is no range" in dialog.findChild(type(dialog._refusal), "sweep_told").text()
    assert not start_button(dialog).isEnabled()
    dialog.findChild(QLineEdit, "sweep_x_values").setText("1:2:3")
    assert start_button(dialog).isEnabled()
    dialog.reject()


def test_a_paused_sweep_goes_on_also_after_a_new_start(window, open_window):
    begin(window, x_values="0.001:10:100:log", y_values="0.001:10:100:log", steps="2000")
    until(lambda: window.dashboard.panels["map"].view.sweep.n_done > 0)
    window._actions["sweep"].trigger()
    assert not window.sweeping.active
    n_done = window.sweeping.table.n_done
    assert 0 < n_done < 10_000
    window.close()
    assert Table.load(sweep_file()).n_done >= n_done
    other = open_window("--dataset", "moons", "--steps", "5")
    dialog = ask(other)
    resume = dialog.findChild(QPushButton, "sweep_resume")
    assert resume.isVisible()
    resume.click()
    assert other.sweeping.active
    until(lambda: other.sweeping.table.n_done > n_done)
    other._actions["sweep"].trigger()
    table = other.sweeping.table
    places = np.flatnonzero(table.done)[:: max(1, table.n_done // 20)]
    expected = Points(table.sweep, load(table.sweep.base.data_request)).train(places)[1]
    np.testing.assert_array_equal(table.rows[places], expected)


def test_a_window_that_closes_during_a_sweep_leaves_its_points(window):
    begin(window, x_values="0.001:10:100:log", y_values="0.001:10:100:log", steps="2000")
    until(lambda: window.sweeping.table.n_done > 0)
    window.close()
    assert Table.load(sweep_file()).n_done > 0


def place_of(window: MainWindow, table: Table, column: int, row: int) -> QPointF:
    area = window.dashboard.panels["map"].areas()["map"]
    x, y = np.log10(table.sweep.x.places[column]), np.log10(table.sweep.y.places[row])
    return window.dashboard.panels["map"].canvas.mapFromScene(area.box.mapViewToScene(QPointF(x, y)))


def inset_of(window: MainWindow) -> Inset | None:
    area = window.dashboard.panels["map"].areas()["map"]
    return next((item for item in area.box.childItems() if isinstance(item, Inset) and item.isVisible()), None)


def test_the_mouse_on_a_pixel_shows_the_loss_curve_of_its_run(window):
    window.resize(1500, 950)
    begin(window, **FIELDS)
    table = finish(window)
    made = []
    window._sweep.glimpsing.made.connect(made.append)
    viewport = window.dashboard.panels["map"].canvas.viewport()
    QTest.mouseMove(viewport, place_of(window, table, 9, 8))
    until(lambda: bool(made))
    spec = table.sweep.spec_at(8 * 16 + 9)
    assert made[0].spec == spec
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(spec.steps)
    np.testing.assert_array_equal(made[0].loss, engine.recording.frame().loss)
    shown = inset_of(window)
    assert shown is not None
    assert f"{table.rows[8 * 16 + 9][0]:.4g}" in shown._words
    QTest.mouseMove(viewport, place_of(window, table, 2, 15))
    until(lambda: len(made) > 1)
    assert made[-1].spec == table.sweep.spec_at(15 * 16 + 2)
    QTest.mouseMove(window.form, window.form.rect().center())
    window.dashboard.panels["map"].face.figure_view.left.emit()
    assert inset_of(window) is None


def test_zooming_trains_what_is_in_sight_and_fitting_brings_the_whole_back(window):
    begin(window, **FIELDS, steps="60")
    whole = finish(window)
    area = window.dashboard.panels["map"].areas()["map"]
    window.dashboard.panels["map"].maximize_requested.emit()
    wheel(window, "map", 4)
    until(lambda: window.sweeping.table is not whole)
    inner = finish(window)
    assert len(inner.sweep.x) == len(inner.sweep.y) == 16
    (left, right), (bottom, top) = area.display_range()
    for axis, (low, high) in ((inner.sweep.x, (left, right)), (inner.sweep.y, (bottom, top))):
        half = (high - low) / 32
        assert np.log10(axis.places[[0, -1]]) == pytest.approx([low + half, high - half], abs=0.3 * half)
    assert (inner.sweep.base, inner.sweep.n_seeds) == (whole.sweep.base, whole.sweep.n_seeds)
    places = np.arange(0, 256, 31)
    np.testing.assert_array_equal(inner.rows[places], Points(inner.sweep).train(places)[1])
    wheel(window, "map", 3)
    until(lambda: window.sweeping.table is not inner)
    finish(window)
    window.dashboard.panels["map"].face.figure_view.fit()
    settle(window)
    assert window.sweeping.table.sweep == whole.sweep
    assert window.sweeping.table.is_whole
    assert not window.dashboard.panels["loss"].in_sight  # zooming leaves a maximised panel so
    assert window.dashboard.panels["map"].view.sweep.sweep == whole.sweep


def zoom_in(window: MainWindow, notches: int = 4) -> Table:
    before = window.sweeping.table
    wheel(window, "map", notches)
    until(lambda: window.sweeping.table is not before)
    return finish(window)


def test_a_zoom_leaves_the_file_of_the_whole_as_it_is(window, open_window):
    begin(window, **FIELDS, steps="60")
    whole = finish(window).sweep
    assert zoom_in(window).sweep != whole
    assert Table.load(sweep_file()).sweep == whole
    window.close()
    assert Table.load(sweep_file()).sweep == whole
    assert Table.load(sweep_file()).is_whole


def test_a_zoom_while_a_sweep_is_trained_loses_none_of_its_points(window):
    begin(window, x_values="0.001:10:100:log", y_values="0.001:10:100:log", steps="2000")
    until(lambda: window.sweeping.table.n_done > 50)
    whole = window.sweeping.table
    wheel(window, "map", 4)
    until(lambda: window.sweeping.table is not whole)
    n_done = whole.n_done
    window.dashboard.panels["map"].face.figure_view.fit()
    assert window.sweeping.table is whole
    assert whole.n_done >= n_done
    assert window.sweeping.active
    window._actions["sweep"].trigger()
    wheel(window, "map", 4)
    window._sweep._zoom._look()
    assert not window.sweeping.active  # who has paused wants no training
    assert window.sweeping.table is whole


def test_a_sweep_begun_in_a_zoom_is_shown_whole(window):
    begin(window, **FIELDS, steps="60")
    finish(window)
    zoom_in(window)
    begin(window, x_values="1e-4:1e-2:8:log", y_values="10:1000:8:log", steps="20")
    finish(window)
    area = window.dashboard.panels["map"].areas()["map"]
    assert not area.is_manual
    (left, right), (bottom, top) = area.display_range()
    assert left < -4
    assert right > -2
    assert bottom < 1
    assert top > 3


def test_the_picture_of_the_map_that_is_shown_leaves_it_there(window, tmp_path):
    begin(window, **FIELDS, steps="60")
    table = finish(window)
    panel = window.dashboard.panels["map"]
    path = tmp_path / "map.png"
    save_shot(Shot(panel.panel, panel.frame, panel.view), path, options=PictureOptions())
    window.desk.bring_back(read_recipe(path))
    settle(window)
    assert panel.view.sweep is not None
    assert panel.view.sweep.sweep == table.sweep
    assert window.sweeping.table is table


def test_a_large_sweep_of_a_picture_is_offered_and_not_begun(window):
    sweep = Sweep.from_said(
        window.session.spec.to_json(), "weight_init_std=0.01:1:3000:log", "learning_rate=0.1:1:3000:log", 1
    )
    window._sweep.start_again(sweep)
    assert not window.sweeping.active
    assert "9,000,000" in window.status.currentMessage()
    dialog = ask(window)
    assert dialog.findChild(QLineEdit, "sweep_x_values").text() == "0.01:1:3000:log"
    dialog.reject()


def test_a_sweep_of_other_data_is_told_of_by_these(window):
    spec = TrainingSpec(steps=20)
    window._sweep.start_again(Sweep.from_said(spec.to_json(), "weight_init_std=0.01,0.1", "learning_rate=0.1,1", 1))
    assert finish(window).about == About(64, 10, tested=True)
    assert not sweep_file().exists()
