"""Initscope: the window, or `train`, `sweep`, `runs`, `script` and `bench` on the command line."""

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn


def main(argv: list[str]) -> int:
    """Carry out a command line without the program's name; returns the exit status."""
    if argv[:1] == ["train"]:
        from model.cli import train

        return train(argv[1:])
    if argv[:1] == ["runs"]:
        from model.kept_cli import runs

        return runs(argv[1:])
    if argv[:1] == ["sweep"]:
        from model.sweep_cli import sweep

        return sweep(argv[1:])
    if argv[:1] == ["script"]:
        from model.kept_cli import script

        return script(argv[1:])
    if argv[:1] == ["bench"]:
        from gui.bench import bench

        return bench(argv[1:])
    if "--info" in argv:
        from model.cli import info

        sys.stdout.write(info())
        return 0
    if not {"--help", "-h", "--version"}.isdisjoint(argv):
        from model.arguments import parse_window_arguments

        parse_window_arguments(argv)  # answers and ends, where there is no display too
    from gui.start import start

    return start(argv)


def run() -> int:
    """Carry out this process's command line, with the promised exit status whatever comes in between."""
    from model.interruption import ignore_from_here, watch_from_here

    watch_from_here()
    # before NumPy is loaded: threads that BLAS does not make cannot get in the way of the training, see one_blas_thread
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return main(sys.argv[1:])
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "main", "model", "gui", "initscope"):
            raise
        from model.program import INSTALLED, PROGRAM

        what = "is missing" if isinstance(error, ModuleNotFoundError) else f"cannot be loaded ({error})"
        remedy = "install Initscope again"
        if not INSTALLED:
            remedy = (
                "start `./initscope` instead, which installs what the program needs into .venv, or install "
                "requirements.lock"
            )
        sys.stderr.write(f"{PROGRAM}: error: The package {package} {what}: {remedy}.\n")
        return 2
    finally:
        ignore_from_here()


def _end_interrupted(_number: int, _frame: object) -> NoReturn:
    """End at once: an exception would be lost where Python calls back during an import."""
    os.write(2, b"\ninterrupted\n")
    os._exit(130)


def command() -> int:
    """Be the program of this process, from its first moment on; returns the exit status."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end_interrupted)  # until `run` watches
        with suppress(OSError), open("/proc/self/comm", "w") as name:  # noqa: PTH123  pathlib is not loaded yet
            name.write("initscope")  # what `ps` and `top` call the process, which would be "python"
        return run()
    except KeyboardInterrupt:  # before there was anybody to handle it
        sys.stderr.write("\ninterrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(command())
