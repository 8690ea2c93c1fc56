"""Keeps the garbage collector away while much is made that stays, as imports do: it would only hold everybody up."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_held = 0
"""How many collect by themselves, in a thread of their choice."""


def pause() -> None:
    """Collect nothing until `settle`."""
    gc.disable()


def settle() -> None:
    """Collect again, and never look again at what there is now: it stays to the end."""
    gc.freeze()
    _enable()


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing meanwhile, and spare what was made."""
    pause()
    try:
        yield
    finally:
        settle()


def hold() -> None:
    """Collect only when `collect` is called, until `let_go`."""
    global _held  # noqa: PLW0603  the collector is the process's own
    _held += 1
    gc.disable()


def let_go() -> None:
    """Let Python collect whenever and in whatever thread it likes, once nobody holds it any more."""
    global _held  # noqa: PLW0603
    _held -= 1
    _enable()


def collect() -> None:
    """Collect as much as Python itself would have by now."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [generation for generation in range(3) if counts[generation] > thresholds[generation] > 0]
    if 0 in due:
        gc.collect(max(due))


def _enable() -> None:
    if not _held:
        gc.enable()
