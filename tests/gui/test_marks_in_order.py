"""What covers what in the live plot is what covers what in the file."""

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes.plot_area import PlotArea
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.figure import Compared
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.figures.stacking import visible_marks
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper


@pytest.fixture(scope="module")
def frames() -> tuple[Frame, Frame]:
    made = []
    for sizes in ((5, 5, 5), (5,)):
        engine = Engine(TrainingSpec(hidden_sizes=sizes, steps=12, batch_size=10), load(DataRequest()), ClassStepper)
        engine.train(12)
        made.append(engine.recording.frame())
    return made[0], made[1]


@pytest.fixture
def area(qapp: QApplication) -> Iterator[PlotArea]:
    widget = pg.GraphicsLayoutWidget()
    widget.resize(400, 300)
    area = PlotArea(LIGHT, titled=False, compact=False)
    widget.ci.addItem(area, 0, 0)
    yield area
    widget.close()


@pytest.mark.parametrize("panel_id", ["loss", "accuracy", "gradients", "updates", "weights", "network", "features"])
def test_the_live_plot_stacks_its_marks_as_the_file_does(area: PlotArea, frames, panel_id: str) -> None:
    older, present = frames
    for beside in ((), (older,), (older, present)):  # a compared run comes when the present one is drawn already
        view = PANELS[panel_id].view.with_(compared=tuple(map(Compared, beside)))
        figure = PANELS[panel_id].make(present, view)
        area.show_plot(figure.plots[0], view, figure.n_layers)
        heights = {key: item.zValue() for key, item in area.items_of().items()}
        wanted = [mark.key for mark in visible_marks(figure.plots[0], view)]
        assert sorted(heights, key=heights.__getitem__) == wanted
        assert max(heights.values()) < 0  # below the cursor and the words


def test_no_tick_of_a_named_place_reaches_into_a_matrix(area: PlotArea, frames) -> None:
    """Over the column beside the axis it would be read as a minus sign."""
    view = PANELS["decision"].view
    matrix = PANELS["decision"].make(frames[1], view).plots[1]
    area.show_plot(matrix, view, 2)
    assert _strokes_inside(area) == 0
    loss = PANELS["loss"].make(frames[1], view).plots[0]
    area.show_plot(loss, view, 2)
    assert _strokes_inside(area) > 0


def _strokes_inside(area: PlotArea) -> int:
    """Count strokes of the vertical axis that reach beyond it."""
    axis = area._axes[1]
    (low, high), room = area.box.viewRange()[1], axis.rect()
    strokes = axis._strokes(room, axis._ticks((low, high), room.height()), (low, high))
    return sum(stroke.x2() > room.right() + 0.5 for stroke in strokes)
