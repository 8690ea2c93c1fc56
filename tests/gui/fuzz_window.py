"""Random use of the real window, with a watch over its event loop: `make fuzz-window ARGS="--minutes 6 --seed 1"`.

A seed decides what is done, the clock when. It fails on an exception, a message of Qt, or a stall: a gap between two
beats of the event loop above 250 ms in which the program had the processor for most of the time. Each long gap is
told with what the thread of the window was at, as another thread saw it.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QPushButton, QTabBar, QWidget

from gui.app import launch
from gui.window.main_window import MainWindow
from model.training.presets import presets

STALL = 0.25
TOLD = 0.1
"""Seconds from which on a gap is told."""
_BUSY = 0.5
"""The least share of a stall in which the program had a processor: else the machine was busy with something else."""
_QUIET_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_R, Qt.Key.Key_N, Qt.Key.Key_C, Qt.Key.Key_S, Qt.Key.Key_L,
               Qt.Key.Key_F, Qt.Key.Key_M, Qt.Key.Key_Escape, Qt.Key.Key_Tab)  # fmt: skip
_ACTIONS = ("train", "step", "reset", "new_seed", "continue_run", "undo", "scrub", "defaults", "export_image",
            "export_all", "copy_image", "copy_command", "fit", "log_y", "log_x", "maximize", "arrange",
            "toggle_style", "redo", "race", "repeat", "pin", "unpin_all", "play", "step_back", "step_forward",
            "first_step", "newest_step", "fork", "runs", "through_time", "lab_sheet")  # fmt: skip
_VALUES: dict[str, tuple[object, ...]] = {
    "weight_init_std": (0.0, 1e-5, 0.01, 0.1, 1.0, 10.0, 1e3, 1e308),
    "init": ("std", "lecun", "glorot", "he", "orthogonal", "lsuv"),
    "init_distribution": ("normal", "uniform"),
    "seed": (0, 1, 7, 4294967295),
    "hidden_sizes": ((1,), (50,), (8, 8), (50, 50, 50), (50,) * 8, (300, 100), (20,) * 20, (2000,)),
    "activation": ("relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"),
    "parametrization": ("standard", "mup"),
    "base_width": (1, 64, 1000),
    "dataset": ("digits", "spirals", "circles", "moons", "xor", "gaussians"),
    "scaling": ("auto", "standard", "none"),
    "samples": (10, 500, 20_000),
    "noise": (0.0, 0.1, 5.0),
    "optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
    "learning_rate": (0.0, 0.01, 0.1, 2.0, 1e9),
    "momentum": (0.0, 0.9, 0.99),
    "weight_decay": (0.0, 0.01, 10.0),
    "batch_size": (1, 100, 1000, 10**7),
    "steps": (0, 1, 200, 2000, 50_000, 10_000_000),
    "eval_every": (0, 1, 1000),
    "stop_accuracy": (0.0, 0.5, 0.9),
    "dtype": ("float32", "float64"),
}


@dataclass(frozen=True)
class Gap:
    """A time in which the event loop did not turn, in seconds: its length, and how long the program had a processor."""

    length: float
    of_window: float
    of_program: float
    doing: str
    stacks: list[str]

    @property
    def is_stall(self) -> bool:
        return self.length > STALL and self.of_program > _BUSY * self.length


class Watch(QObject):
    """Beats in the event loop; a thread beside it looks what the window's thread is at when a beat does not come."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self.doing = ""
        self._main = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._main)
        self._last = self._read()
        self._stacks: list[str] = []
        self._over = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(5)
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _read(self) -> tuple[float, float, float]:
        return time.monotonic(), time.clock_gettime(self._clock), time.process_time()

    @Slot()
    def _beat(self) -> None:
        now, last = self._read(), self._last
        self._last, stacks, self._stacks = now, self._stacks, []
        length, of_window, of_program = (after - before for after, before in zip(now, last, strict=True))
        if length > TOLD:
            self.gaps.append(Gap(length, of_window, of_program, self.doing, stacks))

    def _look(self) -> None:
        while not self._over:
            time.sleep(0.02)
            late = time.monotonic() - self._last[0]
            if late > 0.04 and len(self._stacks) < 40:
                frame = sys._current_frames().get(self._main)
                self._stacks.append("".join(traceback.format_stack(frame)[-7:]))

    def stop(self) -> None:
        self._over = True
        self._timer.stop()
        self._thread.join()


