"""Which process a row of the database belongs to: its number, and when it began, for numbers are given out again."""

import os
import sys
from pathlib import Path

_NUMBER_BITS = 32
_MOST = (1 << 30) - 1
_STARTED = 19
"""The place of the start, in clock ticks since the machine was, among what follows the name in /proc/PID/stat."""


def me() -> int:
    """Give this process."""
    return os.getpid() | _began(os.getpid()) << _NUMBER_BITS


def lives(owner: int) -> bool:
    """Whether the process is there that `me` gave this; where that cannot be asked, whether it is this one."""
    process, began = owner & ((1 << _NUMBER_BITS) - 1), owner >> _NUMBER_BITS
    if owner <= 0 or not _is_there(process):
        return False
    return began == 0 or _began(process) in (0, began)


def _is_there(process: int) -> bool:
    if process == os.getpid() or sys.platform == "win32":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _began(process: int) -> int:
    """Give when a process began, as a number that another one of the same number hardly has; 0 where nobody says."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return int(told.rpartition(")")[2].split()[_STARTED]) & _MOST or 1
    except (OSError, ValueError, IndexError):
        return 0
