"""How long a start takes, against a bare pyqtgraph window with as many plots."""

import subprocess
import time

from model import program
from model.training.bench.report import Figure, Goal

ROUNDS = 5


def measure() -> list[Figure]:
    """Start both in turn; the ratio that counts is that of the medians, beside it the spread of the pairs'."""
    _seconds("window"), _seconds("bare")  # the files come into memory
    pairs = [(_seconds("window"), _seconds("bare")) for _ in range(ROUNDS)]
    ours, bare = ([pair[index] for pair in pairs] for index in (0, 1))
    window = Figure("process start to first paint", "", ours, "{:.2f} s")
    other = Figure("bare pyqtgraph window", "", bare, "{:.2f} s")
    ratios = [a / b for a, b in pairs]
    return [
        window,
        other,
        Figure("start to bare window's", "", ratios, "{:.2f}×", Goal(1.3, at_most=True), window.value / other.value),
    ]


def _seconds(which: str) -> float:
    began = time.perf_counter()
    command = [*program.command_of("gui.first_paint"), which]
    # warm caches are bytecode too, which the start that is not measured may then write
    environment = program.environment()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)  # noqa: S603
    return time.perf_counter() - began
