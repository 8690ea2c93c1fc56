"""How kernels are compiled: without the GIL, kept on disk, fast where that cannot hide a NaN."""

from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core.caching import UserProvidedCacheLocator
from numba.extending import intrinsic

from model.network.kernels import cache


class Locator(UserProvidedCacheLocator):  # type: ignore[misc]
    """Finds the kernels on disk, wherever the sources lie; the folder's name stands for all that they depend on.

    Unlike numba's own it takes a folder that is ready but cannot be written, and a function of a bundle, whose code
    names a file that is not there.
    """

    @classmethod
    def from_function(cls, py_func: object, _py_file: str) -> Any:
        return super().from_function(py_func, __file__)

    @classmethod
    def get_suitable_cache_subpath(cls, _py_file: str) -> str:
        return "numba"

    def ensure_cache_path(self) -> None:
        if not Path(self.get_cache_path()).is_dir():
            super().ensure_cache_path()

    def get_source_stamp(self) -> str:
        return ""


numba.config.CACHE_DIR = str(cache.folder())
numba.config.CACHE_LOCATOR_CLASSES = f"{Locator.__module__}.{Locator.__qualname__}"

# "reassoc" and friends let sums be vectorised; NaN and inf keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": _FAST, "error_model": "numpy"}

# Any: numba's decorator is untyped, and so is what it returns.
kernel: Any = numba.njit(**_OPTIONS)
"""A part of an entry; compiled with it, always from source, so that it always rounds alike."""
entry: Any = numba.njit(cache=True, **_OPTIONS)
"""What Python calls; the only thing that is kept on disk."""


@intrinsic
def stand_alone(_typing: Any) -> Any:
    """Say, in the first line of a kernel, that it is not to be copied into its callers.

    One large function takes far longer to compile, and finds less to vectorise, than its parts.
    """

    def codegen(context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), codegen
