"""Judge *Why?* on random specs; `--doc` puts the outcome into docs/why.md."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from model.training.spec import TrainingSpec
from scripts.why_check.document import written
from scripts.why_check.judge import Verdict, judge
from scripts.why_check.specs import random_specs

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "why.md"
MOST_BROKEN = 0.05


def main(argv: list[str] | None = None) -> int:
    """Run the check; returns 0 where nothing falls short."""
    parser = argparse.ArgumentParser(prog="python -m scripts.why_check", description=__doc__)
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="keep the verdicts in this file")
    parser.add_argument("--read", type=Path, help="take the verdicts of such a file instead of judging")
    parser.add_argument("--doc", action="store_true", help="write docs/why.md")
    arguments = parser.parse_args(argv)
    if arguments.read:
        verdicts = [Verdict(**{**row, "said": [tuple(each) for each in row["said"]]}) for row in _rows(arguments.read)]
    else:
        verdicts = _judged(arguments.specs, arguments.seed)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(verdict) for verdict in verdicts], indent=1), encoding="utf-8")
    if arguments.doc:
        DOC.write_text(written(verdicts, arguments.seed), encoding="utf-8")
    return report(verdicts)


def _rows(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _judged(n: int, seed: int) -> list[Verdict]:
    began, verdicts = time.monotonic(), []
    for number, spec in enumerate(random_specs(n, seed), start=1):
        verdicts.append(judge(spec))
        if number % 25 == 0:
            print(f"{number:,} of {n:,} specs, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return verdicts


def report(verdicts: list[Verdict]) -> int:
    """Print what falls short; returns 1 where something does."""
    unnamed = [verdict for verdict in verdicts if verdict.fails and verdict.named == "none"]
    warned = [verdict for verdict in verdicts if verdict.warned]
    false = [(code, verdict) for verdict in verdicts for code, so in verdict.said if not so]
    promises, kept = sum(v.promises for v in verdicts), sum(v.kept for v in verdicts)
    for title, rows in (
        ("fails, and nothing that helps is named", [(verdict, "") for verdict in unnamed]),
        ("healthy, and warned of", [(verdict, ", ".join(verdict.warned)) for verdict in warned]),
        ("said, and not so", [(verdict, code) for code, verdict in false]),
    ):
        for verdict, what in rows:
            print(f"{title}: {what}  {' '.join(TrainingSpec.from_json(verdict.spec).flags())}")
    print(f"{sum(v.fails for v in verdicts)} of {len(verdicts)} runs fail, {len(unnamed)} without a cause that helps")
    print(f"{kept} of {promises} remedies keep their promise")
    print(f"{sum(v.healthy for v in verdicts)} runs are healthy, {len(warned)} of them warned")
    print(f"{sum(len(v.said) for v in verdicts)} sentences, {len(false)} false")
    return int(bool(unnamed or warned or false or kept < (1 - MOST_BROKEN) * promises))


if __name__ == "__main__":
    sys.exit(main())
