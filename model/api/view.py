"""From what a person asks a figure for to what is drawn: a panel, a Frame and a View with all that it shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from model.api.run import Run, as_plain, patiently, samples_of, trained_again
from model.api.several import repeat
from model.figures.figure import Compared, View
from model.figures.panels import PANELS
from model.figures.recipe import ALWAYS, chosen_view
from model.figures.shot import Shot
from model.insight.advice.advice import advise
from model.insight.advice.trial import Workbench
from model.insight.randn import FIELDS as RANDN_FIELDS
from model.insight.randn import RandnRequest
from model.insight.seed_runs import SeedRuns
from model.insight.unroller import Kind, unrolled
from model.insight.width_runs import FIELDS as WIDTH_FIELDS
from model.insight.width_runs import Survey, WidthRequest, request_of
from model.network.blas import one_blas_thread
from model.sweeps.table import Table
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.initial import Initial
from model.training.knob import SpecError
from model.training.stepper import kernel_stepper
from model.words import msg


def shot_of(panel: str, frame: Frame | Run | None, asked: Mapping[str, object]) -> Shot:
    """Give what is to be drawn, and train what that takes; see `model.api.figure`."""
    _refuse_unknown(panel, asked)
    view = chosen_view(panel, _tidied({name: value for name, value in asked.items() if name not in _MADE}))
    moment = _moment(frame, asked.get("sweep"))
    made = {name: make(panel, moment, asked[name]) for name, make in _MADE.items() if asked.get(name) is not None}
    view = view.with_(**made)
    return Shot(PANELS[panel], moment, _unrolled(panel, moment, view))


def choices(panel: str) -> list[str]:
    """List what can be asked of a panel, in the order of the alphabet."""
    advised = {"advice"} if panel == "why" else set()
    return sorted((PANELS[panel].options | ALWAYS | advised) - {"steps"})


def _refuse_unknown(panel: str, view: Mapping[str, object]) -> None:
    """Refuse choices that a panel does not heed; that of the panel itself is refused with its view."""
    if panel not in PANELS:
        return
    known = choices(panel)
    text = "The panel {panel} has no such choice; it has {known}."
    wrong = {name: msg(text, panel=panel, known=", ".join(known)) for name in view if name not in known}
    if wrong:
        raise SpecError(wrong)


def _tidied(view: Mapping[str, object]) -> dict[str, object]:
    """Give the names of hidden marks and the ranges in the types that recipes have."""
    found = {name: as_plain(value) for name, value in view.items()}
    hidden, ranges = found.get("hidden"), found.get("ranges")
    if isinstance(hidden, str):
        found["hidden"] = (hidden,)
    elif isinstance(hidden, set | frozenset):
        found["hidden"] = tuple(sorted(hidden))
    if isinstance(ranges, Mapping):
        found["ranges"] = {key: as_plain(both) for key, both in ranges.items()}
    return found


def _moment(frame: Frame | Run | None, table: object) -> Frame:
    if isinstance(frame, Run):
        return frame.frame()
    if isinstance(frame, Frame):
        return frame
    if frame is not None or not isinstance(table, Table):
        raise TypeError("a figure is of a Frame, a Run, or the sweep that it is given")
    spec = table.sweep.base
    found = Engine(spec, samples_of(spec), kernel_stepper).recording.frame()
    if found is None:
        raise RuntimeError("an engine has a frame from its beginning")
    return found


def _unrolled(panel: str, frame: Frame, view: View) -> View:
    """Train the run of a frame again for what a panel shows of its earlier steps."""
    if not PANELS[panel].looks_back(view):
        return view
    flat = np.concatenate([np.ravel(value) for value in frame.initial.values()])
    engine = Engine(frame.spec, frame.data, kernel_stepper, initial=Initial(flat, frame.stds, frame.bias_stds))
    trained_again(engine, frame.schedule, frame.step, past_stops=True)
    found = unrolled(engine, cast("Kind", panel))
    return view.with_(past=None if found is None else replace(cast("Any", found), run=frame.run))


def _compared(_panel: str, frame: Frame, others: object) -> tuple[Compared, ...]:
    if isinstance(others, Run | Frame):
        others = (others,)
    named = others.items() if isinstance(others, Mapping) else [("", each) for each in cast("Iterable[object]", others)]
    return tuple(_beside(frame, slot, str(name), other) for slot, (name, other) in enumerate(named, start=1))


def _beside(frame: Frame, slot: int, name: str, other: object) -> Compared:
    """Give a run with its curves, and with its parameters at the step of the frame, where these are known."""
    if isinstance(other, Run):
        moment = other.frame(frame.step) if frame.step <= other.step else None
        found = Compared(other.frame(), slot, name, moment)
    elif isinstance(other, Frame):
        found = Compared(other, slot, name, other if other.step == frame.step else None)
    else:
        raise TypeError("Runs and Frames can be compared")
    if found.frame.run == frame.run:
        raise SpecError({"compared": msg("A run can be compared with others, but not with itself.")})
    return found


def _seeds(_panel: str, frame: Frame, seeds: object) -> SeedRuns:
    return seeds if isinstance(seeds, SeedRuns) else repeat(frame.spec, cast("int", seeds))


def _sweep(_panel: str, _frame: Frame, table: object) -> Table:
    if not isinstance(table, Table):
        raise TypeError("sweep takes what api.sweep gave")
    return table.as_now()


def _randn(_panel: str, _frame: Frame, given: object) -> RandnRequest:
    values = _fields("randn", given, RANDN_FIELDS)
    return RandnRequest().replaced(**values)


def _widths(panel: str, frame: Frame, given: object) -> WidthRequest:
    survey = cast("Survey", panel)
    values = _fields("widths", given if isinstance(given, Mapping) else {"widths": given}, WIDTH_FIELDS[survey])
    return request_of(survey, frame.spec).replaced(survey, **values)


def _fields(name: str, given: object, known: Mapping[str, object]) -> dict[str, object]:
    if not isinstance(given, Mapping) or not set(given) <= set(known):
        raise SpecError({name: msg("takes a mapping with some of {known}", known=", ".join(known))})
    return {str(field): as_plain(value) for field, value in given.items()}


def _advice(_panel: str, frame: Frame, wanted: object) -> object:
    if not wanted:
        return None
    bench, found = Workbench(kernel_stepper), list[object]()

    def work() -> None:
        with one_blas_thread:
            found.append(advise(frame, bench))

    patiently(work, bench.stop)
    return found[0]


_MADE: dict[str, Callable[[str, Frame, Any], object]] = {
    "compared": _compared,
    "seeds": _seeds,
    "sweep": _sweep,
    "randn": _randn,
    "widths": _widths,
    "advice": _advice,
}
