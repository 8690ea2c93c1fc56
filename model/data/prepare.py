"""From a request to samples that a network can learn: labels renumbered, split, scaled."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.data.dataset import DataError, DataRequest, Dataset, Floats, Labels, RawData, Samples, never
from model.data.datasets import DATASETS
from model.foreign_text import LONGEST_NAME, showable
from model.words import Message, Real, echo, first_few, msg

MIN_TRAIN_ROWS = 2
_NAMES_SHOWN = 10


def load(request: DataRequest, cancelled: Callable[[], bool] = never) -> Dataset:
    """Read or make the samples that a request names, and prepare them.

    Parameters
    ----------
    request : `data` is read where it is given, otherwise `dataset` is made
    cancelled : asked again and again while a file is read; True ends the reading

    Raises
    ------
    DataError
        Where the data cannot be taken, or reading was cancelled.
    """
    if not request.data:
        raw = DATASETS[request.dataset].make(request.samples, request.noise, request.data_seed)
    else:
        from model.data.loaders import read  # here, because most runs read no file and start sooner without it

        raw = read(
            request.data,
            label_column=request.label_column,
            drop_bad_rows=request.drop_bad_rows,
            cancelled=cancelled,
        )
        raw = replace(raw, table=None)  # so that its cells do not take memory beside the samples
    return prepare_as(raw, request)


def prepare_as(raw: RawData, request: DataRequest) -> Dataset:
    """Prepare a source as a request says; see `prepare`."""
    return prepare(raw, scaling=request.scaling, train_fraction=request.train_fraction, data_seed=request.data_seed)


def prepare(raw: RawData, *, scaling: str, train_fraction: float, data_seed: int) -> Dataset:
    """Renumber the labels, split off a test set where the source has none, and scale.

    Parameters
    ----------
    raw : left as it is
    scaling : a key of SCALINGS
    train_fraction : share of the rows to train on, where the source brings no test set: the first
        `round(train_fraction * n)` of `default_rng(data_seed).permutation(n)`

    Raises
    ------
    DataError
        With fewer than 2 rows to train on, or where scaled inputs are too large for float64.
    """
    source, class_names, label_notes = _renumbered(raw)
    train, test, split = _split(source, train_fraction, data_seed)
    if len(train.t) < MIN_TRAIN_ROWS:
        raise DataError(_too_few(raw, len(train.t), train_fraction))
    x_train, x_test, scaled, scale_notes = SCALINGS[scaling](train.x, test.x, raw.integer)
    for name, x in (("x_train", x_train), ("x_test", x_test)):
        if not np.isfinite(x).all():
            raise DataError(msg("After scaling, {name} holds numbers too large; choose scaling none.", name=name))
    return Dataset(
        name=raw.name,
        x_train=x_train,
        t_train=np.ascontiguousarray(train.t, dtype=np.int64),
        x_test=x_test,
        t_test=np.ascontiguousarray(test.t, dtype=np.int64),
        class_names=class_names,
        image_shape=raw.image_shape,
        notes=(*raw.notes, *label_notes, *scale_notes, *_size_note(x_train, x_test)),
        scaling=scaled,
        split=split,
        feature_names=raw.feature_names,
    )


def _size_note(*parts: Floats) -> tuple[Message, ...]:
    largest = max(float(np.abs(x).max(initial=0)) for x in parts)
    if largest <= float(np.finfo(np.float32).max):
        return ()
    text = "Inputs of size {largest:.2g} are infinite in float32; choose scaling standard, or dtype float64."
    return (msg(text, largest=Real(largest)),)


def _renumbered(raw: RawData) -> tuple[RawData, tuple[str, ...], tuple[Message, ...]]:
    """Number the labels 0 … C - 1 in their order, over both parts together."""
    t_train = raw.train.t
    both = t_train if raw.test is None else np.concatenate([t_train, raw.test.t])
    found, inverse = np.unique(both, return_inverse=True)
    codes = inverse.astype(np.int64)
    train = Samples(raw.train.x, codes[: len(t_train)])
    test = None if raw.test is None else Samples(raw.test.x, codes[len(t_train) :])
    names = tuple(raw.class_names[label] if raw.class_names else str(label) for label in found.tolist())
    notes: list[Message] = []
    if not np.array_equal(found, np.arange(len(found))):
        shown = first_few((showable(name, LONGEST_NAME) for name in names), _NAMES_SHOWN)
        notes.append(msg("Labels {names} were renumbered 0 to {last}.", names=shown, last=len(names) - 1))
    if len(names) == 1:
        notes.append(msg("There is only one class, {name}: there is nothing to tell apart.", name=echo(names[0])))
    renumbered = RawData(raw.name, train, test, integer=raw.integer)
    return renumbered, names, tuple(notes)


def _split(raw: RawData, train_fraction: float, data_seed: int) -> tuple[Samples, Samples, Message]:
    if raw.test is not None:
        said = msg(
            "The data has its own split: {n_train:,} training samples, {n_test:,} test samples.",
            n_train=len(raw.train.t),
            n_test=len(raw.test.t),
        )
        return raw.train, raw.test, said
    n = len(raw.train.t)
    order = np.random.default_rng(data_seed).permutation(n)
    n_train = round(train_fraction * n)
    first, rest = order[:n_train], order[n_train:]
    said = (
        msg(
            "Split at random by data seed {seed}: {n_train:,} training samples, {n_test:,} test samples.",
            seed=data_seed,
            n_train=n_train,
            n_test=n - n_train,
        )
        if n_train < n
        else msg("All {n:,} samples are training samples; there is no test set.", n=n)
    )
    return _taken(raw.train, first), _taken(raw.train, rest), said


def _taken(samples: Samples, rows: Labels) -> Samples:
    return Samples(samples.x[rows], samples.t[rows])


def _too_few(raw: RawData, n_train: int, train_fraction: float) -> Message:
    n = len(raw.train.t)
    if n < MIN_TRAIN_ROWS or raw.test is not None:
        return msg("Training needs at least 2 rows; this data has {n}.", n=n)
    return msg(
        "Training needs at least 2 rows; train_fraction {fraction:g} of {n} rows leaves {n_train}.",
        fraction=train_fraction,
        n=n,
        n_train=n_train,
    )


Scaled = tuple[Floats, Floats, Message, tuple[Message, ...]]


def _auto(x_train: Floats, x_test: Floats, integer: bool) -> Scaled:  # noqa: FBT001  one signature for the table
    if not integer:
        return _none(x_train, x_test, integer)
    largest = float(np.abs(x_train).max(initial=0))
    said = msg("Inputs are whole numbers, divided by {largest:g}, the largest in x_train.", largest=largest)
    if largest == 0:
        return _none(x_train, x_test, integer)
    return np.divide(x_train, largest, order="C"), np.divide(x_test, largest, order="C"), said, ()


def _none(x_train: Floats, x_test: Floats, _integer: bool) -> Scaled:  # noqa: FBT001
    said = msg("Inputs are used unchanged.")
    return np.ascontiguousarray(x_train), np.ascontiguousarray(x_test), said, ()


def _standard(x_train: Floats, x_test: Floats, _integer: bool) -> Scaled:  # noqa: FBT001
    low, high = x_train.min(axis=0), x_train.max(axis=0)
    constant = low == high
    # Powers of two change no digit, and keep sums and squares of the largest and smallest numbers in range.
    exponent = -np.frexp(np.maximum(np.abs(low), np.abs(high)))[1]
    train = np.ldexp(x_train, exponent, order="C")
    mean = train.mean(axis=0)
    train -= mean
    std = np.sqrt(np.einsum("ij,ij->j", train, train) / len(train))
    std[std == 0] = 1
    train /= std
    with np.errstate(over="ignore", invalid="ignore"):
        test = (np.ldexp(x_test, exponent, order="C") - mean) / std
    train[:, constant] = 0
    test[:, constant] = 0
    said = msg("Every feature is scaled to mean 0 and variance 1 over the training samples.")
    n_constant = int(constant.sum())
    note = msg("{n:,} of {total:,} features never change in x_train and become 0.", n=n_constant, total=len(constant))
    return train, test, said, (note,) if n_constant else ()


SCALINGS: dict[str, Callable[[Floats, Floats, bool], Scaled]] = {
    "auto": _auto,
    "standard": _standard,
    "none": _none,
}
