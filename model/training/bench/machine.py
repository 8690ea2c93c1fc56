"""On what was measured: processor, system, versions, threads."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from model.training.bench.contestants import PEERS

_OURS = ("numpy", "scipy", "numba", "PySide6-Essentials", "pyqtgraph")
ABSENT = "not installed"


class Peer(Protocol):
    """Who may be there to be measured, or not; `package` is empty where none is needed."""

    @property
    def name(self) -> str: ...
    @property
    def package(self) -> str: ...
    @property
    def installed(self) -> bool: ...


def describe(peers: Sequence[Peer] = PEERS) -> dict[str, str]:
    """Give the machine and every version that counts, by name."""
    packages = (*_OURS, *(peer.package for peer in peers if peer.package))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
        "BLAS threads": "1 for every contestant",
    }


def absent(peers: Sequence[Peer] = PEERS) -> list[str]:
    """Say which peers are not there to be measured."""
    return [f"{peer.name}: {peer.package} is {ABSENT}" for peer in peers if not peer.installed]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT
