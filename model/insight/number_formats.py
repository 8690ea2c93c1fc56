"""Number formats of half precision and less: where each ends, and how many of a run's values lie beyond.

The limits are those of IEEE 754 binary16, of bfloat16, and of the two 8-bit formats of Micikevicius et al. 2022, "FP8
formats for deep learning". What is lost below them is the subject of Micikevicius et al. 2018, "Mixed precision
training".
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.blocks import blocks
from model.insight.passes import Passes, passes_of
from model.network.blas import one_blas_thread
from model.training.frame import Frame, Parameters

Reals = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A binary floating-point format, rounded to nearest, ties to even.

    Attributes
    ----------
    name : what it is called
    digits : bits of the fraction, without the leading one
    smallest_normal : below it numbers have fewer digits
    largest : the largest finite number
    ties_overflow : whether a value half a unit above the largest overflows; not where it has an even last digit
    endless : what becomes of values beyond: infinity, or NaN in a format without one
    """

    name: str
    digits: int
    smallest_normal: float
    largest: float
    ties_overflow: bool = True
    endless: str = "∞"

    @property
    def smallest_subnormal(self) -> float:
        """The smallest number above 0."""
        return math.ldexp(self.smallest_normal, -self.digits)

    @property
    def last_finite(self) -> float:
        """The largest float64 that does not overflow."""
        tie = self.largest + math.ldexp(1.0, math.frexp(self.largest)[1] - 2 - self.digits)
        return math.nextafter(tie, 0.0) if self.ties_overflow else tie

    @property
    def limits(self) -> tuple[float, float, float]:
        """Smallest subnormal, smallest normal and largest number."""
        return self.smallest_subnormal, self.smallest_normal, self.largest


FORMATS: Mapping[str, NumberFormat] = {
    "fp16": NumberFormat("fp16", 10, 2.0**-14, 65504.0),
    "bf16": NumberFormat("bf16", 7, 2.0**-126, (2 - 2.0**-7) * 2.0**127),
    "e4m3": NumberFormat("fp8 E4M3", 3, 2.0**-6, 448.0, ties_overflow=False, endless="NaN"),
    "e5m2": NumberFormat("fp8 E5M2", 2, 2.0**-14, 57344.0),
}


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a format makes of values.

    Attributes
    ----------
    n : values that are finite and not 0, which every format holds exactly
    overflow : of these, those that become infinite or NaN
    to_zero : those that become 0
    subnormal : those that become subnormal numbers, and so keep fewer digits
    """

    n: int = 0
    overflow: int = 0
    to_zero: int = 0
    subnormal: int = 0

    @property
    def any(self) -> bool:
        """Whether there is any such value."""
        return bool(self.overflow or self.to_zero or self.subnormal)

    def percent(self, of: str) -> float:
        """Give a count as a percentage of `n`, which three digits never show as 0 or 100 where it is not."""
        count: int = getattr(self, of)
        return min(100 * count / self.n, 99.9) if count < self.n else 100.0 * (self.n > 0)


def beyond(values: Reals, name: str) -> Beyond:
    """Count the values of an array of any shape that a format cannot hold as they are."""
    kind = FORMATS[name]
    half = kind.smallest_subnormal / 2
    n = overflow = to_zero = below = 0
    for block in blocks(values):
        size = np.abs(block, dtype=np.float64)
        n += int(np.count_nonzero((size > 0) & (size < np.inf)))
        overflow += int(np.count_nonzero((size > kind.last_finite) & (size < np.inf)))
        to_zero += int(np.count_nonzero((size > 0) & (size <= half)))
        below += int(np.count_nonzero((size > half) & (size < kind.smallest_normal - half)))
    return Beyond(n, overflow, to_zero, below)


def beyond_each(layers: Iterable[Reals], name: str) -> tuple[Beyond, ...]:
    """Count layer by layer."""
    return tuple(beyond(values, name) for values in layers)


def beyond_gradients(frame: Frame, name: str) -> dict[str, Beyond]:
    """Count the entries of the gradient of a batch's mean loss, by parameter in order.

    The batch has the run's size and is evenly spread over the training samples; the gradient is that of the parameters
    now, in the run's dtype. The same Frame asked twice costs once.
    """
    return dict(_of_gradients(frame.params, frame.data, frame.spec.activation, frame.spec.batch_size, name))


@lru_cache(maxsize=8)
def _of_gradients(
    params: Parameters, data: Dataset, activation: str, batch_size: int, name: str
) -> tuple[tuple[str, Beyond], ...]:
    with one_blas_thread, np.errstate(all="ignore"):
        gradient = _gradient(passes_of(params, data, activation, batch_size))
        return tuple((parameter, beyond(values, name)) for parameter, values in gradient)


def _gradient(passed: Passes) -> Iterable[tuple[str, Reals]]:
    """Give the gradient of the mean loss, a parameter at a time."""
    for layer, (below, delta) in enumerate(zip((passed.x, *passed.outputs), passed.deltas, strict=True), start=1):
        share = delta / delta.dtype.type(passed.n)
        yield f"W{layer}", below.T @ share
        yield f"b{layer}", share.sum(axis=0)
