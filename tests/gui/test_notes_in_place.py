"""Notes in the live plot cover nothing: they stand where nothing is, or in a strip of their own above the plot."""

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes.plot_area import PlotArea
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.emptiness import COLUMNS, ROWS, taken_cells
from model.figures.figure import Figure
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

Made = dict[str, list[Figure]]
SCENES: dict[str, dict[str, object]] = {
    "book": {},
    "zero": {"weight_init_std": 0.0},
    "deep": {"weight_init_std": 1.0, "hidden_sizes": (50, 50, 50)},
    "diverged": {"weight_init_std": 1e308},
}


@pytest.fixture(scope="module")
def figures() -> Made:
    made: Made = {}
    for scene, knobs in SCENES.items():
        spec = TrainingSpec(**{"steps": 120, "hidden_sizes": (20, 10), **knobs})
        engine = Engine(spec, load(spec.data_request or DataRequest()), kernel_stepper)
        engine.train(120)
        frame = engine.recording.frame()
        made[scene] = [p.make(frame, p.view) for p in PANELS.values() if p.id != "why"]
    return made


@pytest.fixture
def widget(qapp: QApplication) -> Iterator[pg.GraphicsLayoutWidget]:
    widget = pg.GraphicsLayoutWidget()
    yield widget
    widget.close()


def area_in(widget: pg.GraphicsLayoutWidget, size: tuple[int, int]) -> PlotArea:
    widget.ci.clear()
    area = PlotArea(LIGHT, titled=True, compact=False)
    widget.ci.addItem(area, 0, 0)
    widget.resize(*size)
    widget.show()
    QApplication.processEvents()
    return area


def assert_notes_cover_nothing(area: PlotArea) -> None:
    notes, box = area._notes, area.box
    if not notes.inside:
        assert notes.strip.sceneBoundingRect().bottom() <= box.sceneBoundingRect().top() + 0.5
        return
    covered = notes._block.boundingRect().translated(notes._block.pos())
    taken = taken_cells(area.plot, area._view, area.display_range())
    x, y = (np.arange(COLUMNS) + 0.5) / COLUMNS * box.width(), (np.arange(ROWS) + 0.5) / ROWS * box.height()
    inside = np.outer((covered.top() < y) & (y < covered.bottom()), (covered.left() < x) & (x < covered.right()))
    assert not (taken & inside).any()
    assert covered.right() <= box.width()
    assert covered.bottom() <= box.height()


@pytest.mark.parametrize("size", [(560, 300), (300, 170)], ids=["large", "small"])
@pytest.mark.parametrize("scene", SCENES)
def test_notes_cover_no_mark_of_any_panel(figures: Made, widget, scene: str, size: tuple[int, int]) -> None:
    inside = strips = 0
    for figure in figures[scene]:
        for plot in figure.plots[:4]:
            area = area_in(widget, size)
            for _ in range(2):  # a strip may have changed the room
                area.show_plot(plot, PANELS[figure.panel].view, figure.n_layers)
                QApplication.processEvents()
            if area._notes._rows:
                assert_notes_cover_nothing(area)
                inside, strips = inside + area._notes.inside, strips + (not area._notes.inside)
    assert inside or strips


def test_notes_move_seldom_while_a_curve_grows(widget) -> None:
    engine = Engine(TrainingSpec(steps=600, weight_init_std=0.0), load(DataRequest()), kernel_stepper)
    area = area_in(widget, (420, 260))
    view = PANELS["gradients"].view
    places = []
    for step in range(20, 601, 20):
        engine.train(step)
        figure = PANELS["gradients"].make(engine.recording.frame(), view)
        area.show_plot(figure.plots[0], view, figure.n_layers)
        assert_notes_cover_nothing(area)
        places.append((area._notes.inside, area._notes._place))
    assert len(set(places)) <= 4


def test_notes_cover_nothing_once_the_figures_have_come_to_rest(widget) -> None:
    engine = Engine(TrainingSpec(steps=600, weight_init_std=0.0), load(DataRequest()), kernel_stepper)
    area = area_in(widget, (560, 300))
    area.show_motion(moving=True)
    panel = PANELS["gradients"]
    for step in (1, 2, 300, 600):  # faster than notes look for room in motion
        engine.train(step)
        plot = panel.make(engine.recording.frame(), panel.view).plots[0]
        area.show_plot(plot, panel.view, 2)
    area.show_motion(moving=False)
    assert area._notes.rows
    assert_notes_cover_nothing(area)


def test_told_of_the_same_rest_again_a_plot_draws_nothing(widget, figures: Made, monkeypatch) -> None:
    area = area_in(widget, (560, 300))
    figure = figures["book"][0]
    area.show_plot(figure.plots[0], PANELS[figure.panel].view, figure.n_layers)
    drawn = []
    monkeypatch.setattr(area._marks, "show_marks", lambda *args: drawn.append(args))
    area.show_motion(moving=False)
    assert not drawn
    area.show_motion(moving=True)
    area.show_motion(moving=False)
    assert drawn


def test_without_notes_the_strip_takes_no_room(figures: Made, widget) -> None:
    area = area_in(widget, (420, 260))
    decisions = next(figure for figure in figures["zero"] if figure.panel == "network")
    view = PANELS["network"].view
    area.show_plot(decisions.plots[0], view, 2)
    QApplication.processEvents()
    low = area.box.height()
    area.show_plot(decisions.plots[0], view.with_(notes=False), 2)
    QApplication.processEvents()
    assert area._notes.strip.minimumHeight() == 0
    assert area.box.height() > low


def test_no_strip_leaves_nothing_of_a_small_plot_and_what_has_no_room_is_in_its_tool_tip(figures: Made, widget) -> None:
    for figure in figures["zero"]:
        for plot in figure.plots[:3]:
            area = area_in(widget, (330, 100))
            area.show_plot(plot, PANELS[figure.panel].view, figure.n_layers)
            QApplication.processEvents()
            notes = area._notes
            assert notes.strip.minimumHeight() == 0 or area.box.height() >= 34
            said = " ".join(text for text, _ in notes.strip._lines) + " ".join(t for t, _ in notes._block._lines)
            for text, _ in notes._rows:
                words = text.split()
                assert all(word in said for word in words) or text in area.box.toolTip()


def test_notes_are_never_cut_short_to_stand_beside_a_mark(figures: Made, widget) -> None:
    for figure in figures["zero"]:
        if figure.panel == "weights":
            for plot in figure.plots:
                area = area_in(widget, (170, 140))
                area.show_plot(plot, PANELS["weights"].view, figure.n_layers)
                QApplication.processEvents()
                assert not [text for text, _ in area._notes._block._lines if "…" in text]


def test_a_low_plot_gives_up_the_title_of_its_lower_axis(figures: Made, widget) -> None:
    plot = next(figure for figure in figures["book"] if figure.panel == "loss").plots[0]
    heights = []
    for height in (200, 100, 200):
        area = area_in(widget, (330, height))
        area.show_plot(plot, PANELS["loss"].view.with_(notes=False), 3)
        QApplication.processEvents()
        heights.append(area.box.height())
    assert heights[0] == heights[2]
    assert heights[0] - heights[1] < 95  # the axis took less
