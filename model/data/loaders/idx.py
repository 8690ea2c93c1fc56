"""IDX files as MNIST and Fashion-MNIST come in: four of them, plain or gzipped, found beside one another."""

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.data.dataset import DataError, RawData, Samples
from model.data.loaders.gzipped import GZIP_MAGIC, Unpacked
from model.data.loaders.identify import HEAD, refusal, what_it_is
from model.data.loaders.reading import (
    Numbers,
    Source,
    Stream,
    check_length,
    check_ratio,
    check_size,
    exactly,
    fill,
    shape_text,
    title,
    unreadable,
)
from model.data.loaders.rows import Part, samples_of
from model.foreign_text import LONGEST_NAME
from model.words import echo, first_few, msg

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MAX_DIMS = 4
_NAME = re.compile(r"(.*?)(train|t10k|test)[-_](images|labels)[-.]idx\d-ubyte(\.gz)?", re.DOTALL)
_EXAMPLE = "train-images-idx3-ubyte"
_RAW = "raw"
_MOST_FILES = 10_000
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where the files of one set lie, and what their names have in common."""

    path: Path
    prefix: str
    endings: tuple[str, str]

    def find(self, part: str, kind: str) -> Path | None:
        """Find the images or the labels of "train", "t10k" or "test", by any of the usual names."""
        dims = 3 if kind == "images" else 1
        for joint, dot, ending in itertools.product("-_", "-.", self.endings):
            path = self.path / f"{self.prefix}{part}{joint}{kind}{dot}idx{dims}-ubyte{ending}"
            if path.exists():
                return path
        return None

    def pair(self, part: str) -> tuple[Path, Path] | None:
        """Find images and labels; raises DataError where only one of them is there."""
        images, labels = self.find(part, "images"), self.find(part, "labels")
        if images is not None and labels is not None:
            return images, labels
        if images is None and labels is None:
            return None
        there = (images or labels or self.path).name
        text = "The {kind} that belong to {name} are missing beside it."
        raise DataError(msg(text, kind="labels" if labels is None else "images", name=echo(there)))


def is_idx(head: bytes) -> bool:
    """Whether a file begins as IDX files do: two zeros, a type, a number of dimensions."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in _TYPES and head[3] > 0


def has_idx_name(path: Path) -> bool:
    """Whether a file is named like one of the four."""
    return _NAME.fullmatch(path.name) is not None


def read_idx(path: Path, cancelled: Callable[[], bool], *, drop_bad_rows: bool) -> RawData:
    """Read a set of IDX files.

    Parameters
    ----------
    path : the folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte and perhaps t10k-… (each may
        begin with a name such as emnist-letters-, end in .gz, or have a point before idx), a folder above it as
        torchvision makes them, or one of these files

    Raises
    ------
    DataError
        Where a file is missing, damaged, too large, or does not fit the others.
    """
    folder, train = _found(path)
    part, integer = _part(*train, cancelled)
    samples, notes = samples_of(part, drop_bad_rows=drop_bad_rows)
    shape = part.x.shape
    test_samples: Samples | None = None
    test = folder.pair("t10k") or folder.pair("test")
    if test is not None:
        test_part, _ = _part(*test, cancelled)
        if test_part.x.shape[1:] != shape[1:]:
            text = "{train} has shape {train_shape} and {test} {test_shape}; both need the same picture size."
            both = {"train": part.x_name, "test": test_part.x_name}
            shapes = {"train_shape": shape_text(shape), "test_shape": shape_text(test_part.x.shape)}
            raise DataError(msg(text, **both, **shapes))
        test_samples, test_notes = samples_of(test_part, drop_bad_rows=drop_bad_rows)
        notes += test_notes
    return RawData(
        name=title(path),
        train=samples,
        test=test_samples,
        integer=integer,
        image_shape=(shape[1], shape[2]) if len(shape) == 3 else None,
        notes=notes,
    )


