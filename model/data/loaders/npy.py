"""One NumPy array inside an archive: its header checked against every cap before anything is allocated."""

import math
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from model.data.dataset import DataError
from model.data.loaders.reading import Numbers, Stream, check_length, check_size, damaged, exactly, fill
from model.words import Message, msg

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_LONGEST_TEXT = 1_000

# The header is a Python literal; looking for its three entries needs no evaluation of foreign text.
_DESCR = re.compile(r"'descr'\s*:\s*'([^']*)'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)\b")
_SHAPE = re.compile(r"'shape'\s*:\s*\(([0-9,\s]*)\)")
_TYPE = re.compile(r"([<>|=]?)([biuf])(1|2|4|8|16)")
_TEXT = re.compile(r"[<>=]?U(\d{1,6})")
_OBJECT = re.compile(r"'\|?O\d*'")
_COMPLEX = re.compile(r"'[<>|=]?c\d+'")


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of an array file says of the rest."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    order: str
    length: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def is_text(self) -> bool:
        return self.dtype.kind == "U"


def read_header(stream: Stream, name: str, info: zipfile.ZipInfo, *, text: bool = False) -> Header:
    """Read and check the header of one array against the caps and the size of its member.

    Parameters
    ----------
    text : whether an array of text will do too

    Raises
    ------
    DataError
        Where it is no array of plain numbers, or contradicts itself.
    """
    start = exactly(stream, 8, name)
    if not start.startswith(_MAGIC):
        raise DataError(msg("{name} is not a NumPy array; save the archive by np.savez.", name=name))
    width = {1: 2, 2: 4}.get(start[6])
    if width is None:
        raise DataError(_no_plain_numbers(name))
    size = int.from_bytes(exactly(stream, width, name), "little")
    if size > _LONGEST_HEADER:
        raise damaged(name)
    said = exactly(stream, size, name).decode("latin-1")
    descr, order, shape = _DESCR.search(said), _ORDER.search(said), _SHAPE.search(said)
    if descr is None or order is None or shape is None:
        raise DataError(_no_plain_numbers(name)) if "'descr'" in said and descr is None else damaged(name)
    lengths = tuple(int(part) for part in shape[1].split(",") if part.strip())
    header = Header(
        _dtype(said, descr[1], name, text=text), lengths, "F" if order[1] == "True" else "C", 8 + width + size
    )
    check_size(name, header.shape)
    check_length(name, lengths, header.length + header.count * header.dtype.itemsize, info.file_size)
    return header


def _dtype(said: str, descr: str, name: str, *, text: bool) -> np.dtype[np.generic]:
    if _OBJECT.search(said):
        raise DataError(msg("{name} holds Python objects; re-save it as numbers.", name=name))
    if _COMPLEX.search(said):
        raise DataError(msg("{name} holds complex numbers; save the real or the absolute part.", name=name))
    width = _TEXT.fullmatch(descr)
    if not (_TYPE.fullmatch(descr) or (text and width and 0 < int(width[1]) <= _LONGEST_TEXT)):
        raise DataError(_no_plain_numbers(name))
    try:
        return np.dtype(descr)
    except TypeError:
        raise DataError(_no_plain_numbers(name)) from None


def _no_plain_numbers(name: str) -> Message:
    return msg("{name} holds neither integers nor floats; re-save it as numbers.", name=name)


def read_array(stream: Stream, header: Header, target: np.dtype[np.generic], name: str) -> Numbers:
    """Read the numbers or texts behind a header, in their shape and C order."""
    flat = fill(stream, header.dtype, target, header.count, name)
    return np.ascontiguousarray(flat.reshape(header.shape, order="F" if header.order == "F" else "C"))
