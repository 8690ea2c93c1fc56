"""Pictures show what the panel shows, in whatever program they are opened."""

import io
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure as Picture
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter

from model.figures import render_mpl
from model.figures.export import png_bytes, save_figure
from model.figures.figure import Axis, Bars, Figure, Line, Note, Plot, View, to_display
from model.figures.palette import DARK, LIGHT, blend
from model.figures.picture import PictureOptions
from model.figures.ranges import visible_range
from model.figures.render_mpl import draw, save_picture
from model.figures.thinning import envelope
from model.figures.ticks import axis_ticks
from model.words import msg
from tests.model.picture_figures import PROVENANCE, dots, histogram, loss, weights

ROOT = Path(__file__).resolve().parents[2]
SIZE = (640, 420)
OPTIONS = PictureOptions(*SIZE, dpi=96)
FORMATS = ["png", "svg", "pdf"]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


def seen(figure: Figure, view: View, kind: str, folder: Path, options: PictureOptions = OPTIONS) -> np.ndarray:
    """Save a picture and look at it through a program that is neither Qt nor matplotlib."""
    path = folder / f"{figure.panel}.{kind}"
    save_figure(figure, view, path, options=options, provenance=PROVENANCE, overwrite=True)
    opened = folder / f"{figure.panel}_{kind}.png"
    match kind:
        case "svg":
            run("rsvg-convert", str(path), "-o", str(opened))
        case "pdf":
            run("pdftoppm", "-r", "96", "-png", "-singlefile", str(path), str(opened.with_suffix("")))
        case _:
            return pixels(path)
    return pixels(opened)


def run(program: str, *arguments: str) -> None:
    assert shutil.which(program), f"{program} is missing; it comes with librsvg2-bin or poppler-utils"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr


def share_out_of_place(a: np.ndarray, b: np.ndarray) -> float:
    """Tell how much of picture b has no like within a pixel in picture a.

    Rasterisers differ in antialiasing, and matplotlib's moves straight lines to whole pixels: by up to one pixel,
    so a pixel may have any grey that its neighbours in the other picture have, and 40 of 255 around.
    """
    grey_a, grey_b = a.mean(axis=2), b.mean(axis=2)
    wrong = (grey_b < minimum_filter(grey_a, 3) - 40) | (grey_b > maximum_filter(grey_a, 3) + 40)
    return float(wrong.mean())


@pytest.mark.parametrize("figure", [weights(), weights(log=True), loss(400)], ids=["weights", "log", "loss"])
def test_svg_and_pdf_opened_elsewhere_look_like_the_png(figure: Figure, tmp_path: Path):
    png = seen(figure, View(), "png", tmp_path)
    for kind in ("svg", "pdf"):
        other = seen(figure, View(), kind, tmp_path)
        assert other.shape == png.shape
        # 0.1 to 0.4 % is what glyph edges and steep noisy curves make; three pixels off makes several times that.
        here = share_out_of_place(png, other)
        assert here < 0.005
        assert share_out_of_place(png, np.roll(other, (3, 3), axis=(0, 1))) > 3 * here


POINTS = [(0.5, 0.02), (1.3, 700.0), (150.0, 3.0), (900.0, 0.5), (333.0, 90.0)]


@pytest.mark.parametrize("kind", FORMATS)
def test_data_points_lie_where_the_axes_say(kind: str, tmp_path: Path):
    plots = tuple(dots(POINTS, log_x=lx, log_y=ly) for lx in (False, True) for ly in (False, True))
    figure = Figure("dots", msg("Dots"), plots, msg(""), columns=2)
    view = View(ranges={"dots11": ((-1.0, 3.3), (-2.2, 3.4))})
    image = seen(figure, view, kind, tmp_path)
    picture = draw(figure, view, theme=LIGHT, size=SIZE, dpi=96)
    for plot, axes in zip(plots, picture.axes, strict=True):
        place = axes.get_position()
        ranges = visible_range(plot, view)
        for x, y in POINTS:
            across, up = (
                (to_display(np.array([value]), log=axis.log)[0] - low) / (high - low)
                for value, axis, (low, high) in zip((x, y), (plot.x, plot.y), ranges, strict=True)
            )
            column = (place.x0 + across * place.width) * SIZE[0]
            row = (1 - place.y0 - up * place.height) * SIZE[1]
            found = red_centre(image, column, row)
            assert np.hypot(found[0] - column, found[1] - row) < 1.0, (plot.key, x, y)


