"""How much memory a run needs, said before any of it is asked for."""

import math
import os
import shutil
import sys
from pathlib import Path

from model.data.dataset import Dataset
from model.network.initializers import ORTHONORMAL
from model.network.layout import Layout
from model.network.shared import EVAL_ROWS, N_SLOTS
from model.training.checkpoints import MOST_BYTES
from model.training.initial import check_initial
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.store import IN_MEMORY, in_memory, spill_folder
from model.words import echo, human_bytes, msg

# Parameters, gradients, two optimiser states, last finite, before an update, initial, drawn; and the float64 noise.
_COPIES = 9
# The orthonormal matrices, and what their decomposition works on.
_ORTHONORMAL_COPIES = 4
_WORK_BUFFERS = 4
# Address space that numba, SciPy and BLAS take; where they do not find it, they end the process or hang.
_TO_LOAD = 400_000_000


def bytes_needed(spec: TrainingSpec, n_features: int, n_classes: int) -> dict[str, int]:
    """Estimate the bytes of memory of a run by the knob that decides them: hidden_sizes, batch_size, steps."""
    layout = Layout((n_features, *spec.hidden_sizes, n_classes))
    item = 8 if spec.dtype == "float64" else 4
    rows = max(spec.batch_size, EVAL_ROWS)
    float64s = 1 + (_ORTHONORMAL_COPIES if spec.init in ORTHONORMAL else 0)
    history = history_bytes(spec, layout.n_layers)
    if history > 2 * IN_MEMORY and not in_memory(spill_folder()):
        history = 2 * IN_MEMORY
    return {
        "hidden_sizes": layout.n_params * (item * (_COPIES + N_SLOTS) + 8 * float64s) + MOST_BYTES,
        "batch_size": rows * item * (_WORK_BUFFERS * sum(layout.sizes[1:]) + n_features),
        "steps": history,
    }


def history_bytes(spec: TrainingSpec, n_layers: int) -> int:
    """Bytes of all that is kept of every step; more than `store.IN_MEMORY` of it lies in a file."""
    return 8 * (spec.steps * (1 + 2 * n_layers) + spec.steps // spec.eval_interval * 4)


def check(spec: TrainingSpec, data: Dataset) -> None:
    """Refuse what this data or this machine cannot take; raises SpecError at the knob to turn."""
    check_initial(spec, data)
    if spec.batch_size > data.n_train:
        got = echo(str(spec.batch_size))
        limit = msg("must be 1 to {n}, the number of training samples; got {got}", n=data.n_train, got=got)
        raise SpecError({"batch_size": limit})
    needs = bytes_needed(spec, data.n_features, data.n_classes)
    free = available_memory()
    if sum(needs.values()) > free:
        knob = max(needs, key=lambda name: needs[name])
        text = msg("needs {needed}, {free} free", needed=human_bytes(sum(needs.values())), free=human_bytes(free))
        raise SpecError({knob: text})
    _check_disk(spec)


def _check_disk(spec: TrainingSpec) -> None:
    needed = history_bytes(spec, len(spec.hidden_sizes) + 1)
    if needed <= IN_MEMORY:
        return
    free = shutil.disk_usage(spill_folder()).free
    if needed > free:
        text = msg(
            "needs {needed} of disk for its history, {free} free", needed=human_bytes(needed), free=human_bytes(free)
        )
        raise SpecError({"steps": text})


def available_memory() -> int:
    """Bytes that can be had without swapping, within the limit that was set for the process."""
    return int(min(_free_memory(), _left_of_limit()))


def _left_of_limit() -> float:
    """Bytes of address space below `ulimit -v`; as many as one likes where none is set."""
    if sys.platform != "linux":
        return math.inf
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return math.inf
    loaded = "model.network.kernels.training" in sys.modules
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return max(0, limit - pages * resource.getpagesize() - (0 if loaded else _TO_LOAD))


def _free_memory() -> int:
    if sys.platform == "linux":
        with open("/proc/meminfo", encoding="ascii") as info:  # noqa: PTH123  a file of the kernel
            fields = dict(line.split(":") for line in info)
        return int(fields["MemAvailable"].split()[0]) * 1024
    if sys.platform == "win32":
        return _available_on_windows()
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _available_on_windows() -> int:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("rest", ctypes.c_ulonglong * 7)]

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return int(status.rest[1])
