"""Where runs are kept, and what files of them are called."""

import os
from pathlib import Path

from platformdirs import user_data_path

NAME = "runs.sqlite3"
ENDING = ".initscope"
"""Of a file of runs, which `bundle` writes and reads."""


def sweep_file() -> Path:
    """Give the file that a sweep of the window is kept in, to go on with it later."""
    return database().with_name("sweep.npz")


def database() -> Path:
    """Give the file of the kept runs: in `$INITSCOPE_DATA`, or in the platform's folder for data."""
    own = os.environ.get("INITSCOPE_DATA")
    return (Path(own) if own else user_data_path("initscope")) / NAME
