"""Replaying: a run made again from step 0, live changes and stops included, by another stepper."""

from collections.abc import Callable

from model.training.engine import Engine, Stepper


class Replay:
    """One run made again; another thread may interrupt its `engine`, which it takes as a cause to look round."""

    def __init__(self, old: Engine, stepper: Stepper) -> None:
        self.engine = Engine(old.spec, old.data, stepper, initial=old.initial)
        self._old = old

    def run(self, given_up: Callable[[], bool]) -> bool:
        """Train to where the old run is; returns whether it came that far and was not given up.

        A stop that the old run has not passed holds: by another rounding a run may reach it sooner.
        """
        old, new = self._old, self.engine
        new.retarget(old.recording.target)
        for step, name, value in old.recording.schedule:
            if not self._reach(step, -1, given_up):
                return False
            new.edit(name, value)
        return self._reach(old.recording.step, old.passed, given_up)

    def _reach(self, step: int, passed: int, given_up: Callable[[], bool]) -> bool:
        engine = self.engine
        while engine.recording.step < step and not engine.recording.stopped_by & ~passed:
            engine.clear_interrupt()
            if given_up():
                return False
            engine.train(step)
        return True
