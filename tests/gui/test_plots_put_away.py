"""Plots that a figure has no use for are put away, and come back in another as if they were new."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.figure_view import FigureView
from model.figures.figure import Figure, View
from model.figures.palette import DARK, LIGHT
from model.figures.panels import PANELS
from tests.gui.person import pixels
from tests.gui.renderings import Pixels, live
from tests.states import frame_of

SIZE = (900, 700)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture
def views(qapp: QApplication, folder: Path) -> Iterator[list[FigureView]]:
    """Give two widgets with a plot of another kind: one to be used, and one to show what new plots look like."""
    made = [FigureView(LIGHT), FigureView(LIGHT)]
    loss = PANELS["loss"].make(frame_of("the book's", folder), View())
    for view in made:
        view.resize(*SIZE)
        view.show()
        live(view, loss, View())
    yield made
    for view in made:
        view.close()
        view.deleteLater()


def weights(state: str, folder: Path) -> Figure:
    return PANELS["weights"].make(frame_of(state, folder), View())


def picture(view: FigureView, figure: Figure) -> Pixels:
    live(view, figure, View())
    return pixels(view.canvas.grab().toImage())


@pytest.mark.parametrize("state", ["the book's", "spirals", "twenty layers"])
def test_plots_that_come_back_look_like_new_ones(views: list[FigureView], folder: Path, state: str) -> None:
    used, new = views
    for before in ("twenty layers", "the book's", "spirals"):
        picture(used, weights(before, folder))
        for area in used.areas.values():  # what a person leaves behind
            area.zoom_to((0.3, 0.4), (0.0, 1.0))
            area.point_to(0.35)
    picture(used, weights("eight layers, he", folder))
    shown, wanted = picture(used, weights(state, folder)), picture(new, weights(state, folder))
    assert [area.is_manual for area in used.areas.values()] == [False] * len(used.areas)
    np.testing.assert_array_equal(shown, wanted)


def test_plots_that_were_away_come_back_in_the_new_theme(views: list[FigureView], folder: Path) -> None:
    used, new = views
    picture(used, weights("twenty layers", folder))
    picture(used, weights("the book's", folder))
    for view in views:
        view.show_theme(DARK)
    figure = weights("twenty layers", folder)
    np.testing.assert_array_equal(picture(used, figure), picture(new, figure))


def test_a_deep_network_makes_its_plots_but_once(views: list[FigureView], folder: Path) -> None:
    used, _ = views
    deep, book = weights("twenty layers", folder), weights("the book's", folder)
    used.show_figure(deep, View())
    made = set(used.areas.values())
    used.show_figure(book, View())
    assert not made & set(used.areas.values())
    used.show_figure(deep, View())
    assert set(used.areas.values()) == made


def test_fit_brings_the_data_back_after_ranges_were_set(views: list[FigureView], folder: Path) -> None:
    used, _ = views
    figure = weights("the book's", folder)
    used.show_figure(figure, View())
    before = {key: area.display_range() for key, area in used.areas.items()}
    used.zoom_to(dict.fromkeys(used.areas, ((5.0, 6.0), (7.0, 8.0))))
    assert all(area.display_range() == ((5.0, 6.0), (7.0, 8.0)) for area in used.areas.values())
    used.fit()
    assert {key: area.display_range() for key, area in used.areas.items()} == before


def test_a_plot_put_away_forgets_its_room_and_where_its_notes_stood(views: list[FigureView], folder: Path) -> None:
    used, _ = views
    picture(used, weights("the book's", folder))
    noted = used.areas["b1"]
    assert noted._notes.inside
    noted.zoom_to((0.0, 1.0), (0.0, 1234567.0))
    new = PlotArea(LIGHT, titled=True, compact=False)
    assert noted._axes[1].minimumWidth() > new._axes[1].minimumWidth()
    noted.put_away()
    assert noted._axes[1].minimumWidth() == new._axes[1].minimumWidth()
    assert (noted._notes.inside, noted._notes._place, noted.box.toolTip()) == (False, None, "")
