"""The program starts, lives and ends well: however it is ended, whatever it is doing, and wherever it runs."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.live.kernel_loader import KernelLoader
from gui.settings import Settings
from model.figures.panels import PANELS
from model.figures.provenance import read_provenance
from model.network.kernels import cache
from model.training import warmup
from model.training.spec import TrainingSpec
from tests.gui.person import (
    CTRL,
    LEFT,
    NO_KEY,
    SHIFT,
    Key,
    area,
    dial,
    drag_dial,
    faults,
    in_plot,
    let_go,
    on_dial,
    pan,
    panel,
    point_at,
    press,
    run,
    settle,
    shown_range,
    take_dial,
    text,
    until,
    wheel,
)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
linux = pytest.mark.skipif(sys.platform != "linux", reason="displays as X11 has them")


class Life:
    """One run of the program in a process of its own."""

    def __init__(self, ending, steps=20, file=""):
        words = [sys.executable, "-W", "error", "-m", "tests.gui.one_life", ending, str(steps), str(file)]
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def reach(self):
        """Wait until it has trained so many steps."""
        assert self.process.stdout.readline() == "there\n", self.process.communicate()[1]

    def end(self):
        """Wait for the end; give the exit status and what was written on the error stream."""
        _, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, told


def live(ending, steps=20, file=""):
    """Start the program, let it train, and end it in one of the ways; gives status and error stream."""
    with Life("wait" if ending.startswith("SIG") else ending, steps, file) as life:
        life.reach()
        if ending.startswith("SIG"):
            life.process.send_signal(getattr(signal, ending))
        return life.end()


ENDINGS = {"close": 0, "quit": 0, **({"SIGTERM": 143, "SIGINT": 130, "SIGHUP": 129} if os.name == "posix" else {})}


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_well_while_it_trains_however_it_is_ended(kernels, ending):
    assert live(ending, random.randrange(60)) == (ENDINGS[ending], "")  # noqa: S311  any moment will do


@pytest.mark.alone
@posix
def test_a_signal_ends_it_in_order_within_a_second_and_what_was_set_is_kept(kernels, home):
    with Life("wait") as life:
        life.reach()
        began = time.monotonic()
        life.process.send_signal(signal.SIGTERM)
        assert life.end() == (143, "")
        # a second is what it may take itself; the other is for an interpreter that ends on a busy machine
        assert time.monotonic() - began < 2
    assert Settings().memory.spec == TrainingSpec(hidden_sizes=(8,), steps=1_000_000)


@posix
def test_a_second_signal_ends_at_once_what_hangs(kernels):
    with Life("stuck") as life:
        life.reach()
        life.process.send_signal(signal.SIGTERM)
        # the first one is taken note of only; there is nothing that it could be seen by
        with pytest.raises(subprocess.TimeoutExpired):
            life.process.wait(0.3)
        life.process.send_signal(signal.SIGTERM)
        assert life.process.wait(PATIENCE) == 143


@pytest.mark.parametrize("closed", [True, False])
def test_kernels_that_fail_are_a_fault_only_while_the_program_is_open(qapp, monkeypatch, caplog, closed):
    loader = KernelLoader()

    def fail():
        if closed:
            loader.close()
        raise subprocess.CalledProcessError(-2, "python")

    monkeypatch.setattr(warmup, "load", fail)
    loader.start()
    until(lambda: not loader.loading)
    assert bool(caplog.records) == (not closed)


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_closing_during_an_export_leaves_a_whole_file_or_none(kernels, tmp_path, kind):
    path = tmp_path / f"weights.{kind}"
    assert live("export", 20, path) == (0, "")
    assert [entry for entry in tmp_path.iterdir() if entry != path] == []
    if path.exists():
        assert read_provenance(path).step >= 0
        if kind == "png":
            with Image.open(path) as picture:
                picture.load()


# ── where there is no window to be had ───────────────────────────────────────────────────────────────────────────────


def start(**environment):
    """Start main.py as a person does; None takes a variable away."""
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    for name, value in environment.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return subprocess.run(
        [sys.executable, "main.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@linux
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "There is no display"),
        ({"DISPLAY": ":987"}, "could not connect to display :987"),
        ({"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"}, "could not connect to display :987"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "nonsense"),
        ({"WAYLAND_DISPLAY": "wayland-987", "QT_QPA_PLATFORM": "wayland"}, "wayland|wl_display"),
    ],
)
def test_without_a_display_it_ends_with_one_line_and_status_2(environment, told):
    ended = start(**environment)
    assert ended.returncode == 2, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("main.py: error: ")
    assert re.search(told, line)
    assert ended.stdout == ""


@linux
def test_it_works_without_a_runtime_folder(kernels, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert live("close") == (0, "")


@linux
def test_it_works_where_nothing_can_be_remembered(kernels, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "file"))
    assert live("close") == (0, "")


@linux
def test_kernels_that_cannot_be_kept_leave_nothing_behind_after_an_early_end(monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("no folder can be made here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "passing").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "passing"))
    monkeypatch.delenv(cache.ENVIRONMENT, raising=False)
    assert live("close", 50) == (0, "")
    until(lambda: not list((tmp_path / "passing").glob("initscope-kernels-*")), timeout=PATIENCE)


@linux
def test_within_a_limit_on_memory_what_is_too_large_is_refused_and_the_rest_trains(kernels):
    with Life("cramped", 1) as life:
        life.reach()
        said = life.process.stdout.readline()
        assert "needs" in said
        assert "free" in said
        assert life.end() == (0, "")


# ── the dial in a hurry ──────────────────────────────────────────────────────────────────────────────────────────────


def resident():
    """Megabytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def hurry(window, seconds):
    """Move the dial two hundred times a second, late ones at once; gives the frames due for it.

    Ten a second, where this thread has the processor to itself: on a busy machine as many a second of its own
    work, and one for twenty times that it looks after its events, whichever is more.
    """
    moves = turns = 0
    worked = time.thread_time()
    began = time.monotonic()
    loop = QEventLoop()
    timer = QTimer(loop, interval=5, timerType=Qt.TimerType.PreciseTimer)

    def catch_up():
        nonlocal moves, turns
        turns += 1
        passed = min(time.monotonic() - began, seconds)
        while moves < 200 * passed:
            moves += 1
            local = QPointF(on_dial(window, 10 ** (-2 + 2 * np.sin(moves / 20))))
            at = dial(window).mapToGlobal(local)
            held = QMouseEvent(QEvent.Type.MouseMove, local, at, Qt.MouseButton.NoButton, LEFT, NO_KEY)
            QApplication.sendEvent(dial(window), held)
        if passed == seconds:
            timer.stop()
            loop.quit()

    timer.timeout.connect(catch_up)
    take_dial(window)
    timer.start()
    loop.exec()
    return max(10 * (time.thread_time() - worked), turns / 20)


