"""Files and folders that are removed when this process ends, however it ends."""

import atexit
import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

_paths: set[Path] = set()
# Reentrant: a signal's handler may run in the thread that holds it.
_making = threading.RLock()


def add(path: Path) -> None:
    """Remove this path when the process ends, unless `let_go` is called before."""
    _paths.add(path)


@contextlib.contextmanager
def making(path: Path) -> Iterator[None]:
    """`add` a file that is made within: an end at once comes before or after that, not in between."""
    with _making:
        add(path)
        yield


def let_go(path: Path) -> None:
    """Remove nothing here any more: the path is gone, or is to stay."""
    _paths.discard(path)


def remove(path: Path) -> None:
    """Remove a file or a folder as far as it is there and can be removed."""
    with contextlib.suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    _paths.discard(path)


def remove_all() -> None:
    """Remove what is there; nobody can make more meanwhile, so that an end at once leaves nothing."""
    with _making:
        for path in tuple(_paths):
            remove(path)


atexit.register(remove_all)
