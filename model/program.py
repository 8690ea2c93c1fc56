"""How this program is called, and started a second time: from a checkout, installed as a package, or as a bundle."""

import os
import sys
from pathlib import Path

INSTALLED = __package__ != "model"
"""Whether this is the package `initscope`, which holds the folders of the checkout, see ADR 14."""
PROGRAM = "initscope" if INSTALLED else "main.py"
"""What stands in front of an error and in a usage line."""
COMMAND = "initscope" if INSTALLED else "./initscope"
"""What a person types into a terminal to start the program."""
_ROOT = Path(__file__).resolve().parents[1]


def command_of(module: str) -> list[str]:
    """Give the words that run one of our modules in another process, whatever lies in the current folder."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "-m", module]  # which the bundle's own start understands
    return [sys.executable, "-P", "-m", module]


def environment(**more: str) -> dict[str, str]:
    """Give the environment of such a process, in which it finds the modules that this one does."""
    found = [*([] if INSTALLED else [str(_ROOT)]), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found), **more}
