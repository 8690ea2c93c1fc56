"""Use the one-folder program as a person does who has just got it: the end of `make bundle`; needs a screen."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 900
"""Seconds: the kernels are compiled on the way."""
OF_PYTHON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
TRAIN = "train --dataset moons --steps 5 --out run.npz"
AGAIN = "train --spec run.npz --images pictures --panels loss --format"
COMMANDS = {
    "version": "--version",
    "first paint": "-m initscope.gui.first_paint window",
    "train": TRAIN,
    **{f"picture as {file_format}": f"{AGAIN} {file_format}" for file_format in ("png", "svg", "pdf")},
    "sweep": "sweep --dataset moons --steps 5 --x weight_init_std=0.01,1 --out sweep.npz",
}
MADE = {"run.npz", "sweep.npz", *(f"pictures/loss.{file_format}" for file_format in ("png", "svg", "pdf"))}


def main(program: str) -> int:
    """Try what a bundle could lack; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name not in OF_PYTHON}
        homes = {f"XDG_{name}_HOME": f"{folder}/.{name}" for name in ("CACHE", "CONFIG", "DATA", "STATE")}
        environment = kept | homes | {"HOME": folder, "MPLCONFIGDIR": f"{folder}/.matplotlib"}
        for what, words in COMMANDS.items():
            began = time.monotonic()
            subprocess.run([program, *words.split()], cwd=folder, env=environment, check=True, timeout=PATIENCE)
            tell(what, began)
        began = time.monotonic()
        start_and_quit(program, folder, environment)
        tell("start and quit", began)
        missing = [name for name in MADE if not (Path(folder) / name).exists()]
    if missing:
        print(f"bundle: it did not write {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


def start_and_quit(program: str, folder: str, environment: dict[str, str]) -> None:
    """Open the window, wait until the screen has it, and end the program as a session does."""
    end = time.monotonic() + PATIENCE
    with subprocess.Popen([program], cwd=folder, env=environment) as process:
        try:
            while '("initscope" "initscope")' not in windows():
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("no window came")
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            if process.wait(PATIENCE) != 128 + signal.SIGTERM:
                raise RuntimeError(f"the program ended with status {process.returncode}")
        finally:
            process.kill()


def windows() -> str:
    """List the windows of the screen."""
    return subprocess.run(["xwininfo", "-root", "-tree"], capture_output=True, text=True, check=True).stdout


def tell(what: str, began: float) -> None:
    """Say that something was done, and how long it took."""
    print(f"bundle: {what}: passed in {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
