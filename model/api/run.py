"""Runs: training a spec to its end, and every moment of that as a Frame."""

import operator
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError, Dataset
from model.data.prepare import load as load_data
from model.figures.picture import ExportError
from model.interruption import tell
from model.network.kernels import cache
from model.training import memory
from model.training.differences import differences
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.initial import notes_on_weights
from model.training.knob import SpecError
from model.training.record import run_arrays, save_run
from model.training.remade import make_again
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import kernel_stepper
from model.training.timeline import Timeline
from model.words import echo, msg

_LOOK = 0.1
"""Seconds between two looks at whether somebody interrupts."""


class Run:
    """A run that has been trained; made by `train` and `load`.

    Attributes
    ----------
    spec : TrainingSpec
        Every knob that it was begun with; `spec.replaced(seed=1)` gives a copy with others, for `train`.
    """

    def __init__(self, engine: Engine) -> None:
        self.spec = engine.spec
        self._engine = engine
        self._timeline = Timeline(engine)

    @property
    def step(self) -> int:
        """Steps trained; fewer than `spec.steps` where a stop ended the run."""
        return self._engine.recording.step

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the data, and what is to be said of them and of a file of weights."""
        data = self._engine.data
        said = (str(note) for note in (data.split, data.scaling, *data.notes, *notes_on_weights(self.spec, data)))
        return tuple(note for note in said if note)

    def frame(self, step: int | None = None) -> Frame:
        """Give the run as it was after so many steps, bit by bit.

        Parameters
        ----------
        step : from 0, the untrained network, to `Run.step`, which None stands for; an earlier step is trained again
            from the last checkpoint before it

        Returns
        -------
        Frame
            With n = `step`: `loss` (n,) in nats, of each batch before its update; `grad_norms` (n, 2 n_layers), in the
            order W1, b1, …; `params` and `initial` by name, W1 (fan_in, fan_out), b1 (fan_out,), …; `eval_steps` (k,)
            and `evaluations` (k, 3) of train accuracy, test accuracy and test loss. The arrays are the run's own: copy
            them before you change them.

        Raises
        ------
        SpecError
            Where the run has no such step.
        """
        last = self.step
        at = last if step is None else operator.index(step)
        if not 0 <= at <= last:
            text = "must be from 0 to {last}, the steps of the run; got {got}"
            raise SpecError({"step": msg(text, last=last, got=echo(str(at)))})
        found = self._timeline.frame(at)
        if found is None:
            raise RuntimeError("nobody gives up a step of this run")
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Give all that the run left behind, under the names that RUN.npz has.

        Returns
        -------
        dict
            `loss` (n,) in nats and `grad_norms` (n, 2 n_layers) by step; the last parameters `W1` (fan_in, fan_out),
            `b1` (fan_out,), … (after a divergence the last finite ones); `eval_steps` (k,) with `train_accuracies`
            and `test_accuracies`, fractions of 1, and `test_losses` in nats; `train_accuracy`, `test_accuracy`,
            `diverged_at` (-1 or the step), `stopped_by`, `schedule`, `spec` (JSON), `step` and `version`.
        """
        rows = self._engine.recording.by_step[: self.step].copy()
        others = {name: np.array(value) for name, value in run_arrays(self._engine).items()}
        return {"loss": rows[:, 0], "grad_norms": rows[:, 1:], **others}

    def save(self, path: str | Path) -> Path:
        """Save the run, as the ending of the name says; an older file is replaced.

        Parameters
        ----------
        path : ends in .npz, the arrays for other programs; .initscope, to go on with it in the window; or .csv, loss
            and gradient norms by step

        Raises
        ------
        ExportError
            For another ending.
        FileError
            Where the file cannot be written; an older one is intact.
        """
        path = Path(path)
        save = _SAVERS.get(path.suffix.lower())
        if save is None:
            text = "{name} has an ending that is not known; use one of {known}."
            raise ExportError(msg(text, name=echo(path.name, 80), known=", ".join(_SAVERS)))
        save(self._engine, path)
        return path

    def __repr__(self) -> str:
        words = ", ".join(str(each) for each in differences(self.spec, TrainingSpec())) or "the default knobs"
        return f"<Run at step {self.step:,}: {words}>"


