"""Exported files hold exactly what is shown, where it comes from, and are refused in plain words."""

import errno
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.figures.export import (
    EXPORT_FORMATS,
    format_of,
    png_bytes,
    save_all,
    save_figure,
    save_tables,
)
from model.figures.figure import Figure, View
from model.figures.panels import PANELS
from model.figures.picture import ExportError, PictureOptions
from model.figures.provenance import Provenance, companion_of, read_provenance
from model.figures.shot import Shot
from model.figures.tables.table import Column, table_of
from model.files import FileError
from model.training.spec import TrainingSpec
from model.words import msg
from tests.model.picture_figures import PROVENANCE, loss
from tests.model.test_panel_data import frame_of

ROOT = Path(__file__).resolve().parents[2]
SMALL = PictureOptions(320, 200, dpi=96)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


NUMBERS = table_of("numbers", (Column("step", "integer", msg("step")), np.arange(3)))


def saved(figure: Figure, path: Path, view: View | None = None, **options: object) -> Path:
    """Save a figure, or in a format of numbers a small table."""
    if EXPORT_FORMATS[format_of(path)].picture:
        save_figure(figure, view or View(), path, **{"options": SMALL, "provenance": PROVENANCE, **options})
    else:
        options.pop("options", None)
        save_tables((NUMBERS,), path, "Numbers", **{"provenance": PROVENANCE, **options})
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
    (folder / "a.csv-metadata.json").write_text("{}")
    assert [read_provenance(path) for path in sorted(folder.iterdir())] == [None] * 7


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
    assert saved(loss(50), folder / "A.CSV").read_text("utf-8").startswith("step")


def test_clipboard_bytes_are_the_png_file(folder: Path):
    path = saved(loss(50), folder / "a.png")
    assert png_bytes(loss(50), View(), options=SMALL, provenance=PROVENANCE) == path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_data_saved_twice_is_the_same_bytes(kind: str, folder: Path):
    first, second = (saved(loss(50), folder / f"{i}.{kind}").read_bytes() for i in range(2))
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


def test_the_companion_of_another_table_is_not_replaced(folder: Path):
    companion_of(folder / "a.csv").write_text("mine")
    with pytest.raises(FileError, match="already"):
        saved(loss(50), folder / "a.csv")
    assert [p.name for p in folder.iterdir()] == ["a.csv-metadata.json"]
    assert companion_of(folder / "a.csv").read_text() == "mine"


def test_save_all_names_files_by_panel_and_avoids_clashes_with_them_and_their_companions(folder: Path):
    frame = frame_of(TrainingSpec(steps=2))
    shots = {name: Shot(PANELS[name], frame, View()) for name in ("loss", "accuracy")}

    def again(**options: object) -> list[str]:
        return [path.name for path in save_all(shots, folder, "csv", options=SMALL, **options)]

    companion_of(folder / "accuracy.csv").write_text("mine")
    assert again() == ["loss.csv", "accuracy-2.csv"]
    assert again() == ["loss-2.csv", "accuracy-3.csv"]
    assert again(overwrite=True) == ["loss.csv", "accuracy.csv"]


def test_saving_numbers_never_imports_matplotlib():
    script = (
        "import sys, tempfile, pathlib\n"
        "sys.path.insert(0, '.')\n"
        "from model.figures.export import save_shot\n"
        "from model.figures.figure import View\n"
        "from model.figures.panels import PANELS\n"
        "from model.figures.picture import PictureOptions\n"
        "from model.figures.shot import Shot\n"
        "from model.training.spec import TrainingSpec\n"
        "from tests.model.test_panel_data import frame_of\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'a.csv'\n"
        "shot = Shot(PANELS['loss'], frame_of(TrainingSpec(steps=1)), View())\n"
        "save_shot(shot, path, options=PictureOptions())\n"
        "assert 'matplotlib' not in sys.modules and path.exists()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
