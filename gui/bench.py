"""`main.py bench`: every speed figure in one run, with the window really shown."""

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from gui.app import configure
from gui.live.session import Session
from gui.main_window import MainWindow
from gui.settings import Settings
from model.data.dataset import Dataset
from model.figures.palette import LIGHT
from model.training import bench as closed
from model.training import warmup
from model.training.stepper import kernel_stepper

_BEAT_MS = 5
_STEPS = 3_000_000
_MOVES = 120

Results = dict[str, float]


def bench(argv: Sequence[str]) -> int:
    """Measure, print a table, and write the figures as JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="main.py bench", allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, machine and versions there too")
    parser.add_argument("--seconds", type=float, default=4.0, help="time for each measurement (default 4)")
    arguments = parser.parse_args(argv)
    warmup.build()
    application = QApplication.instance() or QApplication(["initscope"])
    assert isinstance(application, QApplication)  # noqa: S101
    configure(application)
    results = {case.name: _measure(case.data(), arguments.seconds) for case in closed.CASES}
    startup = _startup_seconds()
    sys.stdout.write(_table(results, startup))
    if arguments.json is not None:
        report = {"machine": _machine(), "networks": results, "startup_seconds": startup}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(data: Dataset, seconds: float) -> Results:
    """Measure one network: closed before and after the window, so that a drifting machine shows."""
    before = closed.closed_rate(data, seconds / 2)
    live = _measure_live(data, seconds)
    after = closed.closed_rate(data, seconds / 2)
    rate = (before + after) / 2
    return {
        "closed_steps_per_second": rate,
        "closed_drift": after / before - 1,
        "live_share": live.pop("live_steps_per_second_raw") / rate,
        **live,
    }


def _measure_live(data: Dataset, seconds: float) -> Results:
    session = Session(closed.bench_spec(_STEPS), data, kernel_stepper)
    window = MainWindow(session, Settings(), LIGHT, None)
    window.resize(1400, 900)
    window.show()
    window.open()
    window.speed.set_value("max")
    session.train()
    _wait_until(lambda: session.frames > 20)
    heart = Heart()
    began, step, frames = time.perf_counter(), session.step, session.frames
    _spin(seconds)
    passed = time.perf_counter() - began
    rate, shown = (session.step - step) / passed, (session.frames - frames) / passed
    lags = heart.stop()
    dial = _dial_latencies(window)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, 52)
    return {
        "live_steps_per_second_raw": rate,
        "frames_per_second": shown,
        "lag_p50_ms": _quantile(lags, 0.5),
        "lag_p99_ms": _quantile(lags, 0.99),
        "dial_p50_ms": _quantile(dial, 0.5),
        "dial_p99_ms": _quantile(dial, 0.99),
    }


class Heart(QObject):
    """Notes how late a 5 ms timer of the event loop comes."""

    def __init__(self) -> None:
        super().__init__()
        self._lags: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self._lags.append(max(0.0, (now - self._last) * 1000 - _BEAT_MS))
        self._last = now

    def stop(self) -> list[float]:
        self._timer.stop()
        return self._lags


def _dial_latencies(window: MainWindow) -> list[float]:
    """Time from a move of the dial to the first paint of the new weights, while the old run trains at full speed."""
    editor = window.form.editor("weight_init_std")
    latencies = []
    rng = np.random.default_rng(0)
    for std in 10 ** rng.uniform(-4, 1, _MOVES):
        _spin(0.02 + 0.02 * rng.random())
        arrival = _Arrival(window, float(f"{std:.4g}"))
        began = time.perf_counter()
        editor.set_value(arrival.std)
        _wait_until(lambda arrival=arrival: arrival.at is not None)  # type: ignore[misc]
        assert arrival.at is not None  # noqa: S101
        latencies.append((arrival.at - began) * 1000)
        arrival.disconnect_all()
    return latencies


class _Arrival(QObject):
    """Notes the paint after the first frame of a given std has been handed to the weights panel."""

    def __init__(self, window: MainWindow, std: float) -> None:
        super().__init__(window)
        self.std = std
        self.at: float | None = None
        self._panel = window.dashboard.panels["weights"]
        self._panel.painted.connect(self._painted)

    @Slot()
    def _painted(self) -> None:
        frame = self._panel.frame
        if self.at is None and frame is not None and frame.spec.weight_init_std == self.std:
            self.at = time.perf_counter()

    def disconnect_all(self) -> None:
        self._panel.painted.disconnect(self._painted)
        self.deleteLater()


def _spin(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def _wait_until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    end = time.perf_counter() + timeout
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the window did not come to what the bench waits for")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)


def _startup_seconds() -> Results:
    """Time from the start of a process to the first paint of the window, and of a bare pyqtgraph one; medians of 5."""
    root = Path(__file__).resolve().parents[1]
    times: dict[str, list[float]] = {"window": [], "bare": []}
    for _ in range(5):
        for name, taken in times.items():
            began = time.perf_counter()
            subprocess.run(  # noqa: S603
                [sys.executable, "-m", "gui.first_paint", name], cwd=root, check=True, capture_output=True, timeout=60
            )
            taken.append(time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {**medians, "ratio": medians["window"] / medians["bare"]}


def _quantile(values: list[float], q: float) -> float:
    return float(np.quantile(values, q)) if values else math.nan


def _machine() -> dict[str, str]:
    names = ("numpy", "numba", "scipy", "PySide6-Essentials", "pyqtgraph")
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "qt_platform": QApplication.platformName(),
        **{name: version(name) for name in names},
    }


_ROWS = (
    ("training, window closed", "closed_steps_per_second", "{:,.0f} steps/s"),
    ("  closed after against before", "closed_drift", "{:+.1%}"),
    ("live at speed max", "live_share", "{:.1%} of closed"),
    ("frames", "frames_per_second", "{:.1f} /s"),
    ("lag p50", "lag_p50_ms", "{:.1f} ms"),
    ("lag p99", "lag_p99_ms", "{:.1f} ms"),
    ("dial to first frame p50", "dial_p50_ms", "{:.1f} ms"),
    ("dial to first frame p99", "dial_p99_ms", "{:.1f} ms"),
)


def _table(results: dict[str, Results], startup: Results) -> str:
    lines = [f"{'':<32}" + "".join(f"{name:>20}" for name in results)]
    lines += [
        f"{label:<32}" + "".join(f"{form.format(result[key]):>20}" for result in results.values())
        for label, key, form in _ROWS
    ]
    lines.append(
        f"process start to first paint: {startup['window']:.2f} s; bare pyqtgraph window with as many plots "
        f"{startup['bare']:.2f} s; ratio {startup['ratio']:.2f}"
    )
    return "\n".join(lines) + "\n"
