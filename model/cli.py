"""The command line without a window: `train` is the same engine and the same figures, without Qt."""

import platform
import shlex
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import cast

from model import __version__
from model.arguments import TrainArguments, parse_train_arguments, refuse
from model.data.dataset import DataError, Dataset
from model.data.prepare import load
from model.figures.export import EXPORT_FORMATS, save_shot
from model.figures.figure import Compared, View
from model.figures.panels import PANELS, gradcheck
from model.figures.panels.common import divergence_words
from model.figures.picture import ExportError
from model.figures.provenance import companion_of
from model.figures.recipe import RunRecipe
from model.figures.shot import Shot
from model.figures.tables.record import save_curves
from model.files import FileError, check_target
from model.insight.gradient_check import check_gradients
from model.insight.seed_runs import Repeat, SeedRequest, SeedRuns, usual_request
from model.insight.sharpness import stable_rates
from model.insight.unroller import Kind, unrolled
from model.interruption import Interruption, tell
from model.keeping.faults import StoreError
from model.keeping.folder import database
from model.keeping.keeper import Keeper
from model.network.kernels import cache
from model.program import COMMAND, PROGRAM
from model.sweeps.crew import Rows, Threads, chunks_of
from model.sweeps.sweep import Places, Sweep
from model.sweeps.table import About
from model.sweeps.table import Table as SweepTable
from model.training import memory, warmup
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.initial import notes_on_weights
from model.training.knob import SpecError
from model.training.recipe import recipe
from model.training.record import save_run
from model.training.runner import Runner
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import clock, echo, human_bytes, msg

_BAR = 24
_LOOK = 0.1
_LINE_EVERY = 5.0
_KEEP_EVERY = 4.0
"""Seconds after which a run that goes on is kept again, as of its newest checkpoint."""
_KEEP_SECONDS = 60.0


def train(argv: Sequence[str]) -> int:
    """Train as the arguments say, and save what they ask for; returns the exit status."""
    arguments = parse_train_arguments(argv)
    try:
        with Interruption(noted=_say_interrupted) as interruption:
            return _train(arguments, interruption) or interruption.status
    except KeyboardInterrupt:  # of a caller that handles signals itself
        return 130
    except MemoryError as error:
        refuse(error)


def _say_interrupted() -> None:
    tell("\ninterrupted: saving what was trained\n")


def _train(arguments: TrainArguments, interruption: Interruption) -> int:
    try:
        data = load(arguments.spec.data_request)
        memory.check(arguments.spec, data)
        _check_targets(arguments)
        arguments = _with_compared(arguments)
    except (SpecError, DataError, FileError, ExportError) as error:
        refuse(error)
    for note in (*data.notes, *notes_on_weights(arguments.spec, data)):
        tell(f"note: {note}\n")
    if not cache.sealed():
        tell("compiling the kernels, once on this machine…\n")
        warmup.build()
    with interruption.held():
        return _train_and_save(arguments, data, interruption)


def _train_and_save(arguments: TrainArguments, data: Dataset, interruption: Interruption) -> int:
    keeper = Keeper(database()) if arguments.keep else None
    if keeper is not None:
        keeper.start()
    runner = Runner(kernel_stepper)
    worker = threading.Thread(target=runner.serve, name="training", daemon=True)
    worker.start()
    try:
        generation = runner.start(arguments.spec, data, train=False)
        _follow(runner, generation, arguments, interruption, keeper)
    finally:
        runner.close()
        worker.join()
    if isinstance(runner.fault, MemoryError):
        raise runner.fault
    if runner.engine is None and interruption.status:
        return 0
    if runner.state == "failed" or runner.engine is None:
        tell(runner.failure)
        return 1
    wrong: StoreError | None = None
    try:
        if keeper is not None:
            _keep(keeper, runner.engine, arguments.name)
    except StoreError as error:  # no reason not to save what was trained
        wrong = error
    try:
        _save(arguments, runner.engine)
    except (FileError, ExportError) as error:
        if wrong is not None:
            tell(f"{PROGRAM}: error: {wrong}\n")
        refuse(error)
    if wrong is not None:
        refuse(wrong)
    return _check_gradients(runner.engine) if arguments.check_gradients and not interruption.status else 0


