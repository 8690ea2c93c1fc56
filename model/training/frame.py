"""A Frame: everything about one moment of one run, frozen, for figures and diagnostics to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.layout import Layout
from model.network.shared import Stop
from model.training.history import Summary
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Schedule = tuple[tuple[int, str, float], ...]
"""Every live change of a knob: its step, the knob and the new value, a flag as 0 or 1; in the order of the steps."""
Ending = Literal["steps", "accuracy", "divergence", "interrupt"]

ENDINGS: dict[int, Ending] = {Stop.ACCURACY: "accuracy", Stop.DIVERGENCE: "divergence"}
"""What each stop is called."""


@dataclass(frozen=True, slots=True, eq=False)
class Divergence:
    """Where parameters first were not finite: the update of `step` (from 0) made `parameter` so."""

    step: int
    parameter: str


@dataclass(frozen=True, slots=True, eq=False)
class Parameters(Mapping[str, Reals]):
    """Parameters by name, W1 (fan_in, fan_out), b1 (fan_out,), …; equal only to itself, so it can be a cache's key."""

    views: dict[str, Reals]

    def __getitem__(self, name: str) -> Reals:
        return self.views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.views)

    def __len__(self) -> int:
        return len(self.views)

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment of a run.

    Attributes
    ----------
    run : number of the run, different for every Engine of a process
    step : updates made; the arrays below hold as many
    target : the step at which the training will have finished
    params, initial : parameters by name now and before the first step
    stds, bias_stds : spread that the initialisation gave each layer's weights, and its biases
    loss : (step,) cross-entropy of each batch before its update, in nats
    history : loss and gradient norms, series 0 and 1 …, as curves that cost the same at any length
    grad_norms : (step, 2 n_layers) Euclidean norm of each parameter's gradient
    stopped_by : what ended the training before its target, None where nothing has
    eval_steps, evaluations : (k,) and (k, 3) train accuracy, test accuracy and test loss; NaN without a test set
    update_norms, weight_norms : (k or k - 1, 2 n_layers) Euclidean norm of each parameter's change in the step made
        from `eval_steps`, and of the parameter before it; of the newest evaluation's step where that is made
    """

    run: int
    spec: TrainingSpec
    data: Dataset
    layout: Layout
    step: int
    target: int
    params: Parameters
    initial: Parameters
    stds: tuple[float, ...]
    bias_stds: tuple[float, ...]
    history: Summary
    loss: Floats
    grad_norms: Floats
    eval_steps: npt.NDArray[np.int64]
    evaluations: Floats
    update_norms: Floats
    weight_norms: Floats
    divergence: Divergence | None
    schedule: Schedule
    stopped_by: Ending | None = None

    @property
    def spec_in_force(self) -> TrainingSpec:
        """The spec with the live knobs as they were turned last."""
        turned = {name: type(getattr(self.spec, name))(value) for _, name, value in self.schedule}
        return self.spec.model_copy(update=turned) if turned else self.spec

    @property
    def stop_accuracy(self) -> float:
        """The accuracy at which the training stops, 0 for none, with live changes."""
        return self.spec_in_force.stop_accuracy

    @property
    def accuracy(self) -> tuple[float, float]:
        """The newest (train, test) accuracy, NaN where there is none."""
        if len(self.evaluations) == 0:
            return (float("nan"), float("nan"))
        return (float(self.evaluations[-1, 0]), float(self.evaluations[-1, 1]))

    @property
    def evaluated_at(self) -> int | None:
        """The step that the newest evaluation belongs to, often one before `step`; None where there is none."""
        return int(self.eval_steps[-1]) if len(self.eval_steps) else None
