"""Whether the learning rate suits hidden layers of the base width, but not those that the network has.

Under the standard parametrisation the best rate of Adam falls about as the hidden layers widen (Yang & Hu et al. 2022,
"Tensor Programs V"); that of SGD was not found to move, so of SGD and its like nothing is said.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import geometric_mean

from model.insight.advice.trial import BETTER, Outcome, changed, is_better
from model.network.parametrization import SGD_LIKE
from model.training.spec import MAX_SEED, TrainingSpec

Run = Callable[[TrainingSpec], Outcome | None]
"""Makes a trial; None where that would take too long."""
FAR = 4.0
"""How many times wider or narrower than the base every hidden layer is at least."""
HARDLY = 0.05
"""How much the base width may gain by another rate that it hardly gains by, and at most a SHARE of the gain here."""
SHARE = 0.25


@dataclass(frozen=True, slots=True)
class WidthRate:
    """What two learning rates come to at two widths.

    Attributes
    ----------
    spec : the run with the other rate, times base width / width
    here, there : the run with its own rate, as it is and with all hidden layers of the base width
    here_scaled, there_scaled : the same with the other rate
    """

    spec: TrainingSpec
    here: Outcome
    here_scaled: Outcome
    there: Outcome
    there_scaled: Outcome


def is_far(spec: TrainingSpec) -> bool:
    """Whether the best rate of this network may be far from that of the base width.

    Only initial weights of a scheme go with the width: with a std of one's own, a wider network is a louder one.
    """
    standard = spec.parametrization == "standard" and spec.optimizer not in SGD_LIKE
    scaled = spec.init != "std" and spec.weights is None
    wider = min(spec.hidden_sizes) >= FAR * spec.base_width
    narrower = FAR * max(spec.hidden_sizes) <= spec.base_width
    return standard and scaled and spec.learning_rate > 0 and (wider or narrower)


def width_rate(spec: TrainingSpec, here: Outcome, mup: Outcome, n_classes: int, run: Run) -> WidthRate | None:
    """Tell whether it is the width for which the rate is wrong; None where it is not, or where that is not known.

    With the rate times base width / width this network must do better, and about as well as under μP, which also begins
    with a quieter output layer. At the base width the rate must be right: neither that other rate nor one between may
    gain much there, or the rate would be wrong whatever the width. And this must be so with the next seed too: what
    one seed does says nothing of a width.

    Parameters
    ----------
    here, mup : what the run came to, and what it would have under μP
    """
    wider = geometric_mean(spec.hidden_sizes) / spec.base_width
    rates = [float(f"{spec.learning_rate / factor:.3g}") for factor in (wider, math.sqrt(wider))]
    other = changed(spec, {"learning_rate": rates[0]})
    at_base = changed(spec, {"hidden_sizes": (spec.base_width,) * len(spec.hidden_sizes)})
    if other is None or at_base is None or _gain(mup, here) < BETTER:
        return None
    scaled = run(other)
    if scaled is None or is_better(mup, scaled, n_classes):
        return None
    there = _of_base(at_base, rates, here, scaled, n_classes, run)
    if there is None:
        return None
    seed = {"seed": (spec.seed + 1) % (MAX_SEED + 1)}
    again, again_scaled = run(spec.replaced(**seed)), run(other.replaced(**seed))
    if again is None or again_scaled is None:
        return None
    so_again = _of_base(at_base.replaced(**seed), rates, again, again_scaled, n_classes, run)
    return None if so_again is None else WidthRate(other, here, scaled, *there)


def _of_base(
    at_base: TrainingSpec, rates: Sequence[float], here: Outcome, scaled: Outcome, n_classes: int, run: Run
) -> tuple[Outcome, Outcome] | None:
    """Give what the base width comes to with its rate and with the other; None where not only `here` gains by that."""
    gain = _gain(scaled, here)
    if gain < BETTER or scaled.fails(n_classes):
        return None
    there, *others = (run(each) for each in (at_base, *(at_base.replaced(learning_rate=rate) for rate in rates)))
    known = [each for each in others if each is not None]
    if there is None or len(known) < len(others) or there.fails(n_classes):
        return None
    most = min(HARDLY, SHARE * gain)
    return (there, known[0]) if all(_gain(each, there) <= most for each in known) else None


def _gain(outcome: Outcome, over: Outcome) -> float:
    """Give how much more accurate a trial is; a run that broke counts as never right."""
    return (outcome.accuracy if outcome.finite else 0.0) - (over.accuracy if over.finite else 0.0)
