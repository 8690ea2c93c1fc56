"""The random stream of the batches: NumPy's own, drawn without the GIL."""

import numpy as np

from model.network.kernels.compiled import kernel


@kernel
def draw(mt, high, out):
    """Fill `out` with indices below `high`: the stream of RandomState.choice(high, len(out)).

    mt (625,) uint32 is the state of MT19937 (Matsumoto & Nishimura 1998) with the position last. NumPy
    draws 32 bits, masks them to the bits that high - 1 has, and draws again where that is too large.
    """
    largest = np.uint32(high - 1)
    if largest == 0:
        out[:] = 0
        return
    mask = largest
    for shift in (1, 2, 4, 8, 16):
        mask |= mask >> np.uint32(shift)
    position = np.int64(mt[624])
    for i in range(len(out)):
        while True:
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
            if y <= largest:
                break
        out[i] = y
    mt[624] = np.uint32(position)


@kernel
def _twist(mt):
    for k in range(624):
        y = (mt[k] & np.uint32(0x80000000)) | (mt[(k + 1) % 624] & np.uint32(0x7FFFFFFF))
        odd = np.uint32(0x9908B0DF) if y & np.uint32(1) else np.uint32(0)
        mt[k] = mt[(k + 397) % 624] ^ (y >> np.uint32(1)) ^ odd
