"""Take the pictures of the documentation in a window that is really shown: `make screenshots`.

Without arguments those that the documents use, into docs/images; with `--all DIR` every scene there is,
light and dark, in both sizes, into DIR. Settings of one's own are neither read nor written.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QLineEdit, QWidget

from gui.app import launch
from model.training import warmup
from model.training.frame import Frame

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGE, SMALL = (1440, 900), (1024, 720)
MOST_BYTES = 250_000
PATIENCE = 60.0


class Stage:
    """One window in a state, made step by step; waits for what it asks for."""

    def __init__(self, theme: str, size: tuple[int, int], folder: Path) -> None:
        self.folder = folder
        """A place for files that a scene needs."""
        self.application, self.window = launch(["--reset", "--style", theme])
        self.window.move(40, 40)
        self.window.resize(*size)
        self.window.speed.set_value("max")
        self.until(lambda: not self.label("status_engine").text(), "the kernels")
        self.until(lambda: self.window.session.frame is not None, "a first frame")

    def close(self) -> None:
        """Take the window away with all that belongs to it."""
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def label(self, name: str) -> QLabel:
        """Give a label of the status bar."""
        return self.window.findChild(QLabel, name)

    def set(self, **knobs: object) -> None:
        """Set knobs as if they had been typed, without looking whether they were taken."""
        for name, value in knobs.items():
            self.window.form.reveal(name)
            self.window.form.editor(name).set_value(value)

    def train(self, **knobs: object) -> None:
        """Set knobs, train to the end, and wait until the panels show it."""
        self.set(**knobs)
        if not self.window.session.is_training:
            self.window.session.train()
        self.until(lambda: self.window.session.state == "finished", "the end of the training")
        self.shown()

    def train_to(self, step: int, rate: float) -> None:
        """Train at this pace and go on once the step has been reached, with the training still running."""
        self.window.speed.set_value(rate)
        self.window.session.train()
        self.until(lambda: self.window.session.step >= step and bool(self.label("status_rate").text()), "the step")

    def shown(self) -> None:
        """Wait until every visible panel shows the newest frame and nothing is left to paint."""
        session, panels = self.window.session, self.window.dashboard.visible_panels().values()
        self.until(lambda: session.settle(0) and self._is_newest(session.frame), "the last frame")
        self.until(lambda: all(panel.frame is session.frame for panel in panels), "the panels")

    def _is_newest(self, frame: Frame) -> bool:
        recording = self.window.session.engine().recording
        return (frame.run, frame.step) == (recording.run, recording.step)

    def trigger(self, action: str) -> None:
        """Choose an action from a menu."""
        self.window.findChild(QAction, action).trigger()

    def drop(self, path: Path) -> None:
        """Drop a file on the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        middle, copy = QPointF(self.window.rect().center()), Qt.DropAction.CopyAction
        event = QDropEvent(middle, copy, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        self.window.dropEvent(event)  # Qt itself only lets a drag that goes on be dropped

    def dialog(self) -> QDialog:
        """Wait for the dialog that has been asked for."""
        self.until(lambda: isinstance(QApplication.activeModalWidget(), QDialog), "the dialog")
        return QApplication.activeModalWidget()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until the condition holds; raises TimeoutError after a minute."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"the window did not come to {what}")
            self.application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)

    def take(self, path: Path, target: QWidget) -> None:
        """Save the window or a dialog as it stands on the screen."""
        target.raise_()
        self.application.processEvents()
        for panel in self.window.dashboard.visible_panels().values():
            panel.canvas.viewport().repaint()
        target.repaint()
        self.application.processEvents()
        at, size = target.mapToGlobal(QPoint()), target.size()
        picture = target.screen().grabWindow(0, at.x(), at.y(), size.width(), size.height())
        if picture.isNull() or not picture.save(str(path), "PNG", 0):
            raise OSError(f"{path} could not be saved")


# ── scenes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Scene = Callable[[Stage], QWidget | None]
"""Brings a stage into a state; gives the dialog to take, or None for the whole window."""