def red_centre(image: np.ndarray, column: float, row: float, reach: int = 5) -> tuple[float, float]:
    rows, columns = np.mgrid[
        round(row) - reach : round(row) + reach + 1, round(column) - reach : round(column) + reach + 1
    ]
    inside = (rows >= 0) & (columns >= 0) & (rows < image.shape[0]) & (columns < image.shape[1])
    rows, columns = rows[inside], columns[inside]
    red = np.clip(image[rows, columns, 0] - image[rows, columns, 1], 0, None)
    assert red.sum() > 500, f"no point within {reach} pixels of ({column:.1f}, {row:.1f})"
    return float(np.average(columns + 0.5, weights=red)), float(np.average(rows + 0.5, weights=red))


def test_a_bar_reaches_from_the_bottom_of_a_log_axis_to_its_count_and_an_empty_one_is_none(tmp_path: Path):
    edges, heights = np.array([0.0, 1.0, 2.0, 3.0]), np.array([100.0, 0.0, 10.0])
    bars = Bars("b", msg("b"), "bad", edges, heights)
    plot = Plot("p", msg(""), Axis(msg(""), extent=(0, 3)), Axis(msg(""), log=True, extent=(0, 3)), (bars,))
    figure = Figure("bars", msg(""), (plot,), msg(""))
    view = View(ranges={"p": ((0.0, 3.0), (-1.0, 3.0))})
    image = seen(figure, view, "png", tmp_path)
    place = draw(figure, view, theme=LIGHT, size=SIZE, dpi=96).axes[0].get_position()

    def is_filled(x: float, up: float) -> bool:
        column = int((place.x0 + x / 3 * place.width) * SIZE[0])
        pixel = image[int((1 - place.y0 - up * place.height) * SIZE[1]), column]
        return bool(pixel[0] - pixel[1] > 30)

    assert is_filled(0.4, 0.02)
    assert is_filled(0.4, 0.73)  # log10(100) is 0.75 of the way from -1 to 3
    assert not is_filled(0.4, 0.77)
    assert not is_filled(1.4, 0.02)
    assert is_filled(2.4, 0.48)
    assert not is_filled(2.4, 0.52)


def test_hidden_marks_are_in_neither_plot_nor_legend():
    words = {text.get_text() for text in texts(loss(), View(hidden=frozenset({"train"})))}
    assert "train" not in words
    assert "run before" in words
    full = draw(loss(), View(), theme=LIGHT, size=SIZE)
    less = draw(loss(), View(hidden=frozenset({"train"})), theme=LIGHT, size=SIZE)
    assert len(full.axes[0].lines) == len(less.axes[0].lines) + 1


def test_ghosts_are_pale_and_behind_everything():
    first, *others = draw(loss(), View(), theme=LIGHT, size=SIZE).axes[0].lines
    assert first.get_color() not in {line.get_color() for line in others}
    assert first.get_color() == blend(LIGHT.series[0], LIGHT.background, 0.5)


def test_notes_can_be_turned_off():
    note = "The loss fell by half within 280 steps."
    assert note in {text.get_text() for text in texts(loss(), View())}
    assert note not in {text.get_text() for text in texts(loss(), View(notes=False))}