def _keep(keeper: Keeper, engine: Engine, name: str) -> None:
    """Keep the run as it ended; raises StoreError."""
    keeper.keep(engine, training=False, name=name)
    written = keeper.close(_KEEP_SECONDS) and not keeper.behind
    for said in keeper.said:
        tell(f"note: {said}\n")
    if not written:
        raise StoreError(keeper.trouble or msg("The run could not be kept in time."))
    tell(f"kept as run {keeper.id_of(engine.recording.run)}\n")


def _check_gradients(engine: Engine) -> int:
    """Print the gradient check of where the run is; returns the exit status, 1 where the gradient is another."""
    frame = engine.recording.frame()
    if frame is None:
        return 0
    for passage in gradcheck.make(frame, View()).passages:
        sys.stdout.write(f"{passage.text}\n" + ("" if passage.detail is None else f"{passage.detail}\n"))
    found = check_gradients(frame)
    return int(found is not None and bool(found.named("differs")))


def info() -> str:
    """Say versions and folders, for a report of a fault."""
    names = ("numpy", "scipy", "numba", "PySide6-Essentials", "pyqtgraph", "matplotlib", "pydantic")
    rows = [
        ("Initscope", __version__),
        ("Python", f"{platform.python_version()} on {platform.platform()}"),
        *((name, version(name)) for name in names),
        ("kernels", f"{cache.folder()} ({'ready' if cache.sealed() else 'not compiled yet'})"),
        ("memory free", human_bytes(memory.available_memory())),
    ]
    return "\n".join(f"{name:<20}{value}" for name, value in rows) + "\n"


def _follow(
    runner: Runner, generation: int, arguments: TrainArguments, interruption: Interruption, keeper: Keeper | None
) -> None:
    """Show how the training goes until it ends, or a signal ends it."""
    progress = _Progress(arguments.spec.steps)

    kept = time.monotonic()

    def keep_now(keeper: Keeper, engine: Engine) -> None:
        keeper.keep(engine, training=True, still=True, name=arguments.name)

    def wait() -> bool:
        nonlocal kept
        while not interruption.status and not runner.wait_settled(_LOOK):
            if runner.generation == generation and runner.engine is not None:
                progress.show(runner.engine)
                if keeper is not None and time.monotonic() - kept > _KEEP_EVERY:
                    kept = time.monotonic()
                    runner.between_steps(lambda team: keep_now(keeper, team.lead))
        return not interruption.status

    try:
        if _run_through(runner, arguments, wait):
            progress.end(runner.engine.recording.frame() if runner.engine else None)
            return
    except (FileError, ExportError) as error:
        refuse(error)
    runner.pause()
    runner.wait_settled(10)


def _run_through(runner: Runner, arguments: TrainArguments, wait: Callable[[], bool]) -> bool:
    """Train with the edits of the schedule, and draw where asked to; returns whether nothing interrupted that."""
    if not wait():
        return False
    shown = () if arguments.at is None else (arguments.at,)
    for halt in sorted({*shown, *(step for step, *_ in arguments.schedule)}):
        if not _reach(runner, halt, min(halt, arguments.reached), wait):
            return False
        engine = runner.engine
        if engine is not None and engine.recording.step == halt:  # or else a stop ended the run before
            for _, name, value in (edit for edit in arguments.schedule if edit[0] == halt):
                runner.edit(name, value)
        if halt == arguments.at and engine is not None:
            _draw(arguments, engine)
    return _reach(runner, None, arguments.reached, wait)


def _reach(runner: Runner, halt: int | None, past_stops: int, wait: Callable[[], bool]) -> bool:
    """Train to a step or to the end, past the stops before the step `past_stops`; returns whether nothing interrupted.

    A run that is made again came to that step, so somebody continued it where it stopped.
    """
    while True:
        runner.resume() if halt is None else runner.resume_until(halt)
        if not wait():
            return False
        engine = runner.engine
        if engine is None or not engine.recording.stopped_by or engine.recording.step >= past_stops:
            return True
        runner.retarget(engine.recording.target, train=False, past_stop=True)


