"""Rules about half precision: what of this run, which is not made in it, would not survive there.

Said only where it would matter. A single output beyond the largest number makes the loss NaN, so one is enough. Some
entries of a gradient always lie below the smallest number, and a network learns without them; so most of a weight
matrix's must.
"""

import math
from collections.abc import Iterator

import numpy as np

from model.insight.findings.case import Case
from model.insight.findings.finding import Finding, Number
from model.insight.number_formats import beyond_each, beyond_gradients

HALF = "fp16"
MOST_LOST = 50.0
"""The percentage of a weight matrix's gradient that must become 0 to be said."""
LARGEST_GRADIENT = 4_000_000
"""Parameters up to which the gradient is computed anew."""


def overflow(case: Case) -> Iterator[Finding]:
    """Some pre-activation now would be infinite in fp16."""
    if not _finite(case):
        return
    counts = beyond_each(case.now.pre, HALF)
    worst = int(np.argmax([counted.overflow for counted in counts]))
    if counts[worst].overflow:
        numbers: dict[str, Number] = {"n": counts[worst].overflow, "of": case.now.pre[worst].size, "layer": worst + 1}
        numbers["share"] = 100 * counts[worst].overflow / case.now.pre[worst].size
        numbers["largest"] = float(np.abs(case.now.pre[worst]).max())
        yield Finding("half_overflow", "info", numbers, "activations")


def underflow(case: Case) -> Iterator[Finding]:
    """Most of the gradient of a weight matrix now would be 0 in fp16."""
    frame = case.frame
    if not _finite(case) or not case.learns or frame.layout.n_params > LARGEST_GRADIENT:
        return
    sizes = {name: value.size for name, value in frame.params.items() if name.startswith("W")}
    found = beyond_gradients(frame, HALF)
    # where most of it is 0 anyway, as behind dead or saturated units, no format is to blame
    counts = {name: found[name] for name, size in sizes.items() if found[name].n > size / 2}
    shares = {name: 100 * one.to_zero / one.n for name, one in counts.items()}
    name = max(shares, key=lambda name: shares[name], default="")
    if name and shares[name] >= MOST_LOST:
        numbers: dict[str, Number] = {"parameter": name, "share": shares[name], "n": counts[name].to_zero}
        yield Finding("half_underflow", "info", {**numbers, "of": counts[name].n, "step": frame.step}, "gradients")


def _finite(case: Case) -> bool:
    """Whether there is a signal and a gradient, all of it finite."""
    with np.errstate(all="ignore"):
        ends = [float(np.abs(values).max()) for values in case.now.pre]  # a dead unit hides an infinite one
        return math.isfinite(float(case.now.losses.sum(dtype=np.float64))) and all(map(math.isfinite, ends))
