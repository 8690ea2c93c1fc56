"""What every test gets: a home of its own, and an alarm for what it leaves behind."""

import itertools
import os
import shutil
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 1.0
"""Seconds that a thread or a timer has to end after its test."""

# Before the first QApplication: no screen unless one is asked for, and nothing of the person's own desktop.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LC_ALL"] = "C.UTF-8"
for _name in ("LANGUAGE", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORMTHEME", "QT_SCALE_FACTOR", "QT_LOGGING_RULES"):
    os.environ.pop(_name, None)
# Before NumPy: as main.py does it. Several workers with several threads each would wait for one another, spinning.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

# A build server says the same thing twice: the examples follow from the test, and no clock judges them.
hypothesis.settings.register_profile("check", derandomize=True, deadline=None)
hypothesis.settings.register_profile("fuzz", max_examples=5_000, deadline=None, print_blob=True)
hypothesis.settings.load_profile("check")


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled kernels and matplotlib's list of fonts from one session to the next, away from the person's own."""
    kept = config.cache.mkdir("xdg")
    os.environ["XDG_CACHE_HOME"] = str(kept)
    os.environ["MPLCONFIGDIR"] = str(kept / "matplotlib")
    if sys.dont_write_bytecode:  # beside the sources, where nobody wants it; without any, every process compiles all
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
        sys.dont_write_bytecode = False
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Compile once, before there are several processes that would all do it."""
    from model.training import warmup

    warmup.build()


@pytest.fixture(scope="session", autouse=True)
def _bytecode_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep none of what lies in folders that are for this session alone."""
    yield
    if sys.pycache_prefix is not None:
        folder = tmp_path_factory.getbasetemp()
        shutil.rmtree(Path(sys.pycache_prefix) / folder.relative_to(folder.anchor), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("runtime")
    folder.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)


_SMALL_SURVEYS: tuple[tuple[str, str, object], ...] = (
    ("model.insight.gradient_check", "_LEAST", 2),
    ("model.insight.gradient_check", "_MOST", 4),
    ("model.insight.gradient_check", "_SECONDS", 0.0),
    ("model.insight.width_runs", "_RATES_AROUND", (-1, 0)),
)
_SMALL_WIDTHS = {"widths": (4, 8), "seeds": 1, "steps": 2}


@pytest.fixture(scope="session", autouse=True)
def _small_surveys() -> Iterator[pytest.MonkeyPatch]:
    """Have panels that train networks of their own train few small ones: most tests are about what all panels do."""
    with pytest.MonkeyPatch.context() as patch:
        _shrink_surveys(patch)
        yield patch


@pytest.fixture(scope="module")
def whole_surveys(_small_surveys: pytest.MonkeyPatch) -> Iterator[None]:
    """As large as the program's own, for the tests of those panels."""
    _small_surveys.undo()
    yield
    _shrink_surveys(_small_surveys)


def _shrink_surveys(patch: pytest.MonkeyPatch) -> None:
    for module, name, value in _SMALL_SURVEYS:
        patch.setattr(f"{module}.{name}", value)
    defaults = import_module("model.insight.width_runs").DEFAULTS
    for survey, request in tuple(defaults.items()):
        patch.setitem(defaults, survey, replace(request, **_SMALL_WIDTHS))


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application, set up as the program itself sets it up."""
    if find_spec("gui.app") is not None:
        configure = getattr(import_module("gui.app"), "configure", None)
        if configure is not None:
            configure(qapp)
    return qapp


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(scope="session", autouse=True)
def _narrow_surveys() -> Iterator[None]:
    """Let the panels over widths look at small networks, unless a test asks for others: many tests make every panel."""
    from model.insight.width_runs import DEFAULTS

    with pytest.MonkeyPatch.context() as patch:
        for survey, widths in (("coordinate", (4, 8, 16)), ("transfer", (4, 8))):
            few = replace(DEFAULTS[survey], widths=widths, seeds=2, steps=2)
            patch.setitem(DEFAULTS, survey, few)
        yield


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no settings, data or files of the person or of another test."""
    folder = next(_homes)
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name, part in (("CONFIG", ".config"), ("DATA", ".local/share"), ("STATE", ".local/state")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / part))
    return folder


