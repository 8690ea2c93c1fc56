"""Where the one-folder program begins: there is no Python beside it, so it stands in for `python -m` too."""

import multiprocessing
import runpy
import sys

from initscope.main import command

if __name__ == "__main__":
    multiprocessing.freeze_support()  # the workers of a sweep are started by this file as well
    if sys.argv[1:2] == ["-m"]:
        del sys.argv[1]
        runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
    else:
        sys.exit(command())
