"""The door to the window: refuses what would abort later, with one line that says what to do."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from model import collector, program
from model.words import Message, msg

# PYSIDE-3474: this version loses references to None under Python 3.11 until the interpreter aborts.
_DEADLY = "6.12.0"
_NOISE = ("XDG_RUNTIME_DIR", "does not support propagateSizeHints")
"""Of what Qt says where it has chosen a folder itself, or has no screen."""


def start(argv: Sequence[str]) -> int:
    """Run the program in its window; returns the exit status."""
    prepare()
    from gui.app import main

    return main(argv)


def prepare() -> None:
    """Check that a window can be had, and end with status 2 and one line where it cannot."""
    _check_display()
    collector.pause()  # until the first paint
    # PySide6 reads the source of every module that is imported after it: what knows no Qt goes first
    from model import arguments  # noqa: F401
    from model.data import describe, prepare  # noqa: F401
    from model.figures import legend, palette, panels, shades, text_fit, thinning, ticks  # noqa: F401
    from model.training import memory, runner, scrubber  # noqa: F401

    try:
        from PySide6 import __version__ as found
        from PySide6.QtCore import QtMsgType, qInstallMessageHandler
        from PySide6.QtGui import QGuiApplication
    except ModuleNotFoundError:
        raise  # main.py says what to do about it
    except ImportError as error:
        _refuse(msg("Qt cannot be loaded: {why} ({hint})", why=error, hint=_hint()))
    _check_version(found)
    from gui.qt_names import import_pyqtgraph

    import_pyqtgraph()

    held: list[str] = []  # until there is a platform: what comes before a fatal message says why

    def handle(kind: QtMsgType, _context: object, text: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            sys.stderr.write(f"{program.PROGRAM}: error: {_fatal_reason(text, held)}\n")
            sys.stderr.flush()
            os._exit(2)
        if kind != QtMsgType.QtDebugMsg and not any(noise in text for noise in _NOISE):
            held.append(text)
        if QGuiApplication.platformName():
            sys.stderr.writelines(f"Qt: {each}\n" for each in held)
            held.clear()

    qInstallMessageHandler(handle)


def _check_version(found: str) -> None:
    if found == _DEADLY and sys.version_info < (3, 12):
        _refuse(
            msg(
                "PySide6 {found} aborts under Python {python}. Install the version in requirements.lock, or use Python "
                "3.12 or newer.",
                found=found,
                python=".".join(map(str, sys.version_info[:2])),
            )
        )


def _check_display() -> None:
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        text = msg(
            "There is no display to show a window on. `{name} train --help` works without one.", name=program.PROGRAM
        )
        _refuse(text)


def _fatal_reason(text: str, before: Sequence[str]) -> str:
    if "platform plugin" in text or "could not connect" in text:
        why = (*before, text)[0].strip().splitlines()[0]
        return str(msg("No window can be shown: {why} ({hint})", why=why, hint=_hint()))
    return text.strip()


def _hint() -> Message:
    if program.INSTALLED:
        return msg("the README lists the libraries that this needs")
    return msg("`./initscope` checks the libraries that this needs")


def _refuse(message: Message) -> NoReturn:
    sys.stderr.write(f"{program.PROGRAM}: error: {message}\n")
    raise SystemExit(2)
