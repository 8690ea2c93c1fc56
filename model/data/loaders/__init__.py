"""Data that people bring: NPZ, CSV or IDX, recognised by content, taken only if it is sound."""

import errno
from collections.abc import Callable
from pathlib import Path

from model.data.dataset import DataError, RawData, never
from model.data.loaders.csv_file import read_csv
from model.data.loaders.gzipped import GZIP_MAGIC, Unpacked
from model.data.loaders.identify import HEAD, refusal, what_archive, what_it_is
from model.data.loaders.idx import has_idx_name, is_idx, read_idx
from model.data.loaders.npz import read_npz
from model.data.loaders.reading import Source, damaged, is_folder, unreadable
from model.words import Message, echo, msg

_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".data", ".dat")
_NPZ_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read(
    path: str | Path,
    *,
    label_column: str = "auto",
    drop_bad_rows: bool = False,
    cancelled: Callable[[], bool] = never,
) -> RawData:
    """Read a data file of any kind, or a folder of IDX files.

    Parameters
    ----------
    path : an NPZ, CSV or IDX file, or a folder that holds IDX files; the content decides which it is
    label_column : which column of a table tells the class: auto, first, last, a name, or a number from 1
    drop_bad_rows : leave out rows with cells that are not finite, instead of refusing the file
    cancelled : asked before each block is read; True ends the reading

    Raises
    ------
    DataError
        Whatever is wrong with the file, and when reading was cancelled.
    """
    path = Path(path)
    try:
        return _read(path, cancelled, label_column=label_column, drop_bad_rows=drop_bad_rows)
    except DataError:
        raise
    except MemoryError:
        text = "{path} does not fit into the memory of this computer; leave some rows out."
        raise DataError(msg(text, path=echo(path.name))) from None
    except OSError as error:
        # The unpackers raise OSError for their own findings too, or seek to where no file can go.
        wrong_content = error.errno in (None, errno.EINVAL)
        raise (damaged(echo(path.name)) if wrong_content else unreadable(path, error)) from error
    except Exception as error:
        # The one border to foreign bytes: the unpackers beneath raise nearly anything when bits are wrong
        # (struct.error, zlib.error, BadZipFile, NotImplementedError, UnicodeDecodeError, RuntimeError, …).
        raise damaged(echo(path.name)) from error


def _read(path: Path, cancelled: Callable[[], bool], *, label_column: str, drop_bad_rows: bool) -> RawData:
    if is_folder(path):
        return read_idx(path, cancelled, drop_bad_rows=drop_bad_rows)
    with Source(path, cancelled) as source:
        head = source.head(HEAD)
        if head.startswith(_NPZ_MAGICS):
            _refuse(source, what_archive(source))
            return read_npz(source, drop_bad_rows=drop_bad_rows)
        stream: Source | Unpacked = source
        if head.startswith(GZIP_MAGIC):
            head = Unpacked(source).read(HEAD)
            source.seek(0)
            stream = Unpacked(source)
        if not (is_idx(head) or has_idx_name(path)):
            _refuse(source, what_it_is(head))
            _check_text(source, head)
            return read_csv(stream, label_column=label_column, drop_bad_rows=drop_bad_rows)
    return read_idx(path, cancelled, drop_bad_rows=drop_bad_rows)


def _refuse(source: Source, what: Message | None) -> None:
    if what is not None:
        raise DataError(refusal(source.shown, what))


def _check_text(source: Source, head: bytes) -> None:
    """Refuse what is surely no CSV file."""
    endings = [ending.lower() for ending in source.path.suffixes]
    if endings[-1:] == [".npz"]:
        text = "{name} is not an NPZ file: it does not start like one. Get or save it again."
    elif b"\0" in head and not set(endings) & set(_TEXT_ENDINGS) and not head.startswith(_TEXT_MARKS):
        text = "{name} is none of the files that can be read; choose an NPZ, CSV or IDX file."
    else:
        return
    raise DataError(msg(text, name=source.shown))
