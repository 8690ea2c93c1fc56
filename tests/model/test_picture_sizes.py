"""A picture is as large as was asked for, in millimetres, inches or pixels, with letters of the points asked for."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

import main
from model.figures.figure import View
from model.figures.palette import DARK, LIGHT
from model.figures.picture import PRESETS, ExportError, PictureOptions, Size, parse_size
from model.figures.render_mpl import draw
from tests.model.picture_figures import loss
from tests.model.test_render_mpl import seen, share_out_of_place

RUN = ("--dataset", "moons", "--samples", "40", "--batch-size", "8", "--hidden-sizes", "3", "--steps", "4")


def train(*words: object) -> int:
    try:
        return main.main(["train", *RUN, *map(str, words)])
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(
    ("words", "pixels"),
    [
        (("--size", "85x60mm"), (643, 454)),
        (("--size", "85x60mm", "--dpi", 600), (2008, 1417)),
        (("--size", "3.3x2.4in", "--dpi", 300), (990, 720)),
        (("--size", "1600x900"), (1600, 900)),
        (("--size", "1600x900px", "--dpi", 192), (1600, 900)),
        ((), (1920, 1200)),
        (("--dpi", 96), (960, 600)),
    ],
)
def test_a_png_has_the_pixels_that_the_flags_ask_for(words: tuple, pixels: tuple[int, int], tmp_path: Path):
    assert train("--images", tmp_path, "--panels", "accuracy", *words) == 0
    with Image.open(tmp_path / "accuracy.png") as image:
        assert image.size == pixels


def test_svg_and_pdf_measure_what_the_flags_ask_for(tmp_path: Path):
    for kind in ("svg", "pdf"):
        assert train("--images", tmp_path, "--panels", "loss", "--size", "85x60mm", "--format", kind) == 0
    svg = (tmp_path / "loss.svg").read_text("utf-8")
    width, height = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', svg.replace("\n", " ")).groups()
    told = subprocess.run(["pdfinfo", tmp_path / "loss.pdf"], capture_output=True, text=True, check=True).stdout
    of_pdf = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", told).groups()
    for found in ((width, height), of_pdf):
        assert [float(side) / 72 * 25.4 for side in found] == pytest.approx([85, 60], abs=0.02)


@pytest.mark.parametrize(("theme", "ground"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_can_be_chosen(theme: str, ground: object, tmp_path: Path):
    train("--images", tmp_path, "--panels", "loss", "--theme", theme, "--size", "300x200")
    with Image.open(tmp_path / "loss.png") as image:
        assert "#{:02x}{:02x}{:02x}".format(*image.convert("RGB").getpixel((1, 1))) == ground.background


def test_letters_have_the_points_that_were_asked_for(tmp_path: Path):
    for points in (6, 12):
        words = ("--size", "5x4in", "--font-size", points, "--format", "svg", "--svg-text")
        train("--images", tmp_path, "--panels", "loss", *words)
        svg = (tmp_path / "loss.svg").read_text("utf-8")
        # the title has the full size, ticks a little less
        sizes = {float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)}
        assert max(sizes) == pytest.approx(points, rel=0.01)


@pytest.mark.parametrize("kept", [False, True])
def test_the_letters_of_svg_are_text_on_demand(kept: bool, tmp_path: Path):
    train("--images", tmp_path, "--panels", "loss", "--format", "svg", *(["--svg-text"] if kept else []))
    assert (">training step</text>" in (tmp_path / "loss.svg").read_text("utf-8")) is kept


def test_svg_with_text_looks_like_the_one_with_outlines_where_the_font_is_there(tmp_path: Path):
    options = PictureOptions(640, 420, dpi=96)
    outlines = seen(loss(400), View(), "svg", tmp_path, options)
    text = seen(loss(400), View(), "svg", tmp_path, PictureOptions(640, 420, dpi=96, svg_text=True))
    assert share_out_of_place(outlines, text) < 0.01
    assert not np.array_equal(outlines, text)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--size", "large"), "is not a size"),
        (("--size", "85x60cm"), "is not a size"),
        (("--size", "85"), "is not a size"),
        (("--size", "1e3x2"), "is not a size"),
        (("--size", "-3x5"), "--size"),
        (("--size", "0x0mm"), "at least 16"),
        (("--size", "999999999x5mm"), "too large"),
        (("--size", "1600x900", "--dpi", "0"), "from 10 to 2400"),
        (("--size", "1600x900", "--dpi", "nan"), "from 10 to 2400"),
        (("--font-size", "0"), "from 3 to 72"),
        (("--font-size", "nan"), "from 3 to 72"),
        (("--theme", "pink"), "--theme"),
    ],
)
def test_a_size_that_cannot_be_ends_with_2_and_the_reason(
    words: tuple, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert train("--images", tmp_path / "new", *words) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_sizes_are_read_and_said_in_every_unit():
    assert parse_size("85 x 60 mm") == Size(85, 60, "mm")
    assert parse_size("3.5×2in") == Size(3.5, 2, "in")
    assert Size(25.4, 50.8, "mm").converted("px", 300) == Size(300, 600, "px")
    with pytest.raises(ExportError):
        parse_size("8５x60mm")


def test_every_preset_can_be_made():
    for preset in PRESETS.values():
        width, height = preset.size.logical(preset.dpi)
        PictureOptions(width, height, preset.dpi, font_size=preset.font_size).check()


def test_strokes_grow_with_the_letters_and_the_letters_stand_where_they_did():
    small, large = (draw(loss(400), View(), theme=LIGHT, size=(w, h), dpi=96, font_size=p) for w, h, p in SAME_SHAPE)
    assert [text.get_text() for text in small.findobj(Text)] == [text.get_text() for text in large.findobj(Text)]
    for kind, size in ((Text, "get_fontsize"), (Line2D, "get_linewidth")):
        found = [[getattr(artist, size)() for artist in picture.findobj(kind)] for picture in (small, large)]
        assert found[1] == pytest.approx([2 * value for value in found[0]])
    assert [axes.get_position().bounds for axes in large.axes] == [
        pytest.approx(axes.get_position().bounds) for axes in small.axes
    ]


SAME_SHAPE = ((400.0, 300.0, 8.0), (800.0, 600.0, 16.0))
