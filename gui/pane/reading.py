"""What the form tells about a spec beside its values: groups in one line, and knobs without meaning now."""

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
    """Say a group in one line: its key values, then whatever differs from the defaults."""
    words = []
    for name, knob in KNOBS.items():
        value = getattr(spec, name)
        if knob.group != group:
            continue
        if name in _KEY_KNOBS:
            words.append(f"{knob.format(value)} {msg(knob.unit)}" if name == "steps" else knob.format(value))
        elif value != knob.default:
            words.append(f"{msg(knob.label)} {knob.format(value)}")
    return " · ".join(words)


def idle_knobs(spec: TrainingSpec) -> dict[str, Message]:
    """Name the knobs that change nothing in this spec, each with the reason."""
    idle: dict[str, Message] = {}
    if spec.init != "std":
        why = msg("The scheme {scheme} decides; turning the dial takes std again.", scheme=spec.init)
        idle["weight_init_std"] = why
    if spec.optimizer not in ("momentum", "nesterov"):
        idle["momentum"] = msg("Only the optimisers momentum and nesterov use it.")
    if spec.data is None:
        idle["drop_bad_rows"] = msg("Only an own data file can have bad rows.")
    else:
        idle["dataset"] = msg("Own data is used instead; choosing a data set lets go of it.")
    for name in ("samples", "noise"):
        if spec.data is not None:
            idle[name] = msg("Own data is taken as it is.")
        elif spec.dataset == "digits":
            idle[name] = msg("The digits are taken as they are.")
    if spec.data is None and spec.dataset == "digits":
        for name in ("data_seed", "train_fraction"):
            if name != "data_seed" or spec.init != "lsuv":  # which measures on samples that this seed chooses
                idle[name] = msg("The digits bring their own split into training and test.")
    return idle


def std_note(spec: TrainingSpec) -> Message | None:
    """Say what weights of this spread bring with them, where that is not what one would expect."""
    if spec.init != "std" or spec.weight_init_std > SMALLEST_NORMAL[spec.dtype]:
        return None
    if spec.weight_init_std == 0:
        return msg("All weights are equal: the units of a layer stay equal too.")
    return msg(
        "Numbers this small are subnormal in {dtype}: on many processors a step takes 5 to 20 times as long.",
        dtype=spec.dtype,
    )
