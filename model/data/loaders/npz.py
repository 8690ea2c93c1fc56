"""NPZ archives of inputs and labels, under any of their usual names, read without pickle and without trust."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from model.data.dataset import DataError, Labels, RawData, Samples
from model.data.loaders.npy import read_array, read_header
from model.data.loaders.npz_names import CLASS_NAMES, FEATURE_NAMES, Names, find_names, first_of
from model.data.loaders.reading import Numbers, Source, check_ratio, damaged, shape_text
from model.data.loaders.rows import ESCAPED_NAMES, Part, check_shapes, image_shape_of, one_a_row, samples_of
from model.foreign_text import LONGEST_NAME, ForeignTextError, names_from_file, showable, texts_of
from model.words import Message, echo, first_few, msg

MAX_MEMBERS = 1_000
_ENCRYPTED = 0x1
_PACKED_AS_USUAL = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LONGEST_NAMES = 1_000_000
"""Bytes of a list of names."""
_NAMES_SHOWN = 5

Members = Mapping[str, zipfile.ZipInfo]


def read_npz(source: Source, *, drop_bad_rows: bool) -> RawData:
    """Read an NPZ archive.

    Parameters
    ----------
    source : the archive; it holds inputs (n, n_features), (n, height, width) or (n, height, width, channels) under
        a name such as x_train, X, train_images, data or arr_0, and labels (n,), (n, 1) or one-hot (n, n_classes),
        whole numbers or texts, under t_train, y, train_labels, target or arr_1; perhaps a test set likewise, and
        names of classes and features as scikit-learn keeps them

    Raises
    ------
    DataError
        Where an array is missing, damaged, too large or no array of plain numbers.
    """
    with zipfile.ZipFile(source) as archive:
        members = open_members(archive)
        names = find_names(_shapes(archive, members))
        train = _part(archive, members, names, "train", source)
        test = _part(archive, members, names, "test", source) if names.x_test or names.t_test else None
        class_names = _texts(archive, members, CLASS_NAMES)
        feature_names = _texts(archive, members, FEATURE_NAMES)
    parts = [train] if test is None else [train, test]
    if test is not None and test.part.x.shape[1:] != train.part.x.shape[1:]:
        text = "{x} has shape {x_shape} and {other} {other_shape}; both need the same features."
        shapes = {"x_shape": shape_text(train.part.x.shape), "other_shape": shape_text(test.part.x.shape)}
        raise DataError(msg(text, x=train.part.x_name, other=test.part.x_name, **shapes))
    words = sorted({word for part in parts for word in part.words})
    taken = [_samples(part, words, drop_bad_rows=drop_bad_rows) for part in parts]
    found = words or _fitting(class_names, taken)
    shown, escaped = names_from_file(found)
    titles, escaped_too = names_from_file(feature_names)
    return RawData(
        name=source.title,
        train=taken[0][0],
        test=taken[1][0] if test is not None else None,
        integer=train.integer,
        image_shape=image_shape_of(train.part.x.shape),
        feature_names=titles if len(titles) == taken[0][0].x.shape[1] else (),
        notes=(
            *(note for _, notes in taken for note in notes),
            *_unused_note(members, names),
            *([ESCAPED_NAMES] if escaped or escaped_too else []),
        ),
        class_names=shown,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """One part of the data as it was read."""

    part: Part
    integer: bool
    """Whether the inputs are stored as integers."""
    words: tuple[str, ...]
    """The labels, where they are texts."""


def _samples(read: _Read, words: list[str], *, drop_bad_rows: bool) -> tuple[Samples, tuple[Message, ...]]:
    """Number the labels that are texts by their place among all of them, and check the rest."""
    part = read.part
    if read.words:
        place = {word: i for i, word in enumerate(words)}
        part = replace(part, t=np.array([place[word] for word in read.words], dtype=np.int64))
    return samples_of(part, drop_bad_rows=drop_bad_rows)


def _fitting(class_names: list[str], taken: list[tuple[Samples, tuple[Message, ...]]]) -> list[str]:
    """Give the names of classes if there is one for every label."""
    labels: list[Labels] = [samples.t for samples, _ in taken if len(samples.t)]
    fits = labels and min(int(t.min()) for t in labels) >= 0 and max(int(t.max()) for t in labels) < len(class_names)
    return class_names if fits else []


def open_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Look up the members by array name; nothing is ever extracted, so names are labels only."""
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise DataError(
            msg("The archive holds {n:,} arrays; at most {limit:,} can be.", n=len(infos), limit=MAX_MEMBERS)
        )
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.removesuffix(".npy")
        if name in members:
            raise DataError(msg("The archive holds {name} twice; save it again.", name=echo(name)))
        members[name] = info
    return members


