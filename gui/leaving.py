"""Leaves the process at once, where the interpreter could not be taken down in order."""

import os
import sys
from typing import NoReturn

from model import passing


def leave(status: int) -> NoReturn:
    """End with this status, past threads that are still at work."""
    passing.remove_all()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
