"""The session: what is trained now, with which spec and data, and what the window shows of it."""

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui.live.admission import check, data_for
from gui.live.kept_runs import KeptRun, KeptRuns
from gui.live.pace import Pace, Speed
from gui.live.screen import REFRESH_MS, Screen
from gui.live.scrubbing import Scrubbing
from gui.live.worker import TrainingThread
from model.data.dataset import Dataset
from model.network.layout import Layout
from model.training import memory
from model.training.engine import STOPS, Engine, Stepper
from model.training.frame import Frame
from model.training.runner import SLOW, Runner, State
from model.training.spec import KNOBS, MAX_SEED, TrainingSpec

_MADE_AT_ONCE = 400_000
_DATA_AT_ONCE = 20_000_000


class Session(QObject):
    """The present run. The window gives it orders and shows the Frames it brings, at most one a refresh.

    Attributes
    ----------
    spec, data : in force now
    """

    frame_changed = Signal(object)
    spec_changed = Signal(object)
    data_changed = Signal(object)
    state_changed = Signal(str)
    ghosts_changed = Signal()
    scrub_failed = Signal(str)

    def __init__(self, spec: TrainingSpec, data: Dataset, stepper: Stepper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.data = data
        self._runner = Runner(stepper)
        self._thread = TrainingThread(self._runner, "training")
        self._scrubbing = Scrubbing(self._runner.make, self)
        self._screen = Screen()
        self._pace = Pace()
        self._generation = 0
        self._coming: Engine | None = None
        self._scrubbed: Engine | None = None
        """The present run where scrubbing trained it and the training thread has not been told of it yet."""
        self._watching = False
        self._shown_state: State = "empty"
        self._kept_runs = KeptRuns()
        self._will_train = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._scrubbing.trained.connect(self._refresh, Qt.ConnectionType.QueuedConnection)

    # Beginning and end

    def open(self) -> None:
        """Start the thread and make the first run, untrained."""
        self._apply_speed()
        self._thread.start()
        self._scrubbing.start()
        self._restart(train=False)

    def close(self) -> bool:
        """Stop everything; returns whether the training thread has ended (see TrainingThread.stop)."""
        self._timer.stop()
        ended = [self._thread.stop(), self._scrubbing.stop()]
        return all(ended)

    def use(self, stepper: Stepper) -> None:
        """Make steps another way from now on, without anything to be seen of it."""
        self._runner.use(stepper)
        self._watch()

    # What goes on

    @property
    def frame(self) -> Frame | None:
        """Shown last."""
        return self._screen.frame

    @property
    def frames(self) -> int:
        """Times that new training state reached the screen."""
        return self._screen.painted

    @property
    def step(self) -> int:
        """Steps trained."""
        engine = self.engine()
        return engine.recording.step if engine is not None else 0

    @property
    def target(self) -> int:
        """The step at which the run ends."""
        return self.frame.target if self.frame is not None else self.spec.steps

    @property
    def state(self) -> State:
        """What goes on, or will as soon as the thread has looked at its orders."""
        if self._scrubbed is not None:
            return "training" if self._watching else "finished" if self._scrubbed.recording.ended else "paused"
        runner = self._runner
        if runner.generation == self._generation and (runner.state == "failed" or not runner.undecided):
            return runner.state
        return "training" if self._will_train else "paused"

    @property
    def failure(self) -> str:
        """The traceback of the exception that ended the run, or ""."""
        return self._runner.failure

    @property
    def is_training(self) -> bool:
        return self.state == "training"

    @property
    def ghosts(self) -> tuple[Frame, ...]:
        """The run to show pale: the one before the present, or before the drag that goes on."""
        return self._kept_runs.ghosts

    def engine(self) -> Engine | None:
        """The present engine, None while the training thread is still making it."""
        if self._scrubbed is not None:
            return self._scrubbed
        return self._runner.engine if self._runner.generation == self._generation else self._coming

    def settle(self, timeout: float) -> bool:
        """Wait until nothing trains and nothing is ordered; returns whether that came about."""
        return self._runner.wait_settled(timeout) and self._scrubbing.idle

    # Orders

    def train(self) -> None:
        """Train on; a finished run starts anew, as does one whose step raised an exception."""
        if self.state == "failed" or (self._ended() and self.spec.steps > 0):
            self._restart(train=True)
        else:
            self._hand_over()
            self._will_train = True
            self._runner.resume()
            self._watch()

    def pause(self) -> None:
        self._hand_over()
        self._will_train = False
        self._runner.pause()
        self._watch()

    def step_once(self) -> None:
        """Make a single step; beyond the target it moves the target."""
        self._hand_over()
        if self.step >= self.target:
            self._runner.retarget(self.step + 1, train=False)
        self._will_train = False
        self._runner.step_once()
        self._watch()

    def reset(self) -> None:
        """Begin anew with the same weights; the run so far stays as a ghost."""
        self._kept_runs.keep(self._present())
        self._restart(train=self._lively())

    def new_seed(self) -> None:
        """Begin anew with another seed."""
        fresh = int(np.random.default_rng().integers(MAX_SEED + 1))
        self.turn("seed", fresh)

    def continue_run(self) -> None:
        """Train `steps` more, from where a stop has ended the run too."""
        self._hand_over()
        more = max(self.spec.steps, 1)
        end = (self.step if self._ended() else self.target) + more
        memory.check(self.spec.replaced(steps=end), self.data)
        self._will_train = True
        self._runner.retarget(end, train=True, past_stop=True)
        self._watch()

    def set_speed(self, speed: Speed) -> None:
        """Set the speed (see Pace)."""
        self._pace = Pace(speed)
        self._apply_speed()

    @property
    def speed(self) -> Speed:
        return self._pace.speed

    @property
    def steps_per_second(self) -> float:
        """The pace in force."""
        return self._pace.steps_per_second(self.spec.steps)

    def turn(self, name: str, value: object) -> None:
        """Set one knob as a person would; raises SpecError, with the last good spec running on."""
        spec = self.spec.turned(name, value)
        if spec == self.spec:
            return
        data = data_for(spec, self.spec, self.data, name)
        check(spec, data, name)
        if KNOBS[name].live and self.step > 0 and not self._scrubbing.on:
            self._turn_live(name, value)
            self.spec = spec
            self._apply_speed()
            self.spec_changed.emit(spec)
        else:
            self._replace(spec, data)

    def take(self, spec: TrainingSpec, data: Dataset | None = None, *, train: bool | None = None) -> None:
        """Set the whole spec, with its data if they are at hand; raises SpecError. None trains as it was before."""
        data = data or data_for(spec, self.spec, self.data, "data" if spec.data else "dataset")
        check(spec, data, "")
        self._replace(spec, data, train=train)

    def start_drag(self) -> None:
        """From here on, replaced runs are passing positions of the dial: the one before stays the ghost."""
        self._kept_runs.start_drag(self._present())

    def end_drag(self) -> None:
        self._kept_runs.end_drag(self.engine())
        self.ghosts_changed.emit()

    @property
    def scrub(self) -> bool:
        """Whether every change trains the whole run at once and shows it finished."""
        return self._scrubbing.on

    @property
    def draws_whole(self) -> bool:
        """Whether each frame goes to all panels at once: the end of a scrubbed run, or a step of slow motion."""
        return self.scrub or self._slow

    def set_scrub(self, *, on: bool) -> None:
        """Begin or end to scrub."""
        if on == self._scrubbing.on:
            return
        self._scrubbing.on = on
        if on:
            self._kept_runs.keep(self._present())
            self._want()
        elif self._scrubbing.idle or self._trains_present_spec():
            going_on = self._watching
            self._hand_over()
            if going_on:
                self.train()
        else:
            self._scrubbing.forget()
            self._restart(train=True)

    def undo(self) -> None:
        """Have back the run that was replaced last, just as it was left."""
        kept = self._kept_runs.take_back()
        if kept is None:
            return
        self._scrubbing.forget()
        self.spec, self.data = kept.spec, kept.engine.data
        self._resume(kept.engine)
        self._announce()

    @property
    def can_undo(self) -> bool:
        return bool(self._kept_runs)

    def recipe(self) -> TrainingSpec:
        """Give the spec that trains the present run in one go, without the stops that it went on from."""
        engine = self.engine()
        if engine is None:
            return self.spec
        values: dict[str, object] = {"steps": self.target}
        for name, stop in STOPS.items():
            if engine.passed & stop:
                values[name] = KNOBS[name].default
        spec = self.spec.replaced(**values)
        # where it stops depends on where it is evaluated
        interval = engine.recording.eval_interval
        return spec.replaced(eval_every=interval) if spec.stop_accuracy and spec.eval_interval != interval else spec

    def painted(self) -> None:
        """Told by the plots that they have been painted."""
        self._screen.note_paint()
        if self._scrubbing.on:
            self._scrubbing.trained.emit()

    # Within

    def _turn_live(self, name: str, value: object) -> None:
        if name == "steps":
            steps = int(value)  # type: ignore[call-overload]
            self._will_train = self._lively()
            self._runner.retarget(steps, train=self._will_train)
        else:
            # to undo the stop that ended the run trains on, as more steps do
            undone = name in STOPS and self._stopped() and self._lively()
            self._will_train |= undone
            self._runner.edit(name, float(value), train=undone)  # type: ignore[arg-type]
        self._watch()

    def _replace(self, spec: TrainingSpec, data: Dataset, *, train: bool | None = None) -> None:
        lively = self._lively() if train is None else train
        if not self._scrubbing.on:
            self._kept_runs.keep(self._present())
        self.spec = spec
        if data is not self.data:
            self.data = data
            self.data_changed.emit(data)
        self._restart(train=lively)

    def _restart(self, *, train: bool) -> None:
        if self._scrubbing.on:
            self._want()
            return
        self._will_train = train
        self._scrubbed = None
        engine = self._made_at_once()
        self._generation = self._runner.start(self.spec, self.data, train=train, engine=engine)
        self._coming = engine
        self._announce()
        self._prompt()

    def _announce(self) -> None:
        self._screen.forget()
        self._shown_state = "empty"  # a run may fail as the last one did, before anybody looks
        self._apply_speed()
        self.spec_changed.emit(self.spec)
        self.ghosts_changed.emit()
        self._watch()

    def _want(self) -> None:
        """Have the whole run of the present spec trained, as soon as the one before is done."""
        if self._will_train:
            self._will_train = False
            self._runner.pause()
        self._scrubbing.want(self.spec, self.data)
        self.spec_changed.emit(self.spec)
        self.ghosts_changed.emit()
        self._watch()

    def _follow_scrub(self) -> None:
        """Make what has been scrubbed last the present run, once the run before has been painted."""
        self._scrubbing.hurry()
        if self._screen.awaits_paint():
            return
        done = self._scrubbing.take()
        engine = done.engine if done is not None else self._scrubbing.watched()
        if done is not None and done.engine is None:
            self.scrub_failed.emit(done.fault)
        if engine is not None:
            self._scrubbed = engine
        self._watching = engine is not None and done is None

    def _trains_present_spec(self) -> bool:
        return self._watching and self._scrubbed is not None and self._scrubbed.spec == self.spec

    def _hand_over(self) -> None:
        """Give the present run to the training thread, if scrubbing has it; it stands still then, trained or not."""
        if self._scrubbed is not None:
            self._resume(self._scrubbed)

    def _resume(self, engine: Engine) -> None:
        """Make an engine the present run, standing still where it is."""
        self._scrubbing.release(engine)
        self._scrubbed = None
        self._watching = False
        self._will_train = False
        self._coming = engine
        self._generation = self._runner.start(engine.spec, engine.data, train=False, engine=engine)

    def _made_at_once(self) -> Engine | None:
        """Make a small run right here, without the window noticing, to be painted with the next frame."""
        layout = Layout(self.data.layer_sizes(self.spec.hidden_sizes))
        if layout.n_params > _MADE_AT_ONCE or self.data.x_train.size > _DATA_AT_ONCE:
            return None
        try:
            return self._runner.make(self.spec, self.data)
        except MemoryError:
            return None  # the training thread comes to the same end, which then is a state of the run

    def _prompt(self) -> None:
        """Show a new run now instead of at the next tick, but no more often than the screen does."""
        if self._screen.allows_prompt():
            self._refresh()

    def _lively(self) -> bool:
        """Whether a new run trains at once: the old one was training, or had finished."""
        if self.state == "training":
            return True
        return self.state == "finished" and self.step > 0

    def _ended(self) -> bool:
        """Whether the run has reached its target, or a stop."""
        return self.step >= self.target or self._stopped()

    def _stopped(self) -> bool:
        engine = self.engine()
        return engine is not None and engine.recording.stopped_by != 0

    def _present(self) -> KeptRun | None:
        """Give the present run as one to keep; None where there is nothing to see of it."""
        engine = self.engine()
        if engine is None or self.frame is None or self.frame.run != engine.recording.run or self.frame.step == 0:
            return None
        return KeptRun(engine, engine.recording.frame() or self.frame, self.spec)

    @property
    def _slow(self) -> bool:
        return self.steps_per_second <= SLOW

    def _apply_speed(self) -> None:
        self._runner.set_speed(self.steps_per_second)

    def _watch(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        """Bring what is new to the screen; at rest, stop looking."""
        settled = self._runner.settled() and self._scrubbing.idle
        if self._scrubbing.on:
            self._follow_scrub()
        engine = self.engine()
        if engine is not None:
            frame = None if self._slow and self._screen.awaits_paint() else self._screen.news(engine.recording)
            if frame is not None:
                self._runner.shown = frame.step
                self.frame_changed.emit(frame)
            if self.is_training:
                engine.recording.request()
        if self.state != self._shown_state:
            self._shown_state = self.state
            self.state_changed.emit(self.state)
        if settled and (engine is None or self._screen.has_seen(engine.recording)):
            self._timer.stop()
