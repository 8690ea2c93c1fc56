"""Imports pyqtgraph in half its time: Qt's names are looked up when it uses them, not all of them copied at once.

PySide makes a class when its name is first looked up. pyqtgraph copies all 720 names of Qt when it is imported, and so
has every class made, although few are ever used: 70 ms of a start. Here it finds nothing to copy, and in place of the
modules that would hold the copies some that ask Qt.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType

_MODULES = ("QtCore", "QtGui", "QtWidgets")


def import_pyqtgraph() -> None:
    """Import pyqtgraph, unless it is imported already."""
    if "pyqtgraph" in sys.modules:
        return
    with ExitStack() as hidden:
        for name in _MODULES:
            source = import_module(f"PySide6.{name}")
            sys.modules[f"pyqtgraph.Qt.{name}"] = _mirror(f"pyqtgraph.Qt.{name}", source)
            hidden.enter_context(_names_hidden(vars(source)))
        import_module("pyqtgraph")


@contextmanager
def _names_hidden(module: dict[str, object]) -> Iterator[None]:
    lister = module["__dir__"]  # PySide's own, which knows the classes that are not made yet
    module["__dir__"] = tuple
    try:
        yield
    finally:
        module["__dir__"] = lister


def _mirror(name: str, source: ModuleType) -> ModuleType:
    mirror = ModuleType(name)

    def look_up(attribute: str) -> object:
        value = getattr(source, attribute)
        setattr(mirror, attribute, value)  # asked for in every paint: found at once from now on
        return value

    vars(mirror)["__getattr__"] = look_up
    return mirror
