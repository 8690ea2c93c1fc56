"""What sets one run apart from another, in as few words as say it: "He", "std 1", "seed 3, tanh"."""

from pathlib import PurePath

from model.foreign_text import LONGEST_NAME, showable
from model.training.idle import idle_knobs
from model.training.knob import Knob
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

SCHEMES: dict[str, Message] = {
    "lecun": msg("LeCun"),
    "glorot": msg("Glorot"),
    "he": msg("He"),
    "torch": msg("PyTorch"),
    "orthogonal": msg("Orthogonal"),
    "lsuv": msg("LSUV"),
}
"""The names of the schemes of initialisation."""
_SAY_ALL = ("init_distribution", "activation", "dataset", "optimizer", "dtype")
"""Knobs whose values speak for themselves."""
_SAID = {
    "weight_init_std": "std {value}",
    "layer_gains": "gains {value}",
    "hidden_sizes": "hidden {value}",
    "parametrization": "{value} parametrisation",
    "learning_rate": "rate {value}",
    "weight_decay": "decay {value}",
    "batch_size": "batch {value}",
    "steps": "{value} steps",
    "samples": "{value} samples",
    "eval_every": "evaluated every {value}",
}
_FLAGS = {
    "drop_bad_rows": ("bad rows kept", "bad rows dropped"),
    "stop_on_divergence": ("no stop on divergence", "stop on divergence"),
}


def differences(spec: TrainingSpec, other: TrainingSpec) -> tuple[Message, ...]:
    """Say of each knob that sets `spec` apart from `other` what it is in `spec`, in the order of declaration.

    A knob that changes nothing in `spec`, as the std under a scheme, is no difference.
    """
    idle = idle_knobs(spec)
    apart = {name for name in KNOBS if getattr(spec, name) != getattr(other, name) and name not in idle}
    if "parametrization" in apart and spec.parametrization == "mup":
        apart = apart | {"base_width"}  # which means nothing elsewhere
    if "init" in apart and spec.init == "std":
        apart = apart - {"init"} | {"weight_init_std"}
    if "weights" in apart and spec.weights is None:
        apart = apart - {"weights"} | {"weight_init_std" if spec.init == "std" else "init"}
    if other.data is not None and spec.data is None:
        apart = apart - {"data"} | {"dataset"}
    return tuple(_said(spec, other, name) for name in KNOBS if name in apart)


def what_differs(spec: TrainingSpec, other: TrainingSpec) -> Message:
    """Name a run beside another by what differs, or say that nothing does."""
    found = {f"part{place}": words for place, words in enumerate(differences(spec, other))}
    return msg(", ".join(f"{{{part}}}" for part in found), **found) if found else msg("same, before")


def _said(spec: TrainingSpec, other: TrainingSpec, name: str) -> Message:
    value, knob = getattr(spec, name), KNOBS[name]
    if name == "init":
        return SCHEMES.get(value, msg("{value}", value=value))
    if name in ("data", "weights"):
        return msg("{name}", name=showable(PurePath(value).name, LONGEST_NAME))
    if name in _FLAGS:
        return msg(_FLAGS[name][value])
    text = "{value}" if name in _SAY_ALL else _SAID.get(name, knob.label.lower() + " {value}")
    return msg(text, value=_short(knob, value, getattr(other, name)))


def _short(knob: Knob, value: object, other: object) -> str:
    """Write a value in six digits, or in all of them where six do not tell it from the other."""
    if isinstance(value, float) and f"{value:g}" != f"{other:g}":
        return f"{value:g}"
    if isinstance(value, int) and knob.name in ("steps", "samples"):
        return f"{value:,}"
    if isinstance(value, str):
        return showable(value, LONGEST_NAME)  # the name of a column may be anything
    return knob.shown(value)
