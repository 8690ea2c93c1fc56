"""What is exported is what the panel shows: the same places, the same curves; and nobody's file is lost over it."""

import csv
import errno
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMessageBox,
)

from gui.files.drop import read_dropped
from gui.files.export_dialog import ALL, ExportRequest
from model import __version__
from model.figures.export import EXPORT_FORMATS
from model.figures.figure import Axis, Figure, Guide, Line, Plot, View
from model.figures.palette import DARK, LIGHT, THEMES, colour
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.figures.provenance import read_provenance
from model.figures.recipe import read_recipe
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.record import save_run
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.words import msg
from tests.gui.person import (
    CTRL,
    LEFT,
    SHIFT,
    Key,
    action,
    area,
    come_back,
    faults,
    pan,
    panel,
    pixels,
    point_at,
    press,
    settle,
    until,
    wheel,
)

PICTURES = [name for name, kind in EXPORT_FORMATS.items() if kind.picture]
SCALE = 2
"""Pixels in an opened picture for one of the window's, so that thin lines have their full colour."""


def trained(window, steps=60):
    window.form.editor("steps").set_value(steps)
    window.speed.set_value("max")
    press(window, Key.Key_Space)
    until(lambda: window.session.state == "finished")
    settle(window)
    return window


def save(window, name, path, *, overwrite=False, options=None):
    """Save a panel and wait until the window says so."""
    options = options or PictureOptions(600, 400, 96)
    kind = path.suffix[1:] if name != ALL else "png"
    window.desk.save(ExportRequest(name, kind, path, options, overwrite))
    until(lambda: window.status.currentMessage().startswith("Saved"))
    window.status.clearMessage()


def opened(path: Path) -> np.ndarray:
    """Look at a picture through a program that is neither Qt nor matplotlib, at SCALE."""
    picture = path.with_name(f"{path.stem}_{path.suffix[1:]}.png")
    match path.suffix:
        case ".svg":
            _run("rsvg-convert", "--zoom", str(SCALE), str(path), "-o", str(picture))
        case ".pdf":
            _run("pdftoppm", "-r", str(96 * SCALE), "-png", "-singlefile", str(path), str(picture.with_suffix("")))
        case _:
            picture = path
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB"))


def _run(program: str, *arguments: str) -> None:
    assert shutil.which(program), f"{program} is missing; it comes with librsvg2-bin or poppler-utils"
    subprocess.run([program, *arguments], check=True, capture_output=True)


def like(picture: np.ndarray, ink: str, tolerance: int) -> np.ndarray:
    """Tell which pixels have a colour."""
    wanted = QColor(ink)
    off = np.abs(picture.astype(int) - (wanted.red(), wanted.green(), wanted.blue()))
    return off.max(axis=2) <= tolerance


# ── known points stand where they stood ──────────────────────────────────────────────────────────────────────────────

AT_X, AT_Y = 110.0, 12.0
PATCH_X, PATCH_Y = 90.0, 20.0


def probe(_frame: Frame, view: View) -> Figure:
    """Draw red lines through one known point, and a blue patch around another."""
    reach = np.linspace(-1, 1, 61)
    # so large that it is as many pixels on either kind of axis
    x = PATCH_X * 10 ** (0.01 * reach) if view.log_x else PATCH_X + 2 * reach
    swing = np.where(np.arange(61) % 2, 1.0, -1.0)
    y = PATCH_Y * 10 ** (0.03 * swing) if view.log_y else PATCH_Y + 0.8 * swing
    marks = (
        Guide("across", msg("across"), "bad", AT_X, "vertical"),
        Guide("along", msg("along"), "bad", AT_Y, "horizontal"),
        Line("patch", msg("patch"), "train", x, y),
    )
    x_extent = (1.0, 2.4) if view.log_x else (0.0, 200.0)
    y_extent = (0.0, 1.6) if view.log_y else (0.0, 40.0)
    x_axis = Axis(msg("x"), log=view.log_x, extent=x_extent, exact=True)
    y_axis = Axis(msg("y"), log=view.log_y, extent=y_extent, exact=True)
    return Figure("loss", msg("Loss"), (Plot("loss", msg("Loss"), x_axis, y_axis, marks),), msg("A probe."))


@dataclass(frozen=True)
class Places:
    """Where the probe's marks are, in pixels of the window from the lower left of axes as large as the live ones."""

    across: float
    along: float
    patch_x: float
    patch_y: float


