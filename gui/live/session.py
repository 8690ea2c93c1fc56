"""The session: what is trained now, with which spec and data, and what the window shows of it."""

import numpy as np
from PySide6.QtCore import QObject, Signal

from gui.live.admission import check, data_for
from gui.live.kept_runs import KeptRun, KeptRuns
from gui.live.pace import Pace
from gui.live.present_run import PresentRun
from gui.live.scrubbing import Scrubbing
from gui.live.watcher import Watcher
from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.training import memory
from model.training.engine import Engine, Stepper
from model.training.frame import Frame
from model.training.runner import Runner, State
from model.training.spec import KNOBS, TrainingSpec

NEW_SEEDS = 10_000
"""A new seed is below this, so that it can be read out to a class."""


class Session(QObject):
    """Puts the run of the spec and data that are wanted in the place of the one before.

    Attributes
    ----------
    spec, data : in force now
    run : the present run, and the orders for it alone
    scrubbing : trains the whole run at every change, while it is on
    watcher : brings the frames and the state of the present run
    kept : the runs that were replaced
    pace : how fast the present run is to be trained
    """

    spec_changed = Signal(object)
    data_changed = Signal(object)

    def __init__(self, spec: TrainingSpec, data: Dataset, stepper: Stepper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.data = data
        self._runner = Runner(stepper)
        self._thread = TrainingThread(self._runner, "training")
        self.pace = Pace(self._runner.set_speed, spec.steps)
        self.run = PresentRun(self._runner, self)
        self.scrubbing = Scrubbing(self.run, self._runner, self)
        self.watcher = Watcher(self.run, self._runner, self.scrubbing, self.pace, self)
        self.kept = KeptRuns(self._present, self)

    # Beginning and end

    def open(self) -> None:
        """Start the threads and make the first run, untrained."""
        self._thread.start()
        self.scrubbing.start()
        self._restart(train=False)

    def close(self) -> bool:
        """Stop everything; returns whether the training threads have ended (see TrainingThread.stop)."""
        self.watcher.stop()
        ended = [self._thread.stop(), self.scrubbing.stop()]
        return all(ended)

    # What goes on

    @property
    def frame(self) -> Frame | None:
        """Shown last."""
        return self.watcher.frame

    @property
    def frames(self) -> int:
        """Times that new training state reached the screen."""
        return self.watcher.frames

    @property
    def step(self) -> int:
        """Steps trained."""
        return self.run.step

    @property
    def state(self) -> State:
        """What goes on, or will as soon as the training thread has looked at its orders."""
        return self.run.state

    @property
    def is_training(self) -> bool:
        return self.run.state == "training"

    @property
    def ghosts(self) -> tuple[Frame, ...]:
        """The run to show pale: the one before the present, or before the drag that goes on."""
        return self.kept.ghosts

    def engine(self) -> Engine | None:
        """The present engine, None while the training thread is still making it."""
        return self.run.engine

    def settle(self, timeout: float) -> bool:
        """Wait until nothing trains and nothing is ordered; returns whether that came about."""
        return self._runner.wait_settled(timeout) and self.scrubbing.idle

    # What is to be trained

    def train(self) -> None:
        """Train on; a finished run starts anew, as does one whose step raised an exception."""
        if self.state == "failed" or (self.run.ended and self.spec.steps > 0):
            self._restart(train=True)
        else:
            self.run.train()

    def continue_run(self) -> None:
        """Train `steps` more, from where a stop has ended the run too; raises SpecError."""
        end = (self.step if self.run.ended else self.run.target) + max(self.spec.steps, 1)
        memory.check(self.spec.replaced(steps=end), self.data)
        self.run.train_to(end)

    def reset(self) -> None:
        """Begin anew with the same weights; the run so far stays as a ghost."""
        self.kept.keep()
        self._restart(train=self.run.lively)

    def new_seed(self) -> None:
        """Begin anew with another seed, one that is short enough to be read out."""
        fresh = int(np.random.default_rng().integers(NEW_SEEDS - 1))
        self.turn("seed", fresh + (fresh >= self.spec.seed))

    def turn(self, name: str, value: object) -> None:
        """Set one knob as a person would; raises SpecError, with the last good spec running on."""
        spec = self.spec.turned(name, value)
        if spec == self.spec:
            return
        data = data_for(spec, self.spec, self.data, name)
        check(spec, data, name)
        if KNOBS[name].live and self.step > 0 and not self.scrubbing.on:
            self.run.turn(name, value)
            self.spec = spec
            self.pace.set_steps(spec.steps)
            self.spec_changed.emit(spec)
        else:
            self._replace(spec, data)

    def take(self, spec: TrainingSpec, data: Dataset | None = None, *, train: bool | None = None) -> None:
        """Set the whole spec, with its data if they are at hand; raises SpecError. None trains as it was before."""
        data = data or data_for(spec, self.spec, self.data, "data" if spec.data else "dataset")
        check(spec, data, "")
        self._replace(spec, data, train=train)

    def undo(self) -> None:
        """Have back the run that was replaced last, just as it was left."""
        self._bring(self.kept.take_back())

    def redo(self) -> None:
        """Have again the run that was undone last, just as it was left."""
        self._bring(self.kept.take_forward())

    def _bring(self, kept: KeptRun | None) -> None:
        """Make a kept run the present one."""
        if kept is None:
            return
        self.scrubbing.forget()
        self.scrubbing.release(kept.engine)
        self.spec, self.data = kept.spec, kept.engine.data
        self.run.resume(kept.engine)
        self._announce()

    def set_scrub(self, *, on: bool) -> None:
        """Begin or end to train the whole run at every change and show it finished."""
        scrubbing = self.scrubbing
        if on == scrubbing.on:
            return
        scrubbing.on = on
        if on:
            self.kept.keep()
            self._restart(train=True)
        elif scrubbing.idle or scrubbing.is_training(self.spec):
            going_on = scrubbing.trains
            self.run.take_over()
            if going_on:
                self.train()
        else:
            scrubbing.forget()
            self._restart(train=True)

    # Within

    def _replace(self, spec: TrainingSpec, data: Dataset, *, train: bool | None = None) -> None:
        lively = self.run.lively if train is None else train
        if not self.scrubbing.on:
            self.kept.keep()
        other_data = data is not self.data
        self.spec, self.data = spec, data
        self._restart(train=lively)
        if other_data:
            self.data_changed.emit(data)

    def _restart(self, *, train: bool) -> None:
        if self.scrubbing.on:
            self.scrubbing.want(self.spec, self.data)
            self._tell()
        else:
            self.run.start(self.spec, self.data, train=train)
            self._announce()
            self.watcher.prompt()

    def _announce(self) -> None:
        """Tell of another run in the place of the present one."""
        self.watcher.begin()
        self.pace.set_steps(self.spec.steps)
        self._tell()

    def _tell(self) -> None:
        self.spec_changed.emit(self.spec)
        self.kept.changed.emit()

    def _present(self) -> KeptRun | None:
        """Give the present run as one to keep; None where it has not been shown yet."""
        engine, shown = self.engine(), self.frame
        if engine is None or shown is None or shown.run != engine.recording.run:
            return None
        return KeptRun(engine, engine.recording.frame() or shown, self.spec)
