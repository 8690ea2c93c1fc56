"""Runs like the present one at other widths: what is asked for, and results that are kept between figures."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypeVar

from model.data.dataset import Dataset
from model.insight.advice.causes import USUAL_RATE
from model.network.layout import Layout
from model.training.knob import Kind, Knob, SpecError
from model.training.spec import MAX_SEED, TrainingSpec
from model.words import msg

P = TypeVar("P")
R = TypeVar("R")
Survey = Literal["coordinate", "transfer"]
MOST_WIDTHS = 12
MOST_STEPS = 10_000
MOST_SEEDS = 20
LOWEST, HIGHEST = -40, 20
"""Powers of two that a learning rate may be."""
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class WidthRequest:
    """Which runs are wanted.

    Attributes
    ----------
    widths : of every hidden layer, each once, in ascending order
    seeds : how many runs of each kind, of the run's seed, the next, …
    steps : how long each is
    lowest, highest : the powers of two between which the learning rate goes, where it is varied
    """

    widths: tuple[int, ...]
    seeds: int
    steps: int
    lowest: int = 0
    highest: int = 0

    def replaced(self, survey: Survey, **values: object) -> Self:
        """Return a copy with other values of the right types; raises SpecError with a message for each wrong field."""
        fields = FIELDS[survey]
        wrong = {
            fields[name].name: fields[name].refusal(value) for name, value in values.items() if not _fits(name, value)
        }
        if not wrong:
            changed = replace(self, **values)  # type: ignore[arg-type]
            changed = replace(changed, widths=tuple(sorted(set(changed.widths))))
            if changed.lowest > changed.highest:
                name = "lowest" if "lowest" in values else "highest"
                wrong = {fields[name].name: msg("the lowest power must not be above the highest")}
        if wrong:
            raise SpecError(wrong)
        return changed


DEFAULTS: dict[Survey, WidthRequest] = {
    "coordinate": WidthRequest((64, 128, 256, 512, 1024), seeds=3, steps=3),
    "transfer": WidthRequest((16, 64, 256), seeds=3, steps=100),
}
_RATES_AROUND = (-2, 7)
"""Powers of two below and above the usual rate of an optimiser that are tried, where nothing else was asked for."""


def request_of(survey: Survey, spec: TrainingSpec) -> WidthRequest:
    """Give what is looked at unless a person asks for something else."""
    middle = round(math.log2(USUAL_RATE[spec.optimizer]))
    below, above = _RATES_AROUND
    return replace(DEFAULTS[survey], lowest=middle + below, highest=middle + above)


def _field(survey: Survey, name: str, kind: Kind, label: str, help_: str, low: float, high: float) -> Knob:
    default = getattr(DEFAULTS[survey], name)
    return Knob(f"{survey}_{name}", kind, default, label, help_, "panel", "", low, high, "linear", (), live=False)


def _fields(survey: Survey) -> dict[str, Knob]:
    fields = {
        "widths": _field(
            survey, "widths", "sizes", "Widths", "Every hidden layer has this width, one after the other.", 1,
            MOST_WIDTHS,
        ),
        "seeds": _field(
            survey, "seeds", "int", "Seeds", "Runs for each point, from the run's own seed on.", 1, MOST_SEEDS
        ),
        "steps": _field(survey, "steps", "int", "Steps", "Training steps of each run.", 1, MOST_STEPS),
    }  # fmt: skip
    if survey == "transfer":
        text = "Learning rates are the powers of two from 2^lowest to 2^highest."
        fields |= {
            "lowest": _field(survey, "lowest", "int", "Rate from 2^", text, LOWEST, HIGHEST),
            "highest": _field(survey, "highest", "int", "to 2^", text, LOWEST, HIGHEST),
        }
    return fields


FIELDS: dict[Survey, dict[str, Knob]] = {"coordinate": _fields("coordinate"), "transfer": _fields("transfer")}
"""What can be asked for, by field."""


def _fits(name: str, value: object) -> bool:
    field = FIELDS["transfer"][name]
    if isinstance(value, tuple):
        return 1 <= len(value) <= MOST_WIDTHS and all(type(each) is int and 1 <= each <= 100_000 for each in value)
    return type(value) is int and field.low is not None and field.high is not None and field.low <= value <= field.high


def at_width(spec: TrainingSpec, width: int, seed: int, **knobs: object) -> TrainingSpec:
    """Give the spec with every hidden layer so wide, and with the seed so many later."""
    return spec.replaced(
        hidden_sizes=(width,) * len(spec.hidden_sizes),
        weights=None,  # a file has weights of one width only
        seed=(spec.seed + seed) % (MAX_SEED + 1),
        stop_accuracy=0.0,
        stop_on_divergence=False,
        eval_every=0,
        **knobs,
    )


def n_weights(spec: TrainingSpec, data: Dataset) -> int:
    """Count the parameters of the network of a spec."""
    return Layout(data.layer_sizes(spec.hidden_sizes)).n_params


_results: OrderedDict[tuple[object, ...], Any] = OrderedDict()


def gathered(name: str, points: Iterable[P], compute: Callable[[P], R], patience: float) -> tuple[dict[P, R], bool]:
    """Compute results point by point, those known already for nothing, until the patience is at an end.

    Parameters
    ----------
    points : hashable, and all that a result depends on
    patience : seconds after which no further point is begun, but for the first; inf for no end

    Returns
    -------
    found : results by point
    done : whether all are there
    """
    began, computed = time.monotonic(), 0
    found: dict[P, R] = {}
    for point in points:
        key = (name, point)
        if key not in _results:
            if computed and time.monotonic() - began > patience:
                return found, False
            _results[key] = compute(point)
            computed += 1
            while len(_results) > _KEPT:
                _results.popitem(last=False)
        found[point] = _results[key]
    return found, True
