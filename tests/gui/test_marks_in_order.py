"""What covers what in the live plot is what covers what in the file."""

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes.plot_area import PlotArea
from model.data.dataset import DataRequest
from model.data.prepare import load
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
    for ghosts in ((), (older,), (older, present)):  # a compared run comes when the present one is drawn already
        view = PANELS[panel_id].view.with_(ghosts=ghosts)
        figure = PANELS[panel_id].make(present, view)
        area.show_plot(figure.plots[0], view, figure.n_layers)
        heights = {key: item.zValue() for key, item in area.items_of().items()}
        wanted = [mark.key for mark in visible_marks(figure.plots[0], view)]
        assert sorted(heights, key=heights.__getitem__) == wanted
        assert max(heights.values()) < 0  # below the cursor and the words
