"""Runs in ordinary and in degenerate states, by names: what every panel has to be able to show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from model.data.prepare import load
from model.insight.randn import RandnRequest
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

Rows = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class State:
    """A run, trained so far, and what else belongs to it."""

    knobs: Mapping[str, object]
    steps: int = 40
    rows: Rows | None = None
    """Makes features (n, k) and labels (n,) of a data file of its own."""
    randn: RandnRequest | None = field(default=None)


def _plane(n: int, scale: float = 1.0, classes: int = 2) -> Rows:
    def rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return scale * rng.standard_normal((n, 2)), np.arange(n) % classes

    return rows


def _one_feature(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal((80, 1))
    return x, (x[:, 0] > 0).astype(int)


def _constant(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = np.column_stack([np.full(80, 3.5), rng.standard_normal(80), np.zeros(80)])
    return x, (x[:, 1] > 0).astype(int)


def _never_varies(_rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return np.full((40, 2), 0.25), np.arange(40) % 2


def _rare(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One sample of class 2, which the split puts into the test set or the training set, but never into both."""
    x, labels = rng.standard_normal((2000, 2)), np.arange(2000) % 2
    labels[7] = 2
    return x, labels


def _one_class(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.standard_normal((40, 3)), np.zeros(40, dtype=int)


SMALL: Mapping[str, object] = {"dataset": "moons", "samples": 120, "hidden_sizes": (6,), "batch_size": 20}
DEEP = (50,) * 8
STATES: dict[str, State] = {
    "untrained": State({}, steps=0),
    "0 steps": State({"steps": 0}, steps=0),
    "one step": State({}, steps=1),
    "two steps": State({}, steps=2),
    "the book's": State({}, steps=120),
    "std 0": State({"weight_init_std": 0.0}),
    "std 1e-5": State({"weight_init_std": 1e-5}),
    "std 1": State({"weight_init_std": 1.0}),
    "std 1e3": State({"weight_init_std": 1e3}),
    "std 1e300, double": State({"weight_init_std": 1e300, "dtype": "float64"}),
    "std 1e308": State({"weight_init_std": 1e308}),
    "std 1e308, untrained": State({"weight_init_std": 1e308}, steps=0),
    "subnormal": State({"weight_init_std": 1e-41}),
    "subnormal, double": State({"weight_init_std": 1e-310, "dtype": "float64"}),
    "eight layers, he": State({"hidden_sizes": DEEP, "init": "he"}),
    "eight layers, diverged": State({"hidden_sizes": DEEP, "weight_init_std": 1.0}),
    "eight layers, vanishing": State({"hidden_sizes": DEEP, "weight_init_std": 0.01}),
    "twenty layers": State({"hidden_sizes": (4,) * 20, "activation": "tanh", "init": "glorot"}),
    "diverged while training": State({"learning_rate": 1e3}),
    "diverged by momentum": State({"optimizer": "momentum", "momentum": 0.99, "learning_rate": 30.0}, steps=200),
    "learning rate 0": State({"learning_rate": 0.0}),
    "weight decay 10": State({"weight_decay": 10.0, "init": "he"}),
    "one unit": State({"hidden_sizes": (1,)}),
    "one unit a layer": State({"hidden_sizes": (1, 1, 1), "init": "he"}),
    "sigmoid": State({"activation": "sigmoid", "init": "lecun"}),
    "sigmoid, std 0": State({"activation": "sigmoid", "weight_init_std": 0.0, "optimizer": "adam"}),
    "tanh, std 1": State({"activation": "tanh", "weight_init_std": 1.0}),
    "linear": State({"activation": "linear", "init": "orthogonal"}),
    "gelu, uniform": State({"activation": "gelu", "init": "he", "init_distribution": "uniform"}),
    "selu, lsuv": State({"activation": "selu", "init": "lsuv"}),
    "leaky relu, torch": State(
        {"activation": "leaky_relu", "init": "torch", "optimizer": "rmsprop", "learning_rate": 0.01}
    ),
    "truncated, biases, a quiet output": State(
        {"init": "he", "init_distribution": "truncated", "bias_init_std": 0.1, "layer_gains": (1.0, 0.01)}
    ),
    "spirals": State({"dataset": "spirals", "hidden_sizes": (8, 8), "init": "he"}),
    "circles, std 0": State({"dataset": "circles", "weight_init_std": 0.0}),
    "xor, linear": State({"dataset": "xor", "activation": "linear", "hidden_sizes": (2,)}),
    "gaussians, diverged": State({"dataset": "gaussians", "learning_rate": 1e4}),
    "no test set": State({**SMALL, "train_fraction": 1.0}),
    "batch of one": State({**SMALL, "batch_size": 1}),
    "stopped by its accuracy": State({**SMALL, "stop_accuracy": 0.1}),
    "double precision": State({**SMALL, "dtype": "float64"}),
    "one feature": State({"batch_size": 10, "hidden_sizes": (5,)}, rows=_one_feature),
    "constant features": State({"batch_size": 10, "hidden_sizes": (5,), "scaling": "standard"}, rows=_constant),
    "features that never vary": State({"batch_size": 10, "hidden_sizes": (5,)}, rows=_never_varies),
    "a rare class": State({"batch_size": 50, "hidden_sizes": (6,)}, rows=_rare),
    "one class": State({"batch_size": 10, "hidden_sizes": (4,)}, rows=_one_class),
    "thirty classes": State({"batch_size": 30, "hidden_sizes": (6,)}, rows=_plane(300, classes=30)),
    "four samples": State({"batch_size": 2, "hidden_sizes": (3,)}, rows=_plane(4)),
    "huge inputs": State({"batch_size": 20, "hidden_sizes": (4,)}, rows=_plane(60, 1e30)),
    "huge inputs, double": State({"batch_size": 20, "hidden_sizes": (4,), "dtype": "float64"}, rows=_plane(60, 1e150)),
    "tiny inputs": State({"batch_size": 20, "hidden_sizes": (4,)}, rows=_plane(60, 1e-30)),
    "randn: one number": State({}, steps=1, randn=RandnRequest(shape=(1,))),
    "randn: all the same": State({}, steps=1, randn=RandnRequest("normal", (30, 4), 1, 5.0, 0.0)),
    "randn: huge": State({}, steps=1, randn=RandnRequest("normal", (1000,), 2, 1e100, 1e99)),
    "randn: a plane": State({}, steps=1, randn=RandnRequest("normal", (200, 300), 3, -2.0, 1e-8)),
}


@cache
def frame_of(name: str, folder: Path) -> Frame:
    """Train the run of a state; its data file, where it has one, goes into the folder."""
    state = STATES[name]
    knobs = dict(state.knobs)
    if state.rows is not None:
        features, labels = state.rows(np.random.default_rng(0))
        path = folder / f"{name.replace(' ', '_')}.npz"
        np.savez(path, x_train=features, t_train=labels)
        knobs["data"] = str(path)
    knobs.setdefault("steps", 400)
    spec = TrainingSpec().replaced(**knobs)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    with np.errstate(all="ignore"):
        engine.train(state.steps)
    return engine.recording.frame()
