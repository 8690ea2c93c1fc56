"""Measures of a run in plain NumPy, which no rule has a part in."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS
from model.training.frame import Frame

Reals = npt.NDArray[np.floating]


def near(value: object, expected: float, rel: float = 2e-3) -> bool:
    """Whether a number that was said is the one that it should be."""
    said = float(value)  # type: ignore[arg-type]
    # below 1e-37 single precision holds only a few digits
    return bool(said == expected or abs(said - expected) <= rel * max(abs(said), abs(expected)) + 1e-37)


def rms(values: Reals) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values.astype(np.float64)))))


def signal(values: Reals) -> float:
    """What of a layer varies over the samples."""
    return float(np.sqrt(values.astype(np.float64).var(axis=0).mean()))


class Pass:
    """All samples through a network with these parameters: layers up, gradients back, losses."""

    def __init__(self, frame: Frame, params: Mapping[str, Reals]) -> None:
        phi, depth = ACTIVATIONS[frame.spec.activation], frame.layout.n_layers
        h, self.z = [frame.data.x_train.astype(params["W1"].dtype)], []
        with np.errstate(all="ignore"):
            for layer in range(1, depth + 1):
                self.z.append(h[-1] @ params[f"W{layer}"] + params[f"b{layer}"])
                h.append(phi.forward(self.z[-1]))
            logits = self.z[-1].astype(np.float64)
            top = logits.max(axis=1, keepdims=True)
            log_p = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
            self.t = frame.data.t_train
            rows = np.arange(len(self.t))
            delta = np.exp(log_p)
            self.wrong = (delta.max(axis=1) >= 0.9) & (delta.argmax(axis=1) != self.t)
            delta[rows, self.t] -= 1
            self.deltas = [delta.astype(params["W1"].dtype)]
            for layer in range(depth, 1, -1):
                back = self.deltas[0] @ params[f"W{layer}"].T
                self.deltas.insert(0, back * phi.derivative(self.z[layer - 2], h[layer - 1]))
        self.h, self.losses = h[1:-1], -log_p[rows, self.t]


def at_first(frame: Frame, knob: str) -> float:
    """What a live knob was at the first step."""
    edits = [value for step, name, value in frame.schedule if step == 0 and name == knob]
    return float(edits[-1] if edits else getattr(frame.spec, knob))


def rate_of(frame: Frame, name: str) -> float:
    """What the learning rate of a parameter is multiplied by, by the table of μP."""
    spec, sizes, layer = frame.spec, frame.layout.sizes, int(name[1:])
    if spec.parametrization == "standard":
        return 1.0
    m_in = 1.0 if layer == 1 else sizes[layer - 1] / spec.base_width
    m_out = 1.0 if layer == frame.layout.n_layers else sizes[layer] / spec.base_width
    if spec.optimizer in ("sgd", "momentum", "nesterov"):
        return m_out / m_in if name[0] == "W" else m_out
    return 1 / m_in if name[0] == "W" else 1.0


def first_reached(frame: Frame) -> int | None:
    """The first step by which 20 batches in a row had a mean loss of at most half that of guessing: the plain loop."""
    for end in range(20, frame.step + 1):
        if frame.loss[end - 20 : end].mean() <= math.log(frame.data.n_classes) / 2:
            return end
    return None
