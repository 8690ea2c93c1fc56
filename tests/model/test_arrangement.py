"""Plots stand side by side where the place is wide, and above one another where it is high."""

import pytest

from model.figures.arrangement import columns_in
from model.figures.figure import Axis, Figure, Plot, View
from model.figures.page import lay_out
from model.words import msg


def measure(text: str, size: float) -> float:
    return 0.6 * size * len(text)


def figure(n: int, *, shape: float = 1.4, columns: int = 1) -> Figure:
    axis = Axis(msg("x"), extent=(0.0, 1.0))
    plots = tuple(Plot(f"plot{k}", msg("title"), axis, axis, ()) for k in range(n))
    return Figure("p", msg("p"), plots, msg(""), columns, shape)


def test_three_plots_stand_side_by_side_where_it_is_wide_and_above_one_another_where_it_is_not() -> None:
    assert columns_in(figure(3), 535, 300) == 3
    assert columns_in(figure(3), 347, 215) == 3
    assert columns_in(figure(3), 1900, 300) == 3
    assert columns_in(figure(3), 500, 500) == 1
    assert columns_in(figure(3), 321, 700) == 1


@pytest.mark.parametrize(("n", "size", "columns"), [(8, (345, 275), 3), (8, (800, 400), 4), (4, (400, 400), 2)])
def test_square_plots_fill_the_place_with_few_gaps(n: int, size: tuple[int, int], columns: int) -> None:
    assert columns_in(figure(n, shape=1.0), *size) == columns


@pytest.mark.parametrize("n", range(1, 21))
@pytest.mark.parametrize("size", [(0, 0), (1, 1), (5000, 10), (10, 5000), (640, 400)])
def test_there_are_as_many_columns_as_plots_at_most(n: int, size: tuple[int, int]) -> None:
    assert 1 <= columns_in(figure(n), *size) <= n


def test_plots_that_do_not_flow_keep_their_columns() -> None:
    assert columns_in(figure(8, shape=0.0, columns=2), 1900, 300) == 2
    assert columns_in(figure(1, shape=0.0, columns=2), 1900, 300) == 1


def test_a_wide_page_has_them_in_a_row_and_a_high_one_in_a_column() -> None:
    wide, high = (lay_out(figure(3), View(), *size, measure) for size in ((960, 400), (400, 960)))
    assert len({cell.box.bottom for cell in wide.cells}) == len({cell.box.left for cell in high.cells}) == 1
    assert min(cell.box.height for cell in wide.cells) > 200


def test_a_title_without_room_on_a_page_is_its_name_and_not_half_a_sentence() -> None:
    axis = Axis(msg("x"), extent=(0.0, 1.0))
    titles = ("Signal: what varies over the samples, unit by unit", "W1  64×50")
    plots = tuple(Plot(title, msg(title), axis, axis, ()) for title in titles)
    page = lay_out(Figure("p", msg("p"), plots, msg(""), 2), View(), 330, 180, measure)
    words = [label.text for cell in page.cells for label in cell.labels]
    assert {"Signal", "W1  64×50"} <= set(words)
