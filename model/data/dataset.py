"""What every data set becomes before a network sees it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from model.words import Message, msg

if TYPE_CHECKING:
    from model.data.loaders.table import Table

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

NOTHING_SAID = msg("")


class DataError(ValueError):
    """Data that cannot be taken; `message` names the row, the column or the array, and what to do.

    `table` is what was read all the same, where another choice of the label may do.
    """

    table: "Table | None" = None

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message

    def __reduce__(self) -> tuple[type[Self], tuple[Message]]:
        return (type(self), (self.message,))


class BadCellsError(DataError):
    """Data that could be taken without the rows that hold NaN or inf."""


def cast(x: Floats, dtype: npt.DTypeLike) -> npt.NDArray[np.floating]:
    """Copy inputs to the dtype of a run, C-ordered; what is too large for it is infinite, as the data's notes say."""
    with np.errstate(over="ignore"):
        return np.array(x, dtype=dtype, order="C")


def never() -> bool:
    """Answer "is this cancelled?" with no."""
    return False


@dataclass(frozen=True, slots=True)
class DataRequest:
    """Which samples are wanted; the names and meanings are those of the knobs."""

    dataset: str = "digits"
    data: str | None = None
    label_column: str = "auto"
    drop_bad_rows: bool = False
    scaling: str = "auto"
    samples: int = 500
    noise: float = 0.1
    data_seed: int = 0
    train_fraction: float = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples as they were read: unscaled, labels as found.

    Attributes
    ----------
    x : (n_samples, n_features) float64, all finite
    t : (n_samples,) int64, any integers
    """

    x: Floats
    t: Labels


@dataclass(frozen=True, slots=True, eq=False)
class RawData:
    """One data source before scaling and splitting."""

    name: str
    train: Samples
    test: Samples | None
    """None where the source brings no test set; a share of `train` is split off then."""
    integer: bool
    """Whether the inputs were stored as integers, which scaling `auto` divides by the largest."""
    image_shape: tuple[int, int] | None = None
    """(rows, columns) where a sample is a picture."""
    feature_names: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()
    """What the reader did that a person should know: rows dropped, a header found."""
    class_names: tuple[str, ...] = ()
    """What label 0, 1, … is called, where the labels were text; () where they were numbers."""
    table: "Table | None" = None
    """The table it was taken from, to take it again with another column as the label."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Scaled, split samples with labels 0 … n_classes - 1.

    Attributes
    ----------
    x_train, x_test : (n, n_features) float64
    t_train, t_test : (n,) int64; both test arrays have 0 rows without a test set
    """

    name: str
    x_train: Floats
    t_train: Labels
    x_test: Floats
    t_test: Labels
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None
    notes: tuple[Message, ...] = ()
    scaling: Message = NOTHING_SAID
    """What was done to the inputs, in a sentence."""
    split: Message = NOTHING_SAID
    """Where the test samples come from, in a sentence."""
    feature_names: tuple[str, ...] = ()

    @property
    def n_features(self) -> int:
        return int(self.x_train.shape[1])

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    @property
    def n_train(self) -> int:
        return len(self.t_train)

    @property
    def n_test(self) -> int:
        return len(self.t_test)

    def feature_name(self, index: int) -> str:
        """Give what a feature is called; x1, x2, … where the source names none."""
        return self.feature_names[index] if self.feature_names else f"x{index + 1}"

    def class_counts(self) -> list[tuple[str, int]]:
        """Count the samples of each class, training and test together."""
        counts = np.bincount(np.concatenate([self.t_train, self.t_test]), minlength=self.n_classes)
        return list(zip(self.class_names, counts.tolist(), strict=True))

    def layer_sizes(self, hidden_sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Give the widths of a network for this data: inputs, hidden layers, classes."""
        return (self.n_features, *hidden_sizes, self.n_classes)
