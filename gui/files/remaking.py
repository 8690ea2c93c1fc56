"""Pictures that bring back the run that made them: trained again to the same step, with the runs that lay beside it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from gui.files.background import Background, Job
from gui.live.kept_runs import KeptRun
from gui.live.session import Session, enter
from gui.messages import Messages
from model.data.prepare import load
from model.training import memory
from model.training.engine import Engine
from model.training.remade import make_again
from model.training.stepper import ready_stepper
from model.words import echo, msg

if TYPE_CHECKING:
    from model.figures.recipe import Recipe, RunRecipe


_LAST_SECONDS = 2.0


class Remaking(QObject):
    """Makes the runs of a recipe again in the background, the newest one alone."""

    def __init__(self, window: QWidget, session: Session, messages: Messages) -> None:
        super().__init__(window)
        self._session = session
        self._background = Background("initscope-remaking")  # no export is to wait for a training
        self._messages = messages
        self._wanted: Recipe | None = None
        self._engine: Engine | None = None
        session.spec_changed.connect(self.stop)  # who goes elsewhere does not want to be brought back
        self._done: Callable[[Recipe], None] | None = None

    def make(self, recipe: "Recipe", done: "Callable[[Recipe], None]") -> None:
        """Make the run of a picture again, and those beside it.

        Parameters
        ----------
        done : called with the recipe once its run is the present one; its compared runs have their new numbers
        """
        self.stop()
        self._wanted, self._done = recipe, done
        stepper = ready_stepper(recipe.run.spec.dtype)

        def made(run: "RunRecipe") -> Engine:
            data = load(run.spec.data_request)
            memory.check(run.spec, data)
            end = (run.reached or run.spec.steps) if run.at is None else run.at
            engine = self._engine = Engine(run.spec, data, stepper)
            return make_again(engine, run.schedule, end, lambda: recipe is not self._wanted)

        def work() -> "tuple[Recipe, list[Engine]]":
            return recipe, [made(run) for run in (recipe.run, *recipe.compared)]

        job = Job(work, self)
        job.done.connect(self._take)
        job.failed.connect(self._fail)
        self._background.submit(job)

    def close(self) -> bool:
        """Want nothing any more, and wait for the thread; returns whether it has ended."""
        self.stop()
        return self._background.close(_LAST_SECONDS)

    @Slot()
    def stop(self) -> None:
        """Want nothing any more; what is being made comes to nothing."""
        self._wanted = None
        if self._engine is not None:
            self._engine.interrupt()

    @Slot(object)
    def _take(self, found: "tuple[Recipe, list[Engine]]") -> None:
        recipe, (engine, *others) = found
        frame = engine.recording.frame()
        if recipe is not self._wanted or frame is None or self._done is None:
            return
        self._wanted = None
        session = self._session
        session.run.pause()
        numbers, before = {}, list[KeptRun]()
        for run, other in zip(recipe.compared, others, strict=True):
            last = other.recording.frame()
            if last is None:
                continue
            numbers[f"run{run.run}"] = f"run{last.run}"
            if run.slot:
                session.shelf.put(other, last, beside=True, name=run.name)
            else:
                before.append(KeptRun(other, last, last.spec_in_force))
        self._done(_renumbered(recipe, numbers))
        enter(session, engine, frame)
        for kept in before:
            session.kept.lay_before(kept)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        if self._wanted is None:
            return
        self._wanted = None
        messages = getattr(error, "messages", None)
        why = getattr(error, "message", None) or msg("{why}", why=echo(str(error), 300))
        told = next(iter(messages.values())) if messages else why
        self._messages.tell(msg("The run of this file cannot be made again."), told)


def _renumbered(recipe: "Recipe", numbers: dict[str, str]) -> "Recipe":
    """Let what was hidden of compared runs be hidden under their new numbers."""
    if recipe.view is None:
        return recipe
    keys = (key.partition(".") for key in recipe.view.hidden)
    hidden = frozenset(f"{numbers.get(name, name)}{dot}{part}" for name, dot, part in keys)
    return replace(recipe, view=recipe.view.with_(hidden=hidden))
