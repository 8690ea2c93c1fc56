"""Loads and stores that another thread is meant to see, for use inside the kernels.

A plain load of a stop flag may be lifted out of a loop by LLVM, and on ARM a plain store of a
counter may be seen before the data it announces. These are an acquire load and a release store.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = 8


@intrinsic
def load(_typing: Any, _array: Any, _index: Any) -> Any:
    """`array[index]` of an int64 array, seen no earlier than what was stored before it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_pointer(context, builder, signature, args), "acquire", WORD)

    return types.int64(types.Array(types.int64, 1, "C"), types.intp), codegen


@intrinsic
def store(_typing: Any, _array: Any, _index: Any, _value: Any) -> Any:
    """`array[index] = value` on an int64 array, seen no earlier than the stores before it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store_atomic(args[2], _pointer(context, builder, signature, args), "release", WORD)
        return context.get_dummy_value()

    return types.void(types.Array(types.int64, 1, "C"), types.intp, types.int64), codegen


def _pointer(context: Any, builder: Any, signature: Any, args: Any) -> ir.Value:
    array_type = signature.args[0]
    array = context.make_array(array_type)(context, builder, args[0])
    return cgutils.get_item_pointer(context, builder, array_type, array, [args[1]])
