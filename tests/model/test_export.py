"""Exported files hold exactly what is shown, where it comes from, and are refused in plain words."""

import csv
import errno
import math
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.figures.export import (
    EXPORT_FORMATS,
    ExportError,
    PictureOptions,
    format_of,
    png_bytes,
    save_all,
    save_figure,
)
from model.figures.figure import Axis, Figure, Guide, Line, Plot, View
from model.figures.provenance import Provenance, read_provenance
from model.files import FileError
from model.words import msg
from tests.model.picture_figures import PROVENANCE, loss, weights

ROOT = Path(__file__).resolve().parents[2]
SMALL = PictureOptions(320, 200, dpi=96)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


def saved(figure: Figure, path: Path, view: View | None = None, **options: object) -> Path:
    given = {"options": SMALL, "provenance": PROVENANCE, **options}
    save_figure(figure, view or View(), path, **given)
    return path


@pytest.mark.parametrize("kind", list(EXPORT_FORMATS))
def test_every_format_carries_the_recipe_and_gives_it_back(kind: str, folder: Path):
    assert read_provenance(saved(loss(50), folder / f"a.{kind}")) == PROVENANCE


def test_a_recipe_comes_back_letter_by_letter_however_it_was_written():
    for text in ('{"a":1}', '{"a": 1}', '{"w": "é€🦀"}', "{}", '"text"', "no JSON"):
        made = Provenance(text, 3, "0.1")
        assert Provenance.from_json(made.as_json()) == made


def test_a_file_from_elsewhere_has_no_recipe(folder: Path):
    Image.new("RGB", (4, 4)).save(folder / "a.png")
    (folder / "a.svg").write_text("<svg/>")
    (folder / "a.csv").write_text("x,y\n")
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 /Keywords (other)")
    (folder / "a.txt").write_text("")
    np.savez(folder / "a.npz", x=np.zeros(2))
    assert [read_provenance(path) for path in sorted(folder.iterdir())] == [None] * 6


@pytest.mark.parametrize(
    ("width", "height", "dpi"), [(640, 420, 96), (333, 217, 150), (641, 419, 300), (101, 99, 72.5)]
)
def test_a_png_has_the_pixels_that_size_and_resolution_give(width: int, height: int, dpi: float, folder: Path):
    path = saved(loss(50), folder / "a.png", options=PictureOptions(width, height, dpi=dpi))
    with Image.open(path) as image:
        assert image.size == (round(width * dpi / 96), round(height * dpi / 96))
        assert image.info["dpi"][0] == pytest.approx(dpi, abs=0.05)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (PictureOptions(200_000, 600, dpi=96), "too large"),
        (PictureOptions(8000, 6000, dpi=300), "too large"),
        (PictureOptions(640, 0), "at least"),
        (PictureOptions(-5, 100), "at least"),
        (PictureOptions(640, 420, dpi=0), "resolution"),
        (PictureOptions(640, 420, dpi=math.nan), "resolution"),
        (PictureOptions(640, 420, dpi=1e9), "resolution"),
    ],
)
def test_a_picture_nobody_could_open_is_refused_before_drawing(options: PictureOptions, words: str, folder: Path):
    with pytest.raises(ExportError, match=words):
        saved(loss(50), folder / "a.png", options=options)
    with pytest.raises(ExportError, match=words):
        png_bytes(loss(50), View(), options=options, provenance=PROVENANCE)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["a", "a.", "a.jpg", ".png", "a.png.bak"])
def test_an_unknown_or_missing_ending_is_refused_with_the_known_ones(name: str):
    with pytest.raises(ExportError) as caught:
        format_of(Path(name))
    assert all(f".{known}" in str(caught.value.message) for known in EXPORT_FORMATS)


def test_endings_may_be_in_capitals(folder: Path):
    assert saved(loss(50), folder / "A.CSV").read_text("utf-8").startswith("# Initscope")


def test_clipboard_bytes_are_the_png_file(folder: Path):
    path = saved(loss(50), folder / "a.png")
    assert png_bytes(loss(50), View(), options=SMALL, provenance=PROVENANCE) == path.read_bytes()


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    lines = text.splitlines(keepends=True)
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_csv_holds_every_number_exactly(folder: Path):
    values = np.array([0.1, 1 / 3, 1e-310, 5e-324, 1.7976931348623157e308, -0.0, np.nan, np.inf, -np.inf])
    line = Line("l", msg("l"), "train", np.arange(9.0), values)
    guide = Guide("g", msg("g"), "muted", 0.1, "horizontal")
    figure = Figure("f", msg("f"), (Plot("p", msg("p"), Axis(msg("x")), Axis(msg("y")), (line, guide)),), msg(""))
    rows = table(saved(figure, folder / "a.csv"))
    assert list(rows[0]) == ["plot", "series", "kind", "x", "x_end", "y"]
    read = np.array([float(row["y"]) for row in rows[:-1]])
    assert read.tobytes() == values.tobytes()
    assert [row["y"] for row in rows[6:9]] == ["nan", "inf", "-inf"]
    assert list(rows[-1].values()) == ["p", "g", "guide", "", "", "0.1"]