def untrained(stage: Stage) -> None:
    """Show what stands there before anything was trained."""
    stage.shown()


def training(stage: Stage) -> None:
    """Show a run under way, with the book's behind it."""
    stage.train()
    stage.window.speed.set_value(300)
    stage.set(init="he")
    stage.train_to(830, 300)


def finished(stage: Stage) -> None:
    """Show the book's network at its end."""
    stage.train()


def compared(stage: Stage) -> None:
    """Show He's scheme before the book's run."""
    stage.train()
    stage.train(init="he")


def zero(stage: Stage) -> None:
    """Show all weights equal, behind the run that learned."""
    stage.train()
    stage.train(weight_init_std=0)


def one(stage: Stage) -> None:
    """Show weights much too large, behind the run that learned."""
    stage.train()
    stage.train(weight_init_std=1)


def deep(stage: Stage) -> None:
    """Show a deep network in which the gradient vanishes."""
    stage.train(hidden_sizes="50,50,50,50,50")


def diverged(stage: Stage) -> None:
    """Show a run whose parameters left the numbers."""
    stage.train(activation="linear", learning_rate=1, weight_init_std=1)


def huge(stage: Stage) -> None:
    """Show weights that are infinite before the first step."""
    stage.train(weight_init_std=1e308)


def points(stage: Stage) -> None:
    """Show points in the plane instead of digits."""
    stage.train(dataset="spirals", init="he", hidden_sizes="8")


def long_run(stage: Stage) -> None:
    """Show a history that had to be gathered into stretches."""
    stage.train(hidden_sizes="8", dataset="moons", steps=200_000, init="he")


def nonsense(stage: Stage) -> None:
    """Show what is said at fields that hold what nobody can take."""
    stage.train()
    stage.set(weight_init_std="0,01", seed="-1", hidden_sizes="50,,50", learning_rate="nan", batch_size="0")
    stage.window.form.reveal("weight_init_std")


def maximized(stage: Stage) -> None:
    """Show one panel with all the room."""
    stage.train()
    stage.train(init="he")
    stage.window.dashboard.docks.maximize("gradients")
    stage.until(lambda: len(stage.window.dashboard.visible_panels()) == 1, "one panel")


def book_comparison(stage: Stage) -> None:
    """Show the book's comparison of three initialisations, figure 6-15, made by a race."""
    stage.set(hidden_sizes="100,100,100,100", learning_rate=0.01, batch_size=128, steps=2000)
    _race(stage, "0.01, LeCun, He")
    stage.until(lambda: stage.window.session.state == "finished", "the end of the race")
    stage.window.dashboard.docks.maximize("loss")
    stage.window.dashboard.panels["loss"].set_view(smoothing=0.9)
    stage.until(lambda: len(stage.window.dashboard.visible_panels()) == 1, "one panel")
    stage.shown()


def race(stage: Stage) -> None:
    """Show a race under way."""
    stage.set(hidden_sizes="50,50,50", activation="tanh")
    stage.window.speed.set_value(300)
    _race(stage, "0.01, Glorot, He, 1")
    stage.until(lambda: stage.window.session.step >= 700, "the middle of the race")


def _race(stage: Stage, values: str) -> None:
    stage.trigger("race")
    dialog = stage.window.findChild(QDialog, "race_dialog")
    dialog.findChild(QLineEdit, "race_values").setText(values)
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    stage.until(lambda: stage.window.session.is_training, "the race")


def seed_band(stage: Stage) -> None:
    """Show what of a run is chance: XOR with two units a layer, which one seed in five does not learn."""
    stage.train(dataset="xor", hidden_sizes="2,2", activation="tanh", init="he", learning_rate=0.5)
    stage.trigger("repeat")
    stage.dialog().findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    stage.until(lambda: "All" in stage.window.status.currentMessage(), "the seeds")
    stage.shown()


