"""The timeline of a run: any step that it has made, made again from the last checkpoint before it, bit by bit."""

import threading

from model.network.shared import Control
from model.training.checkpoints import Checkpoint
from model.training.engine import LIVE, STOPS, Engine
from model.training.frame import Frame

_NEVER = 1 << 62
_STRETCH = 4096
"""Steps that are made again at a time."""


class Timeline:
    """Gives Frames of earlier steps of an engine, which may train on meanwhile; for one thread at a time.

    A walker trains again what the engine has trained, by the same kernel and with the same live changes. It stays where
    it is, so that going forward costs no more than the steps on the way.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._walker: _Walker | None = None
        self._given_up = threading.Event()

    def frame(self, step: int) -> Frame | None:
        """Give the run as it was after so many steps, at most as many as there are; None where that was given up.

        Raises ValueError for a negative step.
        """
        walker = self.state(step)
        return None if walker is None else self._engine.recording.past_frame(walker.recording.step, walker.params)

    def state(self, step: int) -> "Engine | None":
        """Give an engine that stands where the run was after so many steps; as `frame` does."""
        if step < 0:
            raise ValueError(f"there is no step {step}")
        self._given_up.clear()
        recording = self._engine.recording
        step = min(step, recording.step)
        walker = self._walker = self._walker_before(step)
        edits = [(at, name, value) for at, name, value in recording.schedule if name in LIVE and name not in STOPS]
        for at, name, value in sorted(edits, key=lambda edit: edit[0]):
            if at > step or not walker.reach(at, self._given_up):
                break
            walker.hyper[LIVE.index(name)] = value
        return walker if walker.reach(step, self._given_up) else None

    def give_up(self) -> None:
        """Make a `frame` that is being made return None; from any thread."""
        self._given_up.set()
        walker = self._walker
        if walker is not None:
            walker.interrupt()

    def _walker_before(self, step: int) -> "_Walker":
        """Give the walker where it is, or at a checkpoint, whichever is nearer before the step."""
        walker = self._walker
        checkpoint = self._engine.checkpoints.last_before(step)
        if walker is not None and (checkpoint.step if checkpoint else 0) <= walker.recording.step <= step:
            return walker
        return _Walker(self._engine, checkpoint)


class _Walker(Engine):
    """Trains a part of a run again; evaluates nothing and keeps nothing but where it is."""

    def __init__(self, run: Engine, past: Checkpoint | None) -> None:
        super().__init__(run.spec, run.data, run.stepper, _NEVER, run.initial, checkpoint_bytes=0)
        for name in STOPS:
            self.hyper[LIVE.index(name)] = 0.0
        recording = self.recording
        recording.reserve(_STRETCH)
        recording.target = -1
        recording.eval_steps[0], self.control[Control.N_EVALS] = 0, 1  # as if the first step had been evaluated
        if past is not None:
            for mine, kept in zip((self.params, self.first, self.second), past.states, strict=False):
                mine[:] = kept
            self.stream[:] = past.stream
            self.control[Control.STEP] = past.step

    def reach(self, step: int, given_up: threading.Event) -> bool:
        """Train until a step, if that is not behind; returns whether it came that far and was not given up."""
        recording = self.recording
        while recording.step < step:
            self.clear_interrupt()
            if given_up.is_set():
                return False
            self.control[Control.FIRST_ROW] = recording.step
            self._train(min(step, recording.step + _STRETCH))
        return True
