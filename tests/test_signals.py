"""Ctrl-C, TERM and HUP at any moment: the promised exit status, no traceback, no half file, nothing left behind."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_config_path

from model.training import warmup

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
STATUS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
OLD = b"an older run"
TRAIN = ["train", "--dataset", "moons", "--samples", "40", "--hidden-sizes", "3", "--batch-size", "4"]
STARTED = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
def mark(event, words, marked=[]):
    if event == "import" and words[0] == "model" and not marked:
        marked.append(os.write(1, b"!"))
sys.addaudithook(mark)
code = compile(open("main.py", encoding="utf-8").read(), "main.py", "exec")
sys.argv[:1] = ["main.py"]
"""
RUN = 'exec(code, {"__name__": "__main__"})'
"""main.py as Python runs it, with a mark on standard output when it begins to load its first module."""


@pytest.fixture(autouse=True)
def _kernels() -> None:
    """Have them ready, so that no run here compiles."""
    warmup.build()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "run.npz").write_bytes(OLD)
    return folder


class Program:
    """The program in a process of its own."""

    def __init__(self, *words, before="", run=RUN, **options):
        command = [sys.executable, "-c", before + STARTED + run, *map(str, words)]
        options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, **options)

    def __enter__(self):
        assert self.process.stdout.read(1) == b"!"
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def send(self, name, after=0.0):
        """Send a signal after so many seconds, unless it has ended before."""
        try:
            self.process.wait(after)
        except subprocess.TimeoutExpired:
            self.process.send_signal(getattr(signal, name))

    def end(self):
        _, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, (told or b"").decode()


def state_of(folder):
    """Say whether the run there is the old one or a whole new one; anything else fails."""
    assert [entry.name for entry in folder.iterdir()] == ["run.npz"]
    path = folder / "run.npz"
    if path.read_bytes() == OLD:
        return "old"
    with np.load(path) as found:
        assert len(found["loss"]) == found["step"]
        assert {"W1", "b1", "W2", "b2", "spec", "grad_norms"} <= set(found.files)
    return "new"


def check_train(folder, name, moment, second=None):
    """Train for about half a second, with one signal or two; `moment` is when the first one comes."""
    with Program(*TRAIN, "--steps", 200_000, "--eval-every", 100_000, "--out", folder / "run.npz") as program:
        program.send(name, moment)
        if second is not None:
            program.send(name, second)
        status, told = program.end()
    assert "Traceback" not in told, told
    state = state_of(folder)
    # a signal before the first line, or after the last one, is not the program's
    assert status in {0, STATUS[name]} or (status == -getattr(signal, name) and not told), (status, told)
    if status == 0 or (status == STATUS[name] and second is None and "saving what was trained" in told):
        assert state == "new"
    return status


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_before_anything_is_loaded_ends_with_its_status_and_in_a_word(folder, name):
    with Program(*TRAIN, "--out", folder / "run.npz") as program:
        program.send(name)
        status, told = program.end()
    if status != -getattr(signal, name) or name == "SIGINT":
        assert (status, told) == (STATUS[name], "\ninterrupted\n")
    assert state_of(folder) == "old"


LAST = """
import os, sys
class Last:
    def __del__(self, kill=os.kill, me=os.getpid()):
        kill(me, {number})
sys.last = Last()
"""


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_while_the_interpreter_is_taken_down_changes_nothing(name):
    with Program("--version", before=LAST.format(number=int(getattr(signal, name)))) as program:
        assert program.end() == (0, "")


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_while_training_saves_what_was_trained(folder, name):
    with Program(*TRAIN, "--steps", 900_000_000, "--out", folder / "run.npz") as program:
        assert b" steps " in program.process.stderr.readline()
        program.send(name)
        status, told = program.end()
    assert status == STATUS[name]
    assert told.count("interrupted: saving what was trained") == 1
    assert "Traceback" not in told
    assert state_of(folder) == "new"


def wait_for_part(program, folder):
    while not any(entry.suffix == ".part" for entry in folder.iterdir()):
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(0.001)
            pytest.fail("it ended before a part was seen")


@pytest.mark.parametrize("name", STATUS)
def test_a_signal_while_saving_lets_the_save_be_finished(folder, name):
    with Program(*TRAIN, "--steps", 400_000, "--eval-every", 400_000, "--out", folder / "run.npz") as program:
        wait_for_part(program, folder)
        program.send(name)
        status, told = program.end()
    assert (status, "Traceback" in told) == (STATUS[name], False), told
    assert state_of(folder) == "new"