def test_what_went_wrong_is_said_even_in_a_small_picture():
    marks, (chatter,) = loss().plots[0].marks, loss().plots[0].notes
    bad = Note(msg("The run diverged at step 12: W1 is no longer finite."), "bad")
    plot = Plot("p", msg("Loss"), Axis(msg("step")), Axis(msg("loss")), marks, notes=(chatter, bad), legend=True)
    words = " ".join(text.get_text() for text in texts(Figure("p", msg("p"), (plot,), msg("")), View(), (260, 180)))
    assert str(bad.text) in words


def test_the_dark_theme_is_drawn_on_its_own_background(tmp_path: Path):
    image = seen(loss(), View(), "png", tmp_path, PictureOptions(*SIZE, dpi=96, theme="dark"))
    assert "#{:02x}{:02x}{:02x}".format(*image[0, 0].astype(int)) == DARK.background


def texts(figure: Figure, view: View, size: tuple[int, int] = SIZE) -> list[Text]:
    picture = draw(figure, view, theme=LIGHT, size=size)
    return words_of(picture)


def words_of(picture: Picture) -> list[Text]:
    return [artist for artist in picture.artists if isinstance(artist, Text) and artist.get_text()]


@pytest.mark.parametrize("size", [(1600, 900), (640, 420), (360, 260), (240, 160)])
@pytest.mark.parametrize("name", ["weights", "loss"])
def test_no_text_covers_another_or_the_data_or_leaves_the_picture(name: str, size: tuple[int, int]):
    figure = {"weights": weights(), "loss": loss(title="Loss 损失 " + "of a very long name " * 9)}[name]
    picture = draw(figure, View(), theme=LIGHT, size=size)
    canvas = render_mpl.FigureCanvasAgg(picture)
    boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in words_of(picture)]
    plots = [axes.get_window_extent() for axes in picture.axes]
    for index, (word, box) in enumerate(boxes):
        assert box.x0 > -1, word
        assert box.y0 > -1, word
        assert box.x1 < size[0] + 1, word
        assert box.y1 < size[1] + 1, word
        covered = [other for other, b in boxes[index + 1 :] if overlap(box, b) > 1]
        assert not covered, (word, covered)
        assert all(overlap(box, plot) <= 1 for plot in plots), word


def overlap(a, b) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))


HARD = {
    "empty": (np.array([]), np.array([])),
    "all NaN": (np.arange(3.0), np.full(3, np.nan)),
    "infinite": (np.array([0.0, np.inf, 1.0, 2.0]), np.array([1.0, 2.0, -np.inf, np.inf])),
    "huge": (np.array([-1e308, 0.0, 1e308]), np.array([1e308, -1e300, 1e300])),
    "tiny": (np.array([0.0, 1e-310, 2e-310]), np.array([1e-310, 5e-324, 0.0])),
    "one point": (np.array([1.0]), np.array([2.0])),
    "constant": (np.arange(3.0), np.full(3, 1e17)),
    "negative": (np.arange(3.0), np.array([-1.0, 0.0, -5.0])),
}
RANGES = [None, ((0.0, 2e-310), (0.0, 1e-310)), ((-1e300, 1e300), (-1e300, 1e300)), ((5.0, 5.0), (1e17, 1e17 + 16))]