def places(picture: np.ndarray, box: tuple[float, float, float, float], size: tuple[float, float]) -> Places:
    """Find the marks by their colours; `box` is left, top, right and bottom of the axes in the picture."""
    left, top, right, bottom = box
    rows, columns = bottom - top, right - left
    red = like(picture, LIGHT.bad, 60)
    across = np.flatnonzero(red.sum(axis=0) > 0.5 * rows).mean()
    along = np.flatnonzero(red.sum(axis=1) > 0.5 * columns).mean()
    inside = np.zeros(red.shape, dtype=bool)
    inside[int(top) : int(bottom), int(left) : int(right)] = True
    y, x = np.nonzero(like(picture, colour("train", LIGHT), 60) & inside)
    assert len(x) > 15

    def place_x(at):
        return (at + 0.5 - left) / (right - left) * size[0]

    def place_y(at):
        return (bottom - at - 0.5) / (bottom - top) * size[1]

    middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    return Places(place_x(across), place_y(along), place_x(middle_x), place_y(middle_y))


def framed(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Find the frame of the axes by its colour and its length."""
    line = like(picture, LIGHT.line, 10)
    columns = np.flatnonzero(line.sum(axis=0) > 0.6 * picture.shape[0])
    rows = np.flatnonzero(line.sum(axis=1) > 0.6 * picture.shape[1])
    return tuple(float(v) + 0.5 for v in (_first(columns), _first(rows), _last(columns), _last(rows)))


def _first(found: np.ndarray) -> float:
    return float(found[found < found[0] + SCALE + 2].mean())


def _last(found: np.ndarray) -> float:
    return float(found[found > found[-1] - SCALE - 2].mean())


def live_places(window) -> tuple[Places, tuple[float, float]]:
    """Find the marks in a grab of the panel, in the rectangle of its view box."""
    canvas = panel(window, "loss").canvas
    room = canvas.viewportTransform().mapRect(area(window, "loss").box.sceneBoundingRect())
    size = (room.width(), room.height())
    return places(pixels(canvas.grab().toImage()), room.getCoords(), size), size


def true_places(window, size) -> Places:
    (x0, x1), (y0, y1) = area(window, "loss").display_range()
    view = panel(window, "loss").view
    to_x = np.log10 if view.log_x else np.positive
    to_y = np.log10 if view.log_y else np.positive
    return Places(
        (to_x(AT_X) - x0) / (x1 - x0) * size[0],
        (to_y(AT_Y) - y0) / (y1 - y0) * size[1],
        (to_x(PATCH_X) - x0) / (x1 - x0) * size[0],
        (to_y(PATCH_Y) - y0) / (y1 - y0) * size[1],
    )


@pytest.mark.parametrize("zoomed", [False, True], ids=["", "zoomed"])
@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_known_points_stand_at_the_same_places_in_the_panel_and_in_every_picture(window, tmp_path, log, zoomed):
    view = panel(window, "loss")
    view.drawing.panel = replace(view.panel, make=probe)
    view.set_view(log_x=log, log_y=log)
    if zoomed:
        before = area(window, "loss").display_range()
        wheel(window, "loss", 1, 0.6, 0.4)
        pan(window, "loss", (0.6, 0.6), (0.65, 0.63))
        assert area(window, "loss").display_range() != before
    live, size = live_places(window)
    expected = true_places(window, size)
    assert 20 < expected.across < size[0] - 20
    for name in ("across", "along", "patch_x", "patch_y"):
        assert getattr(live, name) == pytest.approx(getattr(expected, name), abs=2.5), f"{name} in the window"
    options = PictureOptions(view.canvas.width(), view.canvas.height(), 96 * SCALE)
    for kind in PICTURES:
        path = tmp_path / f"loss.{kind}"
        save(window, "loss", path, options=options)
        picture = opened(path)
        assert picture.shape[:2] == pytest.approx((SCALE * options.height, SCALE * options.width), abs=2)
        found = places(picture, framed(picture), size)
        for name in ("across", "along", "patch_x", "patch_y"):
            assert getattr(found, name) == pytest.approx(getattr(live, name), abs=2), f"{name} in {kind}"


def test_a_hidden_curve_is_not_exported_and_comes_back_with_its_chip(window, tmp_path):
    trained(window)
    orange = colour("test", LIGHT)
    (chip,) = [chip for chip in panel(window, "loss").face.header.legend.chips() if chip.name == "test"]
    for hidden in (False, True, False):
        save(window, "loss", tmp_path / "loss.png", overwrite=True)
        save(window, "loss", tmp_path / "loss.csv", overwrite=True)
        assert (like(opened(tmp_path / "loss.png"), orange, 20).sum() > 20) is not hidden
        with (tmp_path / "loss.csv").open(encoding="utf-8") as file:
            columns = next(csv.reader(file))
        assert ("test_loss" in columns) is not hidden
        assert "loss" in columns
        QTest.mouseClick(chip, LEFT)


def test_the_numbers_are_exported_in_full(window, tmp_path):
    trained(window, 5000)
    save(window, "loss", tmp_path / "loss.csv")
    save(window, "gradients", tmp_path / "gradients.npz")
    with (tmp_path / "loss.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["loss"]]
    frame = window.session.frame
    assert [float(row["loss"]) for row in rows] == frame.loss.tolist()
    assert [int(row["step"]) for row in rows] == list(range(5000))
    with np.load(tmp_path / "gradients.npz") as arrays:
        assert np.array_equal(arrays["gradients/grad_norm_W1"], frame.grad_norms[:, 0])


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_every_file_holds_its_recipe(window, tmp_path, kind):
    window.form.editor("hidden_sizes").set_value("20")
    for _ in range(3):
        press(window, Key.Key_Right)
    settle(window)
    window.form.editor("learning_rate").set_value("0.05")
    press(window, Key.Key_Right)
    settle(window)
    path = tmp_path / f"weights.{kind}"
    save(window, "weights", path)
    recipe = read_provenance(path)
    assert TrainingSpec.from_json(recipe.spec_json) == window.session.frame.spec
    assert TrainingSpec.from_json(recipe.spec_json).hidden_sizes == (20,)
    assert (recipe.step, recipe.version) == (4, __version__)
    assert recipe.schedule == ((3, "learning_rate", 0.05),)


def test_the_step_in_the_recipe_is_that_of_the_curves_while_it_trains(window, tmp_path):
    window.form.editor("steps").set_value(1_000_000)
    window.speed.set_value(4000)
    press(window, Key.Key_Space)
    for number in range(5):
        until(lambda: window.session.frame.step > 400 * number)  # noqa: B023
        path = tmp_path / f"{number}.npz"
        save(window, "gradients", path)
        recipe = read_provenance(path)
        with np.load(path) as arrays:
            assert len(arrays["gradients/grad_norm_W1"]) == recipe.step


def test_a_panel_that_is_hidden_can_be_exported(window, tmp_path):
    trained(window)
    window.dashboard.panels["accuracy"].close_requested.emit()
    assert not panel(window, "accuracy").isVisible()
    save(window, "accuracy", tmp_path / "accuracy.png")
    assert like(opened(tmp_path / "accuracy.png"), colour("test", LIGHT), 20).sum() > 20


def test_all_panels_are_exported_beside_the_files_that_are_there(window, tmp_path):
    trained(window)
    mine = ("loss.png", "loss-2.png", "weights.png")
    for name in mine:
        (tmp_path / name).write_bytes(b"mine")
    save(window, ALL, tmp_path)
    assert all((tmp_path / name).read_bytes() == b"mine" for name in mine)
    new = {path.name for path in tmp_path.iterdir()} - set(mine)
    assert new == {f"{name}.png" for name in PANELS} - set(mine) | {"loss-3.png", "weights-2.png"}
    assert all(read_provenance(tmp_path / name).step == 60 for name in new)


@pytest.mark.parametrize("theme", THEMES)
def test_copy_image_puts_the_panel_under_the_mouse_on_the_clipboard(open_window, theme):
    window = trained(open_window("--style", theme))
    QApplication.clipboard().clear()
    point_at(window, "weights", plot="b1")
    QTest.mouseClick(panel(window, "weights").canvas.viewport(), LEFT)
    press(window, Key.Key_C, CTRL | SHIFT)
    until(lambda: not QApplication.clipboard().image().isNull())
    image = QApplication.clipboard().image()
    canvas = panel(window, "weights").canvas
    assert (image.width(), image.height()) == (2 * canvas.width(), 2 * canvas.height())
    assert like(pixels(image), colour("b1", THEMES[theme]), 20).sum() > 50
    assert image.pixelColor(2, 2).name() == THEMES[theme].background


def test_the_training_goes_on_on_the_screen_during_an_export(window, tmp_path):
    window.form.editor("steps").set_value(1_000_000)
    window.speed.set_value(500)
    press(window, Key.Key_Space)
    until(lambda: window.session.step > 10)
    before = window.session.frames
    save(window, "weights", tmp_path / "weights.png", options=PictureOptions(900, 600, 300))
    assert window.session.frames > before + 5
    assert window.session.is_training


# ── the dialog ───────────────────────────────────────────────────────────────────────────────────────────────────────


def dialog(window) -> QDialog:
    (found,) = [each for each in window.findChildren(QDialog, "export_dialog") if each.isVisible()]
    return found


def has_dialog(window) -> bool:
    return any(each.isVisible() for each in window.findChildren(QDialog, "export_dialog"))


def part(window, name, kind=QLineEdit):
    return dialog(window).findChild(kind, f"export_{name}")


def fill(window, name, text):
    field = part(window, name)
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    QTest.keyClicks(field, text)


def choose(window, name, data):
    combo = part(window, name, QComboBox)
    combo.setCurrentIndex(combo.findData(data))


def click_save(window):
    box = dialog(window).findChild(QDialogButtonBox)
    QTest.mouseClick(box.button(QDialogButtonBox.StandardButton.Save), LEFT)


def error(window) -> str:
    label = part(window, "error", QLabel)
    return label.text() if label.isVisible() else ""


def question(window) -> QMessageBox:
    (box,) = [each for each in window.findChildren(QMessageBox, "export_replace") if each.isVisible()]
    return box


def answer(window, button):
    QTest.mouseClick(question(window).button(button), LEFT)


def ask(window):
    """Open the dialog for the loss."""
    come_back(window)
    point_at(window, "loss")
    QTest.mouseClick(panel(window, "loss").canvas.viewport(), LEFT)
    press(window, Key.Key_E, CTRL)
    assert part(window, "panel", QComboBox).currentData() == "loss"
    return window


@pytest.fixture(scope="module")
def _writing_window(_module_window, tmp_path_factory):
    """A window with a trained run that has written a file, so that the thread for it is there."""
    save(trained(_module_window), "loss", tmp_path_factory.mktemp("first") / "loss.csv")


@pytest.fixture
def asked(_writing_window, shared_window):
    """A window with a trained run and the export dialog open on its loss."""
    window = shared_window
    yield ask(window)
    for box in (*faults(window), *window.findChildren(QDialog, "export_dialog")):
        box.close()
    window.status.clearMessage()
    until(lambda: not has_dialog(window) and not window._background.busy)


def test_the_dialog_saves_what_was_filled_in_and_closes(asked, tmp_path):
    choose(asked, "panel", "gradients")
    choose(asked, "format", "png")
    choose(asked, "theme", "dark")
    fill(asked, "width", "500")
    fill(asked, "height", "300")
    fill(asked, "dpi", "144")
    fill(asked, "path", str(tmp_path / "mine.png"))
    click_save(asked)
    until(lambda: not has_dialog(asked))
    assert asked.status.currentMessage() == "Saved “mine.png”"
    picture = opened(tmp_path / "mine.png")
    assert picture.shape == (300, 500, 3)
    assert like(picture, DARK.background, 0).mean() > 0.3
    assert read_provenance(tmp_path / "mine.png").step == 60


def test_the_dialog_suggests_the_size_of_the_panel_and_a_name_for_what_is_chosen(asked):
    canvas = panel(asked, "loss").canvas
    size = part(asked, "width").text(), part(asked, "height").text()
    assert size == (str(2 * max(canvas.width(), 480)), str(2 * max(canvas.height(), 320)))
    assert part(asked, "dpi").text() == "192"
    assert Path(part(asked, "path").text()).name == "loss.png"
    choose(asked, "panel", "weights")
    choose(asked, "format", "svg")
    assert Path(part(asked, "path").text()).name == "weights.svg"
    assert not part(asked, "dpi").isEnabled()
    choose(asked, "format", "csv")
    assert not part(asked, "width").isEnabled()


def choose_as_a_person(window, name, data):
    """Choose an entry of a list, which tells more than a change from within does."""
    combo = part(window, name, QComboBox)
    combo.setCurrentIndex(combo.findData(data))
    combo.activated.emit(combo.currentIndex())


@pytest.mark.parametrize(
    ("preset", "pixels_of_it", "points"), [("paper1", (2008, 1417), "7"), ("slide", (1920, 1080), "18")]
)
def test_a_preset_for_paper_or_slides_is_that_large(asked, tmp_path, preset, pixels_of_it, points):
    choose_as_a_person(asked, "preset", preset)
    assert part(asked, "font").text() == points
    assert part(asked, "hint", QLabel).text() == f"{pixels_of_it[0]:,} × {pixels_of_it[1]:,} pixels"
    fill(asked, "path", str(tmp_path / "loss.png"))
    click_save(asked)
    until(lambda: not has_dialog(asked))
    with Image.open(tmp_path / "loss.png") as image:
        assert image.size == pixels_of_it


def test_another_unit_says_the_same_size_and_typing_makes_it_custom(asked):
    choose_as_a_person(asked, "preset", "paper1")
    choose(asked, "unit", "in")
    assert (part(asked, "width").text(), part(asked, "height").text()) == ("3.346", "2.362")
    assert part(asked, "preset", QComboBox).currentData() == "paper1"
    fill(asked, "width", "5")
    assert part(asked, "preset", QComboBox).currentData() == ""
    assert part(asked, "hint", QLabel).text() == "3,000 × 1,417 pixels"


def test_a_finer_picture_as_on_the_screen_has_more_pixels_and_the_same_letters(asked):
    width = int(part(asked, "width").text())
    fill(asked, "dpi", "384")
    assert int(part(asked, "width").text()) == 2 * width
    assert part(asked, "preset", QComboBox).currentData() == "screen"
    choose_as_a_person(asked, "preset", "")
    fill(asked, "dpi", "96")
    assert int(part(asked, "width").text()) == 2 * width


@pytest.mark.parametrize("kept", [False, True])
def test_the_letters_of_an_svg_are_text_only_where_that_was_asked_for(asked, tmp_path, kept):
    choose(asked, "format", "svg")
    box = part(asked, "svg_text", QCheckBox)
    assert box.isEnabled()
    box.setChecked(kept)
    fill(asked, "path", str(tmp_path / "loss.svg"))
    click_save(asked)
    until(lambda: not has_dialog(asked))
    assert (">training step</text>" in (tmp_path / "loss.svg").read_text("utf-8")) is kept
    picture = read_recipe(tmp_path / "loss.svg").picture
    assert picture is not None
    assert picture.svg_text is kept


@pytest.mark.parametrize("button", [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
def test_a_file_that_is_there_is_replaced_only_after_yes(asked, tmp_path, button):
    path = tmp_path / "loss.png"
    path.write_bytes(b"mine")
    fill(asked, "path", str(path))
    click_save(asked)
    assert "loss.png" in question(asked).text()
    assert path.read_bytes() == b"mine"
    answer(asked, button)
    if button == QMessageBox.StandardButton.Yes:
        until(lambda: not has_dialog(asked))
        assert read_provenance(path).step == 60
    else:
        assert has_dialog(asked)
        assert not asked.status.currentMessage().startswith("Saved")
        assert path.read_bytes() == b"mine"
        fill(asked, "path", str(tmp_path / "other.png"))
        click_save(asked)
        until(lambda: not has_dialog(asked))
        assert path.read_bytes() == b"mine"
        assert (tmp_path / "other.png").is_file()


def test_a_full_disk_is_told_in_the_dialog_and_leaves_the_old_file(asked, tmp_path, monkeypatch):
    path = tmp_path / "loss.png"
    path.write_bytes(b"mine")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    fill(asked, "path", str(path))
    with monkeypatch.context() as patch:
        patch.setattr("model.files._fill", full)
        click_save(asked)
        answer(asked, QMessageBox.StandardButton.Yes)
        until(lambda: "The disk is full" in error(asked))
    assert path.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [path]
    click_save(asked)
    answer(asked, QMessageBox.StandardButton.Yes)
    until(lambda: not has_dialog(asked))
    assert read_provenance(path).step == 60


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere/loss.png", "There is no folder"),
        ("loss.bmp", "not known"),
        ("loss", "needs an ending"),
        ("folder.png", "It is a folder"),
        ("full.png", "device"),
        ("x" * 300 + ".png", "too long"),
    ],
)
def test_a_target_that_cannot_be_written_is_told_in_the_dialog_which_stays(asked, tmp_path, name, told):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "full.png").symlink_to("/dev/full")
    before = sorted(path.name for path in tmp_path.iterdir())
    fill(asked, "path", str(tmp_path / name))
    click_save(asked)
    until(lambda: told in error(asked))
    assert has_dialog(asked)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert faults(asked) == []
    fill(asked, "path", str(tmp_path / "good.png"))
    click_save(asked)
    until(lambda: not has_dialog(asked))


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("width", "wide", "Width must be a number"),
        ("height", "-3", "Height must be a number"),
        ("width", "200000", "too large"),
        ("dpi", "1", "from 10 to 2400"),
        ("dpi", "0", "from 10 to 2400"),
        ("width", "3", "at least 16"),
        ("font", "900", "from 3 to 72"),
        ("font", "big", "Font size must be a number"),
    ],
)
def test_a_size_that_cannot_be_is_told_before_anything_is_drawn(asked, tmp_path, field, typed, told):
    fill(asked, "path", str(tmp_path / "loss.png"))
    fill(asked, field, typed)
    click_save(asked)
    assert told in error(asked)
    assert has_dialog(asked)
    assert list(tmp_path.iterdir()) == []


def test_a_second_click_on_save_is_no_fault(asked, tmp_path):
    fill(asked, "path", str(tmp_path / "loss.png"))
    click_save(asked)
    click_save(asked)
    until(lambda: not has_dialog(asked))
    until(lambda: not asked._background.busy)
    save(asked, "loss", tmp_path / "after.png")  # what was asked for before has been told by then
    assert faults(asked) == []
    assert {path.name for path in tmp_path.iterdir()} == {"loss.png", "after.png"}


def test_the_ending_decides_whether_every_number_is_wanted(window, tmp_path):
    ask(trained(window, 9000))
    fill(window, "path", str(tmp_path / "loss.csv"))
    assert part(window, "format", QComboBox).currentData() == "png"
    click_save(window)
    until(lambda: not has_dialog(window))
    with (tmp_path / "loss.csv").open(encoding="utf-8") as file:
        assert sum(row["loss"] != "" for row in csv.DictReader(file)) == 9000


def test_what_is_typed_where_it_does_not_count_is_no_hindrance(asked, tmp_path):
    fill(asked, "width", "wide")
    choose(asked, "format", "csv")
    fill(asked, "path", str(tmp_path / "loss.csv"))
    click_save(asked)
    until(lambda: not has_dialog(asked))
    assert (tmp_path / "loss.csv").is_file()


def test_a_dialog_that_was_cancelled_stands_in_nobodys_way(asked, tmp_path):
    QTest.keyClick(dialog(asked), Key.Key_Escape)
    until(lambda: not has_dialog(asked))
    save(asked, "loss", tmp_path / "loss.png")
    asked.desk.save(ExportRequest("loss", "png", tmp_path / "loss.png", PictureOptions()))
    until(lambda: faults(asked))
    assert "There is a file of this name already" in faults(asked)[0].informativeText()


def test_a_dialog_that_is_left_during_the_export_lets_it_finish(asked, tmp_path):
    fill(asked, "path", str(tmp_path / "loss.png"))
    click_save(asked)
    QTest.keyClick(dialog(asked), Key.Key_Escape)
    until(lambda: asked.status.currentMessage().startswith("Saved"))
    assert read_provenance(tmp_path / "loss.png").step == 60


def test_a_panel_that_cannot_be_drawn_is_told_and_the_others_are_exported(window, tmp_path, caplog):
    trained(window)

    def boom(*_):
        raise ArithmeticError("no figure today")

    panel(window, "loss").drawing.panel = replace(panel(window, "loss").panel, make=boom)
    save(window, "weights", tmp_path / "weights.png")
    window.desk.save(ExportRequest("loss", "png", tmp_path / "loss.png", PictureOptions()))
    until(lambda: faults(window))
    assert "no figure today" in faults(window)[0].informativeText()
    assert not (tmp_path / "loss.png").exists()


# ── opening what was exported ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_opening_an_exported_file_brings_back_the_run_and_how_it_was_looked_at(open_window, tmp_path, kind):
    first = open_window()
    first.form.editor("seed").set_value(7)
    trained(first)
    view = panel(first, "gradients")
    view.set_view(log_y=False, smoothing=0.5, hidden=frozenset({"b1"}))
    settle(first)
    wheel(first, "gradients", 1, 0.6, 0.4)
    shown = view.shown_view()
    path = tmp_path / f"gradients.{kind}"
    save(first, "gradients", path)
    view.set_view(log_y=True, smoothing=0.0, hidden=frozenset())
    view.face.figure_view.fit()
    first.form.editor("seed").set_value(8)
    settle(first)
    first.desk.read_spec(path)
    until(lambda: first.session.frame is not None and first.session.frame.spec.seed == 7)
    assert first.session.step == 60
    settle(first)
    again = view.shown_view()
    assert (again.log_y, again.smoothing, again.hidden) == (shown.log_y, shown.smoothing, shown.hidden)
    for one, other in zip(again.ranges["gradients"], shown.ranges["gradients"], strict=True):
        assert one == pytest.approx(other)
    assert faults(first) == []


def test_a_picture_without_a_recipe_is_told_and_changes_nothing(window, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "photo.png")
    before = window.session.spec
    window.desk.read_spec(tmp_path / "photo.png")
    assert "holds no recipe" in faults(window)[0].informativeText()
    assert window.session.spec == before


def test_a_picture_can_be_opened_from_the_command_line(open_window, tmp_path):
    first = open_window()
    first.form.editor("hidden_sizes").set_value("9,8")
    settle(first)
    save(first, "weights", tmp_path / "weights.svg")
    assert open_window(str(tmp_path / "weights.svg")).session.spec.hidden_sizes == (9, 8)


def test_a_picture_from_the_command_line_is_looked_at_as_it_was(open_window, tmp_path):
    first = open_window()
    trained(first)
    panel(first, "gradients").set_view(log_y=False, smoothing=0.5, hidden=frozenset({"b1"}))
    settle(first)
    wheel(first, "gradients", 1, 0.6, 0.4)
    shown = panel(first, "gradients").shown_view()
    save(first, "gradients", tmp_path / "gradients.svg")
    panel(first, "gradients").set_view(log_y=True, smoothing=0.0, hidden=frozenset())
    second = open_window(str(tmp_path / "gradients.svg"))
    until(lambda: second.session.step == 60)
    settle(second)
    again = panel(second, "gradients").shown_view()
    assert (again.log_y, again.smoothing, again.hidden) == (False, 0.5, {"b1"})
    for one, other in zip(again.ranges["gradients"], shown.ranges["gradients"], strict=True):
        assert one == pytest.approx(other)


def test_a_picture_of_a_network_of_another_depth_keeps_its_ranges(open_window, tmp_path):
    first = open_window("--hidden-sizes", "5,5")
    trained(first)
    panel(first, "weights").face.figure_view.zoom_to({"W3": ((-0.5, 0.25), (0.0, 7.0))})
    save(first, "weights", tmp_path / "weights.svg")
    first.form.editor("hidden_sizes").set_value("5")
    settle(first)
    first.desk.read_spec(tmp_path / "weights.svg")
    until(lambda: first.session.spec.hidden_sizes == (5, 5))
    settle(first)
    x, y = panel(first, "weights").shown_view().ranges["W3"]
    assert (*x, *y) == pytest.approx((-0.5, 0.25, 0.0, 7.0))


def test_a_knob_beside_a_picture_makes_another_run_with_ranges_of_its_own(open_window, tmp_path):
    first = open_window()
    trained(first)
    save(first, "loss", tmp_path / "loss.svg")
    second = open_window(str(tmp_path / "loss.svg"), "--seed", "9")
    settle(second)
    assert (second.session.spec.steps, second.session.spec.seed) == (60, 9)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "npz", "run"])
def test_a_file_brings_its_run_back_bit_by_bit_with_live_edits_and_at_its_step(window, tmp_path, kind):
    press(window, Key.Key_Right)
    until(lambda: window.session.frame.step == 1)
    window.form.editor("learning_rate").set_value(0.3)
    window.session.run.train_to(25)
    until(lambda: window.session.step == 25)
    settle(window)
    before = window.session.frame
    assert before.schedule == ((1, "learning_rate", 0.3),)
    path = tmp_path / f"loss.{kind.replace('run', 'npz')}"
    if kind == "run":
        save_run(window.session.engine(), path)
    else:
        save(window, "loss", path)
    window.form.editor("seed").set_value(3)
    settle(window)
    read_dropped(str(path), window.desk, window.data_desk, window.run_files, window.form)
    until(lambda: window.session.spec.seed == 0)
    settle(window)
    frame = window.session.frame
    assert (frame.step, frame.schedule) == (25, before.schedule)
    assert window.session.spec.learning_rate == 0.3
    np.testing.assert_array_equal(frame.loss, before.loss)
    for name, values in before.params.items():
        np.testing.assert_array_equal(frame.params[name], values)


def test_a_file_whose_run_would_take_for_ever_holds_nothing_up(window, tmp_path):
    spec = window.session.spec.replaced(steps=1_000_000_000, eval_every=1_000_000)
    endless, soon = tmp_path / "endless.npz", tmp_path / "soon.png"
    engine = Engine(spec, window.session.data, kernel_stepper)
    engine.train(3)
    save_run(engine, endless)
    trained(window)
    save(window, "loss", soon)
    window.form.editor("seed").set_value(3)
    settle(window)
    recipe = read_recipe(endless)
    window.desk.bring_back(replace(recipe, run=replace(recipe.run, reached=1_000_000_000)))
    window.desk.read_spec(soon)
    until(lambda: window.session.spec.seed == 0)
    assert window.session.step == 60


def test_the_runs_beside_a_picture_come_back_with_it(window, tmp_path):
    trained(window)
    window.session.shelving.pin()
    window.form.editor("init").set_value("he")
    if not window.session.is_training:
        window.session.train()
    until(lambda: window.session.state == "finished")
    settle(window)
    save(window, "loss", tmp_path / "loss.svg")
    (old,) = [one for one in window.session.comparison.runs() if one.slot]
    action(window, "unpin_all").trigger()
    window.form.editor("seed").set_value(3)
    settle(window)
    window.desk.read_spec(tmp_path / "loss.svg")
    until(lambda: window.session.spec.seed == 0)
    settle(window)
    assert window.session.spec.init == "he"
    again = [one for one in window.session.comparison.runs() if one.slot]
    assert [one.frame.spec for one in again] == [old.frame.spec]
    np.testing.assert_array_equal(again[0].frame.loss, old.frame.loss)
    assert faults(window) == []


def test_a_recipe_that_the_window_shows_whole_needs_no_words(window, tmp_path):
    trained(window)
    save(window, "loss", tmp_path / "loss.png")
    window.form.editor("seed").set_value(3)
    settle(window)
    window.desk.read_spec(tmp_path / "loss.png")
    until(lambda: window.session.spec.seed == 0)
    settle(window)
    assert window.note.text() == ""


def test_on_paper_a_panel_with_more_rows_of_plots_is_higher(open_window):
    window = open_window("--hidden-sizes", "5,5")
    ask(window)
    choose_as_a_person(window, "preset", "paper1")
    assert part(window, "height").text() == "60"
    choose(window, "panel", "weights")
    assert part(window, "height").text() == "90"
    choose(window, "panel", "loss")
    assert part(window, "height").text() == "60"


def test_a_picture_dropped_on_the_window_is_opened_as_a_recipe(window, tmp_path):
    window.form.editor("seed").set_value(11)
    settle(window)
    save(window, "weights", tmp_path / "weights.PNG")
    window.form.editor("seed").set_value(12)
    settle(window)
    read_dropped(str(tmp_path / "weights.PNG"), window.desk, window.data_desk, window.run_files, window.form)
    until(lambda: window.session.spec.seed == 11)


def test_an_export_of_a_run_that_the_kernels_have_not_trained_says_so(window, tmp_path):
    said = []
    window.desk.explained.connect(said.append)
    window.session.run.use(ClassStepper)
    save(trained(window, 5), "loss", tmp_path / "before.png")
    assert "without the compiled kernels" in said[-1]
    window.session.run.use(kernel_stepper)
    until(lambda: window.session.engine().stepper is kernel_stepper and window.session.step == 5)
    settle(window)
    save(window, "loss", tmp_path / "after.png")
    assert len(said) == 1