def train(spec: TrainingSpec | None = None, /, **knobs: object) -> Run:
    """Train a network to its last step, or to a stop of its spec.

    Parameters
    ----------
    spec : what the knobs change; the defaults if it is left out
    **knobs : those of the README's table, by the names of their flags: weight_init_std=0.01, init="he",
        hidden_sizes=(50, 50) or "50x8", steps=500, data="own.npz", …; also NumPy's numbers, lists and paths

    Returns
    -------
    Run

    Raises
    ------
    SpecError
        For a knob that there is not, which names the nearest; for a value that it cannot take; for a network that
        neither its data nor this machine can take. `messages` holds one for each wrong knob.
    DataError
        Where the data cannot be used.
    KeyboardInterrupt
        Where somebody interrupts: training ends before its next step.
    """
    spec = spec_of(spec, knobs)
    data = samples_of(spec)
    make_ready()
    engine = Engine(spec, data, kernel_stepper)
    patiently(lambda: engine.train(spec.steps), engine.interrupt)
    return Run(engine)


def load(path: str | Path) -> Run:
    """Bring a run back from a file: a saved run (.npz, .initscope), a spec (.json), or an exported picture or table.

    All but .initscope are trained again, bit by bit on the same machine, to the step that the file is of, with the
    knobs that were turned on the way.

    Raises
    ------
    SpecError
        Where the file tells of no run, or of one that cannot be made.
    DataError
        Where its data cannot be used.
    """
    from model.figures.recipe import read_recipe
    from model.keeping.bundle import BundleError, is_bundle, read_bundle
    from model.keeping.revive import brought_back

    path = Path(path)
    if is_bundle(path):
        make_ready()
        runs, present = read_bundle(path)
        try:
            return Run(brought_back(runs[present].record, kernel_stepper))
        except (SpecError, DataError):
            raise
        except ValueError as error:
            raise BundleError(path, str(error)) from None
    recipe = read_recipe(path).run
    end = recipe.reached or recipe.spec.steps if recipe.at is None else recipe.at
    data = samples_of(recipe.spec)
    make_ready()
    engine = Engine(recipe.spec, data, kernel_stepper)
    return Run(trained_again(engine, recipe.schedule, end, past_stops=recipe.reached > 0))


def spec_of(spec: TrainingSpec | None, knobs: Mapping[str, object]) -> TrainingSpec:
    """Give a spec, or the default one, with other knobs; raises SpecError with every fault at once."""
    values = {name: value_of(name, value) for name, value in knobs.items()}
    return TrainingSpec.from_values(values) if spec is None else spec.replaced(**values)


def value_of(name: str, value: object) -> object:
    """Give a value as the spec takes it: layers as tuples of plain numbers, paths as text."""
    plain, knob = as_plain(value), KNOBS.get(name)
    if knob is None or knob.kind not in ("sizes", "factors"):
        return plain
    if isinstance(plain, str):
        return knob.parse(plain)
    return (plain,) if isinstance(plain, int | float) and not isinstance(plain, bool) else plain


def as_plain(value: object) -> object:
    """Give NumPy's numbers and arrays, lists and paths as plain values."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple | range):
        return tuple(as_plain(each) for each in value)
    return value


def samples_of(spec: TrainingSpec) -> Dataset:
    """Give the samples of a spec that they and this machine can train; raises DataError and SpecError."""
    data = load_data(spec.data_request)
    memory.check(spec, data)
    return data


def make_ready() -> None:
    """Compile the kernels where that has not been done yet."""
    if not cache.sealed():
        from model.training import warmup

        tell("compiling the kernels, once on this machine…\n")
        warmup.build()


def patiently(work: Callable[[], object], stop: Callable[[], object]) -> None:
    """Do something in a thread, so that Ctrl-C, or the stop button of a notebook, is seen meanwhile and stops it."""
    with ThreadPoolExecutor(1, "training") as pool:
        doing = pool.submit(work)
        try:
            while not wait((doing,), _LOOK).done:
                pass
        except BaseException:
            stop()
            raise
        doing.result()


def trained_again(engine: Engine, schedule: Sequence[tuple[int, str, float]], end: int, *, past_stops: bool) -> Engine:
    """Train an engine as a run was trained before, up to a step: past the stops that it went on from, if it did."""
    given_up = threading.Event()

    def work() -> None:
        if past_stops:
            make_again(engine, tuple(schedule), end, given_up.is_set)
        else:
            engine.train(end)

    def stop() -> None:
        given_up.set()
        engine.interrupt()

    patiently(work, stop)
    return engine


def _save_bundle(engine: Engine, path: Path) -> None:
    from model.keeping.bundle import Bundled, save_bundle
    from model.keeping.record import State, record_of

    save_bundle(path, [Bundled(record_of(engine, State.now(engine)))])


def _save_curves(engine: Engine, path: Path) -> None:
    from model.figures.tables.record import save_curves

    save_curves(engine, path)


_SAVERS: dict[str, Callable[[Engine, Path], None]] = {
    ".npz": save_run,
    ".initscope": _save_bundle,
    ".csv": _save_curves,
}
"""What writes a run, by the ending of the file."""