class _Progress:
    """A bar on a terminal, a line now and then elsewhere: steps, loss, time left."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._began = time.monotonic()
        self._last = -_LINE_EVERY
        self._terminal = sys.stderr.isatty()

    def show(self, engine: Engine) -> None:
        step = engine.recording.step
        now = time.monotonic()
        if not step or (not self._terminal and now - self._last < _LINE_EVERY):
            return
        self._last = now
        left = (now - self._began) / step * (self._steps - step)
        self._write(step, float(engine.recording.by_step[step - 1, 0]), f"ETA {clock(left)}")

    def end(self, frame: Frame | None) -> None:
        if frame is None:
            return
        loss = float(frame.loss[-1]) if frame.step else float("nan")
        self._write(frame.step, loss, f"in {clock(time.monotonic() - self._began)}")
        if self._terminal:
            tell("\n")
        if frame.divergence is not None:
            tell(f"{divergence_words(frame.divergence, frame.initial)}\n")
        if frame.stopped_by is not None:
            why = f"accuracy {frame.stop_accuracy:g} reached" if frame.stopped_by == "accuracy" else frame.stopped_by
            tell(f"stopped at step {frame.step:,}: {why}\n")
        on_train, on_test = frame.accuracy
        when = "" if frame.evaluated_at in (None, frame.step) else f" at step {frame.evaluated_at:,}"
        test = f", test {on_test:.4g}" if frame.data.n_test else ""
        tell(f"accuracy{when}: train {on_train:.4g}{test}\n")

    def _write(self, step: int, loss: float, when: str) -> None:
        done = step * _BAR // self._steps if self._steps else _BAR
        line = f"[{'#' * done}{'.' * (_BAR - done)}] {step:,}/{self._steps:,} steps  loss {loss:.4g}  {when}"
        tell(f"\r{line:<78}" if self._terminal else f"{line}\n")


def _check_targets(arguments: TrainArguments) -> None:
    """Find out before the training whether its results can be saved."""
    targets = [path for path in (arguments.out, arguments.csv, arguments.sheet) if path is not None]
    _check_ending("--out", arguments.out, "npz")
    _check_ending("--csv", arguments.csv, "csv")
    tables = [] if arguments.csv is None else [arguments.csv]
    if arguments.images is not None:
        kind = EXPORT_FORMATS[arguments.format]
        if kind.picture:
            arguments.options.check(vector=kind.vector)
        _make_folder(arguments.images)
        paths = [arguments.images / f"{name}.{arguments.format}" for name in arguments.views]
        targets += paths
        tables += paths if arguments.format == "csv" else []
    for path in (*targets, *(companion_of(table) for table in tables)):
        check_target(path)


def _check_ending(flag: str, path: Path | None, kind: str) -> None:
    """Refuse a name that promises another format than the flag saves; any other ending is nobody's business."""
    ending = "" if path is None else path.suffix.lower().removeprefix(".")
    if path is not None and ending in EXPORT_FORMATS and ending != kind:
        text = msg("{flag} saves .{kind}, but {name} ends in .{ending}.", flag=flag, kind=kind, ending=ending,
                   name=echo(path.name, 80))  # fmt: skip
        raise FileError(text)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        shown = echo(str(folder), 200)
        raise FileError(msg("The folder {folder} cannot be made: {why}.", folder=shown, why=error.strerror)) from error


def _save(arguments: TrainArguments, engine: Engine) -> None:
    if arguments.out is not None:
        save_run(engine, arguments.out)
    if arguments.csv is not None:
        save_curves(engine, arguments.csv)
    if arguments.at is None:
        _draw(arguments, engine)
    frame = engine.recording.frame()
    if arguments.sheet is not None and frame is not None:
        _save_sheet(arguments, arguments.sheet, engine, frame)


def _save_sheet(arguments: TrainArguments, path: Path, engine: Engine, frame: Frame) -> None:
    from model.lab_sheet import USUAL, save_sheet

    views = arguments.views if len(arguments.views) < len(PANELS) else {name: arguments.views[name] for name in USUAL}
    shots = [Shot(PANELS[name], frame, _whole(engine, name, view)) for name, view in views.items() if name != "why"]
    why = PANELS["why"].make(frame, PANELS["why"].view)
    command = shlex.join([COMMAND, "train", *recipe(engine.recording.spec, engine).flags()])
    save_sheet(path, shots, why.passages, command, name=arguments.name, overwrite=True)


