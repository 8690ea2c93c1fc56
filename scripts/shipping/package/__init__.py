"""Initscope as a library: the names of `initscope.model.api`, which is loaded when one of them is first asked for."""

from typing import TYPE_CHECKING

from initscope.model import __version__ as __version__

if TYPE_CHECKING:
    from initscope.model.api import *  # noqa: F403

_PARTS = ("model", "gui", "main", "resources")


def __getattr__(name: str) -> object:
    # `from initscope import gui` asks here first; and of the names that Python looks for, there is one
    if name in _PARTS or (name.startswith("__") and name != "__all__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    names = _api()
    if name not in names:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(names)
    return names[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_api()})


def _api() -> dict[str, object]:
    """Give what the interface names in `__all__`, and that list."""
    from initscope.model import api

    return {"__all__": api.__all__, **{name: getattr(api, name) for name in api.__all__}}
