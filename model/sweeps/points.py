"""The points of a sweep, trained: a function of the sweep, its data and their places, and of nothing else."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.sweeps.sweep import Places, Sweep
from model.training import memory
from model.training.engine import LIVE, Engine, Stepper
from model.training.initial import Initial, check_initial, initial_values
from model.training.several import FIELDS, Several, told_of
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

Floats = npt.NDArray[np.float64]

_OF_INITIAL = {"weight_init_std": 1.0, "bias_init_std": 0.0, "layer_gains": (1.0,)}
"""Knobs that change nothing but the initial parameters: runs that differ in them alone are trained in one go."""
_MOST_KEPT = 64_000_000
"""Bytes of initial parameters that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Beginning:
    """What runs begin with that differ in live knobs alone.

    Attributes
    ----------
    spec : of one of them
    alike : the spec of all runs that are trained in one go with it, as far as they share it
    """

    spec: TrainingSpec
    alike: TrainingSpec
    initial: Initial


class Points:
    """Trains points; one object for each thread.

    Parameters
    ----------
    sweep : whose points they are
    data : the samples of its base spec, where they are there already
    stepper : how steps are made; by the kernels, many runs are one call
    """

    def __init__(self, sweep: Sweep, data: Dataset | None = None, stepper: Stepper = kernel_stepper) -> None:
        self._sweep = sweep
        self._stepper = stepper
        self._data: dict[DataRequest, Dataset] = {} if data is None else {sweep.base.data_request: data}
        self._beginnings: dict[int, _Beginning] = {}
        self._running: Several | Engine | None = None
        self._given_up = threading.Event()

    def train(self, places: Places) -> tuple[Places, Floats]:
        """Train these points; returns those that were finished, and their FIELDS (n, 6).

        Raises
        ------
        SpecError, DataError
            Where a point cannot be trained.
        """
        found = np.full((len(places), len(FIELDS)), np.nan)
        finished = np.zeros(len(places), dtype=bool)
        for members, beginnings, which in self._groups(places):
            if self._given_up.is_set():
                break
            rows = self._trained(beginnings, which, self._hypers(places[members]))
            found[members[: len(rows)]] = rows
            finished[members[: len(rows)]] = True
        return places[finished], found[finished]

    def interrupt(self) -> None:
        """End a `train` soon, and train nothing more; from any thread."""
        self._given_up.set()
        running = self._running
        if running is not None:
            running.interrupt()

    def _groups(self, places: Places) -> list[tuple[npt.NDArray[np.intp], list[_Beginning], npt.NDArray[np.intp]]]:
        """Sort points into groups that are trained in one go: the members, their beginnings, and each one's."""
        indices = np.unravel_index(places, self._sweep.shape)
        live = [axis.knob in LIVE for axis in self._sweep.axes]
        kept = [np.zeros_like(column) if skip else column for column, skip in zip(indices, [*live, False], strict=True)]
        keys, which = np.unique(np.ravel_multi_index(kept, self._sweep.shape), return_inverse=True)
        beginnings = [self._beginning(int(key)) for key in keys]
        groups: dict[TrainingSpec, list[int]] = {}
        for number, beginning in enumerate(beginnings):
            groups.setdefault(beginning.alike, []).append(number)
        found = []
        for numbers in groups.values():
            (members,) = np.nonzero(np.isin(which, numbers))
            found.append((members, [beginnings[n] for n in numbers], np.searchsorted(numbers, which[members])))
        return found

    def _beginning(self, place: int) -> _Beginning:
        """Give what a point begins with; kept, for the others on a line of live knobs come later."""
        known = self._beginnings.get(place)
        if known is None:
            spec = self._sweep.spec_at(place)
            check_initial(spec, self._samples(spec))
            initial = initial_values(spec, self._samples(spec))
            alike = spec.model_copy(update={**_OF_INITIAL, **{name: getattr(self._sweep.base, name) for name in LIVE}})
            if len(self._beginnings) * initial.params.nbytes > _MOST_KEPT:
                self._beginnings.clear()
            known = self._beginnings[place] = _Beginning(spec, alike, initial)
        return known

    def _samples(self, spec: TrainingSpec) -> Dataset:
        request = spec.data_request
        if request not in self._data:
            data = load(request)
            memory.check(spec, data)
            self._data[request] = data
        return self._data[request]

    def _hypers(self, places: Places) -> Floats:
        """Give the live knobs of points, as the kernel has them (n, 5)."""
        hypers = np.tile([float(getattr(self._sweep.base, name)) for name in LIVE], (len(places), 1))
        indices = np.unravel_index(places, self._sweep.shape)
        for axis, column in zip(self._sweep.axes, indices, strict=False):
            if axis.knob in LIVE:
                hypers[:, LIVE.index(axis.knob)] = (
                    axis.places[column] if axis.is_number else np.array(axis.values)[column]
                )
        return hypers

    def _trained(self, beginnings: Sequence[_Beginning], which: npt.NDArray[np.intp], hypers: Floats) -> Floats:
        spec, data = beginnings[0].spec, self._samples(beginnings[0].spec)
        if self._stepper is not kernel_stepper:
            return self._one_by_one(beginnings, which, hypers)
        self._running = several = Several(spec, data, beginnings[0].initial)
        if self._given_up.is_set():
            several.interrupt()
        starts = np.stack([beginning.initial.params for beginning in beginnings])
        try:
            return several.train(starts[which], hypers)
        finally:
            self._running = None

    def _one_by_one(self, beginnings: Sequence[_Beginning], which: npt.NDArray[np.intp], hypers: Floats) -> Floats:
        rows = []
        for beginning, hyper in zip((beginnings[n] for n in which), hypers, strict=True):
            knobs = {name: type(getattr(beginning.spec, name))(value) for name, value in zip(LIVE, hyper, strict=True)}
            spec = beginning.spec.model_copy(update=knobs)
            self._running = engine = Engine(spec, self._samples(spec), self._stepper, initial=beginning.initial)
            if self._given_up.is_set():
                break
            engine.train(spec.steps)
            if engine.recording.step < spec.steps and not engine.recording.stopped_by:
                break
            rows.append(told_of(engine))
        self._running = None
        return np.array(rows).reshape(-1, len(FIELDS))
