"""Batches: drawn from NumPy's own random stream, without the GIL, and gathered."""

import numpy as np

from model.network.kernels.compiled import kernel, stand_alone


@kernel
def draw(mt, high, out):
    """Fill `out` with indices below `high`: the stream of RandomState.choice(high, len(out)).

    mt (625,) uint32 is the state of MT19937 (Matsumoto & Nishimura 1998) with the position last. NumPy
    draws 32 bits, masks them to the bits that high - 1 has, and draws again where that is too large.
    """
    stand_alone()
    largest = np.uint32(high - 1)
    if largest == 0:
        out[:] = 0
        return
    mask = largest
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> np.uint32(shift)
    position = np.int64(mt[624])
    i = 0
    while i < len(out):
        if position >= 624:
            _twist(mt)
            position = 0
        y = mt[position]
        position += 1
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        y ^= y >> np.uint32(18)
        y &= mask
        # no branch: whether a number is drawn again cannot be foretold
        out[i] = y
        i += np.int64(y <= largest)
    mt[624] = np.uint32(position)


@kernel
def gather(x, t, batch, batch_x, batch_t):
    """Copy the samples x[batch] and t[batch]; value by value, which becomes vector instructions, as rows do not."""
    stand_alone()
    for i in range(len(batch)):
        row = batch[i]
        for j in range(x.shape[1]):
            batch_x[i, j] = x[row, j]
        batch_t[i] = t[row]


@kernel
def _twist(mt):
    for k in range(227):
        mt[k] = mt[k + 397] ^ _mixed(mt[k], mt[k + 1])
    for k in range(227, 623):
        mt[k] = mt[k - 227] ^ _mixed(mt[k], mt[k + 1])
    mt[623] = mt[396] ^ _mixed(mt[623], mt[0])


@kernel
def _mixed(high, low):
    y = (high & np.uint32(0x80000000)) | (low & np.uint32(0x7FFFFFFF))
    return (y >> np.uint32(1)) ^ ((np.uint32(0) - (y & np.uint32(1))) & np.uint32(0x9908B0DF))
