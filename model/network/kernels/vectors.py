"""Vector instructions spelt out: exponential and tanh, and arithmetic on rows of LANES samples at once.

Where the compiler is left to find them it finds them in some loops and not in others, since it cannot
know that two rows do not overlap. A tile is a C-ordered (rows, LANES) array; rows are named by index.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16

_ALIGN = {"float": 4, "double": 8}


@intrinsic
def exp_negative(_typing: Any, value: Any) -> Any:
    """e ** value for value ≤ 0 or NaN, with an error of about one unit in the last place; 0 instead of subnormals."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _exp(builder, args[0])

    return value(value), codegen


@intrinsic
def expm1_negative(_typing: Any, value: Any) -> Any:
    """e ** value - 1 for value ≤ 0 or NaN, by a Taylor polynomial near 0, where e ** value loses its digits."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        (x,) = args
        far = builder.fsub(_exp(builder, x), _number(x, 1.0))
        degree = 9 if isinstance(x.type, ir.FloatType) else 15
        near = _polynomial(builder, x, [1 / math.factorial(n) for n in range(degree, 0, -1)])
        return builder.select(builder.fcmp_ordered(">", x, _number(x, -0.5)), builder.fmul(near, x), far)

    return value(value), codegen


@intrinsic
def tanh(_typing: Any, value: Any) -> Any:
    """Hyperbolic tangent with an error of about two units in the last place; near 0 the rational functions of Cephes.

    Cephes Mathematical Library (Moshier 1992), tanhf.c and tanh.c; beyond 0.625 from e ** (-2|x|).
    """

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        (x,) = args
        size = _call(builder, "llvm.fabs", x)
        shrunk = _exp(builder, builder.fmul(size, _number(x, -2.0)))
        one = _number(x, 1.0)
        far = _call(builder, "llvm.copysign", builder.fdiv(builder.fsub(one, shrunk), builder.fadd(one, shrunk)), x)
        square = builder.fmul(x, x)
        if isinstance(x.type, ir.FloatType):
            slope = _polynomial(builder, square, _TANH_SINGLE)
        else:
            slope = builder.fdiv(*(_polynomial(builder, square, terms) for terms in _TANH_DOUBLE))
        near = _multiply_add(builder, builder.fmul(x, square), slope, x)
        return builder.select(builder.fcmp_ordered("<", size, _number(x, 0.625)), near, far)

    return value(value), codegen


_TANH_SINGLE = (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
_TANH_DOUBLE = (
    (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3),
    (1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3),
)


def _polynomial(builder: Any, x: Any, terms: Sequence[float]) -> Any:
    """Sum of terms[i] · x ** (len - 1 - i), by Horner's rule."""
    total = _number(x, terms[0])
    for term in terms[1:]:
        total = _multiply_add(builder, total, x, _number(x, term))
    return total


def _number(like: Any, value: float) -> ir.Constant:
    """Give a number of this kind, or a vector full of it."""
    element = like.type.element if isinstance(like.type, ir.VectorType) else like.type
    return _filled(like.type, ir.Constant(element, value))


def _exp(builder: Any, x: Any) -> Any:
    """2 ** k times the Taylor polynomial of what is left, as in Cephes, for one number or a vector."""
    element = x.type.element if isinstance(x.type, ir.VectorType) else x.type
    single = isinstance(element, ir.FloatType)
    # the high part has so few bits that k times it is exact; both as in fdlibm and Cephes
    high, low = (0.693359375, -2.12194440e-4) if single else (6.93147180369123816490e-01, 1.90821492927058770002e-10)
    lowest, degree, bits, bias, word = (-87.0, 7, 23, 127, 32) if single else (-708.0, 13, 52, 1023, 64)

    def number(value: float) -> ir.Constant:
        return _number(x, value)

    def whole(value: int) -> ir.Constant:
        return _filled(integers, ir.Constant(ir.IntType(word), value))

    integers = ir.VectorType(ir.IntType(word), x.type.count) if isinstance(x.type, ir.VectorType) else ir.IntType(word)
    in_range = builder.fcmp_unordered(">=", x, number(lowest))
    clamped = builder.select(in_range, x, number(lowest))
    k = _call(builder, "llvm.rint", builder.fmul(clamped, number(math.log2(math.e))))
    r = _multiply_add(builder, k, number(-high), clamped)
    r = _multiply_add(builder, k, number(-low), r)
    power = _polynomial(builder, r, [1 / math.factorial(n) for n in range(degree, -1, -1)])
    k = builder.select(builder.fcmp_ordered("ord", x, x), k, number(0.0))
    exponent = builder.shl(builder.add(builder.fptosi(k, integers), whole(bias)), whole(bits))
    scaled = builder.fmul(power, builder.bitcast(exponent, x.type))
    return builder.select(in_range, scaled, number(0.0))


