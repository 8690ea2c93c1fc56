"""A sweep as data: a base spec, one or two axes and some seeds; its points are a list that nobody writes out."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Self

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.data.prepare import load
from model.sweeps.axis import Axis
from model.training import memory
from model.training.knob import SpecError
from model.training.spec import KNOBS, MAX_SEED, TrainingSpec
from model.words import Message, msg

Places = npt.NDArray[np.int64]

MOST_POINTS = 10_000_000
MOST_SEEDS = 1000
COARSEST = 32
"""The stride of the first grid of a map."""
_DECISIVE = ("hidden_sizes", "layer_gains", "batch_size", "steps", "eval_every", "dtype", "dataset", "samples",
             "train_fraction")  # fmt: skip
"""Knobs whose values may not suit one another, the samples or the machine."""
_MOST_CHECKED = 1000


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be trained.

    The point at row iy, column ix and seed k is the run of `base` with the values y[iy] and x[ix] and the seed
    `base.seed + k`. Its place is its number among all, the seeds being counted first, then x, then y.

    Attributes
    ----------
    base : every knob that is no axis
    x, y : the axes; y is None where there is one
    n_seeds : runs at each place of the axes
    """

    base: TrainingSpec
    x: Axis
    y: Axis | None = None
    n_seeds: int = 1

    def checked(self) -> Self:
        """Refuse what cannot be trained as a whole; raises SpecError."""
        if self.y is not None and self.x.knob == self.y.knob:
            raise SpecError({self.x.knob: msg("is on both axes; choose another knob for one of them")})
        if not 1 <= self.n_seeds <= MOST_SEEDS:
            raise SpecError({"": msg("A sweep has 1 to {most} seeds; got {n}.", most=MOST_SEEDS, n=self.n_seeds)})
        if self.n_points > MOST_POINTS:
            raise SpecError(
                {
                    "": msg(
                        "This sweep has {n} points, at most {most} can be trained at once.",
                        n=f"{self.n_points:,}",
                        most=f"{MOST_POINTS:,}",
                    )
                }
            )
        last = self.base.seed if self.seed_axis is None else max(self.seed_axis.values)  # type: ignore[type-var]
        if last + self.n_seeds - 1 > MAX_SEED:  # type: ignore[operator]
            raise SpecError({"seed": msg("leaves no room for {n} seeds below {most}", n=self.n_seeds, most=MAX_SEED)})
        return self

    def check(self, data: Dataset) -> None:
        """Refuse values that their samples or this machine cannot take; raises SpecError and DataError."""
        axes = [axis for axis in self.axes if axis.knob in _DECISIVE]
        # of numbers the ends tell
        values = ((min(axis.values), max(axis.values)) if axis.is_number else axis.values for axis in axes)  # type: ignore[type-var]
        for some in islice(product(*values), _MOST_CHECKED):
            spec = self.base.replaced(**dict(zip((axis.knob for axis in axes), some, strict=True)))
            same = spec.data_request == self.base.data_request
            memory.check(spec, data if same else load(spec.data_request))

    def notes(self) -> list[Message]:
        """Say which axis changes nothing, because another knob has its say."""
        if "weight_init_std" not in (axis.knob for axis in self.axes):
            return []
        if self.base.weights is not None:
            return [msg("weight_init_std changes nothing: the weights come from a file.")]
        schemes = next((axis.values for axis in self.axes if axis.knob == "init"), (self.base.init,))
        unused = [str(scheme) for scheme in schemes if scheme != "std"]
        return [msg("weight_init_std changes nothing with init {names}.", names=", ".join(unused))] if unused else []

    @property
    def axes(self) -> tuple[Axis, ...]:
        """One axis or both, y first as in `shape`."""
        return (self.x,) if self.y is None else (self.y, self.x)

    @property
    def seed_axis(self) -> Axis | None:
        """The axis of seeds, where there is one."""
        return next((axis for axis in self.axes if axis.knob == "seed"), None)

    @property
    def beside_rate(self) -> Axis | None:
        """The other axis, where one of two is that of the learning rate."""
        by_knob = {axis.knob: axis for axis in self.axes}
        return next(iter(by_knob.values())) if by_knob.pop("learning_rate", None) and by_knob else None

    @property
    def beside_is_line(self) -> bool:
        """Whether that axis is of real numbers in order."""
        axis = self.beside_rate
        return axis is not None and KNOBS[axis.knob].kind == "float" and bool((np.diff(axis.places) > 0).all())

    def specs_beside_rate(self) -> list[TrainingSpec]:
        """Give the spec of each value of that axis; none where there is no such axis."""
        axis = self.beside_rate
        return [] if axis is None else [self.base.replaced(**{axis.knob: value}) for value in axis.values]

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_x, n_seeds), or (n_y, n_x, n_seeds)."""
        return (*(len(axis) for axis in self.axes), self.n_seeds)

    @property
    def n_points(self) -> int:
        return math.prod(self.shape)

    @property
    def seeds(self) -> npt.NDArray[np.int64]:
        """(n_seeds,): those of each place; with seeds on an axis, of its first one."""
        first = self.base.seed if self.seed_axis is None else self.seed_axis.values[0]
        return np.asarray(first, dtype=np.int64) + np.arange(self.n_seeds)

    def values_at(self, place: int) -> dict[str, object]:
        """Give the knobs that this point sets."""
        *indices, k = (int(index) for index in np.unravel_index(place, self.shape))
        values = {axis.knob: axis.values[index] for axis, index in zip(self.axes, indices, strict=True)}
        seed = values.get("seed", self.base.seed)
        return {**values, "seed": seed + k}  # type: ignore[operator]

    def spec_at(self, place: int) -> TrainingSpec:
        """Give the spec of a point; raises SpecError where its values do not go together."""
        return self.base.replaced(**self.values_at(place))

    def coarse_first(self, stride: int = 1, size: int = 1024) -> Iterator[Places]:
        """Go through all places, each once, `size` at a time: a coarse grid first, then ever finer ones.

        A grid takes every `stride`-th value of both axes, from the first; the next one half as many.
        """
        *shape, n_seeds = self.shape
        done = np.zeros(shape, dtype=bool)
        while stride >= 1:
            chosen = np.zeros(shape, dtype=bool)
            chosen[tuple(slice(None, None, stride if axis.is_number else 1) for axis in self.axes)] = True
            fresh = np.flatnonzero(chosen & ~done)
            done |= chosen
            # the seeds of a cell follow one another, so that it is soon whole; more than fit are split
            at_once = max(1, size // n_seeds)
            for start in range(0, len(fresh), at_once):
                places = (fresh[start : start + at_once, None] * n_seeds + np.arange(n_seeds)).ravel()
                yield from (places[k : k + size] for k in range(0, len(places), size))
            stride //= 2

    def said(self) -> dict[str, object]:
        """Give it in plain JSON values, which `from_said` takes back."""
        y = None if self.y is None else self.y.said()
        return {"spec": self.base.to_json(), "x": self.x.said(), "y": y, "seeds": self.n_seeds}

    @classmethod
    def from_said(cls, spec: str, x: str, y: str | None, seeds: int) -> Self:
        """Read what `said` gave; raises SpecError."""
        axes = Axis.from_text(x), None if y is None else Axis.from_text(y)
        return cls(TrainingSpec.from_json(spec), *axes, seeds).checked()

    def identity(self) -> str:
        """Give a text that two sweeps share exactly where their points are the same."""
        axes = [(axis.knob, [KNOBS[axis.knob].format(value) for value in axis.values]) for axis in self.axes]
        return json.dumps([self.base.to_json(), axes, self.n_seeds])
