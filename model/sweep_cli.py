"""The command `sweep`: the same training over a range of one knob or two, and over seeds."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.arguments import add_knobs, joined, made_parser, named_values, read_recipe_or_refuse, refuse
from model.data.dataset import DataError, Dataset
from model.data.prepare import load
from model.figures.export import EXPORT_FORMATS, save_shot
from model.figures.panels import PANELS
from model.figures.picture import ExportError, PictureOptions
from model.figures.shot import Shot
from model.files import FileError, check_target
from model.insight.sharpness import stable_rates
from model.interruption import Interruption, tell
from model.network.kernels import cache
from model.program import PROGRAM
from model.sweeps.axis import Axis
from model.sweeps.cluster import Cluster, ClusterError
from model.sweeps.crew import Crew, Rows, Threads, chunks_of
from model.sweeps.sweep import Places, Sweep
from model.sweeps.table import About, SweepFileError, Table, resumed
from model.training import warmup
from model.training.engine import Engine
from model.training.initial import notes_on_weights
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import clock, msg

_BAR = 24
_LOOK = 0.1
_LINE_EVERY = 5.0
_SAVE_EVERY = 5.0
_SAVE_SHARE = 0.05
"""The most of its time that a sweep spends on saving what it has so far."""


@dataclass(frozen=True, slots=True)
class SweepArguments:
    """What `sweep` is asked for."""

    sweep: Sweep
    out: Path
    crew: Crew
    resume: bool
    images: Path | None
    format: str


def sweep(argv: Sequence[str]) -> int:
    """Train the points of a sweep as the arguments say; returns the exit status."""
    arguments = parse_sweep_arguments(argv)
    stop = threading.Event()

    def noted() -> None:
        stop.set()
        tell("\ninterrupted: saving the points that are finished\n")

    try:
        with Interruption(noted=noted) as interruption:
            return _sweep(arguments, stop, interruption) or interruption.status
    except MemoryError as error:
        refuse(error)


def parse_sweep_arguments(argv: Sequence[str]) -> SweepArguments:
    """Read the arguments of `sweep`; ends the program with status 2 where they are wrong."""
    parser = made_parser(
        f"{PROGRAM} sweep", msg("Train every point of a grid of knobs and seeds, and save what became of each.")
    )
    values = "FROM:TO:COUNT, FROM:TO:COUNT:log, or a list a,b,c (a;b;c where values hold commas)"
    parser.add_argument("--x", metavar="KNOB=VALUES", required=True, help=f"what varies: {values}")
    parser.add_argument("--y", metavar="KNOB=VALUES", help="what else varies")
    parser.add_argument("--seeds", metavar="N", type=int, default=1, help="runs at each point, with seed, seed + 1, …")
    parser.add_argument("--out", metavar="SWEEP.npz", type=Path, required=True, help="the file, saved as it grows")
    parser.add_argument("--resume", action="store_true", help="go on with what the file holds")
    parser.add_argument("--images", metavar="DIR", type=Path, help="draw the results into this folder")
    parser.add_argument("--format", choices=EXPORT_FORMATS, default="png", help="format of the pictures")
    parser.add_argument("--spec", metavar="FILE", help="a spec (JSON), a RUN.npz or an exported file to begin with")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", metavar="N", type=int, help="train in N processes on this machine, by Dask")
    where.add_argument("--scheduler", metavar="ADDRESS", help="train on the workers of this Dask scheduler")
    add_knobs(parser)
    found = parser.parse_args(joined(argv))
    values_named = named_values(found)
    base = TrainingSpec() if not found.spec else read_recipe_or_refuse(found.spec).run.spec
    if found.scheduler == "":
        parser.error("--scheduler: is empty; give the address of a Dask scheduler, or --workers N")
    if found.workers is not None and found.workers < 1:
        parser.error(f"--workers: must be at least 1; got {found.workers}")
    try:
        axes = [Axis.from_text(text) for text in (found.x, found.y) if text is not None]
        made = Sweep(base.replaced(**values_named), axes[0], axes[1] if len(axes) > 1 else None, found.seeds).checked()
    except SpecError as error:
        refuse(error)
    crew: Crew = Threads() if found.workers is None and found.scheduler is None else Cluster(
        found.scheduler or "", found.workers or 0
    )  # fmt: skip
    return SweepArguments(made, found.out, crew, found.resume, found.images, found.format)


def _sweep(arguments: SweepArguments, stop: threading.Event, interruption: Interruption) -> int:
    base = arguments.sweep.base
    try:
        data = load(base.data_request)
        arguments.sweep.check(data)
        table = _table(arguments, data)
        check_target(arguments.out)
        if arguments.images is not None:
            arguments.images.mkdir(parents=True, exist_ok=True)
    except (SpecError, DataError, FileError, SweepFileError, OSError) as error:
        refuse(error)
    for note in (*data.notes, *notes_on_weights(base, data), *arguments.sweep.notes()):
        tell(f"note: {note}\n")
    if not cache.sealed():
        tell("compiling the kernels, once on this machine…\n")
        warmup.build()
    with interruption.held():
        try:
            Growing(table, arguments.out).train(arguments.crew, data, stop)
            _add_stable_rates(table, data, arguments.out, stop)
        except (SpecError, DataError, FileError, ClusterError) as error:
            refuse(error)
    if arguments.images is not None:
        try:
            draw(table, data, arguments.images, arguments.format)
        except (FileError, ExportError) as error:
            refuse(error)
    return 0


def _table(arguments: SweepArguments, data: Dataset) -> Table:
    """Begin a table, or go on with the file; raises SweepFileError where that would lose what another sweep found."""
    if not arguments.out.exists():
        return Table(arguments.sweep, About.of(data))
    if arguments.resume:
        return resumed(arguments.sweep, arguments.out)
    try:
        whole = Table.load(arguments.out).is_whole
    except SweepFileError:
        whole = True
    if not whole:
        text = "{path} holds a sweep that is not finished: add --resume to go on with it, or choose another name."
        raise SweepFileError(msg(text, path=str(arguments.out)))
    return Table(arguments.sweep, About.of(data))


def _add_stable_rates(table: Table, data: Dataset, path: Path, stop: threading.Event) -> None:
    """Find the learning rates that are stable at the start of a map, unless that is given up; raises FileError."""
    if table.sweep.beside_rate is None or table.stable_rates is not None or not table.is_whole or stop.is_set():
        return
    tell("finding the learning rates that are stable at the start…\n")
    rates = stable_rates(table.sweep, data, stop.is_set)
    if not stop.is_set():
        table.stable_rates = rates
        table.save(path)


def draw(table: Table, data: Dataset, folder: Path, kind: str) -> None:
    """Draw the panels of a sweep into a folder; raises FileError and ExportError."""
    frame = Engine(table.sweep.base, data, kernel_stepper).recording.frame()
    if frame is None:
        raise RuntimeError("an engine has a frame from its beginning")
    for name in ("response", "map"):
        if name == "response" or table.sweep.y is not None:
            shot = Shot(PANELS[name], frame, PANELS[name].view.with_(sweep=table))
            save_shot(shot, folder / f"{name}.{kind}", options=PictureOptions(), overwrite=True)


class Growing:
    """A table that is being filled, saved now and then, with a bar that says how far it is."""

    def __init__(self, table: Table, path: Path) -> None:
        self._table = table
        self._path = path
        self._began = self._shown = self._saved = time.monotonic()
        self._at_first = table.n_done
        self._done = self._at_first
        self._rest = _SAVE_EVERY
        self._terminal = sys.stderr.isatty()

    def train(self, crew: Crew, data: Dataset, stop: threading.Event) -> None:
        """Train what is missing, and save the table; what there is also where something goes wrong."""
        sweep = self._table.sweep
        try:
            if not self._table.is_whole:
                crew.work(sweep, data, self._table.missing(chunks_of(sweep, data, crew)), self._take, stop)
        finally:
            self._table.save(self._path)
        self._show(f"in {clock(time.monotonic() - self._began)}")
        tell("\n" if self._terminal else "")

    def _take(self, places: Places, rows: Rows) -> None:
        self._table.take(places, rows)
        self._done += len(places)
        now = time.monotonic()
        if now - self._saved > self._rest:
            self._table.save(self._path)
            self._saved = time.monotonic()
            self._rest = max(_SAVE_EVERY, (self._saved - now) / _SAVE_SHARE)
        if now - self._shown > (_LOOK if self._terminal else _LINE_EVERY):
            self._shown = now
            left = (now - self._began) / max(self._done - self._at_first, 1) * (self._table.sweep.n_points - self._done)
            self._show(f"ETA {clock(left)}")

    def _show(self, when: str) -> None:
        n = self._table.sweep.n_points
        done = self._done * _BAR // n
        line = f"[{'#' * done}{'.' * (_BAR - done)}] {self._done:,}/{n:,} points  {when}"
        tell(f"\r{line:<78}" if self._terminal else f"{line}\n")
