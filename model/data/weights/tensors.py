"""The named arrays of an NPZ or a .safetensors file."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError
from model.data.loaders.npy import read_array, read_header
from model.data.loaders.npz import check_member, open_members
from model.data.loaders.reading import Source, check_size, damaged, exactly
from model.foreign_text import LONGEST_NAME, showable
from model.words import echo, human_bytes, msg

Floats = npt.NDArray[np.float64]

MOST_BYTES = 500_000_000
MOST_TENSORS = 1_000
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_HDF = b"\x89HDF"
_HEADER_LENGTH = 8
_LONGEST_HEADER = 10_000_000
_LONGEST_CLAIM = 2**40
"""A length beyond it is no length, but the beginning of another kind of file."""

# bfloat16 is the upper half of a float32, and NumPy has no such type
_DTYPES: dict[str, np.dtype[np.generic]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"), "U32": np.dtype("<u4"), "U16": np.dtype("<u2"), "U8": np.dtype("u1"),
    "BOOL": np.dtype("u1"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Tensors:
    """What a file holds.

    Attributes
    ----------
    title : the file's name as it can be shown
    shapes : by name, in the order of the file; those that are no plain numbers are left out
    values : float64 by name, of those with one or two dimensions
    is_run : whether it is a RUN.npz of this program
    """

    title: str
    shapes: Mapping[str, tuple[int, ...]]
    values: Mapping[str, Floats]
    is_run: bool = False


def read_tensors(path: Path) -> Tensors:
    """Read every array of numbers in a file.

    Raises
    ------
    DataError
        Where it is no NPZ or .safetensors file, is damaged or too large, or holds Python objects.
    """
    try:
        with Source(path) as source:
            _check_bytes(source)
            start = source.head(min(_HEADER_LENGTH + 1, source.size))
            if start.startswith(_ZIP):
                return _npz(source)
            _refuse_others(source, start)
            return _safetensors(source)
    except DataError:
        raise
    except (Exception, MemoryError):  # noqa: BLE001  a damaged file fails in a dozen ways
        raise damaged(echo(path.name or str(path))) from None


def _check_bytes(source: Source) -> None:
    if source.size > MOST_BYTES:
        text = "{path} is {size} large; a file of weights can be at most {most}."
        raise DataError(msg(text, path=source.shown, size=human_bytes(source.size), most=human_bytes(MOST_BYTES)))


def _refuse_others(source: Source, start: bytes) -> None:
    header = int.from_bytes(start[:_HEADER_LENGTH], "little")
    if start[_HEADER_LENGTH:] == b"{" and header <= _LONGEST_CLAIM:
        return  # the length of a header may begin as a pickle does
    if start.startswith(_PICKLE):
        raise _pickled(source)
    if start.startswith(_HDF):
        text = "{path} is an HDF5 file. Save the weights by np.savez(file, W1=…, b1=…) or safetensors."
        raise DataError(msg(text, path=source.shown))
    text = "{path} is neither an NPZ nor a .safetensors file. Save it by np.savez(file, W1=…, b1=…, W2=…)."
    raise DataError(msg(text, path=source.shown))


def _pickled(source: Source) -> DataError:
    text = (
        "{path} holds Python objects (a pickle, as torch.save makes it), which can run code when read. Save it by "
        "safetensors.torch.save_file, or as numbers by np.savez."
    )
    return DataError(msg(text, path=source.shown))


def _npz(source: Source) -> Tensors:
    with zipfile.ZipFile(source) as archive:
        members = open_members(archive)
        if any(name.endswith(".pkl") for name in members):
            raise _pickled(source)
        shapes: dict[str, tuple[int, ...]] = {}
        values: dict[str, Floats] = {}
        total = 0
        for name, info in members.items():
            shown = showable(name, LONGEST_NAME)
            if not info.filename.endswith(".npy"):
                continue
            check_member(shown, info, source)
            with archive.open(info) as stream:
                try:
                    header = read_header(stream, shown, info)
                except DataError:
                    if _layer_like(name):
                        raise
                    continue  # texts and records, as the spec in a RUN.npz
                shapes[name] = header.shape
                if len(header.shape) in (1, 2) and header.count:
                    total += 8 * header.count
                    if total > 2 * MOST_BYTES:
                        raise damaged(source.shown)
                    values[name] = np.asarray(read_array(stream, header, np.dtype(np.float64), shown), np.float64)
    return Tensors(source.title, shapes, values, is_run={"spec", "schedule"} <= set(members))


def _layer_like(name: str) -> bool:
    """Whether an array has a name that a layer's would have, so that it cannot be passed over."""
    last = name.rpartition(".")[2].lower()
    return last in ("weight", "bias", "kernel") or (last[:1] in ("w", "b") and last[1:].isdigit())


def _safetensors(source: Source) -> Tensors:
    header = int.from_bytes(source.head(_HEADER_LENGTH), "little")
    if header > min(_LONGEST_HEADER, source.size):
        raise damaged(source.shown)
    from safetensors import SafetensorError, deserialize

    try:
        found = deserialize(_whole(source))  # type: ignore[no-untyped-call]
    except SafetensorError:
        raise damaged(source.shown) from None
    if len(found) > MOST_TENSORS:
        text = "{path} holds {n:,} arrays; at most {limit:,} can be."
        raise DataError(msg(text, path=source.shown, n=len(found), limit=MOST_TENSORS))
    shapes: dict[str, tuple[int, ...]] = {}
    values: dict[str, Floats] = {}
    for name, entry in found:
        shape = tuple(int(length) for length in entry["shape"])
        shapes[name] = shape
        if len(shape) in (1, 2) and 0 not in shape:
            values[name] = _numbers(name, str(entry["dtype"]), entry["data"], shape)
    return Tensors(source.title, shapes, values)


def _whole(source: Source) -> bytes:
    pieces = []
    left = source.size
    while left:
        pieces.append(exactly(source, min(left, 1_000_000), source.shown))
        left -= len(pieces[-1])
    return b"".join(pieces)


def _numbers(name: str, dtype: str, data: bytes, shape: tuple[int, ...]) -> Floats:
    shown = showable(name, LONGEST_NAME)
    if dtype not in _DTYPES:
        text = "{name} has the number type {dtype}; save it as float32, float64, float16 or bfloat16."
        raise DataError(msg(text, name=shown, dtype=showable(dtype, 12)))
    check_size(shown, shape)
    stored = np.frombuffer(data, dtype=_DTYPES[dtype]).reshape(shape)
    if dtype == "BF16":
        stored = (stored.astype(np.uint32) << 16).view(np.float32)
    return stored.astype(np.float64)
