"""The gradient that the training itself follows, of one batch: from the compiled kernels, once they are there."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.initializers import noise_distribution
from model.training.engine import Engine
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

Reals = npt.NDArray[np.floating]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class BatchGradient:
    """What one step of the training finds.

    Attributes
    ----------
    rows : (batch_size,) the samples of the batch, by their place in the data
    loss : mean cross-entropy of the batch, in nats
    gradient : by parameter, W1 (fan_in, fan_out), b1 (fan_out,), …
    """

    rows: Indices
    loss: float
    gradient: Mapping[str, Reals]


def kernels_here() -> bool:
    """Whether the kernels are in this process; to bring them in takes long, and is not for a look."""
    return "model.network.kernels.training" in sys.modules


def batch_gradient(params: Mapping[str, Reals], data: Dataset, spec: TrainingSpec) -> BatchGradient:
    """Make one step of size 0 from these parameters on these samples, and take the gradient that it followed.

    Parameters
    ----------
    spec : batch_size, activation and dtype count; the batch is the first of the seed's stream
    """
    # the noise is left as it is, for it is there already; what is made of it is not wanted
    still = {name: knob.default for name, knob in KNOBS.items() if knob.group == "initialisation" and name != "seed"}
    still |= {"weight_init_std": 0.0, "init_distribution": noise_distribution(spec.init, spec.init_distribution)}
    still |= {"optimizer": "sgd", "learning_rate": 0.0, "weight_decay": 0.0, "steps": 1}
    still |= {"stop_accuracy": 0.0, "stop_on_divergence": False}
    engine = Engine(spec.replaced(**still), data, kernel_stepper if kernels_here() else ClassStepper, eval_interval=1)
    engine.params[:] = np.concatenate([np.ravel(value) for value in params.values()])
    draw = np.random.RandomState()
    draw.set_state(("MT19937", engine.stream[:624], int(engine.stream[624]), 0, 0.0))
    rows = draw.choice(data.n_train, spec.batch_size).astype(np.intp)
    with np.errstate(all="ignore"):
        engine.train(1)
    return BatchGradient(rows, float(engine.recording.by_step[0, 0]), engine.layout.views(engine.grads))