@pytest.mark.parametrize("name", STATUS)
def test_a_second_signal_while_saving_ends_at_once_with_the_old_file_or_the_new(folder, name):
    with Program(*TRAIN, "--steps", 400_000, "--eval-every", 400_000, "--out", folder / "run.npz") as program:
        wait_for_part(program, folder)
        program.send(name)
        program.send(name, 0.002)
        status, told = program.end()
    assert (status, "Traceback" in told) == (STATUS[name], False), told
    state_of(folder)


@pytest.mark.parametrize(("name", "second"), [("SIGINT", None), ("SIGTERM", 0.01), ("SIGHUP", 0.001)])
def test_a_signal_at_some_moment_ends_in_order(folder, name, second):
    check_train(folder, name, random.Random(name).uniform(0, 1.5), second)  # noqa: S311


@pytest.mark.soak
@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_hundred_signals_at_random_moments_end_in_order(folder, name, times):
    dice = random.Random(f"{name} {times}")  # noqa: S311
    ends = {0: 0, STATUS[name]: 0, -getattr(signal, name): 0}
    for _ in range(100):
        (folder / "run.npz").write_bytes(OLD)
        second = dice.choice((0.0, 0.001, 0.01, 0.1)) if times == 2 else None
        ends[check_train(folder, name, dice.uniform(0, 2.0), second)] += 1
    assert ends[STATUS[name]] > 50, ends


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_a_signal_that_was_ignored_from_outside_stays_ignored(folder, name):
    """As nohup starts a program, and a shell what it starts in the background."""
    ignored = f"signal.signal(signal.{name}, signal.SIG_IGN)\n{RUN}"
    words = [*TRAIN, "--steps", 400_000, "--eval-every", 400_000, "--out", folder / "run.npz"]
    with Program(*words, run=ignored) as program:
        wait_for_part(program, folder)
        program.send(name)
        assert program.end()[0] == 0
    assert state_of(folder) == "new"


def test_a_terminal_that_is_closed_leaves_what_was_trained(folder):
    master, slave = os.openpty()
    owns = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    words = [*TRAIN, "--steps", 900_000_000, "--out", folder / "run.npz"]
    with Program(*words, before=owns, stdin=slave, stderr=slave, start_new_session=True) as program:
        os.close(slave)
        said = b""
        while b" steps " not in said:
            said += os.read(master, 1000)
        os.close(master)
        assert program.end()[0] == STATUS["SIGHUP"]
    assert state_of(folder) == "new"


# ── the window ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_window(name, moment, second=None):
    with Program("--hidden-sizes", "8", "--steps", 1_000_000) as program:
        program.send(name, moment)
        if second is not None:
            program.send(name, second)
        status, told = program.end()
    assert "Traceback" not in told, told
    assert status == STATUS[name] or (status == -getattr(signal, name) and not told), (status, told)
    folder = user_config_path("initscope")
    files = list(folder.iterdir()) if folder.is_dir() else []
    assert [file.name for file in files] in ([], ["settings.json"])
    for file in files:
        assert json.loads(file.read_bytes())["spec"]["hidden_sizes"] == [8]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_window_with_its_status_while_it_starts(home, name):
    check_window(name, random.Random(name).uniform(0, 2))  # noqa: S311


@pytest.mark.soak
@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_hundred_signals_at_random_moments_end_the_window_in_order(home, name, times):
    dice = random.Random(f"window {name} {times}")  # noqa: S311
    for _ in range(100):
        check_window(name, dice.uniform(0, 3), dice.choice((0.0, 0.001, 0.01, 0.1)) if times == 2 else None)


# ── what saves left that were killed ─────────────────────────────────────────────────────────────────────────────────


def test_the_next_save_removes_what_a_killed_one_left(folder):
    with Program(*TRAIN, "--steps", 400_000, "--eval-every", 400_000, "--out", folder / "run.npz") as program:
        wait_for_part(program, folder)
        program.process.kill()
        assert program.end()[0] == -signal.SIGKILL
    assert len(list(folder.iterdir())) == 2
    with Program(*TRAIN, "--steps", 10, "--out", folder / "run.npz") as program:
        assert program.end()[0] == 0
    assert state_of(folder) == "new"
