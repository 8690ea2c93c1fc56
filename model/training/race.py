"""A race: one knob at several values, all else equal, as typed or chosen."""

from collections.abc import Iterable, Sequence

from model.training.differences import SCHEMES
from model.training.idle import idle_knobs
from model.training.knob import Knob, SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, echo, msg

FEWEST, MOST = 2, 6
_SCHEMES = {str(name).lower(): scheme for scheme, name in SCHEMES.items()} | {scheme: scheme for scheme in SCHEMES}
_LISTS = ("sizes", "factors")
"""Kinds whose values have commas of their own."""


def raceable() -> tuple[Knob, ...]:
    """Give the knobs whose values a race can tell apart: not its length, nor what does no more than end it."""
    without = ("steps", "eval_every", "stop_accuracy", "stop_on_divergence")
    return tuple(knob for knob in KNOBS.values() if knob.kind != "path" and knob.name not in without)


def split(knob: Knob, text: str) -> list[str]:
    """Give the values of a knob in a text, each as it is typed."""
    return [part.strip() for part in text.split(_sign(knob)) if part.strip()]


def joined(knob: Knob, values: Iterable[str]) -> str:
    """Write values of a knob so that `split` gives them back."""
    return f"{_sign(knob)} ".join(values)


def needs(knob: Knob) -> Message:
    """Say what a race of a knob needs."""
    between = msg("semicolons") if knob.kind in _LISTS else msg("commas")
    return msg("{fewest} to {most} values, with {between} between them", fewest=FEWEST, most=MOST, between=between)


def _sign(knob: Knob) -> str:
    return ";" if knob.kind in _LISTS else ","


def racers(spec: TrainingSpec, name: str, text: str) -> list[TrainingSpec]:
    """Read the values of a knob and give a spec for each; for weight_init_std also schemes, by name.

    Raises SpecError at the knob for a value it cannot take, for one that is there twice, and for too few or too many.
    """
    knob = KNOBS[name]
    specs: list[TrainingSpec] = []
    for part in split(knob, text):
        one = _one(spec, knob, part)
        if one in specs:
            raise SpecError({name: msg("{value} stands there twice.", value=echo(part, 40))})
        idle = idle_knobs(one).get(name)
        if idle is not None and getattr(one, name) != getattr(spec, name):
            raise SpecError({name: idle})
        specs.append(one)
    if not FEWEST <= len(specs) <= MOST:
        raise SpecError({name: msg("A race needs {needs}; here are {n}.", needs=needs(knob), n=len(specs))})
    return specs


def _one(spec: TrainingSpec, knob: Knob, text: str) -> TrainingSpec:
    if knob.name == "weight_init_std" and text.lower() in _SCHEMES:
        return spec.turned("init", _SCHEMES[text.lower()])
    return spec.turned(knob.name, knob.parse(text))


def suggestions(spec: TrainingSpec, name: str) -> tuple[str, ...]:
    """Give values that are worth a race, to be chosen by a click."""
    knob = KNOBS[name]
    if name == "weight_init_std":
        return ("0.01", "0.1", "1", "LeCun", "Glorot", "He")
    if knob.kind == "choice":
        return knob.choices
    if knob.kind == "flag":
        return ("false", "true")
    if knob.kind in _LISTS:
        return _lists(spec, knob)
    value = getattr(spec, name)
    if knob.kind == "float":
        return tuple(f"{each:g}" for each in _numbers(knob, value) if _within(knob, each))
    if knob.kind == "int":
        return tuple(str(each) for each in _whole(knob, value) if _within(knob, each))
    return (knob.format(value),)


def usual(spec: TrainingSpec, name: str) -> str:
    """Give the values that a race begins with until others are chosen."""
    if name == "weight_init_std":
        chosen: Sequence[str] = ("0.01", "Glorot", "He")
    else:
        present = KNOBS[name].format(getattr(spec, name))
        others = [each for each in suggestions(spec, name) if each != present]
        chosen = [present, *others][:3]
    return joined(KNOBS[name], chosen)


def _numbers(knob: Knob, value: float) -> list[float]:
    if knob.scale == "linear" and knob.high:
        return [0.0, value / 2, value] if value else [0.0, knob.high / 2, knob.high]
    return [value / 10, value, value * 10] if value else [0.0, 1e-4, 1e-2]


def _whole(knob: Knob, value: int) -> list[int]:
    if "seed" in knob.name:
        return [value, value + 1, value + 2]
    return [max(value // 2, 1), value, value * 2] if value else [0, 1, 2]


def _lists(spec: TrainingSpec, knob: Knob) -> tuple[str, ...]:
    sizes = spec.hidden_sizes
    if knob.name == "layer_gains":
        return ("1", ",".join(["1"] * len(sizes) + ["0.01"]))
    return tuple(",".join(map(str, each)) for each in (sizes, sizes * 2, sizes * 4) if len(each) <= (knob.high or 1))


def _within(knob: Knob, value: float) -> bool:
    low = knob.low is None or value >= knob.low
    return low and (knob.high is None or value <= knob.high)
