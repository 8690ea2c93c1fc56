"""What a frame and the memory cost after 10⁵, 10⁶ and 10⁷ steps."""

import resource
import statistics
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from gui.bench.shown import shown_window
from gui.window.main_window import MainWindow
from model.training.bench.cases import SMALL
from model.training.bench.report import Figure, Goal

LENGTHS = (100_000, 1_000_000, 10_000_000)
_FRAMES = 9
_STRETCH = 50_000
_MEGABYTE = 1e6
MOST_GROWTH = 100.0
MOST_SLOWER = 1.1
"""What "unchanged" is held to: a tenth is within the spread of a frame."""


def measure() -> list[Figure]:
    """Train 2-8-2 to each length in a window of its own, whose axes end there too, and take memory and frames."""
    frame_ms: list[list[float]] = []
    memory: list[float] = []
    for length in LENGTHS:
        with shown_window(SMALL.spec(length), SMALL.data()) as window:
            _train(window, length)
            memory.append(_resident_megabytes())
            frame_ms.append([_frame_ms(window) for _ in range(_FRAMES)])
    rows = [
        Figure(f"a frame after {length:,} steps", SMALL.name, values, "{:.1f} ms")
        for length, values in zip(LENGTHS, frame_ms, strict=True)
    ]
    shortest = statistics.median(frame_ms[0])
    slower = [value / shortest for value in frame_ms[-1]]
    growth = [after - memory[0] for after in memory[1:]]
    return [
        *rows,
        Figure("a frame, 10⁷ to 10⁵ steps", SMALL.name, slower, "{:.2f}×", Goal(MOST_SLOWER, at_most=True)),
        Figure("memory after 10⁵ steps", SMALL.name, memory[:1], "{:.0f} MB"),
        Figure("memory grown, 10⁵ to 10⁶ steps", SMALL.name, growth[:1], "{:+.0f} MB"),
        Figure("memory grown, 10⁵ to 10⁷ steps", SMALL.name, growth[1:], "{:+.0f} MB", Goal(MOST_GROWTH, at_most=True)),
    ]


def _train(window: MainWindow, length: int) -> None:
    """Train on in stretches, with a frame after each, as a window that is looked at has."""
    engine = window.session.engine()
    assert engine is not None  # noqa: S101
    while engine.recording.step < length:
        engine.train(min(engine.recording.step + _STRETCH, length))
        _frame_ms(window, steps=0)


def _frame_ms(window: MainWindow, steps: int = 1) -> float:
    """Make so many steps, and time what follows: the Frame, its Figures, and painting every panel in sight."""
    engine = window.session.engine()
    assert engine is not None  # noqa: S101
    engine.train(engine.recording.step + steps)
    QApplication.processEvents()
    began = time.perf_counter()
    frame = engine.recording.frame()
    assert frame is not None  # noqa: S101
    for panel in window.dashboard.panels.values():
        if panel.in_sight:
            panel.show_frame(frame)
            panel.canvas.viewport().repaint()
    return (time.perf_counter() - began) * 1000


def _resident_megabytes() -> float:
    """Give what the process holds of the machine's memory now; where only the peak can be had, that."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    return pages * resource.getpagesize() / _MEGABYTE
