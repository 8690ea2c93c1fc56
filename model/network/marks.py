"""The spreads worth a mark on the dial: the book's, and what each scheme gives the first layer."""

from collections.abc import Sequence

from model.network.initializers import INITIALIZERS

BOOK = "book"
BOOK_STD = 0.01


def marks(layer_sizes: Sequence[int]) -> dict[str, float]:
    """Give the standard deviation of W1 by the book and by each scheme, for these layer sizes.

    Parameters
    ----------
    layer_sizes : widths from the input to the output; with fewer than two only the book's mark is known
    """
    known = {BOOK: BOOK_STD}
    if len(layer_sizes) >= 2:
        fan_in, fan_out = layer_sizes[:2]
        known |= {name: spread(fan_in, fan_out) for name, spread in INITIALIZERS.items()}
    return known
