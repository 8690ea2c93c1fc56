"""A recipe that can be used: what an exported file says of its run, its panel and its look, checked field by field."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from model.figures.figure import Range, View
from model.figures.palette import ThemeName
from model.figures.panels import PANELS
from model.figures.picture import ExportError, PictureOptions
from model.figures.provenance import COMPANION, Provenance, companion_of, read_provenance
from model.foreign_text import showable
from model.insight.randn import RandnRequest
from model.insight.seed_runs import SeedRequest, SeedRuns, checked_request
from model.insight.width_runs import DEFAULTS
from model.keeping.bundle import is_bundle, read_bundle
from model.sweeps.sweep import Sweep
from model.training.frame import Frame, Schedule
from model.training.knob import SpecError
from model.training.replay import check_edits, is_run, read_run
from model.training.spec import TrainingSpec
from model.words import Message, echo, msg

_Name = Annotated[str, Field(max_length=64)]
_MOST_STEPS = 1_000_000_000
_Index = Annotated[int, Field(ge=0, le=1_000_000)]


class _Checked(BaseModel):
    """Values out of a file: of just these types and names, and of bounded size."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Randn(_Checked):
    function: Literal["randn", "normal"]
    shape: tuple[int, ...]
    seed: int
    loc: FiniteFloat
    scale: FiniteFloat


class _Widths(_Checked):
    widths: tuple[int, ...]
    seeds: int
    steps: int
    lowest: int
    highest: int


class _View(_Checked):
    log_x: bool
    log_y: bool
    bins: Annotated[int, Field(ge=1, le=10_000)]
    smoothing: Annotated[float, Field(ge=0, lt=1)]
    notes: bool
    sample: Annotated[int, Field(ge=0, le=1_000_000_000)]
    unit: tuple[_Index, _Index] | None
    layer: Annotated[int, Field(ge=-1, le=1000)]
    depth_scale: bool = False
    through_time: bool = False
    randn: _Randn | None
    widths: _Widths | None = None
    number_format: Literal["none", "fp16", "bf16", "e4m3", "e5m2"] = "none"
    hidden: Annotated[tuple[_Name, ...], Field(max_length=1000)]
    ranges: Annotated[dict[_Name, tuple[tuple[FiniteFloat, FiniteFloat], tuple[FiniteFloat, FiniteFloat]]],
                      Field(max_length=1000)]  # fmt: skip


class _Picture(_Checked):
    width: FiniteFloat
    height: FiniteFloat
    dpi: FiniteFloat
    theme: ThemeName
    font_size: FiniteFloat | None
    svg_text: bool


class _Compared(_Checked):
    run: int
    slot: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    name: Annotated[str, Field(max_length=200)] = ""
    spec: Annotated[str, Field(max_length=100_000)]
    step: Annotated[int, Field(ge=0, le=_MOST_STEPS)]
    target: Annotated[int, Field(ge=0, le=_MOST_STEPS)]
    schedule: Annotated[tuple[tuple[int, _Name, float], ...], Field(max_length=100_000)]


class _Seeds(_Checked):
    spec: Annotated[str, Field(max_length=100_000)]
    n: int
    quantity: Literal["loss", "accuracy"]
    level: FiniteFloat


class _Sweep(_Checked):
    spec: Annotated[str, Field(max_length=100_000)]
    x: Annotated[str, Field(max_length=1_000_000)]
    y: Annotated[str, Field(max_length=1_000_000)] | None
    seeds: int


class _Shown(_Checked):
    panel: _Name
    target: Annotated[int, Field(ge=0, le=_MOST_STEPS)]
    view: _View
    compared: Annotated[tuple[_Compared, ...], Field(max_length=100)]
    seeds: _Seeds | None = None
    sweep: _Sweep | None = None
    picture: _Picture | None = None