def _shapes(archive: zipfile.ZipFile, members: Members) -> dict[str, tuple[int, ...]]:
    """Look at the shapes of those arrays that only their shapes tell apart."""
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(members, ())
    for name in [name for name in members if name.startswith("arr_")][:8]:
        with archive.open(members[name]) as stream:
            shapes[name] = read_header(stream, showable(name, LONGEST_NAME), members[name], text=True).shape
    return shapes


def _unused_note(members: Members, names: Names) -> tuple[Message, ...]:
    used = {*names.used(), *CLASS_NAMES, *FEATURE_NAMES}
    unused = [echo(name) for name in members if name not in used]
    if not unused:
        return ()
    return (msg("Other arrays in the archive are not used: {names}.", names=first_few(unused, _NAMES_SHOWN)),)


def _part(archive: zipfile.ZipFile, members: Members, names: Names, part: str, source: Source) -> _Read:
    """Read x and t of "train" or "test"."""
    x_name, t_name = (names.x_train, names.t_train) if part == "train" else (names.x_test, names.t_test)
    for name, usual in ((x_name, f"x_{part}"), (t_name, f"t_{part}")):
        if not name:
            held = first_few(map(echo, members), _NAMES_SHOWN)
            text = "The archive holds no {name}, only {held}. Save it by np.savez(file, x_train=…, t_train=…)."
            raise DataError(msg(text, name=usual, held=held or "∅"))
        check_member(name, members[name], source)
    with archive.open(members[t_name]) as stream:
        t_header = read_header(stream, t_name, members[t_name], text=True)
        with archive.open(members[x_name]) as x_stream:
            x_header = read_header(x_stream, x_name, members[x_name])
            check_shapes(x_name, x_header.shape, t_name, t_header.shape)
            t = read_array(stream, t_header, t_header.dtype.newbyteorder("="), t_name)
            x = read_array(x_stream, x_header, np.dtype(np.float64), x_name)
    t = one_a_row(t_name, x_name, x.shape, t)
    words: tuple[str, ...] = ()
    if t_header.is_text:
        words, t = tuple(_words(t, t_name)), np.zeros(len(t), dtype=np.int64)
    found = Part(x_name, x.astype(np.float64, copy=False), t_name, t)
    return _Read(found, x_header.dtype.kind != "f", words)


def _words(t: Numbers, name: str) -> list[str]:
    try:
        return texts_of(t)
    except ForeignTextError:
        raise damaged(name) from None


def _texts(archive: zipfile.ZipFile, members: Members, names: tuple[str, ...]) -> list[str]:
    """Read the first of some lists of names that is there and sound; nothing depends on it."""
    info = members.get(name := first_of(names, members))
    if info is None or max(info.file_size, info.compress_size) > _LONGEST_NAMES or info.flag_bits & _ENCRYPTED:
        return []
    try:
        with archive.open(info) as stream:
            header = read_header(stream, name, info, text=True)
            return texts_of(read_array(stream, header, header.dtype, name)) if len(header.shape) == 1 else []
    except (DataError, ForeignTextError):
        return []


def check_member(name: str, info: zipfile.ZipInfo, source: Source) -> None:
    """Refuse a member that is encrypted, packed in an unusual way, or a bomb."""
    if info.flag_bits & _ENCRYPTED:
        raise DataError(msg("{name} is encrypted; save the archive without a password.", name=name))
    if info.compress_type not in _PACKED_AS_USUAL:
        raise DataError(msg("{name} is packed in an unusual way; save it by np.savez.", name=name))
    if info.compress_size > source.size:
        raise damaged(name)
    check_ratio(name, info.compress_size, info.file_size)
