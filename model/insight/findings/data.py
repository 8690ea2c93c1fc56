"""Rules about the samples: the size of the inputs, what never varies in them, and how frequent the classes are."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.data.dataset import Dataset
from model.insight.findings.case import Case
from model.insight.findings.finding import Finding, Number

LARGE_INPUTS, SMALL_INPUTS = 10.0, 0.05
"""Root mean squares beyond which inputs are far from the size that the schemes are made for, which is about 1."""
UNEQUAL = 30.0
"""How many times as wide as the median one a feature may spread."""
FREQUENT = 1.5
"""How many times 1/C the share of a class is that counts as frequent."""
NEAR_MAJORITY = 0.01
"""How far above the share of the most frequent class an accuracy is hardly better than always naming that."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the training inputs are like.

    Attributes
    ----------
    size : root mean square of all values
    widest, spread, median : the feature that varies most, counted from 1, its standard deviation, and the median one
        of the features that vary
    constant, blank : features that never vary, and those of them that are always 0
    frequent, share : the most frequent class of the test samples, or of the training samples without any, and its share
    """

    size: float
    widest: int
    spread: float
    median: float
    constant: int
    blank: int
    frequent: int
    share: float


@lru_cache(maxsize=4)
def inputs(data: Dataset) -> Inputs:
    """Look at the training inputs once for all frames."""
    x, t = data.x_train, data.t_test if data.n_test else data.t_train
    with np.errstate(all="ignore"):
        spreads, sizes = x.std(axis=0), np.sqrt(np.square(x).mean(axis=0))
        constant = np.ptp(x, axis=0) == 0
        size = float(np.sqrt(np.square(sizes).mean()))
    varying = spreads[~constant]
    counts = np.bincount(t, minlength=data.n_classes)
    return Inputs(
        size,
        int(np.argmax(spreads)) + 1,
        float(spreads.max()),
        float(np.median(varying)) if len(varying) else 0.0,
        int(np.count_nonzero(constant)),
        int(np.count_nonzero(constant & (sizes == 0))),
        int(np.argmax(counts)),
        float(counts.max() / counts.sum()),
    )


def sizes(case: Case) -> Iterator[Finding]:
    """The inputs are far from the size that initialisation reckons with, or one feature drowns the others."""
    found = inputs(case.frame.data)
    if case.frame.spec.scaling == "standard" or not case.learns:
        return
    numbers: dict[str, Number] = {"size": found.size}
    if found.size > LARGE_INPUTS:
        yield Finding("inputs_large", "info", numbers, "activations")
    elif 0 < found.size < SMALL_INPUTS:
        yield Finding("inputs_small", "info", numbers, "activations")
    if found.median and found.spread > UNEQUAL * found.median:
        numbers = {"feature": found.widest, "spread": found.spread, "median": found.median}
        yield Finding("inputs_unequal", "info", numbers, "features")


def blank(case: Case) -> Iterator[Finding]:
    """Inputs that are always 0: no gradient ever reaches their weights."""
    found = inputs(case.frame.data)
    if found.blank and case.learns:
        fan_out = case.frame.layout.sizes[1]
        numbers: dict[str, Number] = {"inputs": found.blank, "of": case.frame.data.n_features}
        numbers |= {"weights": found.blank * fan_out, "all": case.frame.data.n_features * fan_out}
        yield Finding("inputs_blank", "info", numbers, "features")


def majority(case: Case) -> Iterator[Finding]:
    """The accuracy is no more than what the most frequent class alone would bring."""
    frame, found = case.frame, inputs(case.frame.data)
    accuracy = frame.accuracy[1 if frame.data.n_test else 0]
    frequent = case.learns and found.share >= FREQUENT / frame.data.n_classes
    if frequent and frame.step and found.share - NEAR_MAJORITY <= accuracy <= found.share + NEAR_MAJORITY:
        name = frame.data.class_names[found.frequent]
        numbers: dict[str, Number] = {"accuracy": accuracy, "share": 100 * found.share, "name": name}
        numbers["step"] = int(frame.eval_steps[-1])
        yield Finding("majority", "warn", numbers, "decision")
