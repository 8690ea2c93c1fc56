"""What the form says about a spec besides its values: groups in one line, and a note on tiny weights."""

from pathlib import Path

from model.foreign_text import LONGEST_NAME, showable
from model.network.layout import SMALLEST_NORMAL
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, msg

GROUPS: dict[str, Message] = {
    "initialisation": msg("Initialisation"),
    "network": msg("Network"),
    "data": msg("Data"),
    "training": msg("Training"),
    "numerics": msg("Numerics"),
}
_KEY_KNOBS = (
    "weight_init_std",
    "hidden_sizes",
    "activation",
    "dataset",
    "optimizer",
    "learning_rate",
    "steps",
    "dtype",
)


def summary(spec: TrainingSpec, group: str) -> str:
    """Summarise a group in one line: its key values, then whatever differs from the defaults."""
    words = []
    for name, knob in KNOBS.items():
        value = getattr(spec, name)
        if knob.group != group or (name == "dataset" and spec.data is not None):
            continue
        if name == "data" and spec.data is not None:
            words.append(showable(Path(spec.data).name, LONGEST_NAME))
        elif name in _KEY_KNOBS:
            words.append(f"{knob.shown(value)} {msg(knob.unit)}" if name == "steps" else knob.shown(value))
        elif value != knob.default:
            words.append(f"{msg(knob.label)} {knob.shown(value)}")
    return " · ".join(words)


def std_note(spec: TrainingSpec) -> Message | None:
    """Give a note on weights of this spread, if they have an unexpected effect."""
    if spec.layer_gains[0] != 1:
        return msg("Layer gains multiply this: by {gain:g} in W1.", gain=spec.layer_gains[0])
    if spec.init != "std" or spec.weight_init_std > SMALLEST_NORMAL[spec.dtype]:
        return None
    if spec.weight_init_std == 0 and spec.bias_init_std > 0:
        return msg("All weights are equal; only the biases tell the units of a layer apart.")
    if spec.weight_init_std == 0:
        return msg("All weights are equal, so the units of each layer stay identical.")
    return msg(
        "Numbers this small are subnormal in {dtype}: on many processors a step takes 5 to 20 times as long.",
        dtype=spec.dtype,
    )
