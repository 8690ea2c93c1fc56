"""What a person chose to look at stays so: zoom, logarithms, layout, theme; and a fault of one part spares the rest."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QMessageBox, QToolButton, QWidget

from gui.live.kernel_loader import KernelLoader
from gui.plots.axes.plot_area import PlotArea
from gui.plots.marks.line import LineItem
from gui.plots.panel.colour_scale import ColourScale
from gui.plots.panel.legend import Legend, LegendChip
from model.figures.colour_key import colour_keys
from model.figures.palette import DARK, LIGHT, colour
from model.figures.panels import PANELS
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.words import msg
from tests.gui.person import (
    CTRL,
    LEFT,
    SHIFT,
    Key,
    action,
    area,
    click,
    come_back,
    dial,
    drag_dial,
    faults,
    in_plot,
    leave,
    move_dial,
    pan,
    panel,
    pixels,
    point_at,
    press,
    run,
    settle,
    shown_range,
    take_dial,
    text,
    until,
    wheel,
)

PLACES = [("loss", "loss"), ("gradients", "gradients"), ("weights", "W2")]


def click_into(window, name, plot=""):
    """Click into a panel, which gives it the keys."""
    point_at(window, name, plot=plot)
    QTest.mouseClick(panel(window, name).canvas.viewport(), LEFT, pos=in_plot(window, name, 0.5, 0.5, plot))


def rows(area: PlotArea, corner: str) -> list[str]:
    """Read what stands in a corner of a plot: "notes" or "readout"."""
    return [row[0] for row in getattr(area, f"_{corner}")._rows]


def ink(window, name, hue):
    """Count the pixels of a panel that have exactly this colour."""
    shown = pixels(panel(window, name).canvas.grab().toImage())
    wanted = QColor(hue)
    return int((shown == (wanted.red(), wanted.green(), wanted.blue())).all(axis=2).sum())


def train_on(window, steps=15):
    """Let a training go on for so many steps, all of them shown."""
    aim = window.session.step + steps
    until(lambda: all(view.frame.step >= aim for view in window.dashboard.visible_panels().values()))


def pause(window):
    press(window, Key.Key_Space)
    settle(window)


@pytest.fixture
def training(open_window):
    """A window that trains at a moderate pace, and will for long."""
    window = open_window("--steps", "100000")
    window.speed.set_value(400)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 20)
    return window


@pytest.fixture
def trained(open_window):
    """A window with a finished run of 200 steps."""
    window = open_window("--steps", "200")
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    return window


# ── zoom and logarithms ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "plot"), PLACES)
def test_a_zoom_by_wheel_stays_while_it_trains_until_f(training, name, plot):
    pause(training)
    before = shown_range(training, name, plot)
    wheel(training, name, 3, 0.25, 0.75, plot)
    zoomed = shown_range(training, name, plot)
    for (low, high), (new_low, new_high) in zip(before, zoomed, strict=True):
        assert low < new_low < new_high < high
    press(training, Key.Key_Space)
    train_on(training)
    assert shown_range(training, name, plot) == zoomed
    wheel(training, name, -1, 0.25, 0.75, plot)
    wider = shown_range(training, name, plot)
    assert wider[0][1] - wider[0][0] > zoomed[0][1] - zoomed[0][0]
    train_on(training)
    assert shown_range(training, name, plot) == wider
    click_into(training, name, plot)
    press(training, Key.Key_F)
    assert not area(training, name, plot).is_manual
    fitted = shown_range(training, name, plot)
    assert fitted[0][0] <= before[0][0]
    assert fitted[0][1] >= before[0][1]


def test_the_wheel_zooms_about_the_point_under_the_mouse(trained):
    (x0, x1), (y0, y1) = shown_range(trained, "loss")
    wheel(trained, "loss", 2, 0.25, 0.75)
    (a0, a1), (b0, b1) = shown_range(trained, "loss")
    assert (x0 + 0.25 * (x1 - x0)) == pytest.approx(a0 + 0.25 * (a1 - a0), abs=0.01 * (x1 - x0))
    assert (y0 + 0.75 * (y1 - y0)) == pytest.approx(b0 + 0.75 * (b1 - b0), abs=0.01 * (y1 - y0))


@pytest.mark.parametrize(("name", "plot"), PLACES)
def test_a_pan_by_mouse_stays_while_it_trains_until_f(training, name, plot):
    pause(training)
    (x0, x1), (y0, y1) = shown_range(training, name, plot)
    pan(training, name, (0.3, 0.3), (0.5, 0.7), plot)
    (a0, a1), (b0, b1) = panned = shown_range(training, name, plot)
    assert a0 == pytest.approx(x0 - 0.2 * (x1 - x0), abs=0.02 * (x1 - x0))
    assert b0 == pytest.approx(y0 - 0.4 * (y1 - y0), abs=0.02 * (y1 - y0))
    assert a1 - a0 == pytest.approx(x1 - x0)
    assert b1 - b0 == pytest.approx(y1 - y0)
    press(training, Key.Key_Space)
    train_on(training)
    assert shown_range(training, name, plot) == panned
    pan(training, name, (0.7, 0.5), (0.4, 0.4), plot)
    panned_again = shown_range(training, name, plot)
    assert panned_again != panned
    train_on(training)
    assert shown_range(training, name, plot) == panned_again
    click_into(training, name, plot)
    press(training, Key.Key_F)
    assert not area(training, name, plot).is_manual


def test_a_zoom_of_one_panel_leaves_the_others_automatic(trained):
    wheel(trained, "loss", 2)
    manual = [name for name in PANELS for each in panel(trained, name).areas().values() if each.is_manual]
    assert manual == ["loss"]


@pytest.mark.parametrize("name", ["gradients", "loss"])  # by logarithm, and linear
def test_the_wheel_can_be_turned_without_end(trained, name):
    for notches in [*[10] * 60, *[-10] * 120]:
        wheel(trained, name, notches)
        panel(trained, name).canvas.viewport().repaint()
        assert np.isfinite(shown_range(trained, name)).all()
    click_into(trained, name)
    press(trained, Key.Key_F)
    assert shown_range(trained, name)[0] == (0, 200)


def test_the_labels_of_an_axis_do_not_make_the_plot_waver(trained):
    shown = area(trained, "loss")
    left = shown._axes[1]
    for narrow, wide in (((0, 1), (0, 0.02)), ((0, 5), (0, 25)), ((0, 900), (0, 1100)), ((-0.5, 0.5), (0, 1))):
        widths = []
        for _ in range(20):
            for ends in (narrow, wide):
                left.make_room(ends, 200)
                widths.append(left.minimumWidth())
        assert len(set(widths[2:])) == 1, (narrow, wide)


def test_l_shows_the_values_of_the_panel_with_the_focus_by_logarithm_and_back(training):
    click_into(training, "loss")
    press(training, Key.Key_L)
    assert [panel(training, name).view.log_y for name in ("loss", "weights")] == [True, False]
    train_on(training)
    plot = area(training, "loss").plot
    assert plot.y.log
    low, high = shown_range(training, "loss")[1]
    losses = panel(training, "loss").frame.loss
    assert low <= np.log10(losses.min()) < np.log10(losses.max()) <= high
    assert high < 1
    press(training, Key.Key_L, SHIFT)
    assert area(training, "loss").plot.x.log
    press(training, Key.Key_L)
    press(training, Key.Key_L, SHIFT)
    assert not area(training, "loss").plot.y.log
    assert not area(training, "loss").plot.x.log
    assert shown_range(training, "loss")[1][0] == 0


def test_the_menu_of_a_panel_shows_and_sets_what_the_keys_do(trained):
    menu = panel(trained, "loss").face.menu
    (log,) = [a for a in menu.actions() if a.data() == "log_y"]
    click_into(trained, "loss")
    press(trained, Key.Key_L)
    assert log.isChecked()
    log.trigger()
    assert not panel(trained, "loss").view.log_y


# ── panels ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_double_click_gives_a_panel_all_the_room_and_another_gives_it_back(trained):
    sizes = {name: panel(trained, name).size() for name in PANELS}
    canvas = panel(trained, "loss").canvas.viewport()
    QTest.mouseDClick(canvas, LEFT, pos=canvas.rect().center())
    assert list(trained.dashboard.visible_panels()) == ["loss"]
    until(lambda: panel(trained, "loss").width() > 1.5 * sizes["loss"].width())
    assert not area(trained, "loss").is_manual
    QTest.mouseDClick(panel(trained, "loss").face.header, LEFT, pos=panel(trained, "loss").face.header.rect().topLeft())
    assert list(trained.dashboard.visible_panels()) == list(PANELS)
    until(lambda: {name: panel(trained, name).size() for name in PANELS} == sizes)


def test_m_and_the_button_give_room_and_take_it_back(trained):
    click_into(trained, "gradients")
    press(trained, Key.Key_M)
    assert list(trained.dashboard.visible_panels()) == ["gradients"]
    QTest.mouseClick(trained.findChild(QAbstractButton, "panel_maximize_gradients"), LEFT)
    assert list(trained.dashboard.visible_panels()) == list(PANELS)


def test_a_panel_hidden_by_its_cross_comes_back_by_the_view_menu_with_the_newest_frame(training):
    QTest.mouseClick(training.findChild(QAbstractButton, "panel_close_accuracy"), LEFT)
    assert not panel(training, "accuracy").isVisible()
    hidden_at = panel(training, "accuracy").figure
    train_on(training)
    assert panel(training, "accuracy").figure is hidden_at
    (view_menu,) = [top.menu() for top in training.menuBar().actions() if top.text() == "&View"]
    (back,) = [a for a in view_menu.actions() if a.text() == "Accuracy"]
    assert not back.isChecked()
    back.trigger()
    assert panel(training, "accuracy").isVisible()
    assert panel(training, "accuracy").figure is not hidden_at
    train_on(training)


def test_arrange_brings_all_panels_back(trained):
    for name in ("accuracy", "loss"):
        QTest.mouseClick(trained.findChild(QAbstractButton, f"panel_close_{name}"), LEFT)
    action(trained, "arrange").trigger()
    assert list(trained.dashboard.visible_panels()) == list(PANELS)


def test_hovering_shows_the_values_of_that_step_in_every_panel_over_steps(trained):
    point_at(trained, "loss", 0.5, 0.5)
    frame = trained.session.frame
    step = round(area(trained, "loss")._cursor.value())
    assert abs(step - 100) <= 2
    for name in ("loss", "accuracy", "gradients"):
        shown = area(trained, name)
        assert shown._cursor.isVisible()
        assert round(shown._cursor.value()) == step
        assert rows(shown, "readout")[0].endswith(f" {step}")
    assert f"batch  {frame.loss[step]:.5g}" in rows(area(trained, "loss"), "readout")
    assert f"W1  {frame.grad_norms[step, 0]:.5g}" in rows(area(trained, "gradients"), "readout")
    at = int(np.abs(frame.eval_steps - step).argmin())
    assert f"test  {frame.evaluations[at, 1]:.5g}" in rows(area(trained, "accuracy"), "readout")
    leave(panel(trained, "loss").canvas)
    assert not any(area(trained, name)._cursor.isVisible() for name in ("loss", "accuracy", "gradients"))


def test_hovering_beyond_the_last_step_claims_no_values(window):
    for _ in range(3):
        press(window, Key.Key_Right)
    settle(window)
    point_at(window, "loss", 0.5, 0.5)
    for name in ("loss", "accuracy", "gradients"):
        (only,) = rows(area(window, name), "readout")
        assert int(only.removeprefix("training step ").replace(",", "")) > 3


def test_hovering_a_histogram_reads_its_bin(trained):
    point_at(trained, "weights", 0.5, 0.5, "W1")
    (now,) = [mark for mark in area(trained, "weights", "W1").plot.marks if mark.key == "now"]
    x = area(trained, "weights", "W1")._cursor.value()
    height = now.heights[np.searchsorted(now.edges, x, side="right") - 1]
    assert f"now  {height:,.0f}" in rows(area(trained, "weights", "W1"), "readout")


def test_a_chip_of_the_legend_hides_its_curve_and_brings_it_back(trained):
    (chip,) = trained.findChildren(LegendChip, "legend_loss_test")
    orange = colour("test", LIGHT)
    assert ink(trained, "loss", orange) > 20
    QTest.mouseClick(chip, LEFT)
    assert panel(trained, "loss").view.hidden == {"test"}
    assert "test" not in area(trained, "loss").items_of()
    assert ink(trained, "loss", orange) == 0
    press(trained, Key.Key_R)
    until(lambda: trained.session.step > 50)
    assert "test" not in area(trained, "loss").items_of()
    press(trained, Key.Key_Space)
    settle(trained)
    (chip,) = [each for each in panel(trained, "loss").face.header.legend.chips() if each.name == "test"]
    QTest.mouseClick(chip, LEFT)
    until(lambda: "test" in area(trained, "loss").items_of())


def test_the_legend_names_every_curve_that_is_drawn(trained):
    drawn = {mark.key.partition(".")[0] for mark in area(trained, "loss").plot.marks}
    assert {chip.name for chip in panel(trained, "loss").face.header.legend.chips()} == drawn


@pytest.fixture
def narrow_legend(trained, qtbot):
    """The legend of the gradient norms by itself, to be given any width."""
    bar = QWidget()
    qtbot.addWidget(bar)
    legend = Legend(bar)
    legend.show_figure(panel(trained, "gradients").figure, frozenset())
    bar.show()
    (more,) = legend.findChildren(QToolButton, "legend_more")
    return bar, legend, more


def test_a_legend_says_how_many_curves_it_has_no_room_for_or_nothing(narrow_legend):
    _, legend, more = narrow_legend
    told = set()
    for width in range(4, 300, 3):
        legend.resize(width, legend.sizeHint().height())
        shown = [chip for chip in legend.chips() if not chip.isHidden()]
        assert max([0, *(part.geometry().right() for part in (*shown, more) if not part.isHidden())]) < width
        if not more.isHidden():
            assert more.text() == f"+{len(legend.chips()) - len(shown)}"
            # not even with their names cut short there is room for all
            assert sum(min(chip.sizeHint().width(), 60) for chip in legend.chips()) > width
            told.add(more.text())
    assert {"+4", "+1"} <= told


def test_the_names_of_a_legend_are_shortened_before_one_is_left_out(narrow_legend, trained):
    _, legend, more = narrow_legend
    figure = panel(trained, "gradients").figure
    (plot,) = figure.plots
    line = plot.marks[-1]
    named = replace(line, key="run7.W1", label=msg("std 0.01, seed 3, hidden 50,50,50, tanh"), ghost=True)
    legend.show_figure(replace(figure, plots=(replace(plot, marks=(*plot.marks, named)),)), frozenset())
    full = sum(chip.sizeHint().width() for chip in legend.chips())
    legend.resize(full - 60, legend.sizeHint().height())
    assert not any(chip.isHidden() for chip in legend.chips())
    assert more.isHidden()
    assert [chip.name for chip in legend.chips() if chip.width() < chip.sizeHint().width()] == ["run7"]


def test_what_a_legend_has_no_room_for_can_be_reached_and_hidden(narrow_legend, qtbot):
    _, legend, more = narrow_legend
    legend.resize(70, legend.sizeHint().height())
    assert not more.isHidden()
    assert more.focusPolicy() & Qt.FocusPolicy.TabFocus
    more.menu().aboutToShow.emit()
    entries = more.menu().actions()
    assert [entry.data() for entry in entries] == [chip.name for chip in legend.chips()]
    assert all(entry.isChecked() for entry in entries)
    with qtbot.waitSignal(legend.hidden_changed) as told:
        entries[-1].trigger()
    assert told.args == [frozenset({legend.chips()[-1].name})]


@pytest.mark.parametrize("name", ["network", "features", "symmetry", "decision"])
def test_the_key_to_the_colours_stands_in_the_title_bar(trained, name):
    view = panel(trained, name)
    legend = Legend(view)
    figure = PANELS[name].make(view.frame or panel(trained, "loss").frame, view.view)
    legend.resize(500, legend.sizeHint().height())
    legend.show_figure(figure, frozenset())
    scales = [scale for scale in legend.findChildren(ColourScale) if not scale.isHidden() and scale.width()]
    assert [scale.accessibleName() for scale in scales] == [
        f"Colours: {key.label} from {key.ends[0]} to {key.ends[1]}" for key in colour_keys(figure.plots)
    ]
    shown = pixels(scales[0].grab().toImage())
    for ink in colour_keys(figure.plots)[0].inks(LIGHT, 2).tolist():
        assert (np.abs(shown.astype(int) - ink).max(axis=2) < 24).any()
    legend.deleteLater()


def test_light_and_dark_change_everything_at_once_and_back(trained):
    for theme in (DARK, LIGHT):
        press(trained, Key.Key_T, CTRL)
        for name in PANELS:
            assert ink(trained, name, theme.background) > 10_000
            other = (LIGHT if theme is DARK else DARK).background
            assert ink(trained, name, other) == 0
        assert ink(trained, "loss", colour("test", theme)) > 20
        assert trained.palette().window().color().name() == theme.surface


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────────────────


def test_layout_theme_speed_spec_and_groups_are_remembered_over_a_restart(open_window):
    first = open_window("--style", "light")
    press(first, Key.Key_T, CTRL)
    first.speed.set_value(250)
    first.form.editor("hidden_sizes").set_value("30,20")
    for name in ("group_numerics_header", "group_network_header"):
        QTest.mouseClick(first.findChild(QAbstractButton, name), LEFT)
    QTest.mouseClick(first.findChild(QAbstractButton, "panel_close_accuracy"), LEFT)
    click_into(first, "loss")
    press(first, Key.Key_L)
    first.resize(790, 640)  # no larger than the screen of a platform without one
    until(lambda: first.dashboard.width() < 500)
    sizes = {name: view.size() for name, view in first.dashboard.visible_panels().items()}
    groups = first.form.state()
    assert groups["numerics"]
    assert not groups["network"]
    first.close()
    second = open_window()
    assert second.size() == first.size()
    until(lambda: {name: view.size() for name, view in second.dashboard.visible_panels().items()} == sizes)
    assert second.palette().window().color().name() == DARK.surface
    assert second.speed.value() == 250
    assert second.session.pace.steps_per_second == 250
    assert second.session.spec == TrainingSpec(hidden_sizes=(30, 20))
    assert second.form.editor("hidden_sizes").value() == (30, 20)
    assert second.form.state() == groups
    assert panel(second, "loss").view.log_y
    assert not panel(second, "accuracy").isVisible()


def test_a_panel_with_all_the_room_is_remembered_in_its_place_among_the_others(open_window):
    first = open_window()
    canvas = panel(first, "loss").canvas.viewport()
    QTest.mouseDClick(canvas, LEFT, pos=canvas.rect().center())
    first.close()
    second = open_window()
    assert list(second.dashboard.visible_panels()) == list(PANELS)


def test_arguments_win_over_what_is_remembered_and_reset_forgets_it(open_window):
    first = open_window("--hidden-sizes", "30", "--style", "dark")
    first.speed.set_value("max")
    first.close()
    second = open_window("--seed", "5", "--style", "light")
    assert second.session.spec == TrainingSpec(seed=5)
    assert second.palette().window().color().name() == LIGHT.surface
    assert second.speed.value() == "max"
    second.close()
    third = open_window("--reset")
    assert third.session.spec == TrainingSpec()
    assert third.speed.value() == "auto"


# ── divergence ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_std_1e308_is_shown_as_diverged_and_the_next_move_of_the_dial_trains(window):
    window.form.editor("weight_init_std").set_value("1e308")
    settle(window)
    assert text(window, "status_doing") == "diverged at step 0 (W1)"
    assert any("infinite" in row for row in rows(area(window, "weights", "W1"), "notes"))
    assert any("diverged at step 0: W1" in row for row in rows(area(window, "loss"), "notes"))
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 20)
    take_dial(window)
    move_dial(window, 0.1)
    until(lambda: window.session.frame.divergence is None and window.session.step > 10)
    assert np.isfinite(window.session.frame.loss).all()
    assert text(window, "status_doing") == "training"
    assert faults(window) == []


def test_a_learning_rate_of_1e300_diverges_in_words_and_the_next_move_of_the_dial_trains(training):
    training.form.editor("learning_rate").set_value("1e300")
    until(lambda: training.session.frame.divergence is not None)
    train_on(training)
    at = training.session.frame.divergence.step
    assert text(training, "status_doing").startswith(f"diverged at step {at:,}")
    assert any("diverged at step" in row for row in rows(area(training, "loss"), "notes"))
    assert any("NaN" in row for row in rows(area(training, "gradients"), "notes"))
    training.form.editor("learning_rate").set_value("0.1")
    drag_dial(training, 0.05)
    until(lambda: training.session.frame.divergence is None and training.session.step > 10)
    assert faults(training) == []


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("std", ["0", "5e-324", "1e-310", "1e-40", "1000", "1e200"])
def test_every_std_is_drawn_and_trained(window, std, dtype):
    window.speed.set_value("max")
    window.form.editor("dtype").set_value(dtype)
    window.form.editor("steps").set_value(30)
    window.form.editor("weight_init_std").set_value(std)
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    for name in PANELS:
        panel(window, name).canvas.viewport().repaint()
        for axes in panel(window, name).areas().values():
            assert np.isfinite(axes.display_range()).all()
    assert faults(window) == []


def test_0_steps_show_the_untrained_network_and_say_so(window):
    window.form.editor("steps").set_value(0)
    settle(window)
    assert any("untrained" in row for row in rows(area(window, "loss"), "notes"))
    press(window, Key.Key_Space)
    settle(window)
    assert window.session.step == 0
    assert window.session.state == "finished"


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Faulty:
    """Makes steps as the kernels do, until it is told to fail; fails once, or for as long as it is told."""

    def __init__(self):
        self.fails = 0

    def __call__(self, engine):
        train = kernel_stepper(engine)

        def faulty(until):
            if self.fails and until > engine.recording.step:
                self.fails -= 1
                raise ZeroDivisionError("injected")
            train(until)

        return faulty


def answer(window):
    """Close the message box that is shown."""
    (box,) = faults(window)
    QTest.keyClick(box, Key.Key_Return)
    come_back(window)
    until(lambda: faults(window) == [])


def test_an_exception_in_a_step_is_told_once_and_train_begins_anew(training, caplog):
    faulty = Faulty()
    training.session.run.use(faulty)
    train_on(training)
    first = run(training)
    faulty.fails = 1
    until(lambda: faults(training))
    assert training.session.state == "failed"
    assert "injected" in faults(training)[0].informativeText()
    assert text(training, "status_doing").startswith("failed")
    assert not action(training, "train").isChecked()
    settle(training)
    answer(training)
    press(training, Key.Key_Space)
    until(lambda: training.session.is_training and training.session.step > 5)
    assert run(training) != first
    assert text(training, "status_doing") == "training"
    assert faults(training) == []


def test_after_an_exception_the_dial_works_and_step_does_not_bring_back_the_fault(training):
    faulty = Faulty()
    training.session.run.use(faulty)
    faulty.fails = 1
    until(lambda: faults(training))
    answer(training)
    drag_dial(training, 0.05)
    settle(training)
    press(training, Key.Key_Right)
    settle(training)
    assert training.session.state == "paused"
    assert training.session.step == 1
    assert faults(training) == []


def test_a_step_that_fails_again_and_again_is_one_message_each_time_train_is_pressed(training):
    faulty = Faulty()
    training.session.run.use(faulty)
    faulty.fails = 3
    for _ in range(3):
        until(lambda: faults(training))
        settle(training)
        answer(training)
        press(training, Key.Key_Space)
    until(lambda: training.session.step > 5)
    assert faults(training) == []


def break_figure(window, name):
    view = panel(window, name)
    whole = view.panel

    def boom(*_):
        raise ArithmeticError("no figure today")

    view.drawing.panel = replace(whole, make=boom)
    return whole


def test_a_panel_that_fails_says_so_in_its_place_until_the_next_run_while_the_others_go_on(training, caplog):
    view = panel(training, "loss")
    whole = break_figure(training, "loss")
    until(lambda: "no figure today" in "".join(view.face.figure_view.passages.texts()))
    assert view.areas() == {}
    assert view.face.figure_view.passages.isVisible()
    assert not view.canvas.isVisible()
    assert view.face.header.legend.chips() == ()
    until(lambda: "no figure today" in view.accessibleDescription())
    stands = view.figure
    goes_on = {name: panel(training, name).figure for name in ("weights", "accuracy", "gradients")}
    train_on(training, 60)
    assert view.figure is stands
    assert all(panel(training, name).figure is not before for name, before in goes_on.items())
    assert len([record for record in caplog.records if record.exc_info]) == 1
    view.drawing.panel = whole
    press(training, Key.Key_R)
    until(lambda: view.frame.run == run(training) and training.session.step > 5)
    until(lambda: view.canvas.isVisible() and "train" in {mark.key for mark in view.figure.plots[0].marks})
    assert not view.face.figure_view.passages.isVisible()
    assert faults(training) == []


def test_looking_another_way_shows_a_panel_again_that_can_be_shown_so(training, caplog):
    click_into(training, "loss")
    whole = break_figure(training, "loss")
    view = panel(training, "loss")
    until(lambda: view.areas() == {})
    for key in (Key.Key_L, Key.Key_F):
        press(training, key)
        assert view.areas() == {}
    view.drawing.panel = whole
    press(training, Key.Key_L)
    until(lambda: "loss" in view.areas() and view.canvas.isVisible())
    train_on(training)
    assert faults(training) == []


def test_a_mark_that_cannot_be_painted_is_told_once_in_the_panel(training, caplog, monkeypatch):
    def boom(*_):
        raise ArithmeticError("no paint today")

    view = panel(training, "loss")
    pause(training)
    monkeypatch.setattr(LineItem, "draw", boom)
    view.canvas.viewport().repaint()
    until(lambda: "no paint today" in "".join(view.face.figure_view.passages.texts()))
    monkeypatch.undo()
    press(training, Key.Key_R)
    until(lambda: "loss" in view.areas() and view.canvas.isVisible())
    assert faults(training) == []


# ── kernels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_class_trains_until_the_kernels_are_there_and_the_run_goes_on(open_window, monkeypatch):
    monkeypatch.setattr("gui.app.PatientStepper", ClassStepper)
    window = open_window("--steps", "100000")
    window.speed.set_value(300)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 30)
    loader = KernelLoader(window)
    loader.ready.connect(lambda: window.session.run.use(kernel_stepper))
    with_class = run(window)
    losses = window.session.frame.loss.copy()
    loader.start()
    until(lambda: run(window) != with_class)
    until(lambda: window.session.frame.run == run(window) and window.session.step > len(losses) + 20)
    assert window.session.engine().stepper is kernel_stepper
    np.testing.assert_allclose(window.session.frame.loss[: len(losses)], losses, rtol=1e-4)
    assert window.session.is_training
    assert window.session.comparison.runs() == ()


def test_where_the_kernels_cannot_be_had_the_class_trains_on(open_window, monkeypatch, caplog):
    def fail():
        raise OSError("no compiler here")

    monkeypatch.setattr("gui.app.PatientStepper", ClassStepper)
    monkeypatch.setattr("gui.app.KernelLoader", KernelLoader)
    monkeypatch.setattr("model.training.warmup.load", fail)
    window = open_window()
    until(lambda: text(window, "status_engine") == "training without kernels")
    assert "no compiler here" in window.status.toolTip()
    click(window, "train")
    until(lambda: window.session.step > 20)


def test_about_tells_the_version_without_stopping_anything(training):
    action(training, "about").trigger()
    (box,) = [box for box in training.findChildren(QMessageBox) if box.isVisible()]
    assert "Initscope" in box.text()
    train_on(training)
    QTest.keyClick(box, Key.Key_Return)


def test_the_tool_tip_of_the_dial_is_that_of_its_knob(trained):
    assert "--weight-init-std" in dial(trained).toolTip()


def test_another_theme_sets_qts_own_style_no_second_time(window, monkeypatch):
    set_again = []
    monkeypatch.setattr(QApplication, "setStyle", lambda *_: set_again.append(1))
    for _ in range(2):
        action(window, "toggle_style").trigger()
    assert not set_again  # it polishes every widget, which the style sheet does too


def test_a_panel_is_made_when_it_is_first_seen_as_the_window_looks_by_then(window):
    dock = next(dock for dock in window.findChildren(QDockWidget) if dock.widget() is panel(window, "symmetry"))
    assert panel(window, "symmetry").findChildren(QWidget) == []
    assert dock.titleBarWidget().findChildren(QWidget) == []
    action(window, "toggle_style").trigger()
    panel(window, "symmetry").set_view(layer=1)
    window.dashboard.reveal("symmetry")
    until(lambda: panel(window, "symmetry").figure is not None)
    assert dock.titleBarWidget() is panel(window, "symmetry").face.header
    chosen = [each.data() for each in panel(window, "symmetry").face.menu.findChildren(QAction) if each.isChecked()]
    assert 1 in chosen
    assert panel(window, "symmetry").canvas.backgroundBrush().color() == QColor(DARK.background)
    assert faults(window) == []
