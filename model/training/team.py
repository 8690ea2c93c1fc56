"""A Team: runs that are trained side by side, so that all have made as many steps whenever one looks."""

import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.training.engine import Engine

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_CHUNK_SECONDS = 0.016
"""The runs meet as often as a screen refreshes: then all of them are published, at the same step."""
_MOST_STEPS = 4096


class Team:
    """The present run, and perhaps others that keep step with it; does for all what an Engine does for one.

    A run that a stop has ended stays where it is, and the others go on without it.

    Parameters
    ----------
    lead : the run that everything is told of
    others : that keep step with it, as far as it is when they join
    raced : the knob that sets them apart, which is turned for the leading run alone
    """

    def __init__(self, lead: Engine, others: Sequence[Engine] = (), raced: str = "") -> None:
        self.lead = lead
        self.others = tuple(others)
        self._members = (lead, *others)
        self._raced = raced
        self._interrupted = threading.Event()
        self._chunk = 1

    @property
    def step(self) -> int:
        """Steps made by all that no stop has ended."""
        return max(engine.recording.step for engine in self._members)

    @property
    def ended(self) -> bool:
        """Whether every run is over."""
        return all(engine.recording.ended for engine in self._members)

    @property
    def evaluation_due(self) -> bool:
        """Whether a run stands at a step that is to be evaluated, and has not been."""
        return any(engine.recording.evaluation_due() for engine in self._members)

    def train(self, until: int) -> None:
        """Train all runs until `until` steps are done, a stop or an `interrupt`; blocks."""
        if not self.others:
            self.lead.train(until)
            return
        from concurrent.futures import ThreadPoolExecutor  # which no start waits for

        with ThreadPoolExecutor(min(len(self._members), os.cpu_count() or 1), "race") as pool:
            while not self._interrupted.is_set():
                running = [engine for engine in self._members if not engine.recording.stopped_by]
                step = min((engine.recording.step for engine in running), default=until)
                if step >= until:
                    break
                goal = min(step + self._chunk, until)
                began = time.perf_counter()
                self._advance(pool, [engine for engine in running if engine.recording.step < goal], goal)
                self._adapt(goal - step, time.perf_counter() - began)
            else:
                return
        for engine in self._members:
            if engine.recording.evaluation_due():
                engine.train(engine.recording.step)

    def _advance(self, pool: "ThreadPoolExecutor", engines: Sequence[Engine], goal: int) -> None:
        """Train on one core each, then publish all: until then nobody sees that some are ahead."""
        for done in [pool.submit(engine.advance, goal) for engine in engines]:
            done.result()
        for engine in {self.lead: None, **dict.fromkeys(engines)}:
            engine.publish()

    def _adapt(self, steps: int, seconds: float) -> None:
        wanted = steps * _CHUNK_SECONDS / max(seconds, 1e-6)
        self._chunk = int(min(max(wanted, 1), 2 * self._chunk, _MOST_STEPS))

    def interrupt(self) -> None:
        """Make a running `train` return soon; from any thread. Together the runs first come to the same step."""
        self._interrupted.set()
        if not self.others:
            self.lead.interrupt()

    def clear_interrupt(self) -> None:
        """Let `train` run again."""
        self._interrupted.clear()
        self.lead.clear_interrupt()

    def request(self) -> None:
        """Ask for a snapshot soon; several runs make them together anyway."""
        if not self.others:
            self.lead.recording.request()

    def lift_stop(self) -> None:
        """Let runs go on that reached a stop; only while nothing trains."""
        for engine in self._members:
            engine.lift_stop()

    def retarget(self, steps: int) -> None:
        """Set where the runs end; only while nothing trains."""
        for engine in self._members:
            engine.retarget(max(steps, engine.recording.step))

    def edit(self, name: str, value: float) -> None:
        """Apply a live knob from the next step on; only while nothing trains."""
        for engine in self._members[: 1 if name == self._raced else None]:
            engine.edit(name, value)
