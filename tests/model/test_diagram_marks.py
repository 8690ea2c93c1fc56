"""Points, pictures, links, words and paragraphs: where they stand, what they say, and what is saved of them."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from model.figures.export import save_figure
from model.figures.figure import Axis, Dots, Figure, Image, Mark, Note, Passage, Plot, Segments, Targets, Texts, View
from model.figures.mpl_text import measure
from model.figures.page import lay_out
from model.figures.palette import DARK, LIGHT, Theme
from model.figures.picture import PictureOptions
from model.figures.ranges import equalised
from model.figures.render_mpl import draw
from model.figures.shades import pixels, shades
from model.words import msg
from tests.model.picture_figures import PROVENANCE

SIZE = (400, 400)


def figure(*marks: Mark, equal: bool = False, extent: tuple[float, float] = (0.0, 1.0)) -> Figure:
    bare = [Axis(msg(""), extent=extent, exact=True, ticks=()) for _ in range(2)]
    plot = Plot("p", msg(""), *bare, marks, equal=equal)
    return Figure("p", msg(""), (plot,), msg(""))


def drawn(shown: Figure, theme: Theme = LIGHT) -> np.ndarray:
    """Give the axes of a figure as pixels (height, width, 3)."""
    picture = draw(shown, View(), theme=theme, size=SIZE)
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[..., :3]
    left, bottom, width, height = picture.axes[0].bbox.bounds
    return rgb[round(rgb.shape[0] - bottom - height) : round(rgb.shape[0] - bottom), round(left) : round(left + width)]


def at(rgb: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    return tuple(rgb[round((1 - y) * (rgb.shape[0] - 1)), round(x * (rgb.shape[1] - 1))].tolist())


def ink(text: str) -> tuple[int, ...]:
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_an_image_shows_each_value_in_its_place_and_colour(theme: Theme):
    values = np.array([[1.0, -1.0], [0.0, np.nan]])
    rgb = drawn(figure(Image("i", msg("i"), values, (0.0, 1.0), (0.0, 1.0))), theme)
    assert at(rgb, 0.25, 0.25) == ink(theme.series[1])
    assert at(rgb, 0.75, 0.25) == ink(theme.series[0])
    assert at(rgb, 0.25, 0.75) == at(rgb, 0.75, 0.75) == ink(theme.background)


def test_colours_are_on_an_absolute_scale():
    small, large = (pixels(Image("i", msg(""), np.array([[v]]), (0, 1), (0, 1), limit=1.0), LIGHT) for v in (0.01, 5.0))
    assert np.abs(small[0, 0, :3].astype(int) - ink(LIGHT.background)).max() <= 3
    assert tuple(large[0, 0, :3].tolist()) == ink(LIGHT.series[1])


def test_nan_is_left_open_and_inf_has_the_full_colour():
    image = Image("i", msg(""), np.array([[np.nan, np.inf, -np.inf]]), (0, 1), (0, 1))
    shown = pixels(image, LIGHT)[0]
    assert shown[0, 3] == 0
    assert [tuple(p[:3].tolist()) for p in shown[1:]] == [ink(LIGHT.series[1]), ink(LIGHT.series[0])]


def test_class_probabilities_mix_the_colours_of_the_classes():
    certain = np.eye(3)[None]
    mixed = np.full((1, 1, 3), 1 / 3)
    sure, unsure = (pixels(Image("i", msg(""), v, (0, 1), (0, 1), scale="classes"), LIGHT)[0] for v in (certain, mixed))
    assert len({tuple(p.tolist()) for p in sure}) == 3
    np.testing.assert_allclose(unsure[0, :3], sure[:, :3].astype(float).mean(axis=0), atol=1)


def test_a_shade_of_nothing_is_the_background():
    assert tuple(shades(np.array(0.0), LIGHT).tolist()) == ink(LIGHT.background)


def test_dots_stand_where_their_values_are_with_their_whiskers():
    dots = Dots("d", msg("d"), "bad", np.array([0.5]), np.array([0.25]), np.array([0.1]), np.array([0.7]), size=12)
    rgb = drawn(figure(dots))
    assert at(rgb, 0.5, 0.25) == ink(LIGHT.bad)
    red = np.all(np.abs(rgb.astype(int) - ink(LIGHT.bad)) < 90, axis=2)
    rows = np.flatnonzero(red.any(axis=1))
    assert 1 - rows[[0, -1]] / rgb.shape[0] == pytest.approx([0.7, 0.1], abs=0.02)


def test_strong_links_are_thicker_than_weak_ones():
    ends = np.array([[0.1, 0.9], [0.1, 0.9]])
    heights = np.array([[0.25, 0.25], [0.75, 0.75]])
    rgb = drawn(figure(Segments("s", msg("s"), ends, heights, np.array([0.2, 1.0]))))
    column = np.any(rgb[:, rgb.shape[1] // 2] != ink(LIGHT.background), axis=1)
    weak, strong = column[len(column) // 2 :].sum(), column[: len(column) // 2].sum()
    assert strong > weak > 0


def test_words_are_left_out_where_there_is_no_room_for_a_line():
    def ink_inside(room: float) -> int:
        words = Texts("t", msg("t"), "text", np.array([0.1]), np.array([0.5]), (msg("something"),), room=room)
        return int(np.any(drawn(figure(words))[5:-5, 5:-5] != ink(LIGHT.background), axis=2).sum())

    assert ink_inside(0.2) > 50
    assert ink_inside(0.01) == 0


def test_equal_axes_have_units_of_one_length():
    x, y = equalised((0.0, 1.0), (0.0, 10.0), 200, 100)
    assert (x[1] - x[0]) / 200 == pytest.approx((y[1] - y[0]) / 100)
    assert x[0] <= 0
    assert x[1] >= 1
    assert y == (0.0, 10.0)


@pytest.mark.parametrize("size", [(0, 100), (200, 0), (0, 0)])
def test_a_plot_squeezed_to_nothing_keeps_its_ranges(size: tuple[int, int]) -> None:
    assert equalised((0.0, 1.0), (0.0, 10.0), *size) == ((0.0, 1.0), (0.0, 10.0))


def test_the_unit_under_a_point_is_the_topmost():
    targets = Targets(np.array([[0, 1, 0, 1], [0.5, 1.5, 0, 1]], dtype=float), ((1, 0), (1, 1)))
    assert targets.at(0.25, 0.5) == (1, 0)
    assert targets.at(0.75, 0.5) == (1, 1)
    assert targets.at(3, 3) is None


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_every_mark_can_be_drawn_in_every_format(tmp_path: Path, kind: str):
    shown = Figure(
        "p",
        msg("p"),
        (
            *figure(
                Dots("d", msg("d"), "train", np.array([0.5]), np.array([0.5]), np.array([0.4]), np.array([0.6])),
                Image("i", msg("i"), np.array([[0.5]]), (0.0, 1.0), (0.0, 1.0)),
                Segments("s", msg("s"), np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]), np.array([0.5])),
                Texts("t", msg("t"), "text", np.array([0.5]), np.array([0.5]), (msg("=words"),)),
            ).plots,
        ),
        msg(""),
        passages=(Passage(msg("A sentence.")), Passage(msg("[1 2]\n[3 4]"), verbatim=True)),
    )
    path = tmp_path / f"p.{kind}"
    save_figure(shown, View(), path, options=PictureOptions(400, 300), provenance=PROVENANCE)
    assert path.stat().st_size > 500


def test_paragraphs_stand_alone_or_below_the_plots_and_never_over_them():
    words = tuple(
        Passage(msg("A sentence that is long enough to be wrapped at least once or twice."), "warn") for _ in range(3)
    )
    alone = draw(Figure("p", msg("p"), (), msg(""), passages=words), View(), theme=LIGHT, size=SIZE)
    assert not alone.axes
    beside = Figure("p", msg("p"), figure().plots, msg(""), passages=words)
    picture = draw(beside, View(), theme=LIGHT, size=SIZE)
    FigureCanvasAgg(picture).draw()
    bottom = picture.axes[0].get_window_extent().y0
    tops = [t.get_window_extent().y1 for t in picture.findobj(Text) if "sentence" in t.get_text()]
    assert tops
    assert max(tops) <= bottom


def test_too_many_paragraphs_end_in_dots_instead_of_running_off_the_page():
    words = tuple(Passage(msg("Sentence number {n}.", n=n)) for n in range(100))
    picture = draw(Figure("p", msg("p"), (), msg(""), passages=words), View(), theme=LIGHT, size=SIZE)
    texts = [t for t in picture.findobj(Text) if t.get_text()]
    assert texts[-1].get_text().endswith("…")
    buffer = io.BytesIO()
    FigureCanvasAgg(picture).print_png(buffer)
    assert all(t.get_window_extent().y0 >= 0 for t in texts)


def test_formulas_are_left_out_before_sentences_are():
    words = tuple(Passage(msg("Sentence number {n}.", n=n), detail=msg("Formula {n}.", n=n)) for n in range(10))
    picture = draw(Figure("p", msg("p"), (), msg(""), passages=words), View(), theme=LIGHT, size=(400, 300))
    texts = [t.get_text() for t in picture.findobj(Text)]
    assert all(f"Sentence number {n}." in texts for n in range(10))
    assert "Formula 0." in texts
    assert "Formula 9." not in texts


def test_pixels_of_pictures_side_by_side_are_square_though_only_one_has_notes_below_it():
    bare = [Axis(msg(""), extent=(0.0, 10.0), exact=True, ticks=()) for _ in range(2)]
    plots = [
        Plot(key, msg(""), *bare, (), notes, equal=True) for key, notes in (("a", ()), ("b", (Note(msg("!")),) * 3))
    ]
    page = lay_out(Figure("p", msg("p"), tuple(plots), msg(""), columns=2), View(), 420, 290, measure)
    assert page.cells[0].y == page.cells[1].y
    for cell in page.cells:
        assert (cell.x[1] - cell.x[0]) / cell.box.width == pytest.approx((cell.y[1] - cell.y[0]) / cell.box.height)


def test_the_label_of_a_low_plot_may_be_as_high_as_its_whole_cell():
    label = msg("a label of many words")
    notes = tuple(Note(msg("note")) for _ in range(5))
    plot = Plot("p", msg("p"), Axis(msg("x")), Axis(label), (), notes)
    page = lay_out(Figure("p", msg("p"), (plot,), msg("")), View(), 420, 200, measure)
    (upright,) = (text for text in page.cells[0].labels if text.upright)
    assert measure(str(label), upright.size) > page.cells[0].box.height
    assert upright.text == str(label)
