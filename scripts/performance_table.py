"""Put the table of a bench into docs/performance.md: `python -m scripts.performance_table FILE`, of `bench --json`."""

import json
import re
import sys
from pathlib import Path

from model.training.bench.report import Report

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- figures: [^\n]* -->\n).*?(\n<!-- end of figures -->)", re.DOTALL)


def main(results: Path, document: Path = DOCUMENT) -> None:
    """Write the table between its markers; raises ValueError where they are missing."""
    table = Report.from_json(json.loads(results.read_text(encoding="utf-8"))).table().rstrip("\n")
    text, n_found = _PLACE.subn(lambda found: found[1] + table + found[2], document.read_text(encoding="utf-8"))
    if n_found != 1:
        raise ValueError(f"{document.name} has {n_found} places for the figures")
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