def _draw(arguments: TrainArguments, engine: Engine) -> None:
    frame = engine.recording.frame()
    if arguments.images is None or frame is None:
        return
    for name, view in arguments.views.items():
        path = arguments.images / f"{name}.{arguments.format}"
        save_shot(
            Shot(PANELS[name], frame, _whole(engine, name, view)), path, options=arguments.options, overwrite=True
        )


def _whole(engine: Engine, panel: str, view: View) -> View:
    """Give the view of a panel with what it shows of the earlier steps."""
    if not PANELS[panel].looks_back(view):
        return view
    return view.with_(past=unrolled(engine, cast("Kind", panel)))


def _with_compared(arguments: TrainArguments) -> TrainArguments:
    """Train the runs that pictures show beside the present one."""
    if arguments.images is None and arguments.sheet is None:
        return arguments
    at = arguments.spec.steps if arguments.at is None else arguments.at
    beside = tuple(_compared(one, at) for one in arguments.compared)
    seeds = None if arguments.seeds is None else _repeated(*arguments.seeds)
    table = None if arguments.sweep is None else _swept(arguments.sweep)
    views = {name: view.with_(compared=beside, seeds=seeds, sweep=table) for name, view in arguments.views.items()}
    return replace(arguments, views=views)


def _repeated(spec: TrainingSpec, request: SeedRequest | int) -> SeedRuns | None:
    """Train a spec with seeds, as far as no signal ends that."""
    data = load(spec.data_request)
    memory.check(spec, data)
    if isinstance(request, int):
        request = replace(usual_request(data.n_classes), n=request)
    found: list[SeedRuns] = []

    def tell_of(runs: SeedRuns) -> None:
        found.append(runs)
        tell(f"{runs.n} of {runs.request.n} seeds  ETA {clock(runs.seconds_left)}\n")

    Repeat(spec, data, request, kernel_stepper, tell_of).run()
    return found[-1] if found else None


def _swept(sweep: Sweep) -> SweepTable:
    """Train the points of a sweep that is drawn."""
    data = load(sweep.base.data_request)
    sweep.check(data)
    table, crew = SweepTable(sweep, About.of(data)), Threads()
    told = time.monotonic()

    def take(places: Places, rows: Rows) -> None:
        nonlocal told
        table.take(places, rows)
        if time.monotonic() - told > _LINE_EVERY:
            told = time.monotonic()
            tell(f"{table.n_done:,} of {sweep.n_points:,} points of the sweep\n")

    tell(f"training the {sweep.n_points:,} points of the sweep…\n")
    crew.work(sweep, data, chunks_of(sweep, data, crew), take, threading.Event())
    if sweep.beside_rate is not None:
        table.stable_rates = stable_rates(sweep, data, lambda: False)
    return table


def _compared(recipe: RunRecipe, at: int) -> Compared:
    """Make a run again that stands beside the present one, which is shown at step `at`."""
    data = load(recipe.spec.data_request)
    memory.check(recipe.spec, data)
    engine = Engine(recipe.spec, data, kernel_stepper)
    end = recipe.spec.steps if recipe.at is None else recipe.at
    moment = None
    for step, name, value in (*recipe.schedule, (end, "", 0.0)):
        if moment is None and at <= min(step, end):
            _train_past_stops(engine, at)
            moment = _frame_of(engine, recipe.run)
        _train_past_stops(engine, min(step, end))
        if name:
            engine.edit(name, value)
    return Compared(_frame_of(engine, recipe.run), recipe.slot, recipe.name, moment)


def _frame_of(engine: Engine, run: int) -> Frame:
    frame = engine.recording.frame()
    if frame is None:
        raise RuntimeError("a run that was just made has a frame")
    return replace(frame, run=run)


def _train_past_stops(engine: Engine, until: int) -> None:
    engine.train(until)
    while engine.recording.step < until:
        engine.train(until)
