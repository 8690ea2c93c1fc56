"""Claims about the project itself: its borders, its locks, its declarations and its set-up."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from PySide6.QtGui import QGuiApplication

from model import __version__
from model.training.spec import KNOBS

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
NOT_OURS = {".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}


def python(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options)


def locked(lock: str) -> dict[str, list[Requirement]]:
    """Read a lock: each package's pins, of which there may be one for each range of Python versions."""
    pins: dict[str, list[Requirement]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            pin = Requirement(line.removesuffix("\\").strip())
            pins.setdefault(pin.name.lower(), []).append(pin)
    return pins


def version_on(pins: list[Requirement], python_version: str) -> Version | None:
    here = {"python_version": python_version, "python_full_version": f"{python_version}.0"}
    chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(here)]
    return Version(next(iter(chosen[0].specifier)).version) if chosen else None


def files_in_git() -> list[Path]:
    """List the files that are in git or about to be; in a copy without git, all that are not made here."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = shutil.which("git")
    listed = git and subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if listed:
        files = [ROOT / name for name in listed.split("\0") if name]
    else:
        files = [file for file in ROOT.rglob("*") if not NOT_OURS & set(file.relative_to(ROOT).parts)]
    return [file for file in files if file.is_file()]


# ── borders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_imports_go_one_way_from_the_window_to_the_model():
    done = python("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_model_can_be_imported_where_there_is_no_qt():
    done = python(
        "-c",
        "import importlib, pkgutil, sys\n"
        "for name in ('PySide6', 'shiboken6', 'pyqtgraph', 'gui'):\n"
        "    sys.modules[name] = None\n"
        "import model\n"
        "names = [module.name for module in pkgutil.walk_packages(model.__path__, 'model.')]\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "print(len(names))\n",
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5


def test_a_window_loads_no_reader_no_drawing_library_and_no_panel_before_it_is_needed():
    done = python("-c", "import sys, gui.window.main_window; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "model.data.prepare" in loaded
    assert not loaded & {"model.data.loaders", "gui.files.data_dialog", "matplotlib"}
    assert not [name for name in loaded if name.startswith(("model.figures.panels.", "model.insight.advice.advi"))]


def test_no_file_names_a_registry_or_a_folder_of_one_machine():
    forbidden = re.compile(
        rb"pyp[i]\.(org|io)|python[h]osted|anaconda[.]org|--(extra-)?index[-]url|--find[-]links"
        rb"|(?<![\w.~$})-])/(home|root|work|Users)/\w|[A-Z]:\\\\?Users\\"
    )
    found = [
        f"{file.relative_to(ROOT)}: {hit.group().decode()}"
        for file in files_in_git()
        for hit in forbidden.finditer(file.read_bytes())
    ]
    assert found == []


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python_version", ["3.11", "3.12", "3.13", "3.14"])
def test_no_python_below_3_12_gets_the_pyside_that_loses_none(lock, python_version):
    version = version_on(locked(lock)["pyside6-essentials"], python_version)
    assert version is not None
    assert python_version != "3.11" or version != Version("6.12.0")


def test_the_declared_dependency_refuses_the_pyside_that_loses_none():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    assert "6.12.0" not in declared["PySide6-Essentials"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_one_version_and_its_hashes(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    assert len(entries) >= 10
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[^ ]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text


def test_the_dev_lock_only_adds_to_the_lock_of_the_program():
    small, large = locked("requirements.lock"), locked("requirements-dev.lock")
    for python_version in ("3.11", "3.12", "3.13", "3.14"):
        versions = {name: version_on(pins, python_version) for name, pins in small.items()}
        assert versions == {name: version_on(large.get(name, []), python_version) for name in small}


def test_the_program_says_its_version():
    done = python("main.py", "--version")
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout


# ── declarations ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("knob", KNOBS.values(), ids=KNOBS.keys())
def test_a_knob_says_what_it_is_called_what_it_does_and_what_it_takes(knob):
    assert knob.label
    assert knob.help.endswith(".")
    assert str(knob.limits())
    if knob.kind in ("int", "float"):
        assert knob.low is not None
    if knob.kind == "choice":
        assert knob.default in knob.choices


# ── Qt as it is pinned ───────────────────────────────────────────────────────────────────────────────────────────────


def redraw_fifty_times(qtbot) -> int:
    """Redraw a plot fifty times; return by how much the references to None fell."""
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    curve = plot.plot()
    with qtbot.waitExposed(plot):
        plot.show()
    x = np.linspace(0, 1, 200)
    before = sys.getrefcount(None)
    for phase in range(50):
        curve.setData(x, np.sin(x + phase))
        plot.grab()
    return before - sys.getrefcount(None)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None cannot be lost there, and its count says nothing")
def test_redrawing_a_plot_loses_no_references_to_none(qtbot):
    assert redraw_fifty_times(qtbot) < 50


@pytest.mark.window
def test_a_plot_is_drawn_in_a_window_that_is_really_shown(qtbot):
    assert QGuiApplication.platformName() != "offscreen"
    lost = redraw_fifty_times(qtbot)
    assert lost < 50 or sys.version_info >= (3, 12)


# ── set-up and harness ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def setup() -> Callable[..., object]:
    """Call a function of scripts/setup.py with some of its names replaced."""

    def call(function: str, *arguments: object, **replaced: object) -> object:
        names = runpy.run_path(str(ROOT / "scripts" / "setup.py"))
        names[function].__globals__.update(replaced)
        return names[function](*arguments)

    return call


@pytest.mark.skipif(sys.platform != "linux", reason="system libraries are checked on Linux only")
def test_a_missing_library_ends_with_the_command_that_installs_it(setup, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"bin/{name}")
    with pytest.raises(SystemExit) as end:
        setup("ensure_system", "run", LIBRARIES={"libinitscope-none.so.7": "libxcb-cursor0"})
    assert end.value.code == 2
    assert "libinitscope-none.so.7" in (said := capsys.readouterr().err)
    assert "sudo apt-get install libxcb-cursor0\n" in said


@pytest.mark.skipif(sys.platform != "linux", reason="system libraries are checked on Linux only")
def test_running_asks_for_no_tool_that_only_tests_need(setup, monkeypatch):
    monkeypatch.setattr(shutil, "which", {}.get)
    tools = {"xvfb", "xauth", "librsvg2-bin", "poppler-utils", "desktop-file-utils", "appstream", "x11-utils"}
    assert not tools & set(setup("missing_parts", "run").values())
    assert tools <= set(setup("missing_parts", "test").values())


LEAKS = """
import threading
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget
kept = []

