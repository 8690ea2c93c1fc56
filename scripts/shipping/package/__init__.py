"""Initscope as a library: the names of `initscope.model.api`, which is loaded when one of them is first asked for."""

from typing import TYPE_CHECKING

from initscope.model import __version__ as __version__

if TYPE_CHECKING:
    from initscope.model.api import *  # noqa: F403

_PARTS = ("model", "gui", "main", "resources")


def __getattr__(name: str) -> object:
    # `from initscope import gui` asks here first, and Python itself for names that only it knows
    if name not in _PARTS and (name == "__all__" or not name.startswith("__")):
        from initscope.model import api

        if name == "__all__" or name in api.__all__:
            value = globals()[name] = getattr(api, name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from initscope.model import api

    return sorted({*globals(), *api.__all__})