@pytest.mark.parametrize("name", list(HARD))
def test_any_numbers_in_any_range_can_be_drawn(name: str, caplog: pytest.LogCaptureFixture):
    x, y = HARD[name]
    bars = Bars("b", msg("b"), "W1", np.append(x, x[-1:] + 1), y) if len(x) else ()
    for log in (False, True):
        marks = (Line("l", msg("l"), "train", x, y), *([bars] if bars else []))
        plots = tuple(
            Plot(f"p{i}", msg("p"), Axis(msg("x"), log=log), Axis(msg("y"), log=log, integer=i > 1), marks, legend=True)
            for i in range(len(RANGES))
        )
        view = View(ranges={f"p{i}": given for i, given in enumerate(RANGES) if given})
        figure = Figure("hard", msg("Hard"), plots, msg(""), columns=2)
        assert png_bytes(figure, view, options=PictureOptions(320, 240, dpi=96), provenance=PROVENANCE)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_tiny_values_stand_where_their_share_of_a_tiny_range_puts_them():
    line = Line("l", msg("l"), "train", np.array([0.0, 1e-310, 4e-310]), np.array([-1e300, 0.0, 1e300]))
    plot = Plot("p", msg(""), Axis(msg("")), Axis(msg("")), (line,))
    view = View(ranges={"p": ((0.0, 4e-310), (-1e300, 1e300))})
    picture = draw(Figure("p", msg(""), (plot,), msg("")), view, theme=LIGHT, size=SIZE)
    drawn = picture.axes[0].lines[0].get_xydata()
    np.testing.assert_allclose(drawn, [[0, 0], [0.25, 0.5], [1, 1]], atol=1e-12)


def test_words_of_any_script_and_sign_are_drawn_without_a_warning(caplog: pytest.LogCaptureFixture):
    title = r"$\alpha_1$ 100% {curly} \frac 权重 \x00 " + "\x00\t\n\udc80\U0001f980"
    plot = Plot("p", msg("{t}", t=title), Axis(msg("{t}", t=title)), Axis(msg("{t}", t=title)), ())
    figure = Figure("p", msg("{t}", t=title), (plot,), msg(""))
    for kind in FORMATS:
        stream = io.BytesIO()
        save_picture(draw(figure, View(), theme=LIGHT, size=SIZE), stream, kind, title, PROVENANCE)
        assert stream.getvalue()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    (shown,) = {text.get_text() for text in texts(figure, View()) if "alpha" in text.get_text()}
    # boxes stand for letters that no font of this machine has
    assert shown.replace("□□", "权重").startswith(r"$\alpha_1$ 100% {curly} \frac 权重")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_drawn_twice_is_the_same_bytes(kind: str, tmp_path: Path):
    paths = [tmp_path / f"{i}.{kind}" for i in range(2)]
    for path in paths:
        save_figure(weights(), View(), path, options=OPTIONS, provenance=PROVENANCE)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_another_process_draws_the_same_bytes(tmp_path: Path):
    script = (
        "import sys, pathlib\n"
        "sys.path.insert(0, '.')\n"
        "from tests.model.test_render_mpl import *\n"
        "for kind in FORMATS:\n"
        "    path = pathlib.Path(sys.argv[1]) / f'there.{kind}'\n"
        "    save_figure(weights(), View(), path, options=OPTIONS, provenance=PROVENANCE)\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=True)
    for kind in FORMATS:
        save_figure(weights(), View(), tmp_path / f"here.{kind}", options=OPTIONS, provenance=PROVENANCE)
        assert (tmp_path / f"here.{kind}").read_bytes() == (tmp_path / f"there.{kind}").read_bytes()


def test_two_threads_draw_at_once_and_disturb_nothing():
    figures = [weights(), loss(), weights(log=True), loss(100)]
    before = dict(mpl.rcParams)

    def drawn(figure: Figure) -> bytes:
        return png_bytes(figure, View(), options=OPTIONS, provenance=PROVENANCE)

    alone = [drawn(figure) for figure in figures]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(drawn, figures * 2))
    assert together == alone * 2
    assert dict(mpl.rcParams) == before


def test_long_curves_are_thinned_and_keep_every_peak():
    n, columns = 100_000, 500
    x = np.linspace(0, 1, n)
    y = np.sin(x * 40) * 0.4 + 0.5
    y[[777, 40_000]] = (0.99, 0.01)
    y[50_000:60_000] = np.nan
    kept_x, kept_y = envelope(x, y, (0.0, 1.0), columns)
    assert len(kept_x) <= 2 * (columns + 1)
    assert {0.99, 0.01} <= set(kept_y)
    assert kept_x[0] == x[0]
    assert kept_x[-1] == pytest.approx(x[-1], abs=1 / columns)
    gap = kept_x[np.isnan(kept_y)]
    assert gap.min() == pytest.approx(x[50_000], abs=1 / columns)
    picture = draw(loss(n), View(), theme=LIGHT, size=SIZE, dpi=96)
    assert max(len(line.get_xydata()) for line in picture.axes[0].lines) < 4 * SIZE[0]


