"""Grids of cases: a cover of them in every run of the tests, the rest by `make grids`."""

from collections.abc import Sequence
from itertools import product

import pytest


def covered(*axes: Sequence[object], share: int) -> list[object]:
    """Give all cases of a grid for `parametrize`, of which one in `share` runs in `make test`.

    Those are spread evenly: each value of an axis meets one in `share` values of each other axis, so that nothing that
    one value alone breaks goes unseen; of three axes, each pair of values meets too.
    """
    cases = product(*map(enumerate, axes))
    return [
        pytest.param(*(value for _, value in case), marks=[pytest.mark.grid] if sum(i for i, _ in case) % share else [])
        for case in cases
    ]