def check_hurry(window, seconds):
    press(window, Key.Key_Space)
    hurry(window, 0.5)
    let_go(window)
    until(lambda: window.session.frame.run == run(window) and window.session.frame.step > 20)
    before = run(window)
    memory, frames = (resident() if sys.platform == "linux" else 0), window.session.frames
    due = hurry(window, seconds)
    shown = window.session.frames - frames
    grown = resident() - memory if sys.platform == "linux" else 0
    let_go(window)
    last = dial(window).view().std
    assert shown > due
    assert grown < 50
    until(lambda: window.session.frame.stds[0] == last and window.session.frame.step > 10)
    assert window.session.spec.weight_init_std == window.form.editor("weight_init_std").value() == last
    assert window.session.is_training
    assert [one.frame.run for one in window.session.comparison.runs()] == [before]
    assert faults(window) == []


@pytest.mark.alone
def test_two_seconds_of_200_moves_a_second_keep_the_frames_coming_and_the_last_one_wins(window):
    check_hurry(window, 2)


@pytest.mark.soak
def test_twenty_seconds_of_200_moves_a_second_keep_the_frames_coming_and_the_last_one_wins(window):
    check_hurry(window, 20)


FOUND = {
    "nothing": lambda _: None,
    "broken code": lambda folder: [path.write_bytes(path.read_bytes()[:99]) for path in folder.rglob("*.nb?")],
    "no place to write": lambda folder: (shutil.rmtree(folder), folder.write_text("a file")),
    "kernels": lambda _: None,
}


@pytest.mark.soak  # compiles everything
@linux
@pytest.mark.parametrize("found", FOUND)
def test_the_first_launch_ever_trains_within_two_seconds_and_never_stalls(kernels, monkeypatch, tmp_path, found):
    if found in ("broken code", "kernels"):
        shutil.copytree(os.environ["XDG_CACHE_HOME"], tmp_path / "cache")
    else:
        (tmp_path / "cache").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    FOUND[found](tmp_path / "cache")
    began = time.monotonic()
    with Life("kernels", 1) as life:
        life.reach()
        assert time.monotonic() - began < 2
        late = int(life.process.stdout.readline())
        assert life.end() == (0, "")
    assert late < 100


@pytest.mark.soak
def test_two_hundred_lives_end_well(kernels):
    chance = random.Random(0)  # noqa: S311  any moment will do
    ended = []
    for number in range(200):
        ending = ENDINGS[number % len(ENDINGS)]
        ended.append((number, ending, *live(ending, chance.choice([0, 0, chance.randrange(400)]))))
    assert [life for life in ended if life[2:] != (0, "")] == []


@pytest.mark.soak
def test_forty_exports_that_are_closed_upon_leave_whole_files_or_none(kernels, tmp_path):
    for number in range(40):
        path = tmp_path / f"{number}.{('png', 'svg', 'pdf', 'csv', 'npz')[number % 5]}"
        assert live("export", number, path) == (0, "")
        assert not path.exists() or read_provenance(path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".part")] == []


