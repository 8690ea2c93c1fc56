"""Whether it is the width for which a learning rate is wrong: four runs made again, at two widths with two rates."""

import math
from collections.abc import Mapping

from model.training.spec import TrainingSpec
from scripts.why_check.measures import near
from scripts.why_check.rerun import End, end_of, trained

ADAPTIVE = ("adam", "rmsprop", "adagrad")
"""Optimisers whose updates have a size of their own, so that a wider layer moves farther at the same rate."""
BETWEEN = (0.25, 0.5, 0.75, 1.0)
"""How much of the way to the other rate is tried at the base width."""


def width_wants_another_rate(spec: TrainingSpec, n_classes: int, numbers: Mapping[str, object]) -> bool:
    """Judge the sentence by its numbers, and by what would be otherwise were another cause to blame.

    A rate that is too high or too low everywhere would be so at the base width too; weights with a std of their own are
    louder in a wider network; and a fluke does not come again with the next seed.
    """
    steps, width = int(str(numbers["steps"])), math.prod(spec.hidden_sizes) ** (1 / len(spec.hidden_sizes))
    base, rate, scaled = spec.base_width, float(spec.learning_rate), float(str(numbers["scaled"]))
    apart = all(size >= 4 * base for size in spec.hidden_sizes) or all(4 * size <= base for size in spec.hidden_sizes)
    if spec.optimizer not in ADAPTIVE or spec.parametrization != "standard" or spec.init == "std" or not apart:
        return False
    if not near(numbers["rate"], rate) or not near(scaled, rate * base / width, 0.01) or numbers["base"] != base:
        return False
    narrow = spec.replaced(hidden_sizes=(base,) * len(spec.hidden_sizes))

    def end(network: TrainingSpec, at: float, later: int = 0) -> End:
        seed = (network.seed + later) % 2**32
        return end_of(trained(network.replaced(learning_rate=at, steps=steps, eval_every=steps, seed=seed)))

    here, here_scaled = end(spec, rate), end(spec, scaled)
    there, there_scaled = end(narrow, rate), end(narrow, scaled)
    said = {"accuracy": here, "accuracy_scaled": here_scaled, "at_base": there, "at_base_scaled": there_scaled}
    if not all(near(numbers[name], each.accuracy) for name, each in said.items()):
        return False
    mends = here_scaled.better_than(here, n_classes) and not here_scaled.fails(n_classes)
    again = end(spec, scaled, 1).better_than(end(spec, rate, 1), n_classes)
    others = [end(narrow, rate * (scaled / rate) ** part).accuracy for part in BETWEEN]
    return mends and again and not there.fails(n_classes) and there.accuracy >= max(others) - 0.05
