"""Random specs to judge: what people try, and what nobody would."""

from collections.abc import Iterator

import numpy as np

from model.training.spec import TrainingSpec

STEPS = 200
_ROUND = 3


def random_specs(n: int, seed: int = 0) -> Iterator[TrainingSpec]:
    """Draw specs; every third is strange in many knobs at once."""
    rng = np.random.default_rng(seed)
    for number in range(n):
        yield _strange(rng) if number % 3 == 2 else _tried(rng)


def _tried(rng: np.random.Generator) -> TrainingSpec:
    """A network that works, but for a knob or two that are turned somewhere."""
    knobs = _plain(rng)
    turned = rng.choice(len(_TURNS), size=int(rng.choice([0, 1, 1, 1, 2])), replace=False)
    for place in sorted(turned):  # gains come after the layers that they belong to
        knobs |= _TURNS[place](rng)
    return TrainingSpec(**knobs)


def _strange(rng: np.random.Generator) -> TrainingSpec:
    knobs = _plain(rng)
    for turn in _TURNS:
        if rng.random() < 0.45:
            knobs |= turn(rng)
    return TrainingSpec(**knobs)


def _plain(rng: np.random.Generator) -> dict[str, object]:
    activation = str(rng.choice(["relu", "tanh", "gelu", "selu", "leaky_relu", "sigmoid"]))
    optimizer = str(rng.choice(["sgd", "sgd", "momentum", "adam", "rmsprop", "nesterov", "adagrad"]))
    return {
        "dataset": str(rng.choice(["digits", "digits", "gaussians", "moons", "circles", "xor", "spirals"])),
        "activation": activation,
        "init": "he" if activation in ("relu", "gelu", "leaky_relu") else "lecun",
        "optimizer": optimizer,
        "learning_rate": {"sgd": 0.1, "adagrad": 0.03, "adam": 0.01, "rmsprop": 0.01}.get(optimizer, 0.01),
        "hidden_sizes": [(50,), (20,), (30, 30)][int(rng.integers(3))],
        "steps": STEPS,
        "seed": int(rng.integers(1000)),
    }


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(f"{10 ** rng.uniform(np.log10(low), np.log10(high)):.{_ROUND}g}")


def _std(rng: np.random.Generator) -> dict[str, object]:
    special = [0.0, 0.0, 1e-300, 1e30, 1e308]
    std = float(rng.choice(special)) if rng.random() < 0.2 else _log(rng, 1e-4, 30)
    return {"init": "std", "weight_init_std": std}


def _init(rng: np.random.Generator) -> dict[str, object]:
    return {
        "init": str(rng.choice(["he", "lecun", "glorot", "torch", "orthogonal", "lsuv"])),
        "init_distribution": str(rng.choice(["normal", "uniform", "truncated"])),
    }


def _outer(rng: np.random.Generator) -> dict[str, object]:
    """Make the output layer of a two-layer network loud or quiet, or begin with biases."""
    if rng.random() < 0.3:
        return {"bias_init_std": _log(rng, 1e-2, 10)}
    return {"hidden_sizes": (50,), "layer_gains": (1.0, float(rng.choice([0.0, 0.01, 0.1, 3.0, 10.0, 30.0, 100.0])))}


def _rate(rng: np.random.Generator) -> dict[str, object]:
    return {"learning_rate": float(rng.choice([0.0, 1e300])) if rng.random() < 0.1 else _log(rng, 1e-6, 1e3)}


def _momentum(rng: np.random.Generator) -> dict[str, object]:
    return {
        "optimizer": str(rng.choice(["momentum", "nesterov"])),
        "momentum": float(rng.choice([0.0, 0.5, 0.9, 0.99, 0.999, 1.0])),
        "learning_rate": _log(rng, 1e-3, 1),
    }


def _decay(rng: np.random.Generator) -> dict[str, object]:
    return {"weight_decay": _log(rng, 1e-4, 30)}


def _layers(rng: np.random.Generator) -> dict[str, object]:
    width, depth = int(rng.choice([1, 2, 5, 10, 30])), int(rng.choice([1, 2, 4, 8]))
    return {"hidden_sizes": (width,) * depth}


def _width(rng: np.random.Generator) -> dict[str, object]:
    """Take a network and a rate that are right at the base width, and make it far wider or narrower."""
    base, sizes = [(16, (128, 128, 128)), (16, (192, 192, 192)), (16, (256, 256)), (64, (8, 8))][int(rng.integers(4))]
    power = int(rng.integers(3, 6)) if base < max(sizes) else int(rng.integers(7, 10))
    knobs = {"hidden_sizes": sizes, "base_width": base, "learning_rate": 2.0**-power, "dataset": "digits"}
    activation, init = [("tanh", "lecun"), ("tanh", "lecun"), ("relu", "he")][int(rng.integers(3))]
    optimizer = str(rng.choice(["adam", "adam", "rmsprop", "adagrad", "sgd"]))
    return {**knobs, "activation": activation, "init": init, "optimizer": optimizer}


def _activation(rng: np.random.Generator) -> dict[str, object]:
    return {"activation": str(rng.choice(["linear", "sigmoid", "tanh", "selu"]))}


def _data(rng: np.random.Generator) -> dict[str, object]:
    return {
        "dataset": str(rng.choice(["gaussians", "moons", "circles", "xor", "spirals"])),
        "noise": float(rng.choice([0.0, 0.1, 1.0, 5.0])),
        "samples": int(rng.choice([20, 100, 500])),
        "train_fraction": float(rng.choice([0.2, 0.5, 0.8])),
    }


def _numerics(rng: np.random.Generator) -> dict[str, object]:
    return {
        "scaling": str(rng.choice(["auto", "none", "standard"])),
        "dtype": str(rng.choice(["float32", "float64"])),
        "batch_size": int(rng.choice([1, 5, 20, 100])),
    }


_TURNS = (_std, _init, _rate, _momentum, _decay, _width, _layers, _outer, _activation, _data, _numerics)