@dataclass
class Faults:
    """What must not happen."""

    told: list[str] = field(default_factory=list)

    def take_exception(self, *args: object) -> None:
        self.told.append("".join(traceback.format_exception(*args)))  # type: ignore[arg-type]

    def take_message(self, kind: QtMsgType, _context: object, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and "propagateSizeHints" not in text and "raise()" not in text:
            self.told.append(f"Qt: {text}")


class Hand(QObject):
    """Does something random at every tick, also to a dialog or a menu that has opened."""

    def __init__(self, window: MainWindow, rng: random.Random, folder: Path, watch: Watch) -> None:
        super().__init__(window)
        self._window = window
        self._rng = rng
        self._folder = folder
        self._watch = watch
        self.done = 0
        self._dragging = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._act)
        self._deeds: Sequence[tuple[int, Callable[[], None]]] = (
            (6, self._turn), (3, self._drag), (4, self._press), (3, self._trigger), (3, self._reveal), (2, self._point),
            (2, self._wheel), (1, self._resize), (1, self._preset), (2, self._speed), (1, self._tab), (1, self._drop),
        )  # fmt: skip
        self._timer.start(40)

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _act(self) -> None:
        if self._dragging:
            return  # one hand does one thing at a time
        self._timer.setInterval(self._rng.choice((10, 40, 100, 300)))
        self.done += 1
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        popup, dialog = application.activePopupWidget(), application.activeModalWidget()
        if popup is not None:
            popup.close()
        elif isinstance(dialog, QDialog):
            self._answer(dialog)
        else:
            weights, deeds = zip(*self._deeds, strict=True)
            (deed,) = self._rng.choices(deeds, weights)
            self._watch.doing = deed.__name__
            deed()

    def _answer(self, dialog: QDialog) -> None:
        self._watch.doing = f"answering {type(dialog).__name__}"
        buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
        buttons = [each for each in buttons if "rowse" not in each.text()]
        if isinstance(dialog, QFileDialog | QMessageBox) or not buttons or self._rng.random() < 0.2:
            dialog.reject()
        else:
            self._rng.choice(buttons).click()

    def _turn(self) -> None:
        name = self._rng.choice(list(_VALUES))
        value = self._rng.choice(_VALUES[name])
        self._watch.doing = f"{name} = {value}"
        self._window.form.reveal(name)
        self._window.form.editor(name).set_value(value)

    def _drag(self) -> None:
        dial = self._window.findChild(QWidget, "weight_init_std_dial")
        width, height = dial.width(), dial.height()
        self._dragging = True
        QTest.mousePress(dial, Qt.MouseButton.LeftButton, pos=QPoint(self._rng.randrange(width), height // 2))
        for _ in range(self._rng.randrange(1, 12)):
            QTest.mouseMove(dial, QPoint(self._rng.randrange(width), height // 2))
            QApplication.processEvents()
        QTest.mouseRelease(dial, Qt.MouseButton.LeftButton, pos=QPoint(self._rng.randrange(width), height // 2))
        self._dragging = False

    def _press(self) -> None:
        key = self._rng.choice(_QUIET_KEYS)
        shift = Qt.KeyboardModifier.ShiftModifier if self._rng.random() < 0.1 else Qt.KeyboardModifier.NoModifier
        self._watch.doing = f"key {key.name}"
        QTest.keyClick(QApplication.focusWidget() or self._window, key, shift)

    def _trigger(self) -> None:
        name = self._rng.choice(_ACTIONS)
        self._watch.doing = f"action {name}"
        action = self._window.findChild(QAction, name)
        if action is not None and action.isEnabled():
            action.trigger()

    def _reveal(self) -> None:
        name = self._rng.choice(list(self._window.dashboard.panels))
        self._watch.doing = f"panel {name}"
        self._window.dashboard.reveal(name)

    def _canvas(self) -> QWidget:
        shown = [view for view in self._window.dashboard.panels.values() if view.in_sight]
        canvases = [view.canvas.viewport() for view in shown if not view.canvas.visibleRegion().isEmpty()]
        return self._rng.choice(canvases) if canvases else self._window

    def _somewhere(self, widget: QWidget) -> QPoint:
        seen = widget.visibleRegion().boundingRect()
        across, down = self._rng.randrange(max(seen.width(), 1)), self._rng.randrange(max(seen.height(), 1))
        return seen.topLeft() + QPoint(across, down)

    def _point(self) -> None:
        canvas = self._canvas()
        for _ in range(4):
            QTest.mouseMove(canvas, self._somewhere(canvas))
        if self._rng.random() < 0.2:
            QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=self._somewhere(canvas))

    def _wheel(self) -> None:
        canvas, notches = self._canvas(), self._rng.choice((-480, -120, 120, 480))
        at = canvas.mapTo(self._window, self._somewhere(canvas))
        QTest.wheelEvent(self._window.windowHandle(), at.toPointF(), QPoint(0, notches))

    def _resize(self) -> None:
        self._window.resize(self._rng.randrange(760, 1580), self._rng.randrange(480, 1150))

    def _preset(self) -> None:
        chosen = self._rng.choice(list(presets().values()))
        self._window.desk.take_preset(chosen)

    def _speed(self) -> None:
        self._window.speed.set_value(self._rng.choice(("max", "auto", 1, 10, 30, 300, 5000)))

    def _tab(self) -> None:
        bars = [bar for bar in self._window.findChildren(QTabBar) if bar.isVisible() and bar.count()]
        if bars:
            bar = self._rng.choice(bars)
            bar.setCurrentIndex(self._rng.randrange(bar.count()))

    def _drop(self) -> None:
        self._window.data_desk.preview(self._rng.choice(sorted(self._folder.glob("*.csv"))))


def make_files(folder: Path) -> None:
    """Write data to be opened: a small table, a wide one, and one that cannot be taken."""
    rng = np.random.default_rng(0)
    for name, rows, columns in (("small", 60, 3), ("large", 4000, 200)):
        table = np.column_stack([rng.standard_normal((rows, columns)).round(4), rng.integers(0, 3, rows)])
        np.savetxt(folder / f"{name}.csv", table, delimiter=",", fmt="%g")
    (folder / "torn.csv").write_text("1,2,0\n3,4\n")


def main() -> int:
    """Use the window for so many minutes; returns 1 where something happened that must not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="initscope-fuzz-"))
    for part in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{part}_HOME"] = str(home / part)
    make_files(home)
    os.chdir(home)
    faults = Faults()
    qInstallMessageHandler(faults.take_message)
    sys.excepthook = faults.take_exception
    threading.excepthook = lambda told: faults.take_exception(told.exc_type, told.exc_value, told.exc_traceback)
    application, window = launch(["--reset"])
    watch = Watch()
    hand = Hand(window, random.Random(arguments.seed), home, watch)  # noqa: S311

    def end() -> None:
        hand.stop()  # before the window closes: nobody presses keys in one that is gone
        application.quit()

    QTimer.singleShot(round(arguments.minutes * 60_000), end)
    application.exec()
    watch.stop()
    status = report(watch.gaps, faults.told, hand.done)
    sys.stdout.flush()
    window.close()
    return status


def report(gaps: Sequence[Gap], told: Sequence[str], done: int) -> int:
    """Write down what happened; returns the exit status."""
    say = sys.stdout.write
    for gap in sorted(gaps, key=lambda each: each.of_window)[-12:]:
        shares = f"window's thread {gap.of_window * 1000:.0f} ms, program {gap.of_program * 1000:.0f} ms"
        say(f"\n── {gap.length * 1000:.0f} ms without a beat ({shares}) at: {gap.doing}\n")
        for stack in gap.stacks[:: max(len(gap.stacks) // 3, 1)]:
            say(f"{stack}\n")
    places = Counter(stack.rstrip().rsplit("  File", 1)[-1].strip() for gap in gaps for stack in gap.stacks)
    say("\n── where the window's thread was in all of them\n")
    for place, count in places.most_common(25):
        say(f"{count:5}  {place}\n")
    stalls = [gap for gap in gaps if gap.is_stall]
    say("\n── stalls: what was done, how often, the longest, and what the window's thread had of it at most\n")
    for doing, count in Counter(gap.doing.split(" = ")[0] for gap in stalls).most_common():
        these = [gap for gap in stalls if gap.doing.split(" = ")[0] == doing]
        own = max(gap.of_window for gap in these) * 1000
        say(f"{count:5}  {doing}: {max(gap.length for gap in these) * 1000:.0f} ms, {own:.0f} ms\n")
    for each in told:
        say(f"\n── fault\n{each}\n")
    longest = max((gap.length for gap in gaps), default=0.0) * 1000
    say(f"\n{done} deeds; {len(told)} faults; {len(stalls)} stalls above {STALL * 1000:.0f} ms; ")
    say(f"{len(gaps)} gaps above {TOLD * 1000:.0f} ms, the longest {longest:.0f} ms; load {os.getloadavg()[0]:.1f}\n")
    return 1 if told or stalls else 0


if __name__ == "__main__":
    sys.exit(main())
