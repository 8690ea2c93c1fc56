"""Figures made by hand, with everything in them that a renderer has to draw."""

import numpy as np

from model.figures.figure import Axis, Bars, Figure, Guide, Line, Mark, Note, Plot
from model.figures.provenance import Provenance
from model.words import msg

PROVENANCE = Provenance(
    '{"weight_init_std": 0.01, "data": "C:\\\\a (b)\\\\ü<&>.npz", "hidden_sizes": [50]}',
    120,
    "1.2.3",
    ((40, "learning_rate", 0.05), (80, "momentum", 1e-17)),
)


def histogram(name: str, *, log: bool = False) -> Plot:
    edges = np.linspace(-0.04, 0.04, 41)
    heights = np.round(300 * np.exp(-((edges[:-1] + 0.001) ** 2) / 2e-4))
    start = np.round(heights * 0.5)
    heights[[5, 20]] = 0
    curve = np.linspace(-0.04, 0.04, 100)
    marks: tuple[Mark, ...] = (
        Bars("now", msg("now"), name, edges, heights),
        Line("theory", msg("N(0, std²)"), "theory", curve, 300 * np.exp(-(curve**2) / 2e-4), dash=True),
        Bars("start", msg("at the start"), name, edges, start, ghost=True),
        Guide("cursor", msg("cursor"), "muted", 0.015),
    )
    top = (-0.5, 2.6) if log else (0.0, 310.0)
    title = msg("{name} $0.1_a$ 100%", name=name)
    note = Note(msg("Three of fifty units are dead."), "warn")
    x, y = Axis(msg("value"), extent=(-0.04, 0.04)), Axis(msg("count"), log=log, extent=top)
    return Plot(name, title, x, y, marks, notes=(note,) if name == "W2" else (), legend=name == "W1")


def weights(*, log: bool = False) -> Figure:
    plots = tuple(histogram(name, log=log) for name in ("W1", "b1", "W2", "b2"))
    return Figure("weights", msg("Weights"), plots, msg("Weights are narrow."), columns=2)


def loss(n: int = 2000, title: str = "Loss") -> Figure:
    x = np.arange(n, dtype=np.float64)
    y = 2.3 * np.exp(-x / n * 5) + 0.1 + 0.05 * np.sin(x * 1.7)
    broken = y + 0.2
    broken[n // 2 : n // 2 + n // 20] = np.nan
    broken[n // 4] = np.inf
    marks: tuple[Mark, ...] = (
        Line("train", msg("train"), "train", x, y),
        Line("test", msg("test"), "test", x, broken, dash=True),
        Line("before", msg("run before"), "train", x, y * 1.2, ghost=True),
        Guide("chance", msg("chance"), "bad", 2.303, "horizontal", dash=True),
    )
    axes = Axis(msg("step"), extent=(0, n), integer=True), Axis(msg("loss (nats)"), extent=(0, 2.5))
    notes = (Note(msg("The loss fell by half within 280 steps.")),)
    plot = Plot("loss", msg(title), *axes, marks, notes=notes, legend=True)
    return Figure("loss", msg(title), (plot,), msg("Loss 0.1"))


def dots(points: list[tuple[float, float]], *, log_x: bool = False, log_y: bool = False) -> Plot:
    """Single red points, which no other thing in the picture is."""
    marks = tuple(Line(f"p{i}", msg(""), "bad", np.array([x]), np.array([y])) for i, (x, y) in enumerate(points))
    xs, ys = (np.array(values, dtype=np.float64) for values in zip(*points, strict=True))
    x = Axis(msg("x"), log=log_x, extent=_extent(xs, log=log_x))
    y = Axis(msg("y"), log=log_y, extent=_extent(ys, log=log_y))
    return Plot(f"dots{log_x:d}{log_y:d}", msg("dots"), x, y, marks)


def _extent(values: np.ndarray, *, log: bool) -> tuple[float, float]:
    shown = np.log10(values) if log else values
    # Room around them, so that no point is cut in half by the frame.
    room = 0.1 * float(np.ptp(shown))
    return float(shown.min()) - room, float(shown.max()) + room
