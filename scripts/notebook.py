"""Execute docs/from-python.ipynb and keep what its cells show: `make notebook`."""

import ast
import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "from-python.ipynb"


def main() -> None:
    """Write the notebook with fresh outputs."""
    found = json.loads(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(written(executed(found)), encoding="utf-8")


def written(notebook: Mapping[str, Any]) -> str:
    """Write a notebook as Jupyter does."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def executed(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Run the code cells in their order and in one namespace, and give the notebook with what they show."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            outputs = run_cell("".join(cell["source"]), namespace, count)
            cells.append({**cell, "execution_count": count, "outputs": outputs})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def run_cell(source: str, namespace: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Run a cell, and give what it prints and the value of its last line as outputs of nbformat 4."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    value, said = None, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(ast.Module(body, []), "cell", "exec"), namespace)  # noqa: S102  a notebook of our own
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)  # noqa: S307
    outputs: list[dict[str, Any]] = []
    if said.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines(said.getvalue())})
    if value is not None:
        outputs.append(
            {"data": shown(value), "execution_count": count, "metadata": {}, "output_type": "execute_result"}
        )
    return outputs


def shown(value: object) -> dict[str, list[str]]:
    """Give a value in every form that Jupyter would have of it here."""
    draw = getattr(value, "_repr_svg_", None)
    svg = {} if draw is None else {"image/svg+xml": lines(draw())}
    return {**svg, "text/plain": lines(repr(value))}


def lines(text: str) -> list[str]:
    """Split a text as notebooks keep it."""
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    main()
