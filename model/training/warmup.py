"""Getting the kernels ready without holding up anybody: compiled in another process, then loaded here.

`python -m model.training.warmup` builds them, with `--beside` into the package's own folder, for an install that many
use; `load` brings them into this process.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import numpy as np

from model import collector, passing, program
from model.data.dataset import Dataset
from model.network.kernels import cache
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

DTYPES = ("float32", "float64")
_GIVE_UP_AFTER = 600.0


def load() -> None:
    """Make the kernels of every dtype ready in this process; blocks, so call it in a thread.

    Raises
    ------
    OSError, subprocess.SubprocessError
        where the building process cannot be run or fails
    """
    if not cache.sealed():
        build_elsewhere()
    with collector.paused():
        exercise()


def build_elsewhere() -> None:
    """Compile in a process of its own, so that nobody here waits for the GIL; one at a time, whoever asks."""
    read, write = os.pipe()  # ends when this process does, however that comes about
    try:
        subprocess.run(  # noqa: S603
            program.command_of("model.training.warmup"),
            env=program.environment(**{cache.ENVIRONMENT: str(cache.folder())}),
            check=True,
            timeout=_GIVE_UP_AFTER,
            stdin=read,
            capture_output=True,
        )
    finally:
        os.close(read)
        os.close(write)


def build() -> None:
    """Compile where that has not been done yet, as well as it goes: for a command line, which waits for it anyway.

    In another process here too: a function that was compiled beside its callers is linked otherwise than one
    from the cache, and rounds otherwise in the last bit, so that the first run would differ from all later ones.
    """
    if not cache.sealed():
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            build_elsewhere()


def exercise() -> None:
    """Run every kernel once for each dtype, so that all are loaded, or else compiled."""
    from model.network.kernels.activated import activated

    x, t = np.eye(2), np.arange(2)
    data = Dataset("two points", x, t, x, t, ("0", "1"), None)
    for dtype in DTYPES:
        spec = TrainingSpec(hidden_sizes=(2,), batch_size=1, steps=1, dtype=dtype)  # type: ignore[arg-type]
        Engine(spec, data, kernel_stepper).train(1)
        activated(0, np.zeros((1, 1), dtype=dtype))


def main(argv: Sequence[str] = ()) -> None:
    """Build and seal the folder of kernels, unless another process has done so meanwhile."""
    if "--beside" in argv:
        cache.beside().mkdir(parents=True, exist_ok=True)
        os.environ[cache.ENVIRONMENT] = str(cache.beside())
    if cache.is_passing():
        threading.Thread(target=_end_with_user, daemon=True).start()
    with cache.building():
        if not cache.sealed():
            cache.clear()
            exercise()
            cache.seal()


def _end_with_user() -> None:
    """End when nobody is there any more to use what is being built."""
    while os.read(sys.stdin.fileno(), 1):  # a buffered read would hold a lock, and with it abort an end in order
        pass
    for path in (cache.folder(), cache.folder().with_suffix(".lock")):
        passing.remove(path)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
