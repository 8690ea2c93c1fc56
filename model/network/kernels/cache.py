"""Where compiled kernels are kept, and whether what lies there can be trusted; needs no numba.

A folder for each version of everything that shapes the machine code, with a seal: a list of its files
and their hashes. Loading machine code whose file was cut short can take the process down, so a folder
whose seal does not fit is emptied and built anew.
"""

import hashlib
import itertools
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from model import passing

ENVIRONMENT = "INITSCOPE_KERNELS"
"""Names the folder to a process that builds for another one."""
BESIDE = Path(__file__).resolve().parent / "ready"
_SEAL = "seal.json"
_PASSING = "initscope-kernels-"


@cache
def folder() -> Path:
    """Give the folder for this version's kernels.

    The first that holds them ready, writable or not: the user's cache, or the one beside the sources, which a
    packaged install may bring. Else the user's cache; where that cannot be written, one for this process.
    """
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    users = user_cache_path("initscope") / f"kernels-{_version_key()}"
    for ready in (users, beside()):
        if sealed(ready):
            return ready
    try:
        users.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=users):
            return users
    except OSError:
        own = Path(tempfile.mkdtemp(prefix=_PASSING))
        passing.add(own)
        passing.add(own.with_suffix(".lock"))
        return own


def beside() -> Path:
    """Give the folder beside the sources, where kernels can be built for all users of this machine."""
    return BESIDE / f"kernels-{_version_key()}"


def is_passing() -> bool:
    """Whether the folder is for this process alone."""
    return folder().name.startswith(_PASSING)


@contextmanager
def building() -> Iterator[None]:
    """Wait until no other process builds in this folder, and keep them waiting; the system lets go if this one dies."""
    with folder().with_suffix(".lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:
                with suppress(OSError):  # which tells after ten seconds that another has it
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sealed(root: Path | None = None) -> bool:
    """Whether the folder, or another one, holds complete, unchanged machine code."""
    root = root or folder()
    try:
        seal = json.loads((root / _SEAL).read_text(encoding="utf-8"))
        return bool(seal) and bool(seal == _hashes(root))
    except (OSError, ValueError, RecursionError):
        return False


def seal() -> None:
    """Write down what the folder holds, after a complete build."""
    partial = folder() / f"{_SEAL}.{os.getpid()}"
    partial.write_text(json.dumps(_hashes(folder())), encoding="utf-8")
    partial.replace(folder() / _SEAL)


def clear() -> None:
    """Empty the folder."""
    for entry in folder().iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _hashes(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*.nb*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _version_key() -> str:
    """Hash all that a compiled kernel depends on; numba itself looks at one source file only."""
    digest = hashlib.sha256()
    here = Path(__file__).resolve().parent
    for source in (*sorted(here.glob("*.py")), *sorted(here.parent.glob("*.py"))):
        digest.update(source.read_bytes())
    for part in (version("numba"), version("numpy"), version("scipy"), platform.python_version(), _processor()):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    """Describe the processor: several machines, with other machine code, may share a folder."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        first = itertools.takewhile(str.strip, file)
        known = [line for line in first if line.startswith(("model name", "flags", "Features", "CPU"))]
        return "".join([platform.machine(), *known])
    return f"{platform.machine()} {platform.processor()}"
