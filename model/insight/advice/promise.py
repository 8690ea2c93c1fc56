"""A promise: what turning a knob is expected to bring, kept until the run shows whether it did."""

from dataclasses import dataclass

from model.insight.advice.trial import Outcome
from model.training.spec import TrainingSpec

NEAR_ACCURACY = 0.02
NEAR_LOSS = 0.1


@dataclass(frozen=True, slots=True)
class Promise:
    """What a run is expected to come to.

    Attributes
    ----------
    spec, before : the run that is promised, and the one that it is to replace
    expected, base : what the trial of `spec` came to, and what `before` did, after as many steps
    """

    spec: TrainingSpec
    before: TrainingSpec
    expected: Outcome
    base: Outcome

    def kept_by(self, outcome: Outcome) -> bool:
        """Whether what a run came to is as good as promised, within NEAR_ACCURACY and NEAR_LOSS."""
        if not outcome.finite:
            return not self.expected.finite
        accurate = outcome.accuracy >= self.expected.accuracy - NEAR_ACCURACY
        return accurate and outcome.loss <= (1 + NEAR_LOSS) * self.expected.loss + NEAR_LOSS / 10