def test_csv_is_in_full_resolution_and_without_hidden_marks(folder: Path):
    rows = table(saved(loss(30_000), folder / "a.csv", View(hidden=frozenset({"test"}))))
    series = [row["series"] for row in rows]
    assert series.count("train") == 30_000
    assert "test" not in series


def test_csv_gives_bars_by_both_edges(folder: Path):
    rows = [r for r in table(saved(weights(), folder / "a.csv")) if (r["plot"], r["series"]) == ("W1", "now")]
    assert len(rows) == 40
    assert all(a["x_end"] == b["x"] for a, b in pairwise(rows))


@pytest.mark.parametrize("name", ['=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_text_in_a_csv_can_become_a_formula(name: str, folder: Path):
    line = Line(name, msg("l"), "train", np.array([-1.0]), np.array([-2.0]))
    figure = Figure("f", msg("f"), (Plot(name, msg("p"), Axis(msg("x")), Axis(msg("y")), (line,)),), msg(""))
    text = saved(figure, folder / "a.csv").read_bytes().decode("utf-8")
    rows = [line for line in text.split("\n") if not line.startswith("#")]
    cells = next(csv.reader(["\n".join(rows[1:])])) if "\r" not in name else ["'", "'", "line", "-1.0", "", "-2.0"]
    assert cells[0].startswith("'")
    assert cells[1].startswith("'")
    assert cells[3:] == ["-1.0", "", "-2.0"]
    assert not re.search(r"(^|,)\"?[=+@]", "\n".join(rows))


def test_npz_loads_without_pickles_and_holds_the_arrays_as_they_are(folder: Path):
    figure = weights()
    with np.load(saved(figure, folder / "a.npz"), allow_pickle=False) as arrays:
        bars, curve = figure.plots[0].marks[:2]
        assert arrays["W1/now/edges"].tobytes() == bars.edges.tobytes()
        assert arrays["W1/now/heights"].tobytes() == bars.heights.tobytes()
        assert arrays["W1/theory/y"].tobytes() == curve.y.tobytes()
        assert float(arrays["W1/cursor/at"]) == 0.015
        assert str(arrays["spec"]) == PROVENANCE.spec_json
        assert arrays["schedule"]["knob"].tolist() == ["learning_rate", "momentum"]


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_data_saved_twice_is_the_same_bytes(kind: str, folder: Path):
    first, second = (saved(weights(), folder / f"{i}.{kind}").read_bytes() for i in range(2))
    assert first == second


def test_an_existing_picture_is_kept_unless_overwriting_was_asked_for(folder: Path):
    path = folder / "a.csv"
    path.write_text("mine")
    with pytest.raises(FileError, match="already"):
        saved(loss(50), path)
    assert path.read_text() == "mine"
    saved(loss(50), path, overwrite=True)
    assert path.read_text() != "mine"


@pytest.mark.parametrize("kind", list(EXPORT_FORMATS))
def test_a_full_disk_keeps_the_old_picture_and_says_so(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = folder / f"a.{kind}"
    path.write_text("mine")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="disk is full"):
        saved(loss(50), path, overwrite=True)
    assert [p.name for p in folder.iterdir()] == [path.name]
    assert path.read_text() == "mine"


def test_save_all_names_files_by_panel_and_avoids_clashes(folder: Path):
    figures = {"loss": (loss(50), View()), "weights": (weights(), View())}

    def again(**options: object) -> list[str]:
        paths = save_all(figures, folder, "csv", options=SMALL, provenance=PROVENANCE, **options)
        return [path.name for path in paths]

    assert again() == ["loss.csv", "weights.csv"]
    assert again() == ["loss-2.csv", "weights-2.csv"]
    assert again(overwrite=True) == ["loss.csv", "weights.csv"]


def test_saving_numbers_never_imports_matplotlib():
    script = (
        "import sys, tempfile, pathlib\n"
        "sys.path.insert(0, '.')\n"
        "from model.figures.export import PictureOptions, save_figure\n"
        "from tests.model.picture_figures import PROVENANCE, View, loss\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'a.csv'\n"
        "save_figure(loss(5), View(), path, options=PictureOptions(), provenance=PROVENANCE)\n"
        "assert 'matplotlib' not in sys.modules and path.exists()\n"
    )
    script = script.replace("PROVENANCE, View, loss", "PROVENANCE, loss\nfrom model.figures.figure import View")
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
