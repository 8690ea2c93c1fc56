"""Moves modules of the checkout into one package: the names by which they import each other, and nothing else."""

import ast
import re
from collections.abc import Collection, Iterator
from itertools import accumulate
from pathlib import Path

PACKAGE = "initscope"


class RenamingError(SyntaxError):
    """A line that imports in a way that cannot be moved."""


def modules_of(root: Path, folders: Collection[str]) -> frozenset[str]:
    """Name every module in the folders as the checkout imports it, such as `model.training.spec`."""
    files = (file.relative_to(root) for folder in folders for file in (root / folder).rglob("*.py"))
    return frozenset(".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files)


def renamed(source: str, modules: Collection[str], filename: str = "<source>") -> str:
    """Put the package in front of our modules' names where they are imported, or stand alone in a string.

    Only a string that is exactly the name of a module below a folder is one, for `import_module`, `sys.modules` or
    `-m`; the rest of the text, comments and line numbers included, stays as it is.

    Raises
    ------
    RenamingError
        `import model.words`, which binds the name `model`: it would have to change wherever that is used
    """
    raw = source.encode()
    starts = [0, *accumulate(len(line) for line in raw.splitlines(keepends=True))]
    places: dict[int, tuple[int, bytes]] = {}
    for line, column, old, new in _changes(ast.parse(source, filename), modules, filename):
        start = starts[line - 1] + column
        found = re.compile(old).match(raw, start)
        if found is None:
            raise RenamingError(f"cannot tell what is named here: {filename}, line {line}")
        places[start] = (found.end(), found.expand(new))
    for start, (end, text) in sorted(places.items(), reverse=True):
        raw = raw[:start] + text + raw[end:]
    return raw.decode()


def _changes(tree: ast.AST, modules: Collection[str], filename: str) -> Iterator[tuple[int, int, bytes, bytes]]:
    """List where something changes: line, column in bytes, a pattern of what stands there, and its successor."""
    ours = {module.partition(".")[0] for module in modules}
    prefix = PACKAGE.encode() + b"."
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(name), level=0) if name.partition(".")[0] in ours:
                yield node.lineno, node.col_offset, rb"from[ \t]+", rb"\g<0>" + prefix
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.partition(".")[0] not in ours:
                        continue
                    if alias.asname is None:
                        raise RenamingError(f"write `from … import …` here: {filename}, line {node.lineno}")
                    yield alias.lineno, alias.col_offset, b"", prefix
            case ast.Constant(value=str(text)) if "." in text and text in modules:
                yield node.lineno, node.col_offset, rb"([\"'])(?=" + re.escape(text).encode() + rb"\1)", rb"\1" + prefix
