"""A run made again as its recipe tells: with its live changes, past the stops that it went on from, up to a step."""

from collections.abc import Callable

from model.training.engine import Engine
from model.training.frame import Schedule


def make_again(engine: Engine, schedule: Schedule, end: int, given_up: Callable[[], bool] = lambda: False) -> Engine:
    """Train an engine that has made no step yet; where its run ends stays as it was. Returns the engine.

    Parameters
    ----------
    given_up : whether it is no longer wanted; an interrupt makes it look
    """
    target = max(engine.recording.target, end)
    for at, name, value in (*schedule, (end, "", 0.0)):
        while engine.recording.step < min(at, end):
            engine.clear_interrupt()
            if given_up():  # looked at after that, so that no interrupt is lost
                return engine
            engine.train(min(at, end))
        if name and at <= end:
            engine.edit(name, value)
    engine.retarget(target)
    return engine
