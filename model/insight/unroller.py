"""A run's earlier steps, made again one by one, and what panels look at in them."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from model.training.engine import Engine
from model.training.timeline import Timeline

Kind = Literal["weights", "activations", "backprop", "sharpness", "travel"]
"""What is looked at: the panel that shows it."""
MOST: Mapping[Kind, int] = {"weights": 256, "activations": 256, "backprop": 256, "travel": 256, "sharpness": 64}
"""Steps of a run that are looked at, at most."""

_TELL_EVERY = 0.2
"""Seconds between two looks at steps that are being made."""


class Measure(Protocol):
    """Looks at single steps of a run."""

    def at(self, walker: Engine, step: int) -> Any:  # noqa: ANN401  its own business
        """Look at an engine that stands at a step."""

    def gathered(self, found: Mapping[int, Any], stride: int, *, done: bool) -> "Past":
        """Give what a panel shows of all that was found, by step in ascending order."""


class Past(Protocol):
    """What a panel shows of the earlier steps of a run: `View.past`.

    Attributes
    ----------
    run : its number
    kind : the panel that it is for
    done : whether no more will come for the steps there are
    """

    @property
    def run(self) -> int: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def done(self) -> bool: ...


def stride_of(kind: Kind, steps: int) -> int:
    """Give the power of two at which no more than MOST steps are looked at of so many."""
    stride = 1
    while steps // stride >= MOST[kind]:
        stride *= 2
    return stride


def measure_of(engine: Engine, kind: Kind) -> Measure:
    """Give what looks at the steps of this run."""
    match kind:
        case "sharpness":
            from model.insight.sharpness import SharpnessMeasure

            return SharpnessMeasure(engine)
        case "travel":
            from model.insight.travel import TravelMeasure

            return TravelMeasure(engine)
        case _:
            from model.insight.strips import Histograms

            return Histograms(engine, kind)


class Unroller:
    """Looks at the steps of a run one by one; keeps what it has, so that going on costs no more than what is new."""

    def __init__(self, engine: Engine, kind: Kind) -> None:
        self._kind = kind
        self._measure = measure_of(engine, kind)
        self._timeline = Timeline(engine)
        self._found: dict[int, Any] = {}
        self._given_up = threading.Event()

    def unroll(self, until: int, tell: Callable[[Past], object]) -> None:
        """Look at every step up to one, and tell of them, now and then and at the end, unless that is given up."""
        told = time.monotonic()
        stride = stride_of(self._kind, until)
        self._found = {step: found for step, found in self._found.items() if step % stride == 0}
        steps = range(0, until + 1, stride)
        for step in steps:
            if step in self._found:
                continue
            walker = self._timeline.state(step)
            if walker is None or self._given_up.is_set():
                return
            self._found[step] = self._measure.at(walker, step)
            if step != steps[-1] and time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                tell(self._gathered(stride, done=False))
        tell(self._gathered(stride, done=True))

    def give_up(self) -> None:
        """Make `unroll` return, now and ever after; from any thread."""
        self._given_up.set()
        self._timeline.give_up()

    def _gathered(self, stride: int, *, done: bool) -> Past:
        return self._measure.gathered(dict(sorted(self._found.items())), stride, done=done)


def unrolled(engine: Engine, kind: Kind) -> Past | None:
    """Look at every step of a run, from its beginning to where it stands; None where that was given up."""
    found: list[Past] = []
    Unroller(engine, kind).unroll(engine.recording.step, found.append)
    return found[-1] if found else None
