"""The session: what is trained, with which spec and data, and what the window shows of it."""

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from gui.live.admission import check, data_for
from gui.live.comparison import Comparison
from gui.live.kept_runs import KeptRun, KeptRuns, Place, run_to_keep
from gui.live.pace import Pace
from gui.live.playing import Playing
from gui.live.present_run import PresentRun
from gui.live.scrubbing import Scrubbing
from gui.live.seeking import Seeking
from gui.live.shelf import Shelf
from gui.live.shelving import Shelving
from gui.live.watcher import Watcher
from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.training import memory
from model.training.engine import Engine, Stepper
from model.training.frame import Frame
from model.training.runner import Runner, State
from model.training.spec import KNOBS, TrainingSpec
from model.training.team import Team

NEW_SEEDS = 10_000
"""A new seed is below this, so that it can be read out to a class."""


class Session(QObject):
    """Replaces the present run when another spec or other data are wanted.

    Attributes
    ----------
    spec, data : in force now
    run : the present run, and the orders that concern it alone
    scrubbing : while on, trains the whole run at every change
    seeking, playing : bring back earlier steps of the present run
    watcher : reports the frames and the state of the present run
    kept : the runs that were replaced
    shelf, shelving : the runs to come back to, and which come there
    comparison : the runs that are shown beside the present one
    pace : how fast the present run is trained
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
        self.seeking = Seeking(self.run, self)
        self.playing = Playing(self.run, self.seeking, self)
        self.watcher = Watcher(self.run, self._runner, self.scrubbing, self.seeking, self.pace, self)
        present = partial(_run_to_keep, self)
        ways = partial(_place, self), partial(_exact_place, self), partial(_go, self), partial(_turn_live, self)
        self.kept = KeptRuns(present, *ways, self)
        self.shelf = Shelf(self)
        self.shelving = Shelving(self.shelf, present, self.watcher, self.kept, self.scrubbing, self)
        self.comparison = Comparison(self.kept, self.shelf, self.seeking, self)

    # Beginning and end

    def open(self) -> None:
        """Start the threads and make the first run, untrained."""
        self._thread.start()
        self.scrubbing.start()
        self.comparison.start()
        self._restart(train=False)

    def close(self) -> bool:
        """Stop everything; returns whether the training threads have ended (see TrainingThread.stop)."""
        self.watcher.stop()
        self.playing.stop()
        ended = [self._thread.stop(), self.scrubbing.stop(), self.seeking.stop(), self.comparison.stop()]
        return all(ended)

    # The present state

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
        """The state of the present run, as it will be once the training thread has read its orders."""
        return self.run.state

    @property
    def is_training(self) -> bool:
        return self.run.state == "training"

    def engine(self) -> Engine | None:
        """The present engine, None while the training thread is still making it."""
        return self.run.engine

    def settle(self, timeout: float) -> bool:
        """Wait until nothing trains and nothing is ordered; returns whether that came about."""
        return self._runner.wait_settled(timeout) and self.scrubbing.idle and self.seeking.idle and self.comparison.idle

    def seek(self, step: int) -> None:
        """Show an earlier step of the present run on every panel; the newest one follows the training again."""
        self.seeking.seek(step)

    # What to train

    def train(self) -> None:
        """Continue training; a finished run restarts, and so does one whose step raised an exception."""
        if self.state == "failed" or (self.run.ended and self.spec.steps > 0):
            self._restart(train=True)
        else:
            self.run.train()

    def continue_run(self) -> None:
        """Train for `steps` more steps, even if a stop has ended the run; raises SpecError."""
        end = (self.step if self.run.ended else self.run.target) + max(self.spec.steps, 1)
        memory.check(self.spec.replaced(steps=end), self.data)
        self.run.train_to(end)

    def reset(self) -> None:
        """Restart with the same weights; the present run stays in sight."""
        self.kept.keep()
        self._restart(train=self.run.lively)

    def new_seed(self) -> None:
        """Restart with another seed, short enough to be read out."""
        fresh = int(np.random.default_rng().integers(NEW_SEEDS - 1))
        self.turn("seed", fresh + (fresh >= self.spec.seed))

    def turn(self, name: str, value: object) -> None:
        """Set one knob as a person would; raises SpecError, and the last good spec stays in force."""
        spec = self.spec.turned(name, value)
        if spec == self.spec:
            return
        data = data_for(spec, self.spec, self.data, name)
        check(spec, data, name)
        if KNOBS[name].live and self.step > 0 and not self.scrubbing.on:
            before = self.spec
            _turn_live(self, name, value)
            self.kept.keep_turn(name, before, spec)
        else:
            self._replace(spec, data)

    def take(self, spec: TrainingSpec, data: Dataset | None = None, *, train: bool | None = None) -> None:
        """Set the whole spec, with its data if at hand; raises SpecError. With `train` None it trains as before."""
        data = data or data_for(spec, self.spec, self.data, "data" if spec.data else "dataset")
        check(spec, data, "")
        self._replace(spec, data, train=train)

    def undo(self) -> None:
        """Take back the last change of a knob; a run that it replaced stands again as it was left."""
        self.kept.undo()

    def redo(self) -> None:
        """Make the change again that was undone last."""
        self.kept.redo()

    def bring(self, kept: KeptRun, team: Team | None = None) -> None:
        """Make a kept run the present one, paused where it stands; its data become those of the session.

        With a team, which it leads, others keep step with it.
        """
        self.scrubbing.forget()
        self.scrubbing.release(kept.engine)
        other_data = kept.engine.data is not self.data
        self.spec, self.data = kept.spec, kept.engine.data
        self.run.resume(team or Team(kept.engine))
        self._announce()
        if other_data:
            self.data_changed.emit(self.data)

    def set_scrub(self, *, on: bool) -> None:
        """Start or stop training the whole run at every change and showing it finished."""
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
        if self.scrubbing.on:  # whose runs are made again at every change
            self.kept.keep_knobs()
        else:
            self.kept.keep(untrained=True)
        self._set(spec, data, train=lively)

    def _set(self, spec: TrainingSpec, data: Dataset, *, train: bool) -> None:
        other_data = data is not self.data
        self.spec, self.data = spec, data
        self._restart(train=train)
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
        """Announce that the present run is another one."""
        self.seeking.follow()
        self.watcher.begin()
        self.pace.set_steps(self.spec.steps)
        self._tell()

    def _tell(self) -> None:
        self.spec_changed.emit(self.spec)
        self.kept.changed.emit()


def enter(session: Session, engine: Engine, frame: Frame, team: Team | None = None) -> None:
    """Make an engine whose newest moment this is the present run, and keep the one that it replaces."""
    session.kept.keep()
    session.bring(KeptRun(engine, frame, frame.spec_in_force), team)


def _place(session: Session) -> Place:
    return Place(session.spec, session.data, _run_to_keep(session))


def _exact_place(session: Session) -> Place:
    engine = session.engine()
    frame = None if engine is None else engine.recording.frame()
    run = None if engine is None or frame is None else KeptRun(engine, frame, session.spec)
    return Place(session.spec, session.data, run)


def _go(session: Session, place: Place) -> None:
    """Bring the run of a place back, or make it again."""
    if place.run is not None:
        session.bring(place.run)
    else:
        session._set(place.spec, place.data, train=session.run.lively)  # noqa: SLF001  of the same module


def _turn_live(session: Session, name: str, value: object) -> None:
    """Turn a knob of the running training, from its next step on."""
    session.run.turn(name, value)
    session.spec = session.spec.turned(name, value)
    session.pace.set_steps(session.spec.steps)
    session.spec_changed.emit(session.spec)


def _run_to_keep(session: Session) -> KeptRun | None:
    return run_to_keep(session.engine(), session.frame, session.spec)
