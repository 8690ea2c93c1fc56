"""Keeps the garbage collector away while much is made that stays, as imports do: it would only hold everybody up."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def pause() -> None:
    """Collect nothing until `settle`."""
    gc.disable()


def settle() -> None:
    """Collect again, and never look again at what there is now: it stays to the end."""
    gc.freeze()
    gc.enable()


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing meanwhile, and spare what was made."""
    pause()
    try:
        yield
    finally:
        settle()
