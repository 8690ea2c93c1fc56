"""The table of a sweep: what is known of its points, filled in any order, and SWEEP.npz that keeps it."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self, cast

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.files import write_whole
from model.sweeps.axis import KINDS, Axis
from model.sweeps.sweep import Places, Sweep
from model.training.knob import SpecError
from model.training.several import FIELDS
from model.training.spec import KNOBS, TrainingSpec
from model.words import Message, echo, msg

Floats = npt.NDArray[np.float64]

VERSION = 1
_STEPS = ("diverged_at", "reached_at", "steps")
"""FIELDS that are whole numbers, -1 where there is none."""
_LARGEST_FILE = 4_000_000_000
_DAMAGED = (KeyError, ValueError, TypeError, IndexError, OverflowError, EOFError, MemoryError, RuntimeError,
            zipfile.BadZipFile, zlib.error)  # fmt: skip


class SweepFileError(Exception):
    """A file that holds no sweep, or another one."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class About:
    """What a table knows of the samples that its sweep was trained on.

    Attributes
    ----------
    n_features, n_classes : of each sample, and of all
    tested : whether some are for testing
    """

    n_features: int
    n_classes: int
    tested: bool

    @classmethod
    def of(cls, data: Dataset) -> Self:
        return cls(data.n_features, data.n_classes, bool(data.n_test))


@dataclass(eq=False)
class Table:
    """Rows by place.

    Attributes
    ----------
    sweep : whose points they are
    rows : (n_points, len(FIELDS)) float64; what is not known is NaN
    done : (n_points,) whether a point was trained
    about : what its panels tell of the samples
    """

    sweep: Sweep
    about: "About"
    stable_rates: Floats | None = None
    """(n,) by value of the axis beside the learning rate: up to which rate a first step is stable; NaN for none."""
    rows: Floats = field(init=False)
    done: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = np.full((self.sweep.n_points, len(FIELDS)), np.nan)
        self.done = np.zeros(self.sweep.n_points, dtype=bool)

    def take(self, places: Places, rows: Floats) -> None:
        """Fill in some points."""
        self.rows[places] = rows
        self.done[places] = True

    @property
    def n_done(self) -> int:
        return int(np.count_nonzero(self.done))

    @property
    def is_whole(self) -> bool:
        return bool(self.done.all())

    @property
    def whole_cells(self) -> npt.NDArray[np.bool_]:
        """Whether all seeds of each place of the axes were trained, in the shape of these."""
        return np.asarray(np.all(self.done.reshape(self.sweep.shape), axis=-1))

    def missing(self, places: Iterator[Places]) -> Iterator[Places]:
        """Leave out the points that are there."""
        for some in places:
            left = some[~self.done[some]]
            if len(left):
                yield left

    def field(self, name: str) -> Floats:
        """Give one of FIELDS in the shape of the sweep, NaN where it is not known or where there is none."""
        values = self.rows[:, FIELDS.index(name)].reshape(self.sweep.shape)
        return np.where(values < 0, np.nan, values) if name in _STEPS else values

    def as_now(self) -> "Table":
        """Give what there is now; of the rows that are done none will change, so that they are shared."""
        other = copy(self)
        other.done = self.done.copy()
        return other

    # The file

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Give the arrays of SWEEP.npz."""
        sweep, shape = self.sweep, self.sweep.shape
        found: dict[str, npt.NDArray[np.generic]] = {"x": sweep.x.array(), "x_knob": np.array(sweep.x.knob)}
        if sweep.y is not None:
            found |= {"y": sweep.y.array(), "y_knob": np.array(sweep.y.knob)}
        found["seeds"] = sweep.seeds
        for column, name in enumerate(FIELDS):
            values = self.rows[:, column].reshape(shape)
            found[name] = np.where(np.isnan(values), -1, values).astype(np.int64) if name in _STEPS else values
        if self.stable_rates is not None:
            found["stable_rates"] = self.stable_rates
        return {
            **found,
            "done": self.done.reshape(shape),
            "log": np.array([axis.log for axis in (sweep.x, sweep.y) if axis is not None]),
            "samples": np.array([self.about.n_features, self.about.n_classes, int(self.about.tested)]),
            "spec": np.array(sweep.base.to_json()),
            "version": np.array(VERSION),
        }

    def save(self, path: Path) -> None:
        """Write SWEEP.npz, whole or not at all; raises FileError."""
        write_whole(path, lambda stream: np.savez(cast("IO[bytes]", stream), **self.arrays()), overwrite=True)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read SWEEP.npz; raises SweepFileError where it is none."""
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise _not_one(path, msg("it is too large"))
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                return cls._of({name: file[name] for name in file.files})
        except OSError as error:
            raise _not_one(path, msg("{why}", why=error.strerror or str(error))) from None
        except SpecError as error:
            raise _not_one(path, error.first) from None
        except _DAMAGED as error:
            raise _not_one(path, msg("{why}", why=echo(str(error), 120))) from None

    @classmethod
    def _of(cls, found: dict[str, npt.NDArray[np.generic]]) -> Self:
        if int(found["version"]) > VERSION:
            raise ValueError("it is of a newer version of this program")
        axes = [_axis(found, name, bool(log)) for name, log in zip(("x", "y"), [*found["log"], False], strict=False)
                if name in found]  # fmt: skip
        base = TrainingSpec.from_json(str(found["spec"]))
        sweep = Sweep(base, axes[0], axes[1] if len(axes) > 1 else None, len(found["seeds"])).checked()
        if not np.array_equal(found["seeds"], sweep.seeds):
            raise ValueError("its seeds are not those of its spec")
        if any(found[name].shape != sweep.shape for name in ("done", *FIELDS)):
            raise ValueError("its arrays have other shapes than its axes")
        n_features, n_classes, tested = found["samples"].tolist()
        table = cls(sweep, About(n_features, n_classes, bool(tested)))
        table.done[:] = found["done"].astype(bool).ravel()
        for column, name in enumerate(FIELDS):
            table.rows[:, column] = found[name].astype(np.float64).ravel()
        table.rows[~table.done] = np.nan
        if sweep.beside_rate is not None and "stable_rates" in found:
            table.stable_rates = found["stable_rates"].astype(np.float64).reshape(len(sweep.beside_rate))
        return table


def resumed(sweep: Sweep, path: Path) -> Table:
    """Give the table of a sweep with what its file knows; raises SweepFileError where that is of another sweep."""
    table = Table.load(path)
    if table.sweep.identity() != sweep.identity():
        shown = echo(str(path), 80)
        raise SweepFileError(msg("{path} holds another sweep: its knobs, axes or seeds differ.", path=shown))
    table.sweep = sweep
    return table


def _axis(found: dict[str, npt.NDArray[np.generic]], name: str, log: bool) -> Axis:  # noqa: FBT001
    knob = str(found[f"{name}_knob"])
    if knob not in KNOBS:
        raise ValueError(f"unknown knob {knob[:40]!r}")
    kind, values = KNOBS[knob].kind, found[name]
    if kind not in KINDS or values.ndim != 1 or (kind in ("float", "int")) != (values.dtype.kind in "fiu"):
        raise ValueError(f"{knob} cannot have such values")
    if kind in ("float", "int"):
        return Axis(knob, tuple(values.tolist()), log).checked()
    return Axis(knob, tuple(KNOBS[knob].parse(str(value)) for value in values.tolist()), log).checked()


def _not_one(path: Path, why: Message) -> SweepFileError:
    return SweepFileError(msg("{path} holds no sweep that can be read: {why}", path=echo(str(path), 80), why=why))
