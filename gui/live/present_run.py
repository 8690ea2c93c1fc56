"""The present run: its engine, its state, and the orders for it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from model.data.dataset import Dataset
from model.network.layout import Layout
from model.training.engine import STOPS, Engine, Stepper
from model.training.runner import Runner, State
from model.training.spec import TrainingSpec
from model.training.team import Team

_MADE_AT_ONCE = 400_000
_DATA_AT_ONCE = 20_000_000


class Lender(Protocol):
    """Trains runs in its own threads, and lends them to be shown.

    Attributes
    ----------
    trains : whether the run that it lent last is still being trained
    """

    trains: bool

    def release(self, engine: Engine) -> None:
        """Stop training this run, and wait until that has come about."""


class PresentRun(QObject):
    """A run trained by the runner, or lent by a Lender, which trains it until there is an order for it.

    Attributes
    ----------
    stepping : whether the user makes single steps
    ordered : there will be something new to see
    """

    ordered = Signal()

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._generation = 0
        self._steps = 0
        self._coming: Team | None = None
        self._loan: tuple[Engine, Lender] | None = None
        self.stepping = False

    # The present state

    @property
    def engine(self) -> Engine | None:
        """The present engine, None while the training thread is still making it."""
        if self._loan is not None:
            return self._loan[0]
        return self._team.lead if self._team is not None else None

    @property
    def others(self) -> tuple[Engine, ...]:
        """The runs that keep step with the present one."""
        return self._team.others if self._team is not None and self._loan is None else ()

    @property
    def _team(self) -> Team | None:
        return self._runner.team if self._runner.generation == self._generation else self._coming

    @property
    def state(self) -> State:
        """The state, as it will be once the thread has read its orders."""
        if self._loan is not None:
            engine, lender = self._loan
            return "training" if lender.trains else "finished" if engine.recording.ended else "paused"
        runner = self._runner
        if runner.generation == self._generation and (runner.state == "failed" or not runner.orders.undecided):
            return runner.state
        return "training" if runner.orders.running else "paused"

    @property
    def failure(self) -> str:
        """The traceback of the exception that ended the run, or ""."""
        return self._runner.failure

    @property
    def step(self) -> int:
        """Steps trained."""
        return self.engine.recording.step if self.engine is not None else 0

    @property
    def target(self) -> int:
        """The step at which the run ends, once the thread has read its orders."""
        ordered = self._runner.orders.target
        if ordered is not None:
            return ordered
        return self.engine.recording.target if self.engine is not None else self._steps

    @property
    def stopped(self) -> bool:
        """Whether a stop has ended the run."""
        return self.engine is not None and self.engine.recording.stopped_by != 0

    @property
    def ended(self) -> bool:
        """Whether the run has reached its target, or a stop, and those that keep step with it too."""
        if self.others and self._team is not None:
            return self._team.ended
        return self.engine is not None and (self.step >= self.target or self.stopped)

    @property
    def lively(self) -> bool:
        """Whether a run that replaces this one trains at once: if this one trains or has finished."""
        return self.state == "training" or (self.state == "finished" and self.step > 0)

    @property
    def stepper(self) -> Stepper:
        """How the steps of new runs are made."""
        return self._runner.stepper

    # Which run it is

    def start(self, spec: TrainingSpec, data: Dataset, *, train: bool) -> None:
        """Make a new run the present one; a small one is made here, to be painted with the next frame."""
        layout = Layout(data.layer_sizes(spec.hidden_sizes))
        team = None
        if layout.n_params <= _MADE_AT_ONCE and data.x_train.size <= _DATA_AT_ONCE:
            with suppress(MemoryError):  # the training thread gets it too, and reports it as a state of the run
                team = Team(Engine(spec, data, self._runner.stepper))
        self._become(spec, data, team, train=train)

    def resume(self, team: Team) -> None:
        """Make the leader of a team the present run, paused where it is."""
        self._become(team.lead.spec, team.lead.data, team, train=False)

    def request(self) -> None:
        """Ask for a snapshot soon."""
        if self._loan is not None:
            self._loan[0].recording.request()
        elif self._team is not None:
            self._team.request()

    def borrow(self, engine: Engine, lender: Lender) -> None:
        """Show an engine as the present run while its lender trains it."""
        self._loan = (engine, lender)

    def take_over(self) -> None:
        """Take a lent run over from its lender, which stops training it."""
        if self._loan is not None:
            engine, lender = self._loan
            lender.release(engine)
            self.resume(Team(engine))

    # Orders

    def train(self) -> None:
        """Continue training to the target."""
        self.take_over()
        self.stepping = False
        self._runner.resume()
        self.ordered.emit()

    def pause(self) -> None:
        """Stop before the next step."""
        self.take_over()
        self._runner.pause()
        self.ordered.emit()

    def between_steps(self, look: Callable[[Team], None]) -> None:
        """Call something in the thread that trains, between two steps."""
        self._runner.between_steps(look)

    def step_once(self) -> None:
        """Make a single step; beyond the target it moves the target."""
        self.take_over()
        if self.step >= self.target:
            self._runner.retarget(self.step + 1, train=False)
        self.stepping = True
        self._runner.step_once()
        self.ordered.emit()

    def train_to(self, step: int) -> None:
        """Continue training to a new target, even if a stop has ended the run."""
        self.take_over()
        self.stepping = False
        self._runner.retarget(step, train=True, past_stop=True)
        self.ordered.emit()

    def turn(self, name: str, value: object) -> None:
        """Change a live knob; training continues after more steps are set or the stop that ended the run is changed."""
        if name == "steps":
            self.stepping &= not self.lively
            self._runner.retarget(int(value), train=self.lively)  # type: ignore[call-overload]
        else:
            undone = name in STOPS and self.stopped and self.lively
            self._runner.edit(name, float(value), train=undone)  # type: ignore[arg-type]
        self.ordered.emit()

    def use(self, stepper: Stepper) -> None:
        """Use another stepper from now on, with the same results."""
        self._runner.use(stepper)
        self.ordered.emit()

    def _become(self, spec: TrainingSpec, data: Dataset, team: Team | None, *, train: bool) -> None:
        self._loan = None
        self.stepping = False
        self._steps = spec.steps
        self._coming = team
        self._generation = self._runner.start(spec, data, train=train, team=team)
