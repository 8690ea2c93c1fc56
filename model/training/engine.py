"""The Engine: one run, made from a spec and its data alone; it trains as far as it is told."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, Labels, cast
from model.network.activations import ACTIVATIONS
from model.network.layout import Layout
from model.network.optimizers import OPTIMIZERS
from model.network.parametrization import rate_factors
from model.network.shared import Control, Slot, Stop
from model.training.checkpoints import MOST_BYTES, Checkpoints
from model.training.initial import Initial, batch_stream, initial_values
from model.training.recording import Recording
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]

LIVE = ("learning_rate", "momentum", "weight_decay", "stop_accuracy", "stop_on_divergence")
"""The knobs that may change while a run goes on, in the order of `Engine.hyper`; besides `steps`."""

STOPS = {"stop_accuracy": Stop.ACCURACY, "stop_on_divergence": Stop.DIVERGENCE}
"""The knobs that can end a run before its last step."""

_FEW = 50_000
"""Numbers that are cast as quickly as found."""

Stepper = Callable[["Engine"], Callable[[int], None]]
"""How steps are made: binds to an engine; the result trains until a step, or until the engine is interrupted."""


class Engine:
    """A network, its training data, its optimiser and its Recording.

    Parameters
    ----------
    spec : what to train; checked against the data by `memory.check`
    data : the samples of `spec.data_request`
    stepper : how steps are made: the kernels, or the readable class until those are compiled
    eval_interval : steps between two evaluations where it is not to be the spec's; the training is the same
    initial : what the run begins with, where that is known already; a file may have changed since
    checkpoint_bytes : room for states of earlier steps

    Attributes
    ----------
    recording : what the run leaves behind
    params, last_finite : (n_params,) real; `last_finite` counts after a divergence only
    first, second : (n_params,) real, what the optimiser remembers
    checkpoints : of earlier steps
    hyper : (5,) float64 the knobs LIVE as they are now
    rates : (2 n_layers,) float64, what the learning rate of W1, b1, … is multiplied by
    grads : (n_params,) real, the gradient that the last step followed, with what weight decay adds to it
    """

    def __init__(
        self,
        spec: TrainingSpec,
        data: Dataset,
        stepper: Stepper,
        eval_interval: int | None = None,
        initial: Initial | None = None,
        checkpoint_bytes: int = MOST_BYTES,
    ) -> None:
        self.spec = spec
        self.data = data
        self.stepper = stepper
        self.layout = Layout(data.layer_sizes(spec.hidden_sizes))
        self.activation = ACTIVATIONS[spec.activation]
        self.optimizer = OPTIMIZERS[spec.optimizer]
        self.x_train, self.t_train, self.x_test, self.t_test = _samples(data, spec.dtype)
        self.initial = initial = initial or initial_values(spec, data)
        self.params = initial.params.copy()
        self.last_finite = initial.params.copy()
        self.grads, self.first, self.second = (np.zeros_like(initial.params) for _ in range(3))
        self.checkpoints = Checkpoints(initial.params, self.optimizer.n_states, checkpoint_bytes)
        self.stream = batch_stream(spec, self.layout.sizes)
        self.hyper = np.array([getattr(spec, name) for name in LIVE], dtype=np.float64)
        self.rates = rate_factors(self.layout.sizes, spec.optimizer, spec.parametrization, spec.base_width)
        self.recording = Recording(spec, data, self.layout, initial, eval_interval or spec.eval_interval)
        self._mark_bad_start()
        self.bind()

    def bind(self) -> None:
        """Let training begin with the state that is there now, and make a snapshot of it."""
        self._train = self.stepper(self)
        self.publish()

    @property
    def control(self) -> npt.NDArray[np.int64]:
        return self.recording.control

    def train(self, until: int) -> None:
        """Train until `until` steps are done, a stop or an `interrupt`, and make a snapshot of where that is.

        From where a stop ended it, it goes on. Blocks; the kernels do not hold the GIL meanwhile.
        """
        self.advance(until)
        self.publish()

    def advance(self, until: int) -> None:
        """Train as `train` does, without the snapshot."""
        recording = self.recording
        if until > recording.step:
            self.lift_stop()
        recording.target = max(recording.target, until)
        room = recording.reserve(until)
        self._train(room)
        while recording.step == room < until and not recording.stopped_by:
            room = recording.reserve(until)
            self._train(room)

    def interrupt(self) -> None:
        """Make a running `train` return before its next step; from any thread."""
        self.control[Control.STOP] = 1

    def clear_interrupt(self) -> None:
        """Let `train` run again."""
        self.control[Control.STOP] = 0

    def lift_stop(self) -> None:
        """Let a run go on that reached a stop; only while nothing trains."""
        self.control[Control.STOPPED_BY] = 0

    @property
    def passed(self) -> int:
        """Sum of every Stop that the run reached and was continued from."""
        return int(self.control[Control.PASSED]) & ~self.recording.stopped_by

    def retarget(self, steps: int) -> None:
        """Set where the run ends, which a snapshot tells; only while nothing trains."""
        self.recording.target = steps
        self.publish()

    def edit(self, name: str, value: float) -> None:
        """Apply a live knob from the next step on, and note it in the schedule; only while nothing trains.

        A stop that is turned counts again, and a run that it ended may go on if it would not end it now.
        """
        if name not in LIVE:
            raise ValueError(f"{name} cannot change while a run goes on")
        self.hyper[LIVE.index(name)] = value
        if name in STOPS:
            self.control[Control.PASSED] &= ~STOPS[name]
            if self.recording.stopped_by == STOPS[name] and not self._reaches(STOPS[name]):
                self.lift_stop()
        recording = self.recording
        earlier = tuple(e for e in recording.schedule if (e[0], e[1]) != (recording.step, name))
        recording.schedule = (*earlier, (recording.step, name, value))

    def publish(self) -> None:
        """Make a snapshot of what is there now; only while nothing trains."""
        recording, control = self.recording, self.control
        count = int(control[Control.PUBLISHED])
        slot = count % len(recording.slots)
        recording.headers[slot, Slot.VERSION] = 2 * count + 1
        recording.slots[slot] = self.params
        words = (Control.STEP, Control.N_EVALS, Control.DIVERGED_AT, Control.DIVERGED_PARAM, Control.STOPPED_BY)
        recording.headers[slot, :6] = [2 * count + 2, *(control[word] for word in words)]
        control[Control.PUBLISHED] = count + 1

    def final_parameters(self) -> dict[str, Reals]:
        """Give the parameters by name; after a divergence the last finite ones. Only while nothing trains."""
        diverged = self.control[Control.DIVERGED_AT] >= 0
        return self.layout.views(self.last_finite if diverged else self.params)

    def _reaches(self, stop: Stop) -> bool:
        """Whether the state that was reached is one that this stop, as it is now, would end a run in."""
        if stop is Stop.DIVERGENCE:
            return bool(self.hyper[LIVE.index("stop_on_divergence")]) and self.control[Control.DIVERGED_AT] >= 0
        reached = self.recording.evaluations[int(self.control[Control.N_EVALS]) - 1, 1 if self.data.n_test else 0]
        return bool(0 < self.hyper[LIVE.index("stop_accuracy")] <= reached)

    def _mark_bad_start(self) -> None:
        for index, view in enumerate(self.layout.views(self.params).values()):
            if not np.isfinite(view).all():
                self.control[Control.DIVERGED_PARAM] = index
                self.control[Control.DIVERGED_AT] = 0
                return


def _samples(data: Dataset, dtype: str) -> tuple[Reals, Labels, Reals, Labels]:
    """Bring the samples to the dtype; a few of them push nothing larger out of the cache."""
    return (_cast.__wrapped__ if data.x_train.size + data.x_test.size <= _FEW else _cast)(data, dtype)


@lru_cache(maxsize=2)
def _cast(data: Dataset, dtype: str) -> tuple[Reals, Labels, Reals, Labels]:
    """Bring the samples to the dtype once for all runs on them, as every position of the dial is one.

    Always fresh C-ordered arrays: another memory layout would be another type to the kernels.
    """
    x_train, x_test = (cast(x, dtype) for x in (data.x_train, data.x_test))
    t_train, t_test = (np.array(t, dtype=np.int64, order="C") for t in (data.t_train, data.t_test))
    return x_train, t_train, x_test, t_test
