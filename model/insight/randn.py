"""What NumPy's seeded normal numbers are: np.random.seed(s), then np.random.randn or np.random.normal."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from model.training.frame import Frame
from model.training.knob import Kind, Knob, SpecError
from model.training.spec import MAX_SEED
from model.words import msg

Floats = npt.NDArray[np.float64]
Function = Literal["randn", "normal"]

MOST_NUMBERS = 1_000_000
_MOST_DIMENSIONS = 4
_FARTHEST = 1e100


def _field(
    name: str, kind: Kind, default: object, label: str, help_: str, low: float | None = None, high: float | None = None
) -> Knob:
    choices = ("randn", "normal") if kind == "choice" else ()
    return Knob(f"randn_{name}", kind, default, label, help_, "panel", "", low, high, "linear", choices, live=False)


FIELDS: dict[str, Knob] = {
    "function": _field(
        "function", "choice", "randn", "Function", "randn has mean 0 and std 1; normal takes both, as loc and scale."
    ),
    "shape": _field("shape", "sizes", (64, 50), "Shape", "d0, d1, … of the array.", high=_MOST_DIMENSIONS),
    "seed": _field("seed", "int", 0, "Seed", "np.random.seed(seed) is called first.", 0, MAX_SEED),
    "loc": _field("loc", "float", 0.0, "Mean", "loc of np.random.normal.", -_FARTHEST, _FARTHEST),
    "scale": _field("scale", "float", 1.0, "Std", "scale of np.random.normal.", 0, _FARTHEST),
}
"""What a request can be asked for, by field."""


@dataclass(frozen=True, slots=True)
class RandnRequest:
    """Which numbers are wanted. `randn` leaves loc and scale unused."""

    function: Function = "randn"
    shape: tuple[int, ...] = (64, 50)
    seed: int = 0
    loc: float = 0.0
    scale: float = 1.0

    def replaced(self, **values: object) -> Self:
        """Return a copy with other values of the right types; raises SpecError with a message for each wrong field."""
        changed = replace(self, **values)  # type: ignore[arg-type]
        wrong = {
            FIELDS[name].name: FIELDS[name].refusal(value) for name, value in values.items() if not _fits(name, value)
        }
        if not wrong and math.prod(changed.shape) > MOST_NUMBERS:
            n = math.prod(changed.shape)
            text = msg("makes {n:,} numbers; at most {most:,} are drawn", n=n, most=MOST_NUMBERS)
            wrong = {FIELDS["shape"].name: text}
        if wrong:
            raise SpecError(wrong)
        return changed

    @property
    def n(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    @property
    def mean(self) -> float:
        """The mean of what is drawn from."""
        return self.loc if self.function == "normal" else 0.0

    @property
    def std(self) -> float:
        """The standard deviation of what is drawn from."""
        return self.scale if self.function == "normal" else 1.0

    @property
    def call(self) -> str:
        """The two calls, as one types them."""
        sizes = ", ".join(map(str, self.shape))
        if self.function == "randn":
            drawn = f"np.random.randn({sizes})"
        else:
            size = f"({sizes},)" if len(self.shape) == 1 else f"({sizes})"
            drawn = f"np.random.normal(loc={self.loc!r}, scale={self.scale!r}, size={size})"
        return f"np.random.seed({self.seed}); {drawn}"

    @property
    def code(self) -> str:
        """A line that gives the same array in any Python with NumPy."""
        return f"import numpy as np; {self.call}"


@dataclass(frozen=True, slots=True)
class Sample:
    """Mean and standard deviation (with n - 1) of a sample, each with its standard error; NaN for a single number.

    The error of the mean is s / √n, that of s, for normal numbers, s / √(2 (n - 1)).
    """

    mean: float
    std: float
    mean_error: float
    std_error: float


def request_of(frame: Frame) -> RandnRequest:
    """Ask for the noise of the run's own W1; of a very large one for its first rows, which begin the same stream."""
    rows, columns = frame.layout.shapes["W1"]
    columns = min(columns, MOST_NUMBERS)
    return RandnRequest(shape=(min(rows, MOST_NUMBERS // columns), columns), seed=frame.spec.seed)


@lru_cache(maxsize=4)
def numbers(request: RandnRequest) -> Floats:
    """Draw what np.random.seed and the function give, from a generator that nobody else uses."""
    rng = np.random.RandomState(request.seed)
    if request.function == "randn":
        drawn = rng.randn(*request.shape)
    else:
        drawn = rng.normal(request.loc, request.scale, size=request.shape)
    drawn.flags.writeable = False
    return drawn


def printed(values: Floats) -> str:
    """Write an array as print() does in a fresh session, large ones summarised."""
    with np.printoptions(
        precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=False, sign="-", floatmode="maxprec"
    ):
        return str(values)


def measured(values: Floats) -> Sample:
    """Measure a sample."""
    n = values.size
    mean = float(values.mean())
    std = float(values.std(ddof=1)) if n > 1 else math.nan
    return Sample(mean, std, std / math.sqrt(n), std / math.sqrt(2 * (n - 1)) if n > 1 else math.nan)


def _fits(name: str, value: object) -> bool:
    field = FIELDS[name]
    if isinstance(value, tuple):
        return 1 <= len(value) <= _MOST_DIMENSIONS and min(value) >= 1
    if isinstance(value, str):
        return value in field.choices
    return (
        isinstance(value, (int, float))
        and field.low is not None
        and field.high is not None
        and (field.low <= value <= field.high)
    )