# ── in a real window ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def real_window(window):
    """A window on a screen that people could see, at its first size."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        pytest.skip("this platform shows no windows; QT_QPA_PLATFORM names another one")
    return window


@pytest.mark.window
def test_a_real_window_opens_at_1440_by_900_with_every_panel_in_sight_painted(real_window):
    assert (real_window.width(), real_window.height()) == (1440, 900)
    in_sight = [view for view in real_window.dashboard.panels.values() if view.in_sight]
    assert {"weights", "loss", "accuracy", "gradients", "why"} <= {view.panel.id for view in in_sight}
    until(lambda: all(view.figure is not None for view in in_sight))
    picture = real_window.screen().grabWindow(real_window.winId()).toImage()
    assert (picture.width(), picture.height()) == (1440, 900)


@pytest.mark.window
def test_the_keys_go_to_the_panel_under_the_pointer(real_window):
    for name in ("gradients", "weights", "loss"):
        plot = "W1" if name == "weights" else ""
        viewport = panel(real_window, name).canvas.viewport()
        QCursor.setPos(viewport.mapToGlobal(in_plot(real_window, name, 0.5, 0.5, plot)))
        until(lambda: real_window.dashboard.current_under_mouse() == name)  # noqa: B023
        before = {each: panel(real_window, each).view.log_y for each in PANELS}
        press(real_window, Key.Key_L)
        after = {each: panel(real_window, each).view.log_y for each in PANELS}
        assert after == before | {name: not before[name]}


@pytest.mark.window
def test_a_real_window_trains_steps_resets_and_undoes_by_keys(real_window):
    press(real_window, Key.Key_Space)
    until(lambda: real_window.session.step > 20)
    press(real_window, Key.Key_Space)
    settle(real_window)
    first, step = run(real_window), real_window.session.step
    press(real_window, Key.Key_Right)
    settle(real_window)
    assert real_window.session.step == step + 1
    press(real_window, Key.Key_R)
    settle(real_window)
    assert real_window.session.step == 0
    press(real_window, Key.Key_Z, CTRL)
    settle(real_window)
    assert (run(real_window), real_window.session.step) == (first, step + 1)


@pytest.mark.window
def test_real_frames_keep_coming_at_full_speed_and_stop_with_the_training(real_window):
    real_window.form.editor("steps").set_value(100_000_000)
    real_window.speed.set_value("max")
    press(real_window, Key.Key_Space)
    until(lambda: real_window.session.frames > 5)
    frames, began = real_window.session.frames, time.monotonic()
    until(lambda: real_window.session.frames > frames + 40)
    assert 40 / (time.monotonic() - began) > 15
    press(real_window, Key.Key_Space)
    settle(real_window)
    frames = real_window.session.frames
    for name in PANELS:
        panel(real_window, name).canvas.viewport().repaint()
    assert real_window.session.frames == frames


@pytest.mark.window
def test_the_pointer_zooms_pans_hovers_and_turns_the_dial_of_a_real_window(real_window):
    press(real_window, Key.Key_Space)
    until(lambda: real_window.session.step > 30)
    wheel(real_window, "loss", 2)
    pan(real_window, "loss", (0.4, 0.4), (0.5, 0.6))
    zoomed = shown_range(real_window, "loss")
    step = real_window.session.step
    until(lambda: panel(real_window, "loss").frame.step > step + 10)
    assert shown_range(real_window, "loss") == zoomed
    press(real_window, Key.Key_F)
    assert not area(real_window, "loss").is_manual
    before = run(real_window)
    drag_dial(real_window, 0.1, 0.5)
    until(lambda: run(real_window) != before and real_window.session.step > 5)
    assert text(real_window, "status_doing") == "training"
    press(real_window, Key.Key_Space)
    settle(real_window)
    point_at(real_window, "gradients", 0.01, 0.5)
    until(area(real_window, "loss")._cursor.isVisible)


@pytest.mark.window
def test_the_size_of_a_real_window_is_remembered(real_window, open_window):
    real_window.resize(1180, 790)
    until(lambda: real_window.dashboard.width() < 900)
    press(real_window, Key.Key_L, SHIFT)
    real_window.close()
    again = open_window()
    until(lambda: (again.width(), again.height()) == (1180, 790))


@pytest.mark.window
@pytest.mark.parametrize("ending", list(ENDINGS)[:3])
def test_a_real_window_ends_well_while_it_trains(real_window, ending):
    assert live(ending) == (ENDINGS[ending], "")


@pytest.mark.window
def test_a_double_click_gives_a_real_panel_all_the_room(real_window):
    canvas = panel(real_window, "loss").canvas.viewport()
    QTest.mouseDClick(canvas, LEFT, pos=canvas.rect().center())
    until(lambda: panel(real_window, "loss").width() > 1000)
    QTest.mouseDClick(canvas, LEFT, pos=canvas.rect().center())
    until(lambda: panel(real_window, "loss").width() < 700)
