"""Leaves the process at once, where the interpreter could not be taken down in order."""

import os
import sys
from typing import NoReturn

from model.network.kernels import cache


def leave(status: int) -> NoReturn:
    """End with this status, past threads that are still at work."""
    cache.remove_passing()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
