"""Knobs that change nothing in a spec, because of what others are set to."""

from model.training.spec import TrainingSpec
from model.words import Message, msg


def idle_knobs(spec: TrainingSpec) -> dict[str, Message]:
    """Name the knobs that change nothing in this spec, each with the reason."""
    idle = _of_initial_values(spec)
    if spec.parametrization == "standard":
        idle["base_width"] = msg(
            "Used only by the parametrisation mup; Why? takes it for the width that the learning rate is meant for."
        )
    if spec.optimizer not in ("momentum", "nesterov"):
        idle["momentum"] = msg("Used only by the optimisers momentum and nesterov.")
    return idle | _idle_with_data(spec)


def _idle_with_data(spec: TrainingSpec) -> dict[str, Message]:
    idle: dict[str, Message] = {}
    if spec.data is None:
        idle["drop_bad_rows"] = msg("Applies only to your own data files.")
        idle["label_column"] = msg("Applies only to tables (CSV) of your own.")
    else:
        idle["dataset"] = msg("Your own data is used instead; choose a data set to switch back.")
    for name in ("samples", "noise"):
        if spec.data is not None:
            idle[name] = msg("Applies only to generated data sets; your own data is used as it is.")
        elif spec.dataset == "digits":
            idle[name] = msg("Applies only to generated data sets, not to the digits.")
    if spec.data is None and spec.dataset == "digits":
        for name in ("data_seed", "train_fraction"):
            if name != "data_seed" or spec.init != "lsuv":  # which measures on samples that this seed chooses
                idle[name] = msg("The digits come with their own split into training and test data.")
    return idle


def _of_initial_values(spec: TrainingSpec) -> dict[str, Message]:
    idle: dict[str, Message] = {}
    if spec.weights is not None:
        idle["weight_init_std"] = msg("Set by the file of weights; turning the dial lets go of it.")
        idle["init"] = msg("Set by the file of weights; choosing a scheme lets go of it.")
        idle |= dict.fromkeys(("layer_gains", "bias_init_std"), msg("Set by the file of weights."))
        return idle
    if spec.init != "std":
        why = msg("Set by the scheme {scheme}; turning the dial switches to std.", scheme=spec.init)
        idle["weight_init_std"] = why
    if spec.init == "torch":
        idle["init_distribution"] = msg("The scheme torch is always uniform.")
        idle["bias_init_std"] = msg("Set by the scheme torch, which has biases of its own.")
    return idle
