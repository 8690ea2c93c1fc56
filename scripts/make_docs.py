"""Write the tables of README.md that the code decides: knobs and keys; `--check` only says whether they are stale."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gui.actions.table import ACTIONS
from model.training.knob import Knob
from model.training.spec import KNOBS

README = Path(__file__).resolve().parent.parent / "README.md"


def main(argv: Sequence[str], readme: Path = README) -> int:
    """Write or check the tables; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a table is stale")
    arguments = parser.parse_args(argv)
    text = readme.read_text(encoding="utf-8")
    fresh = rendered(text)
    if fresh == text:
        return 0
    if arguments.check:
        print(f"{readme.name} is stale: python -m scripts.make_docs writes its tables anew.", file=sys.stderr)
        return 1
    readme.write_text(fresh, encoding="utf-8")
    print(f"{readme.name} is up to date.")
    return 0


def rendered(text: str) -> str:
    """Put the tables as they should be between their markers; raises ValueError where a marker is missing."""
    for name, table in TABLES.items():
        between = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        text, n_found = between.subn(lambda found, table=table: found[1] + "\n".join(table()) + found[2], text)
        if n_found != 1:
            raise ValueError(f"README.md has {n_found} places for {name}")
    return text


def knobs() -> list[str]:
    """List every knob: its flag, default, limits and help, under the name of its group."""
    rows = ["| knob | flag | default | takes | what it does |", "|---|---|---|---|---|"]
    rows += [_knob_row(knob) for knob in KNOBS.values()]
    return rows


def keys() -> list[str]:
    """List every action that has a key, in the order of the table of actions."""
    rows = ["| key | what it does |", "|---|---|"]
    for action in ACTIONS.values():
        if action.shortcut:
            what = str(action.help or action.text).removesuffix("…")
            rows.append(f"| {_key_names(action.shortcut)} | {_cell(what)} |")
    return rows


TABLES: dict[str, Callable[[], list[str]]] = {"knobs": knobs, "keys": keys}


def _knob_row(knob: Knob) -> str:
    default = knob.shown(knob.default) or "none"
    label = knob.label if knob.label != knob.name else f"`{knob.name}`"
    return f"| {label} | `{knob.flag}` | {default} | {_cell(str(knob.limits()))} | {_cell(knob.help)} |"


def _key_names(shortcut: str) -> str:
    return "+".join(f"<kbd>{'→' if key == 'Right' else key}</kbd>" for key in re.split(r"(?<!^)\+(?=.)", shortcut))


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