def _row_operation(operation: Callable[..., Any]) -> Any:
    """Make `f(tile, out, row)`: row `out` becomes operation(builder, its values, row's)."""

    @intrinsic
    def apply(_typing: Any, tile: Any, _out: Any, _row_index: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            out, align = _row(context, builder, signature.args[0], args[0], args[1])
            source, _ = _row(context, builder, signature.args[0], args[0], args[2])
            values = (builder.load(place, align=align) for place in (out, source))
            builder.store(operation(builder, *values), out, align=align)
            return context.get_dummy_value()

        return types.void(tile, types.intp, types.intp), codegen

    return apply


copy = _row_operation(lambda _builder, _out, row: row)
add = _row_operation(lambda builder, out, row: builder.fadd(out, row))
multiply = _row_operation(lambda builder, out, row: builder.fmul(out, row))
divide = _row_operation(lambda builder, out, row: builder.fdiv(out, row))
# unordered, so that a NaN is taken up, not passed over
raise_to = _row_operation(lambda builder, out, row: builder.select(builder.fcmp_ordered("<=", row, out), out, row))


@intrinsic
def exp_difference(_typing: Any, tile: Any, _out: Any, _a: Any, _b: Any) -> Any:
    """tile[out] = e ** (tile[a] - tile[b]), where that is not above 1."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        (out, align), (a, _), (b, _) = (_row(context, builder, signature.args[0], args[0], row) for row in args[1:])
        difference = builder.fsub(builder.load(a, align=align), builder.load(b, align=align))
        builder.store(_exp(builder, difference), out, align=align)
        return context.get_dummy_value()

    return types.void(tile, types.intp, types.intp, types.intp), codegen


@intrinsic
def add_multiple(_typing: Any, tile: Any, _out: Any, _factor: Any, _row_index: Any) -> Any:
    """tile[out] += factor · tile[row]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        out, align = _row(context, builder, signature.args[0], args[0], args[1])
        source, _ = _row(context, builder, signature.args[0], args[0], args[3])
        factor = _spread(builder, args[2], out.type.pointee)
        total = _multiply_add(builder, factor, builder.load(source, align=align), builder.load(out, align=align))
        builder.store(total, out, align=align)
        return context.get_dummy_value()

    return types.void(tile, types.intp, tile.dtype, types.intp), codegen


@intrinsic
def fill(_typing: Any, tile: Any, _out: Any, _value: Any) -> Any:
    """tile[out] = value."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        out, align = _row(context, builder, signature.args[0], args[0], args[1])
        builder.store(_spread(builder, args[2], out.type.pointee), out, align=align)
        return context.get_dummy_value()

    return types.void(tile, types.intp, tile.dtype), codegen


@intrinsic
def dot(_typing: Any, tile: Any, _a: Any, _b: Any) -> Any:
    """Sum of tile[a] · tile[b]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        (a, align), (b, _) = (_row(context, builder, signature.args[0], args[0], row) for row in args[1:])
        return _sum(builder, builder.fmul(builder.load(a, align=align), builder.load(b, align=align)))

    return tile.dtype(tile, types.intp, types.intp), codegen


@intrinsic
def total(_typing: Any, tile: Any, _a: Any) -> Any:
    """Sum of tile[a]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place, align = _row(context, builder, signature.args[0], args[0], args[1])
        return _sum(builder, builder.load(place, align=align))

    return tile.dtype(tile, types.intp), codegen


def _row(context: Any, builder: Any, array_type: Any, value: Any, row: Any) -> tuple[Any, int]:
    array = context.make_array(array_type)(context, builder, value)
    first = cgutils.get_item_pointer(context, builder, array_type, array, [row, context.get_constant(types.intp, 0)])
    element = context.get_data_type(array_type.dtype)
    return builder.bitcast(first, ir.VectorType(element, LANES).as_pointer()), _ALIGN[str(element)]


def _sum(builder: Any, vector: Any) -> Any:
    """Halves added until one number is left, so that the order is always the same."""
    while (half := vector.type.count // 2) >= 1:
        parts = []
        for start in (0, half):
            lanes = [ir.Constant(ir.IntType(32), start + i) for i in range(half)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), half), lanes)
            parts.append(builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask))
        vector = builder.fadd(*parts)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


def _spread(builder: Any, value: Any, vector_type: ir.VectorType) -> Any:
    first = ir.Constant(ir.IntType(32), 0)
    undefined = ir.Constant(vector_type, ir.Undefined)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector_type.count), None)
    return builder.shuffle_vector(builder.insert_element(undefined, value, first), undefined, mask)


def _filled(kind: ir.Type, constant: ir.Constant) -> ir.Constant:
    return ir.Constant(kind, [constant] * kind.count) if isinstance(kind, ir.VectorType) else constant


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    return _call(builder, "llvm.fmuladd", a, b, c)


def _call(builder: Any, name: str, *args: Any) -> Any:
    """Call an LLVM intrinsic that takes and gives values of one type."""
    kind = args[0].type
    element = kind.element if isinstance(kind, ir.VectorType) else kind
    count = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
    full_name = f"{name}.{count}{element.intrinsic_name}"
    signature = ir.FunctionType(kind, [kind] * len(args))
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, full_name), args)