def _found(path: Path) -> tuple[_Folder, tuple[Path, Path]]:
    """Find the set that a path means, and its pictures and labels to train on."""
    sets = _sets(path) if path.is_dir() else [_set_of(path)]
    pairs = [(found, pair) for found in sets if (pair := found.pair("train")) is not None]
    if len(pairs) > 1:
        places = (str((found.path / found.prefix.rstrip("-_")).relative_to(path)) for found, _ in pairs)
        names = first_few((echo(place, LONGEST_NAME) for place in places), _NAMES_SHOWN)
        text = "{name} holds several sets: {names}; choose a file of the one you mean."
        raise DataError(msg(text, name=echo(path.name), names=names))
    if not pairs:
        text = "{name} holds no IDX training files; they are named like {example}."
        raise DataError(msg(text, name=echo(path.name if path.is_dir() else path.parent.name), example=_EXAMPLE))
    return pairs[0]


def _sets(folder: Path) -> list[_Folder]:
    """List the sets in a folder, or below it where torchvision puts them: MNIST/raw."""
    for places in ([folder], [folder / _RAW], [place / _RAW for place in _listed(folder) if place.is_dir()]):
        names = [(place, _NAME.fullmatch(file.name)) for place in places if place.is_dir() for file in _listed(place)]
        found = {(place, name[1]): None for place, name in names if name is not None}
        if found:
            # a set without a name of its own is what the folder is for
            bare = [(place, prefix) for place, prefix in found if not prefix]
            return [_Folder(place, prefix, ("", ".gz")) for place, prefix in bare or sorted(found)]
    return []


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(itertools.islice(folder.iterdir(), _MOST_FILES))
    except OSError as error:
        raise unreadable(folder, error) from None


def _set_of(path: Path) -> _Folder:
    name = _NAME.fullmatch(path.name)
    if name is None:
        text = "The name {name} does not tell which IDX file it is; name it like {example}."
        raise DataError(msg(text, name=echo(path.name), example=_EXAMPLE))
    return _Folder(path.parent, name[1], (".gz", "") if name[4] else ("", ".gz"))


def _part(images: Path, labels: Path, cancelled: Callable[[], bool]) -> tuple[Part, bool]:
    """Read pictures and their labels, and say whether the pictures are stored as integers."""
    t, _ = _array(labels, cancelled)
    x, integer = _array(images, cancelled)
    return Part(echo(images.name), x.astype(np.float64, copy=False), echo(labels.name), t), integer


def _array(path: Path, cancelled: Callable[[], bool]) -> tuple[Numbers, bool]:
    with Source(path, cancelled) as source:
        packed = source.head(2) == GZIP_MAGIC
        stream: Stream = Unpacked(source) if packed else source
        _check_kind(source, packed=packed)
        start = exactly(stream, 4, source.shown)
        if not is_idx(start) or start[3] > _MAX_DIMS:
            text = "{name} is not an IDX file: it starts with {found}. Choose the files as they were downloaded."
            raise DataError(msg(text, name=source.shown, found=start.hex(" ")))
        stored = np.dtype(_TYPES[start[2]])
        lengths = exactly(stream, 4 * start[3], source.shown)
        shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, len(lengths), 4))
        check_size(source.shown, shape)
        needed = 4 + len(lengths) + math.prod(shape) * stored.itemsize
        if packed:
            check_ratio(source.shown, source.size, needed)
        else:
            check_length(source.shown, shape, needed, source.size)
        flat = fill(stream, stored, np.float64, math.prod(shape), source.shown)
    return flat.reshape(shape), stored.kind != "f"


def _check_kind(source: Source, *, packed: bool) -> None:
    """Refuse what is known for something else, by its name; a download that failed often is a web page."""
    head = source.head(HEAD)
    what = what_it_is(Unpacked(source).read(HEAD) if packed else head)
    source.seek(0)
    if what is not None:
        raise DataError(refusal(source.shown, what))
