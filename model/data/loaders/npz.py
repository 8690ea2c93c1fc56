"""NPZ archives with x_train, t_train and perhaps x_test, t_test, read without pickle and without trust."""

import math
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from model.data.dataset import DataError, RawData, Samples
from model.data.loaders.reading import (
    Numbers,
    Source,
    Stream,
    check_length,
    check_ratio,
    check_size,
    damaged,
    exactly,
    fill,
    shape_text,
)
from model.data.loaders.rows import Part, check_shapes, samples_of
from model.words import Message, echo, msg

MAX_MEMBERS = 1_000
_ENCRYPTED = 0x1
_PACKED_AS_USUAL = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LABELS_ALSO_CALLED = {"t_train": "y_train", "t_test": "y_test"}
_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000

# The header is a Python literal; looking for its three entries needs no evaluation of foreign text.
_DESCR = re.compile(r"'descr'\s*:\s*'([^']*)'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)\b")
_SHAPE = re.compile(r"'shape'\s*:\s*\(([0-9,\s]*)\)")
_TYPE = re.compile(r"([<>|=]?)([biuf])(1|2|4|8|16)")
_OBJECT = re.compile(r"'\|?O\d*'")
_COMPLEX = re.compile(r"'[<>|=]?c\d+'")


@dataclass(frozen=True, slots=True)
class _Header:
    """What the beginning of an array file says of the rest."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    order: str
    length: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def read_npz(source: Source, *, drop_bad_rows: bool) -> RawData:
    """Read an NPZ archive.

    Parameters
    ----------
    source : the archive; it holds x_train (n, n_features) or (n, height, width) and t_train (n,), and
        perhaps x_test and t_test. Labels may also be called y_train and y_test, as Keras does.

    Raises
    ------
    DataError
        Where an array is missing, damaged, too large or no array of plain numbers.
    """
    with zipfile.ZipFile(source) as archive:
        members = _members(archive)
        train = _part(archive, members, "train", source)
        has_test = any(name in members for name in ("x_test", "t_test", "y_test"))
        test = _part(archive, members, "test", source) if has_test else None
    if test is not None and test[0].x.shape[1:] != train[0].x.shape[1:]:
        raise DataError(
            msg(
                "x_train has shape {x_train} and x_test {x_test}; both need the same features.",
                x_train=shape_text(train[0].x.shape),
                x_test=shape_text(test[0].x.shape),
            )
        )
    samples, notes = samples_of(train[0], drop_bad_rows=drop_bad_rows)
    test_samples: Samples | None = None
    if test is not None:
        test_samples, test_notes = samples_of(test[0], drop_bad_rows=drop_bad_rows)
        notes += test_notes
    return RawData(
        name=source.title,
        train=samples,
        test=test_samples,
        integer=train[1],
        image_shape=_image_shape(train[0]),
        notes=(*notes, *_unused_note(members)),
    )


def _image_shape(part: Part) -> tuple[int, int] | None:
    return (part.x.shape[1], part.x.shape[2]) if part.x.ndim == 3 else None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
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


def _unused_note(members: dict[str, zipfile.ZipInfo]) -> tuple[Message, ...]:
    used = {"x_train", "x_test", *_LABELS_ALSO_CALLED, *_LABELS_ALSO_CALLED.values()}
    unused = [echo(name) for name in members if name not in used]
    if not unused:
        return ()
    shown = ", ".join(unused[:5]) + (", …" if len(unused) > 5 else "")
    return (msg("Other arrays in the archive are not used: {names}.", names=shown),)


def _part(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], part: str, source: Source
) -> tuple[Part, bool]:
    """Read x and t of "train" or "test", and say whether x is stored as integers."""
    x_name, t_name = f"x_{part}", f"t_{part}"
    if t_name not in members and _LABELS_ALSO_CALLED[t_name] in members:
        t_name = _LABELS_ALSO_CALLED[t_name]
    for name in (x_name, t_name):
        if name not in members:
            held = ", ".join(echo(other) for other in list(members)[:5])
            text = "The archive holds no {name}, only {held}. Save it by np.savez(file, x_train=…, t_train=…)."
            raise DataError(msg(text, name=name, held=held or "∅"))
        _check_member(name, members[name], source)
    with archive.open(members[t_name]) as stream:
        t_header = _header(stream, t_name, members[t_name])
        with archive.open(members[x_name]) as x_stream:
            x_header = _header(x_stream, x_name, members[x_name])
            check_shapes(x_name, x_header.shape, t_name, t_header.shape)
            t = _array(stream, t_header, t_header.dtype.newbyteorder("="), t_name)
            x = _array(x_stream, x_header, np.dtype(np.float64), x_name)
    return Part(x_name, x.astype(np.float64, copy=False), t_name, t), x_header.dtype.kind != "f"


def _check_member(name: str, info: zipfile.ZipInfo, source: Source) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise DataError(msg("{name} is encrypted; save the archive without a password.", name=name))
    if info.compress_type not in _PACKED_AS_USUAL:
        raise DataError(msg("{name} is packed in an unusual way; save it by np.savez.", name=name))
    if info.compress_size > source.size:
        raise damaged(name)
    check_ratio(name, info.compress_size, info.file_size)


def _header(stream: Stream, name: str, info: zipfile.ZipInfo) -> _Header:
    """Read and check the header of one array against the caps and the size of its member."""
    start = exactly(stream, 8, name)
    if not start.startswith(_MAGIC):
        raise DataError(msg("{name} is no NumPy array; save the archive by np.savez.", name=name))
    width = {1: 2, 2: 4}.get(start[6])
    if width is None:
        raise DataError(_no_plain_numbers(name))
    size = int.from_bytes(exactly(stream, width, name), "little")
    if size > _LONGEST_HEADER:
        raise damaged(name)
    text = exactly(stream, size, name).decode("latin-1")
    descr, order, shape = _DESCR.search(text), _ORDER.search(text), _SHAPE.search(text)
    if descr is None or order is None or shape is None:
        raise DataError(_no_plain_numbers(name)) if "'descr'" in text and descr is None else damaged(name)
    lengths = tuple(int(part) for part in shape[1].split(",") if part.strip())
    header = _Header(_dtype(text, descr[1], name), lengths, "F" if order[1] == "True" else "C", 8 + width + size)
    check_size(name, header.shape)
    check_length(name, lengths, header.length + header.count * header.dtype.itemsize, info.file_size)
    return header


def _dtype(text: str, descr: str, name: str) -> np.dtype[np.generic]:
    if _OBJECT.search(text):
        raise DataError(msg("{name} holds Python objects; re-save it as numbers.", name=name))
    if _COMPLEX.search(text):
        raise DataError(msg("{name} holds complex numbers; save the real or the absolute part.", name=name))
    if not _TYPE.fullmatch(descr):
        raise DataError(_no_plain_numbers(name))
    try:
        return np.dtype(descr)
    except TypeError:
        raise DataError(_no_plain_numbers(name)) from None


def _no_plain_numbers(name: str) -> Message:
    return msg("{name} holds neither integers nor floats; re-save it as numbers.", name=name)


def _array(stream: Stream, header: _Header, target: np.dtype[np.generic], name: str) -> Numbers:
    flat = fill(stream, header.dtype, target, header.count, name)
    return np.ascontiguousarray(flat.reshape(header.shape, order="F" if header.order == "F" else "C"))