@dataclass(frozen=True, slots=True)
class RunRecipe:
    """A run to be made again, up to a step.

    Attributes
    ----------
    run : the number by which hidden curves name it, where it is a compared one
    at : the step that is shown; None for the last one
    reached : a step that the run is known to have come to, past any stop before it; 0 where nothing is known
    slot, name : its colour and its name, where it is a compared one
    """

    spec: TrainingSpec
    schedule: Schedule = ()
    at: int | None = None
    run: int = 0
    reached: int = 0
    slot: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a file tells of how it came about; of a plain spec only the run.

    Attributes
    ----------
    panel : id of the panel that is shown, "" for all of them
    view : what was looked at, without compared runs; None for the panel's own
    picture : how it was drawn
    compared : the runs behind the present one
    seeds : the spec that was repeated with seeds, and how
    sweep : the sweep that was drawn
    """

    run: RunRecipe
    panel: str = ""
    view: View | None = None
    picture: PictureOptions | None = None
    compared: tuple[RunRecipe, ...] = ()
    seeds: tuple[TrainingSpec, SeedRequest] | None = None
    sweep: Sweep | None = None


def shown_json(panel: str, frame: Frame, view: View, options: PictureOptions | None) -> dict[str, object]:
    """Give what is shown in plain JSON values, which `read_recipe` takes back."""
    chosen = {name: getattr(view, name) for name in _View.model_fields}
    return {
        "panel": panel,
        "target": frame.target,
        "view": {
            **chosen,
            "unit": None if view.unit is None else list(view.unit),
            "randn": None if view.randn is None else {**asdict(view.randn), "shape": list(view.randn.shape)},
            "widths": None if view.widths is None else {**asdict(view.widths), "widths": list(view.widths.widths)},
            "hidden": sorted(view.hidden),
            "ranges": {key: [list(x), list(y)] for key, (x, y) in view.ranges.items()},
        },
        "compared": [
            {
                "run": one.frame.run,
                "slot": one.slot,
                "name": one.name,
                "spec": one.frame.spec.to_json(),
                "step": one.frame.step,
                "target": one.frame.target,
                "schedule": [list(edit) for edit in one.frame.schedule],
            }
            for one in view.compared
        ],
        **({} if view.seeds is None else {"seeds": _seeds_json(view.seeds)}),
        **({} if view.sweep is None else {"sweep": view.sweep.sweep.said()}),
        **({"picture": _picture_json(options)} if options is not None else {}),
    }


def _seeds_json(seeds: SeedRuns) -> dict[str, object]:
    return {"spec": seeds.spec.to_json(), **asdict(seeds.request)}


def _picture_json(options: PictureOptions) -> dict[str, object]:
    # always as fractions, so that what was read is written as it was
    return {name: float(value) if type(value) is int else value for name, value in asdict(options).items()}


def read_recipe(path: Path) -> Recipe:
    """Read a spec (JSON), a saved run, or any exported file; raises SpecError with what is wrong.

    Everything in the file is taken for untrusted: sizes are capped, and each value is checked.
    """
    try:
        found = read_provenance(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SpecError({"": _cannot_be_read(path, why)}) from None
    if found is not None:
        return _checked(path, found)
    if is_bundle(path):
        runs, present = read_bundle(path)
        summary = runs[present].record.summary
        spec = _as_long(summary.spec, max(summary.step, summary.target))
        return Recipe(RunRecipe(spec, summary.schedule, summary.step, reached=summary.step))
    if is_run(path):
        spec, edits, reached = read_run(path)
        return Recipe(RunRecipe(spec, edits, reached=reached))
    if path.suffix.lower() in _EXPORTED:
        text = msg(
            "{path} holds no recipe: it was not exported by this program, or is cut, or another program saved it anew.",
            path=echo(str(path), 80),
        )
        raise SpecError({"": text})
    return Recipe(RunRecipe(TrainingSpec.from_file(path)))


_EXPORTED = {".png", ".svg", ".pdf", ".csv"}


def _cannot_be_read(path: Path, why: str) -> Message:
    if path.suffix.lower() == ".csv" and path.exists():
        text = "The recipe of {path} is in {companion}, which cannot be read: {why}"
        companion = echo(companion_of(path).name, 80 + len(COMPANION))
        return msg(text, path=echo(path.name, 80), companion=companion, why=why)
    return msg("{path} cannot be read: {why}", path=echo(str(path), 80), why=why)


def _checked(path: Path, found: Provenance) -> Recipe:
    try:
        shown = _Shown.model_validate_json(json.dumps(found.shown)) if found.shown else None
        target = shown.target if shown is not None else None
        run = _run(found.spec_json, found.schedule, found.step, target)
        if shown is None:
            return Recipe(run)
        return Recipe(
            run,
            _known_panel(shown.panel),
            _view(shown.view),
            _picture(shown.picture),
            tuple(_compared(one) for one in shown.compared),
            _seeds(shown.seeds),
            None if shown.sweep is None else Sweep.from_said(**shown.sweep.model_dump()),
        )
    except (SpecError, ExportError) as error:
        why = error.first if isinstance(error, SpecError) else error.message
        raise SpecError({"": _bad(path, str(why))}) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SpecError({"": _bad(path, f"{place}: {first['msg']}")}) from None
    except (ValueError, RecursionError) as error:
        raise SpecError({"": _bad(path, str(error))}) from None


def _bad(path: Path, why: str) -> Message:
    return msg("The recipe in {path} cannot be used: {why}", path=echo(str(path), 80), why=showable(why, 300))


def _compared(found: _Compared) -> RunRecipe:
    run = _run(found.spec, found.schedule, found.step, found.target)
    return replace(run, run=found.run, slot=found.slot, name=showable(found.name, 200))


def _seeds(found: _Seeds | None) -> tuple[TrainingSpec, SeedRequest] | None:
    if found is None:
        return None
    return TrainingSpec.from_json(found.spec), checked_request(found.n, found.quantity, found.level)


def _run(spec_json: str, schedule: Schedule, step: int, target: int | None) -> RunRecipe:
    """Give the run: one that was continued is as long as it came to be, and evaluated as often as it was."""
    spec = TrainingSpec.from_json(spec_json)
    check_edits(spec, schedule)
    spec = _as_long(spec, max(step, spec.steps if target is None else target))
    if step < 0:
        raise ValueError("its step is below 0")
    return RunRecipe(spec, schedule, step, reached=step)


def _as_long(spec: TrainingSpec, steps: int) -> TrainingSpec:
    """Give the spec of so many steps, evaluated as often as it was."""
    return spec if steps == spec.steps else spec.replaced(steps=steps, eval_every=spec.eval_interval)


def _known_panel(name: str) -> str:
    if name not in PANELS:
        raise ValueError(f"there is no panel {name!r}")
    return name


def _view(found: _View) -> View:
    randn = None if found.randn is None else RandnRequest().replaced(**found.randn.model_dump())
    for x, y in found.ranges.values():
        _check_range(x)
        _check_range(y)
    widths = None
    if found.widths is not None:
        widths = DEFAULTS["transfer"].replaced("transfer", **found.widths.model_dump())
    chosen = {name: getattr(found, name) for name in _View.model_fields}
    return View().with_(**{**chosen, "randn": randn, "widths": widths, "hidden": frozenset(found.hidden)})


ALWAYS = frozenset({"notes", "hidden", "ranges"})
"""Fields of View that every panel heeds."""


def chosen_view(panel: str, chosen: Mapping[str, object]) -> View:
    """Give what is looked at in a panel unless a person chooses otherwise, with these choices.

    Raises SpecError for a panel that there is not, and for values that no recipe could hold.
    """
    if panel not in PANELS:
        known = ", ".join(PANELS)
        raise SpecError({"": msg("There is no panel {name}; there are {known}.", name=echo(panel), known=known)})
    usual = PANELS[panel].view
    values = {name: getattr(usual, name) for name in _View.model_fields} | {"hidden": ()}
    try:
        return _view(_View.model_validate({**values, **chosen}))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise SpecError({str(fault["loc"][0]): msg("{why}", why=fault["msg"]) for fault in faults}) from None
    except ValueError as error:
        raise SpecError({"ranges": msg("{why}", why=str(error))}) from None


def _check_range(shown: Range) -> None:
    if not shown[0] < shown[1]:
        raise ValueError("a range is empty")


def _picture(found: _Picture | None) -> PictureOptions | None:
    if found is None:
        return None
    options = PictureOptions(**found.model_dump())
    options.check(vector=True)
    return options