def test_thread():
    threading.Thread(target=threading.Event().wait, args=(20,), daemon=True).start()

def test_timer(qapp):
    kept.append(QTimer(interval=50)); kept[-1].start()

def test_window(qapp):
    kept.append(QWidget()); kept[-1].show()

def test_worker(qapp):
    kept.append(QThread()); kept[-1].start()

def test_tidy(qtbot):
    window = QWidget(); qtbot.addWidget(window); window.show()
    timer = QTimer(window, interval=10); timer.start()
    thread = threading.Thread(target=int); thread.start()

def test_slot(qtbot):
    timer = QTimer(singleShot=True)
    timer.timeout.connect(lambda: 1 / 0)
    with qtbot.waitSignal(timer.timeout):
        timer.start(0)

def test_qt_warning(qapp):
    QThread().setObjectName("x"); QTimer().start(-1)
"""


def test_a_test_that_leaves_something_running_fails_and_says_where_it_began(tmp_path):
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_leaks.py").write_text(LEAKS, encoding="utf-8")
    configuration = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:hypothesispytest"]
    done = python("-m", "pytest", *configuration, str(tmp_path / "test_leaks.py"))
    for name, line in (("thread", 8), ("timer", 11), ("window", 14), ("worker", 17)):
        assert re.search(rf"ERROR \S*test_leaks\.py::test_{name}( - |\n)", done.stdout), done.stdout
        assert re.search(rf"begun at \S*test_leaks\.py:{line}\n", done.stdout), done.stdout
    for name in ("slot", "qt_warning"):
        assert re.search(rf"FAILED \S*test_leaks\.py::test_{name}( - |\n)", done.stdout), done.stdout
    assert "2 failed, 5 passed, 4 errors" in done.stdout