def test_nothing_in_a_vector_file_is_an_image(tmp_path: Path):
    for kind, image in (("svg", b"<image"), ("pdf", b"/Subtype /Image")):
        save_figure(loss(100_000), View(), tmp_path / f"a.{kind}", options=OPTIONS, provenance=PROVENANCE)
        assert image not in (tmp_path / f"a.{kind}").read_bytes()


@pytest.mark.parametrize(
    ("shown", "options", "labels"),
    [
        ((0, 2500), {"integer": True}, ["0", "500", "1000", "1500", "2000", "2500"]),
        ((0, 3), {"integer": True}, ["0", "1", "2", "3"]),
        ((-0.04, 0.04), {}, ["−0.04", "−0.02", "0", "0.02", "0.04"]),
        ((0, 4e-5), {}, ["0", "1×10⁻⁵", "2×10⁻⁵", "3×10⁻⁵", "4×10⁻⁵"]),
        ((0, 120_000), {}, ["0", "20 000", "40 000", "60 000", "80 000", "100 000", "120 000"]),
        ((-3, 1), {"log": True}, ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]),
        ((-300, 300), {"log": True}, ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "10⁰", "10¹⁰⁰", "10²⁰⁰", "10³⁰⁰"]),
        ((-0.8, -0.05), {"log": True}, ["0.2", "0.5"]),
        ((0.30, 0.31), {"log": True}, ["1.99", "2.00", "2.01", "2.02", "2.03", "2.04"]),
    ],
)
def test_ticks_are_round_and_say_so(shown: tuple[float, float], options: dict[str, bool], labels: list[str]):
    ticks = [tick for tick in axis_ticks(shown, 7, **options) if tick.label]
    if shown == (0.30, 0.31):
        labels = labels[1:]
    assert [tick.label.replace("\u2009", " ") for tick in ticks] == labels
    assert all(a.at < b.at for a, b in pairwise(ticks))


def test_an_axis_with_room_for_one_label_still_has_one():
    assert [tick.label for tick in axis_ticks((0.0, 2500.0), 1)] in (["0"], ["1000"], ["2000"])


def test_a_picture_is_made_of_figure_objects_with_an_axes_a_plot():
    picture = draw(weights(), View(), theme=LIGHT, size=SIZE)
    assert [axes.get_label() for axes in picture.axes] == ["W1", "b1", "W2", "b2"]
    tops = [round(axes.get_position().y1, 9) for axes in picture.axes]
    assert tops[0] == tops[1] > tops[2] == tops[3]
    assert len({round(axes.get_position().height, 9) for axes in picture.axes}) == 1
    assert all(isinstance(line, Line2D) for line in picture.axes[0].lines)


def test_a_legend_that_finds_no_room_is_cut_between_entries_and_says_so():
    x = np.arange(5.0)
    marks = tuple(Line(f"l{i}", msg("unit {i} of many", i=i), "train", x, x) for i in range(40))
    plot = Plot("p", msg("p"), Axis(msg("x"), extent=(0, 4)), Axis(msg("y"), extent=(0, 4)), marks, legend=True)
    words = [text.get_text() for text in texts(Figure("p", msg("p"), (plot,), msg("")), View(), (300, 200))]
    assert any(word.endswith(" …") for word in words)


def test_the_histogram_helper_draws_every_mark():
    picture = draw(Figure("w", msg("w"), (histogram("W1"),), msg("")), View(), theme=LIGHT, size=SIZE)
    assert len(picture.axes[0].lines) == 2
    assert len(picture.axes[0].patches) == 5
