"""`bench`: every speed figure in one run, those of the window in a process with a window really shown."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from model import passing, program
from model.files import FileError, check_target, write_whole
from model.sweeps import bench as sweeps
from model.training import warmup
from model.training.bench import closed, machine
from model.training.bench.contestants import PEERS
from model.training.bench.report import Figure, Report

_GIVE_UP_AFTER = 600.0


def bench(argv: Sequence[str]) -> int:
    """Measure, print the table, and write all of it as JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog=f"{program.PROGRAM} bench", allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure, machine and versions there too")
    arguments = parser.parse_args(argv)
    try:
        if arguments.json is not None:
            check_target(arguments.json)
        report = measure()
        sys.stdout.write(report.table())
        if arguments.json is not None:
            text = json.dumps(report.to_json(), indent=2) + "\n"
            write_whole(arguments.json, lambda file: file.writelines([text.encode()]), overwrite=True)
    except FileError as error:
        parser.error(str(error))
    return 0


def measure() -> Report:
    """Measure everything that can be measured here."""
    began = time.perf_counter()
    warmup.build()
    peers = (*PEERS, *sweeps.PEERS)
    skipped = machine.absent(peers)
    windowed, why = _windowed()
    figures = [*closed.measure(), *sweeps.measure(), *windowed]
    if why:
        skipped.append(f"the figures of the window: {why}")
    return Report(machine.describe(peers), figures, skipped, time.perf_counter() - began)


def _windowed() -> tuple[list[Figure], str]:
    """Measure the window in a process of its own, with settings of its own; where none can be had, say why."""
    with tempfile.TemporaryDirectory() as settings:
        passing.add(Path(settings))
        done = subprocess.run(  # noqa: S603
            program.command_of("gui.bench.windowed"),
            env=program.environment(XDG_CONFIG_HOME=settings),
            capture_output=True,
            text=True,
            timeout=_GIVE_UP_AFTER,
            check=False,
        )
    if done.returncode == 2:
        return [], done.stderr.strip().splitlines()[-1].removeprefix(f"{program.PROGRAM}: error: ")
    if done.returncode:
        raise RuntimeError(f"the window could not be measured:\n{done.stderr}")
    return [Figure.from_json(row) for row in json.loads(done.stdout)], ""