# ── what a test leaves behind ────────────────────────────────────────────────────────────────────────────────────────

Place = tuple[tuple[str, int], ...]
_born: weakref.WeakKeyDictionary[Any, Place] = weakref.WeakKeyDictionary()


def _place() -> Place:
    """Note the files and lines of this project's own code in which something is being done, innermost call first."""
    frames = traceback.walk_stack(None)
    own = ((frame.f_code.co_filename, line) for frame, line in frames if _is_ours(frame.f_code.co_filename))
    return tuple(itertools.islice(own, 4))


def _said(place: Place) -> str:
    """Name a place, outermost call first."""
    calls = [f"{os.path.relpath(filename, ROOT)}:{line}" for filename, line in reversed(place)]
    return " → ".join(calls) or "an unknown place"


@cache
def _is_ours(filename: str) -> bool:
    return not filename.startswith(("<", sys.base_prefix)) and "site-packages" not in filename and filename != __file__


def _remembering(method: Callable[..., None]) -> Callable[..., None]:
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        method(self, *args, **kwargs)
        _born[self] = _place()

    return call


def _remembering_show(self: QWidget) -> None:
    _born[self] = _place()
    _show(self)


_show = QWidget.show


@pytest.fixture(scope="session", autouse=True)
def _remember_beginnings() -> Iterator[None]:
    """Note where threads, timers and windows begin, to be able to say so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", _remembering(threading.Thread.start))
        patch.setattr(QThread, "__init__", _remembering(QThread.__init__))
        patch.setattr(QTimer, "__init__", _remembering(QTimer.__init__))
        patch.setattr(QWidget, "show", _remembering_show)
        yield


def _born_alive(kind: type[QObject]) -> list[Any]:
    return [thing for thing in list(_born) if isinstance(thing, kind) and shiboken6.isValid(thing)]


def _running() -> set[Any]:
    """Gather what is at work now: Python's threads, Qt's, active timers and visible windows."""
    found: set[Any] = {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}
    found |= {thread for thread in _born_alive(QThread) if thread.isRunning()}
    found |= {timer for timer in _born_alive(QTimer) if timer.isActive()}
    if isinstance(QCoreApplication.instance(), QApplication):
        found |= {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    return found


def _wait_for(thing: Any) -> None:
    """Give what may be about to end the time for it."""
    if isinstance(thing, threading.Thread):
        thread_end = time.monotonic() + PATIENCE
        while thing.is_alive() and time.monotonic() < thread_end:
            thing.join(0.01)
            QCoreApplication.processEvents()
    elif shiboken6.isValid(thing):
        if isinstance(thing, QThread):
            thing.wait(int(PATIENCE * 1000))
        elif isinstance(thing, QTimer) and thing.isSingleShot() and thing.remainingTime() <= PATIENCE * 1000:
            end = time.monotonic() + PATIENCE
            while shiboken6.isValid(thing) and thing.isActive() and time.monotonic() < end:
                QCoreApplication.processEvents()
                QThread.msleep(1)


def _silence(thing: Any) -> None:
    """Stop what can be stopped, so that only the test that left it fails."""
    if isinstance(thing, QTimer):
        thing.stop()
    elif isinstance(thing, QWidget):
        thing.hide()
    elif isinstance(thing, QThread):
        thing.requestInterruption()
        thing.quit()
        thing.wait(int(PATIENCE * 1000))


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(home: Path) -> Iterator[None]:
    """Fail a test after which threads run, timers tick or windows stand that did not before."""
    before = _running()
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no event loop runs that would do it
    for thing in _running() - before:
        _wait_for(thing)
    left = _running() - before
    report = [f"{thing!r}, begun at {_said(_born.get(thing, ()))}" for thing in left]
    for thing in left:
        _silence(thing)
    if report:
        pytest.fail("This test left behind:\n  " + "\n  ".join(sorted(report)), pytrace=False)
