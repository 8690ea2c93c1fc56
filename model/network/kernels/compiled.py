"""How kernels are compiled: without the GIL, kept on disk, fast where that cannot hide a NaN."""

from typing import Any

import numba

from model.network.kernels import cache

numba.config.CACHE_DIR = str(cache.folder())

# "reassoc" and friends let sums be vectorised; NaN and inf keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}
# Any: numba's decorator is untyped, and so is what it returns.
kernel: Any = numba.njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy")