def slider(stage: Stage) -> None:
    """Show an earlier step on every panel, and the weights through time."""
    stage.train(init="he", activation="tanh")
    stage.window.dashboard.panels["weights"].set_view(through_time=True)
    stage.window.dashboard.reveal("activations")
    stage.until(lambda: stage.window.dashboard.panels["weights"].view.past is not None, "the steps")
    stage.until(lambda: stage.window.dashboard.panels["weights"].view.past.done, "all steps")
    stage.window.session.seek(420)
    stage.until(lambda: stage.window.session.settle(0) and stage.window.session.frame.step == 420, "the step")
    stage.until(lambda: stage.window.dashboard.settled, "the panels")


def export_dialog(stage: Stage) -> QWidget:
    """Show the dialog that saves a panel."""
    stage.train()
    stage.trigger("export_image")
    return stage.dialog()


def data_preview(stage: Stage) -> QWidget:
    """Show what a data file holds before it is taken."""
    path = stage.folder / "beans.csv"
    path.write_text(_beans(), encoding="utf-8")
    stage.drop(path)
    return stage.dialog()


def _beans() -> str:
    rng = np.random.default_rng(7)
    rows = ["length,width,mass,colour,kind"]
    for kind, centre in (("kidney", (16, 8, 0.6, 3)), ("lentil", (6, 6, 0.05, 2)), ("soy", (8, 7, 0.2, 1))):
        cells = rng.normal(centre, np.abs(centre) * np.full(4, 0.08), (60, 4))
        rows += [",".join(f"{cell:.3f}" for cell in row) + f",{kind}" for row in cells]
    return "\n".join(rows) + "\n"


SCENES: dict[str, Scene] = {
    scene.__name__.replace("_", "-"): scene
    for scene in (
        untrained, training, finished, compared, zero, one, deep, diverged, huge, points, long_run, nonsense, maximized,
        book_comparison, race, seed_band, slider, export_dialog, data_preview,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to take."""

    name: str
    scene: str
    theme: str = "light"
    size: tuple[int, int] = LARGE


DOCUMENTED = (
    Picture("window", "training"),
    Picture("dark", "compared", "dark"),
    Picture("figure-6-15", "book-comparison"),
    Picture("race", "race"),
    Picture("seeds", "seed-band", size=(1200, 760)),
    Picture("slider", "slider"),
    Picture("zero", "zero"),
    Picture("diverged", "diverged"),
    Picture("errors", "nonsense", size=SMALL),
    Picture("export", "export-dialog"),
    Picture("data", "data-preview"),
)
EVERYTHING = tuple(
    Picture(f"{scene}-{theme}-{size[0]}x{size[1]}", scene, theme, size)
    for scene in SCENES
    for theme in ("light", "dark")
    for size in (LARGE, SMALL)
)


def main() -> int:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="DIR", help="take every scene in every dress, into this folder")
    parser.add_argument("--only", metavar="TEXT", default="", help="take only those with this in their name")
    arguments = parser.parse_args()
    folder = arguments.all or IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    warmup.build()
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    too_large = []
    with tempfile.TemporaryDirectory() as home:
        _isolate(Path(home))
        for picture in EVERYTHING if arguments.all else DOCUMENTED:
            if arguments.only not in picture.name:
                continue
            path = folder / f"{picture.name}.png"
            _take(picture, path, Path(home))
            print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB", flush=True)
            if path.stat().st_size > MOST_BYTES:
                too_large.append(path.name)
    if too_large and not arguments.all:
        print(f"Larger than {MOST_BYTES // 1000} kB: {', '.join(too_large)}", file=sys.stderr)
        return 1
    return 0


def _isolate(home: Path) -> None:
    """Give the program an empty home for its settings and runs, and no folder of this machine to show."""
    for part in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{part}_HOME"] = str(home)
    (home / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="/srv/lecture"\n', encoding="utf-8")


def _take(picture: Picture, path: Path, home: Path) -> None:
    stage = Stage(picture.theme, picture.size, home)
    try:
        dialog = SCENES[picture.scene](stage)
        stage.take(path, dialog or stage.window)
        if dialog is not None:
            dialog.close()
    finally:
        stage.close()


if __name__ == "__main__":
    sys.exit(main())
