"""`python -m initscope`: the command `initscope`."""

import sys

from initscope.main import command

if __name__ == "__main__":
    sys.exit(command())
