"""Command-line arguments: a flag for every knob, made from the table; wrong ones end with status 2 and a reason."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from model import __version__
from model.data.dataset import DataError
from model.figures.panels import PANELS
from model.foreign_text import showable
from model.keeping.folder import ENDING
from model.program import PROGRAM
from model.training.knob import SpecError
from model.training.replay import tells_of_a_run
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, echo, languages, msg

if TYPE_CHECKING:
    from model.figures.figure import View
    from model.figures.picture import PictureOptions
    from model.figures.recipe import Recipe, RunRecipe
    from model.insight.seed_runs import SeedRequest
    from model.sweeps.sweep import Sweep
    from model.training.frame import Schedule


@dataclass(frozen=True, slots=True)
class WindowArguments:
    """What the window is opened with; `values` are the knobs that were named, already of their types."""

    values: dict[str, object]
    recipe: "Recipe | None"
    """What is to be shown as it was, where a file of a run was named and no knob changes that run."""
    runs: Path | None
    """A file of runs that is to be opened, where no knob changes the run."""
    lang: str
    style: str
    reset: bool

    def refuse(self, error: SpecError | DataError) -> NoReturn:
        """End with the message on the error stream and status 2."""
        refuse(error)


@dataclass(frozen=True, slots=True)
class TrainArguments:
    """What `train` is asked for."""

    spec: TrainingSpec
    out: Path | None
    csv: Path | None
    images: Path | None
    format: str
    options: "PictureOptions"
    views: "Mapping[str, View]"
    """What to look at in each panel that is wanted."""
    at: int | None
    schedule: "Schedule"
    """Edits of live knobs to make on the way, (step, knob, value)."""
    reached: int
    """The step up to which the run is known to have gone on from every stop."""
    compared: "tuple[RunRecipe, ...]"
    """Runs to draw behind this one."""
    seeds: "tuple[TrainingSpec, SeedRequest | int] | None" = None
    """A spec to repeat, and how, or with how many seeds."""
    sweep: "Sweep | None" = None
    """A sweep to draw."""
    sheet: Path | None = None
    """Where to write a lab sheet."""
    check_gradients: bool = False
    keep: bool = False
    """Whether the run is kept in the database, under `name`."""
    name: str = ""


def parse_window_arguments(argv: Sequence[str]) -> WindowArguments:
    """Read the arguments of the window; ends the program with status 2 where they are wrong."""
    parser = made_parser(
        PROGRAM, msg("An oscilloscope for weight initialisation: turn the dial, watch the network learn.")
    )
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a data file (NPZ, CSV, IDX), a spec (JSON), runs (.initscope), a RUN.npz or a picture of a run",
    )
    parser.add_argument("--lang", choices=languages(), default="en", help="language of the texts")
    parser.add_argument(
        "--style", choices=["light", "dark", "contrast", "system"], default="", help="colours of the window"
    )
    parser.add_argument("--reset", action="store_true", help="forget the settings of earlier sessions")
    parser.add_argument("--version", action="version", version=f"Initscope {__version__}")
    parser.add_argument("--info", action="store_true", help="print versions and folders, and end")
    commands = ("train", "sweep", "runs", "script", "bench")
    parser.epilog = "also: " + ", ".join(f"{PROGRAM} {command} --help" for command in commands)
    add_knobs(parser)
    found = parser.parse_args(joined(argv))
    values, recipe = named_values(found), None
    if found.file and not tells_of_a_run(found.file):
        values = {"data": found.file, **values}
    elif found.file:
        recipe = read_recipe_or_refuse(found.file)
        named, values = values, {**recipe.run.spec.model_dump(), **values}
        recipe = None if named else recipe
    runs = None
    if recipe is not None and Path(found.file).suffix.lower() == ENDING:
        recipe, runs = None, Path(found.file)
    return WindowArguments(values, recipe, runs, found.lang, found.style, found.reset)


def parse_train_arguments(argv: Sequence[str]) -> TrainArguments:
    """Read the arguments of `train`; ends the program with status 2 where they are wrong."""
    from model.figures.export import EXPORT_FORMATS
    from model.picture_arguments import add_picture_flags

    parser = made_parser(
        f"{PROGRAM} train", msg("Train without a window, and save the run, its curves and its pictures.")
    )
    parser.add_argument(
        "--spec", metavar="FILE", help="a spec (JSON), a RUN.npz or an exported file to make again; flags win over it"
    )
    parser.add_argument("--out", metavar="RUN.npz", type=Path, help="save the run: histories, parameters, spec")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="save loss and gradient norms by step as CSV")
    parser.add_argument(
        "--check-gradients",
        action="store_true",
        help="hold the gradient at the end against central differences, and print a table; status 1 where it differs",
    )
    parser.add_argument("--keep", action="store_true", help="keep the run, to be found by `runs` and in the window")
    parser.add_argument("--name", metavar="TEXT", help="a name for the run that is kept")
    add_picture_flags(parser, list(EXPORT_FORMATS))
    add_knobs(parser)
    found = parser.parse_args(joined(argv))
    return _train_arguments(parser, found, named_values(found))


def parse_script_arguments(argv: Sequence[str]) -> "tuple[TrainingSpec, Schedule, Path]":
    """Read the arguments of `script`: the run, its live edits, and the file; ends the program if they are wrong."""
    parser = made_parser(f"{PROGRAM} script", msg("Write a run as a NumPy script that prints the same losses."))
    parser.add_argument(
        "--spec", metavar="FILE", help="a spec (JSON), a RUN.npz or an exported file; flags win over it"
    )
    parser.add_argument("--out", metavar="FILE.py", type=Path, required=True, help="the script; its data go beside it")
    add_knobs(parser)
    found = parser.parse_args(joined(argv))
    values = named_values(found)
    run = read_recipe_or_refuse(found.spec).run if found.spec else None
    try:
        spec = (run.spec if run is not None else TrainingSpec()).replaced(**values)
    except SpecError as error:
        refuse(error)
    edits = run.schedule if run is not None else ()
    return spec, tuple(edit for edit in edits if edit[1] not in values and edit[0] <= spec.steps), found.out


def _train_arguments(
    parser: argparse.ArgumentParser, found: argparse.Namespace, values: dict[str, object]
) -> TrainArguments:
    from model.figures.picture import ExportError
    from model.figures.recipe import Recipe, RunRecipe
    from model.picture_arguments import options_of, seeds_of, views_of

    recipe = read_recipe_or_refuse(found.spec) if found.spec else Recipe(RunRecipe(TrainingSpec()))
    try:
        spec = recipe.run.spec.replaced(**values)
        options = options_of(found, recipe)
    except (SpecError, ExportError) as error:
        refuse(error)
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))
    panels = tuple(name for name in (found.panels or recipe.panel).split(",") if name) or tuple(PANELS)
    for name in panels:
        if name not in PANELS:
            parser.error(f"--panels: there is no panel {name!r}; there are {', '.join(PANELS)}")
    if found.at is not None and not 0 <= found.at <= spec.steps:
        parser.error(f"--at: must be from 0 to {spec.steps}, the steps of the run; got {found.at}")
    try:
        views = views_of(recipe, panels, found, spec, same_run=not values)
        seeds = seeds_of(recipe, found, spec, same_run=not values)
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))
    if found.name is not None and not found.keep:
        parser.error("--name: names a run that is kept, with --keep")
    at = recipe.run.at if found.at is None else found.at
    return TrainArguments(
        spec=spec,
        out=found.out,
        csv=found.csv,
        images=found.images,
        format=found.format,
        options=options,
        views=views,
        at=None if found.at is None and at is not None and at >= spec.steps else at,
        schedule=tuple(edit for edit in recipe.run.schedule if edit[1] not in values and edit[0] <= spec.steps),
        reached=0 if values else recipe.run.reached,
        compared=recipe.compared,
        seeds=seeds,
        sweep=None if values else recipe.sweep,
        sheet=found.sheet,
        check_gradients=found.check_gradients,
        keep=found.keep,
        name=showable(found.name or "", 200),
    )


def refuse(error: Exception, file: str = "") -> NoReturn:
    """End with the message on the error stream and status 2: a person can mend it.

    Wrong knobs are named by their flags, or as they are called in the `file` that they come from.
    """
    for line in _lines(error, file):
        sys.stderr.write(f"{PROGRAM}: error: {line}\n")
    raise SystemExit(2)


def _lines(error: Exception, file: str) -> list[str]:
    if isinstance(error, SpecError):
        wrong = error.messages.items()
        if file:
            lines = [_of(name, str(text)) if name in KNOBS else str(text) for name, text in wrong]
            return [line if file in line else f"{file}: {line}" for line in lines]
        return [_of(KNOBS[name].flag, str(text)) if name in KNOBS else str(text) for name, text in wrong]
    if isinstance(error, MemoryError):
        return [str(msg("There is not enough memory; nothing was saved. Fewer hidden units or samples need less."))]
    message: object = getattr(error, "message", None) or error
    return [str(message)]


def _of(knob: str, text: str) -> str:
    """Say of a knob what is wrong with it, be it a sentence or the rest of one that begins with the knob."""
    return f"{knob}: {text}" if text[:1].isupper() else f"{knob} {text}"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as `refuse` does: among thirty lines of usage nobody finds it."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: error: {message}\n")
        raise SystemExit(2)


def made_parser(program: str, description: Message) -> argparse.ArgumentParser:
    """Make a parser that takes no abbreviations and says in one line what is wrong."""
    return _Parser(prog=program, description=str(description), allow_abbrev=False)


def add_knobs(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every knob."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for knob in KNOBS.values():
        if knob.group not in groups:
            groups[knob.group] = parser.add_argument_group(knob.group)
        group = groups[knob.group]
        text = f"{knob.help} ({knob.limits()}; default {knob.shown(knob.default) or 'none'})".replace("%", "%%")
        if knob.kind == "flag":
            group.add_argument(knob.flag, dest=knob.name, action="store_const", const="true", help=text)
        else:
            metavar = "{" + ",".join(knob.choices) + "}" if knob.choices else knob.kind.upper()
            group.add_argument(knob.flag, dest=knob.name, metavar=metavar, help=text)


def joined(argv: Sequence[str]) -> list[str]:
    """Write `--knob value` as `--knob=value`, because argparse takes a value such as -1e-3 for a flag."""
    takers = {knob.flag for knob in KNOBS.values() if knob.kind != "flag"}
    words: list[str] = []
    for word in argv:
        if words and words[-1] in takers and not word.startswith("--"):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def named_values(found: argparse.Namespace) -> dict[str, object]:
    """Parse the knobs that were named; every wrong one is told at once."""
    values: dict[str, object] = {}
    wrong: dict[str, Message] = {}
    for name, knob in KNOBS.items():
        text = getattr(found, name)
        if text is None:
            continue
        try:
            values[name] = knob.parse(text)
        except SpecError as error:
            wrong |= error.messages
    try:
        TrainingSpec.from_values(values)
    except SpecError as error:
        wrong |= {name: message for name, message in error.messages.items() if name not in wrong}
    if wrong:
        refuse(SpecError(wrong))
    return values


def read_recipe_or_refuse(file: str) -> "Recipe":
    """Read what a file says of the run that it is of; ends the program with status 2 where it says nothing."""
    from model.figures.recipe import read_recipe

    try:
        return read_recipe(Path(file))
    except SpecError as error:
        refuse(error, echo(file, 200))
