"""The commands `runs`, for what is kept, and `script`, to take a run home."""

import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from model.arguments import made_parser, parse_script_arguments, refuse
from model.data.dataset import DataError
from model.files import FileError, check_target
from model.foreign_text import showable
from model.keeping.faults import StoreError
from model.keeping.folder import database
from model.keeping.rows import KeptSummary
from model.keeping.store import Store
from model.keeping.table import Line, runs_csv
from model.program import PROGRAM
from model.training.differences import differences
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import Real, msg


def runs(argv: Sequence[str]) -> int:
    """List, show, export or delete kept runs; returns the exit status."""
    parser = made_parser(f"{PROGRAM} runs", msg("List, show, export or delete the runs that are kept."))
    parser.add_argument("--json", action="store_true", help="print JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="list | show | export | delete")
    for deed, words in (("list", "list the kept runs (the default)"), ("show", "tell all about a run"),
                        ("export", "save a run as `train --out` would have"), ("delete", "delete a run")):  # fmt: skip
        part = deeds.add_parser(deed, help=words, allow_abbrev=False)
        part.add_argument("--json", action="store_true", default=None, help="print JSON")
        if deed != "list":
            part.add_argument("id", metavar="ID", type=int, help="the number of the run in the list")
        if deed == "list":
            part.add_argument("--csv", action="store_true", help="print CSV, with every knob of every run")
        if deed == "export":
            part.add_argument("--out", metavar="RUN.npz", type=Path, required=True, help="the file to write")
    as_json = "--json" in argv
    found = parser.parse_args([word for word in argv if word != "--json"])
    try:
        store = Store(database())
        try:
            for said in store.said:
                sys.stderr.write(f"note: {said}\n")
            if getattr(found, "csv", False):
                sys.stdout.write(runs_csv(map(Line.of, store.summaries())).decode())
                return 0
            return _carry_out(
                store, found.deed or "list", getattr(found, "id", 0), getattr(found, "out", None), as_json
            )
        finally:
            store.close()
    except BrokenPipeError:  # who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (StoreError, FileError, SpecError, DataError) as error:
        refuse(error)


def script(argv: Sequence[str]) -> int:
    """Write a run as a NumPy script; returns the exit status."""
    spec, schedule, out = parse_script_arguments(argv)
    from model.data.prepare import load
    from model.take_home import save_script
    from model.training import memory

    try:
        data = load(spec.data_request)
        memory.check(spec, data)
        save_script(out, spec, data, schedule, overwrite=True)
    except (FileError, SpecError, DataError) as error:
        refuse(error)
    return 0


def _carry_out(store: Store, deed: str, run: int, out: Path | None, as_json: bool) -> int:  # noqa: FBT001
    if deed == "export" and out is not None:
        _export(store, run, out)
        return 0
    if deed == "delete":
        store.change(run, deleted=True)
        store.purge(sys.maxsize, sys.maxsize, own=True)
        return 0
    listed = store.summaries() if deed == "list" else [store.get(run)[0]]
    if as_json:
        told = [_as_json(kept) for kept in listed]
        sys.stdout.write(json.dumps(told if deed == "list" else told[0], allow_nan=False, indent=1) + "\n")
    elif deed == "list":
        _print_table(listed)
    else:
        _print_one(listed[0])
    return 0


def _export(store: Store, run: int, out: Path) -> None:
    check_target(out)
    _, record = store.get(run)
    # loaded here, for a list of runs needs none of it
    from model.keeping.revive import brought_back
    from model.training.record import save_run
    from model.training.stepper import ClassStepper, kernel_stepper

    try:
        save_run(brought_back(record, ClassStepper if record.whole else kernel_stepper), out)
    except ValueError as error:
        if isinstance(error, SpecError | DataError):
            raise
        raise StoreError(msg("Run {run} cannot be exported: {why}.", run=run, why=str(error))) from None


def _as_json(kept: KeptSummary) -> dict[str, object]:
    """Give what is told of a run; JSON knows no NaN and no infinity, so they are texts."""
    summary = kept.summary
    numbers = {"loss": summary.loss, "train_accuracy": summary.train_accuracy, "test_accuracy": summary.test_accuracy}
    return {
        "id": kept.id,
        "name": kept.name,
        "spec": json.loads(summary.spec.to_json()),
        "step": summary.step,
        **{
            name: value if math.isfinite(value) else str(value).replace("nan", "NaN") for name, value in numbers.items()
        },
        "ended_by": summary.ended_by,
        "starred": kept.starred,
        "note": kept.note,
        "schedule": [list(edit) for edit in summary.schedule],
        "diverged_at": summary.diverged_at,
    }


def _print_table(listed: list[KeptSummary]) -> None:
    if not listed:
        sys.stdout.write(f"{msg('No runs are kept yet.')}\n")
        return
    rows = [("id", "", "name", "steps", "loss", "train", "test", "ended by", "differs from the defaults by")]
    for kept in listed:
        summary = kept.summary
        rows.append((
            str(kept.id), "*" if kept.starred else "", kept.name, f"{summary.step:,}", f"{Real(summary.loss):.4g}",
            f"{Real(summary.train_accuracy):.4g}", f"{Real(summary.test_accuracy):.4g}", summary.ended_by,
            showable(", ".join(map(str, differences(summary.spec, TrainingSpec()))), 200),
        ))  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def _print_one(kept: KeptSummary) -> None:
    for name, value in _as_json(kept).items():
        if name != "spec":
            sys.stdout.write(f"{name:<16}{value}\n")
    for name, value in json.loads(kept.summary.spec.to_json()).items():
        sys.stdout.write(f"  {name:<22}{value}\n")
