"""Files written whole or not at all: whatever fails, the file that was there stays as it was."""

import contextlib
import errno
import io
import os
import secrets
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from model import passing
from model.words import Message, echo, msg

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

try:
    import fcntl
except ImportError:  # on Windows, where a file that is open cannot be removed
    fcntl = None  # type: ignore[assignment,unused-ignore]

_CHUNK = 1 << 20
_PART = (".initscope-", ".part")
# What a file system says that knows no hard links.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL}


class FileError(OSError):
    """A file that could not be written; `message` says why and what was kept."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def write_whole(path: Path, write: Callable[[BinaryIO], None], *, overwrite: bool = False) -> None:
    """Write a file so that at every moment there is either the old one or the whole new one.

    Parameters
    ----------
    path : where the file shall stand; a symbolic link is followed and stays a link
    write : gets the open binary stream and writes everything into it
    overwrite : whether a file that is already there may be replaced

    Raises
    ------
    FileError
        Where the file cannot be written; the old file is intact and no temporary file is left.
        Errors of `write` that are no `OSError` pass through, with the same promise.
    """
    try:
        target = _real_target(path, overwrite=overwrite)
        _remove_stale(target.parent)
        with _new_part(target.parent) as (temporary, descriptor):
            _fill(temporary, descriptor, write)
            _put_in_place(temporary, target, overwrite=overwrite)
    except FileError:
        raise
    except OSError as error:
        raise FileError(_message(path, error)) from error


def check_target(path: Path, *, overwrite: bool = True) -> None:
    """Raise FileError where `write_whole` could not write this file, as far as that can be known beforehand."""
    try:
        target = _real_target(path, overwrite=overwrite)
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except FileError:
        raise
    except OSError as error:
        raise FileError(_message(path, error)) from error


def free_name(folder: Path, stem: str, suffix: str, beside: str = "") -> Path:
    """Give the first of `stem.suffix`, `stem-2.suffix`, … that does not exist in `folder`.

    Parameters
    ----------
    folder : where to look
    stem : the name without its ending
    suffix : the ending with its dot, as in ".png"
    beside : what the name of a second file adds to it, which must not exist either
    """
    path = folder / f"{stem}{suffix}"
    number = 2
    while os.path.lexists(path) or os.path.lexists(f"{path}{beside}"):
        path = folder / f"{stem}-{number}{suffix}"
        number += 1
    return path


class _Tally(io.FileIO):
    """A raw file that remembers what was written: its length, and its checksum while written in order."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w")
        self.length = 0
        self.checksum = 0
        self.in_order = True

    def write(self, data: "ReadableBuffer", /) -> int:
        start = self.tell()
        # None is a non-blocking descriptor's answer, which a regular file never gives.
        count = super().write(data) or 0
        self.in_order = self.in_order and start == self.length
        if self.in_order:
            self.checksum = zlib.crc32(memoryview(data)[:count], self.checksum)
        self.length = max(self.length, start + count)
        return count


def _real_target(path: Path, *, overwrite: bool) -> Path:
    try:
        target = Path(os.path.realpath(path))
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except (RuntimeError, ValueError) as error:  # a NUL in the name, links that run in a circle
        raise OSError(errno.EINVAL, str(error)) from error
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise _error(path, msg("It is a device or a pipe, not a file."), msg("It was left alone."))
    if not overwrite:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


@contextlib.contextmanager
def _new_part(folder: Path) -> Iterator[tuple[Path, int]]:
    """Make a file to write into, which is gone afterwards; as long as it is there, a lock says that it is in use."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        part = folder / f"{_PART[0]}{secrets.token_hex(8)}{_PART[1]}"
        with passing.making(part):
            # 0o666 less the umask is what any program gives a new file; tempfile's 0600 would surprise.
            descriptor = os.open(part, flags, 0o666)
        if _lock(descriptor) and os.fstat(descriptor).st_nlink:
            break
        os.close(descriptor)  # in this very moment another process took it for a stale one
        passing.let_go(part)
    try:
        yield part, descriptor
    finally:
        os.close(descriptor)
        passing.remove(part)


def _remove_stale(folder: Path) -> None:
    """Remove what saves left here that were killed; those of living processes are locked."""
    if fcntl is None:
        return
    for part in folder.glob("*".join(_PART)):
        with contextlib.suppress(OSError):
            descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a file while its descriptor is open, if the file system can; False where another process has it."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass
    return True


def _fill(temporary: Path, descriptor: int, write: Callable[[BinaryIO], None]) -> None:
    tally = _Tally(os.dup(descriptor))  # a writer may close its stream
    with io.BufferedWriter(tally, _CHUNK) as stream:
        write(cast("BinaryIO", stream))
    with temporary.open("r+b") as written:
        os.fsync(written.fileno())
        length = checksum = 0
        while chunk := written.read(_CHUNK):
            length += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
    if length != tally.length or (tally.in_order and checksum != tally.checksum):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def _put_in_place(temporary: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode) & 0o777)
        temporary.replace(target)
    elif sys.platform == "win32":
        temporary.rename(target)  # refuses an existing target there
    else:
        _link(temporary, target)
    with contextlib.suppress(OSError):
        _sync_folder(target.parent)


def _link(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _message(path: Path, error: OSError) -> Message:
    kept = msg("The file that was there is unchanged.") if os.path.lexists(path) else msg("Nothing was left behind.")
    if error.errno in {errno.EISDIR, errno.EEXIST}:
        kept = msg("It is unchanged.")
    return _error(path, _why(path, error), kept).message


def _error(path: Path, why: Message, kept: Message) -> FileError:
    return FileError(msg("{path} was not saved. {why} {kept}", path=echo(str(path), 200), why=why, kept=kept))


def _why(path: Path, error: OSError) -> Message:
    folder = echo(str(path.parent), 200)
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return msg("There is no folder {folder}.", folder=folder)
        case errno.EISDIR:
            return msg("It is a folder.")
        case errno.EEXIST:
            return msg("There is a file of this name already.")
        case errno.ENOSPC | errno.EDQUOT:
            return msg("The disk is full.")
        case errno.EFBIG:
            return msg("The file would be larger than the system allows.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return msg("There is no permission to write it.")
        case errno.ENAMETOOLONG:
            return msg("The name is too long.")
        case _:
            return msg("The system says: {why}.", why=(error.strerror or str(error)).rstrip("."))
