"""What is so of one run, computed anew in plain NumPy from its samples and parameters."""

import math
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import OPTIMIZERS, State
from model.training.frame import Frame
from scripts.why_check.measures import Pass, Reals, at_first, rate_of, rms, signal
from scripts.why_check.rerun import end_of, trained

BLAMED = {
    "rate_high": "learning_rate", "rate_low": "learning_rate", "momentum_high": "momentum", "decay": "weight_decay",
    "init_zero": "init", "init_small": "init", "init_large": "init", "init_other": "init", "inputs": "scaling",
    "linear": "activation", "activation": "activation", "depth": "hidden_sizes", "shallow": "hidden_sizes",
    "width": "hidden_sizes", "batch": "batch_size", "optimizer": "optimizer", "few_steps": "steps", "noise": "noise",
    "width_rate": "parametrization",
    "precision": "dtype", "init_file": "weights", "gains_off": "layer_gains",
    "output_gain": "layer_gains", "biases_large": "bias_init_std",
}  # fmt: skip
"""The knob that each code of a cause blames."""
FEW = {"samples", "train_fraction"}
"""The knobs that few samples come of."""


class Facts:
    """What the sentences about one run are judged by."""

    def __init__(self, frame: Frame, before: Frame | None = None) -> None:
        self.frame, self.before = frame, before
        self.chance = math.log(frame.data.n_classes)

    @cached_property
    def start(self) -> Pass:
        """The network before its first step."""
        return Pass(self.frame, dict(self.frame.initial))

    @cached_property
    def now(self) -> Pass:
        """The network as it is."""
        return Pass(self.frame, dict(self.frame.params))

    def helps(self, code: str, promise: Any) -> bool:  # noqa: ANN401
        """Whether the promised run differs by the one knob that is blamed, and ends better than this one."""
        spec, live = self.frame.spec, {name: value for _, name, value in self.frame.schedule}
        there, here = promise.spec.model_dump(), {**spec.model_dump(), **live}
        turned = {name for name in there if there[name] != here[name]}
        if code == "init_file":
            turned.discard("init")  # without the file a scheme comes into force
        one = turned == {BLAMED[code]} if code in BLAMED else len(turned) > 1 or turned < FEW
        steps = promise.expected.steps
        promised = end_of(trained(promise.spec.replaced(steps=steps)))
        now = end_of(trained(spec.replaced(**live, steps=promise.base.steps)))
        return one and promised.better_than(now, self.frame.data.n_classes)

    def keeps(self, promise: Any) -> bool:  # noqa: ANN401
        """Whether the promised run comes to what was promised, within two points and a tenth of the loss."""
        end = end_of(trained(promise.spec.replaced(steps=promise.expected.steps)))
        expected = promise.expected
        loss = end.loss <= 1.1 * expected.loss + 0.01
        return end.broke == (not expected.finite) and end.accuracy >= expected.accuracy - 0.02 and loss

    def helps_elsewhere(self, promise: Any) -> bool:  # noqa: ANN401
        """Whether the same turn makes the run better with the next seed too."""
        seed, n_classes = (promise.spec.seed + 1) % 2**32, self.frame.data.n_classes
        promised = trained(promise.spec.replaced(seed=seed, steps=promise.expected.steps))
        now = trained(promise.before.replaced(seed=seed, steps=promise.base.steps))
        return end_of(promised).better_than(end_of(now), n_classes)

    @cached_property
    def first(self) -> float:
        return float(self.start.losses.mean())

    @cached_property
    def up(self) -> float:
        return signal(self.start.h[-1]) / signal(self.frame.data.x_train)

    @cached_property
    def back(self) -> float:
        return rms(self.start.deltas[0]) / rms(self.start.deltas[-1])

    @cached_property
    def fans(self) -> tuple[int, int]:
        return self.frame.data.n_features, self.frame.spec.hidden_sizes[0]

    def first_batch(self) -> tuple[Reals, npt.NDArray[np.int64]]:
        """The first batch of the run's own random stream."""
        frame, rng = self.frame, np.random.RandomState(self.frame.spec.seed)
        for name, shape in frame.layout.shapes.items():
            if name[0] == "W":
                uniform = frame.spec.init_distribution == "uniform" or frame.spec.init == "torch"
                rng.uniform(size=shape) if uniform else rng.randn(*shape)
        rows = rng.choice(frame.data.n_train, frame.spec.batch_size)
        return frame.data.x_train[rows].astype(frame.spec.dtype), frame.data.t_train[rows]

    def loss_after(self, decay: float) -> tuple[float, float]:
        """The loss of the first batch before its update and after it, with so much weight decay."""
        frame, (x, t) = self.frame, self.first_batch()
        rate, momentum = at_first(frame, "learning_rate"), at_first(frame, "momentum")
        net = MultiLayerNet.from_params({k: v.copy() for k, v in frame.initial.items()}, frame.spec.activation)
        before, gradient = net.loss_and_gradient(x, t)
        after = {}
        for name, value in frame.initial.items():
            faster = rate_of(frame, name)
            pull = gradient[name] + (decay / faster * value if name[0] == "W" else 0)
            state = State(np.zeros_like(value), np.zeros_like(value), step=1)
            after[name] = value + OPTIMIZERS[frame.spec.optimizer].delta(pull, state, faster * rate, momentum)
        return float(before), float(MultiLayerNet.from_params(after, frame.spec.activation).loss(x, t))
