"""The data sets that need no file: the embedded digits, and points in the plane made by a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.data.dataset import Floats, Labels, RawData, Samples
from model.words import Message, msg

DIGITS_FILE = Path(__file__).resolve().parent.parent.parent / "resources" / "digits.npz"

Shape = Callable[[np.random.Generator, Labels], Floats]


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One choice of the knob `dataset`.

    Attributes
    ----------
    make : `make(samples, noise, seed)` gives the data; the same three give the same bits
    """

    name: str
    label: Message
    help: Message
    make: Callable[[int, float, int], RawData]


def _digits(_samples: int, _noise: float, _seed: int) -> RawData:
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        train, test = (
            Samples(file[f"x_{part}"].astype(np.float64), file[f"t_{part}"].astype(np.int64))
            for part in ("train", "test")
        )
    return RawData("digits", train, test, integer=True, image_shape=(8, 8))


def _made(name: str, n_classes: int, shape: Shape) -> Callable[[int, float, int], RawData]:
    """Give the maker of a plane data set: points of a shape, then scattered by the noise."""

    def make(samples: int, noise: float, seed: int) -> RawData:
        rng = np.random.default_rng(seed)
        t = np.arange(samples, dtype=np.int64) % n_classes
        x = shape(rng, t) + noise * rng.standard_normal((samples, 2))
        return RawData(name, Samples(x, t), None, integer=False, feature_names=("x1", "x2"))

    return make


def _polar(radius: Floats, angle: Floats) -> Floats:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _spirals(rng: np.random.Generator, t: Labels) -> Floats:
    # The root spreads the points evenly along the arm instead of crowding them at the centre.
    along = np.sqrt(rng.uniform(0.01, 1, len(t)))
    return _polar(1.4 * along, 3 * np.pi * along + np.pi * t)


def _circles(rng: np.random.Generator, t: Labels) -> Floats:
    return _polar(np.where(t == 0, 0.4, 1.2), rng.uniform(0, 2 * np.pi, len(t)))


def _moons(rng: np.random.Generator, t: Labels) -> Floats:
    arc = _polar(np.ones(len(t)), rng.uniform(0, np.pi, len(t)))
    turned = np.array([1.0, 0.5]) - arc
    points: Floats = np.where((t == 0)[:, None], arc, turned) - np.array([0.5, 0.25])
    return points


def _xor(rng: np.random.Generator, t: Labels) -> Floats:
    size = rng.uniform(0.1, 1.3, (len(t), 2))
    sign = rng.choice([-1.0, 1.0], len(t))
    points: Floats = size * np.column_stack([sign, np.where(t == 0, sign, -sign)])
    return points


def _gaussians(rng: np.random.Generator, t: Labels) -> Floats:
    centres = 0.8 * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    return centres[t] + 0.2 * rng.standard_normal((len(t), 2))


DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "digits",
            msg("Digits"),
            msg("1,797 handwritten digits of 8×8 pixels, 1,500 of them to train. Samples and noise do not apply."),
            _digits,
        ),
        DatasetInfo(
            "spirals",
            msg("Spirals"),
            msg("Two arms wound around each other: the hardest of the plane sets, where a poor start shows most."),
            _made("spirals", 2, _spirals),
        ),
        DatasetInfo(
            "circles",
            msg("Circles"),
            msg("A ring around a ring: no straight line parts them."),
            _made("circles", 2, _circles),
        ),
        DatasetInfo(
            "moons",
            msg("Moons"),
            msg("Two half circles that reach into each other."),
            _made("moons", 2, _moons),
        ),
        DatasetInfo(
            "xor",
            msg("XOR"),
            msg("Opposite quarters belong together: a network without a hidden layer cannot learn it."),
            _made("xor", 2, _xor),
        ),
        DatasetInfo(
            "gaussians",
            msg("Gaussians"),
            msg("Four round clouds, four classes: the easiest, learned from almost any start."),
            _made("gaussians", 4, _gaussians),
        ),
    )
}
