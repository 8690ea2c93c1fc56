"""Orders: what a run is to do and has not done yet."""

from collections.abc import Callable
from dataclasses import dataclass, field

from model.training.team import Team


@dataclass(slots=True)
class Orders:
    """What has been ordered of one run: state and not a queue, so that the newest counts.

    Attributes
    ----------
    running : to train on
    halt : the step at which a running one pauses, or None
    target : the step at which it is to end from now on, or None where that stays
    single_steps : steps to make one by one
    past_stop : to go on from a stop that has ended it
    replay : to be made again from step 0 by another stepper
    edits : live knobs to turn, in order
    looks : what is to be called between two steps, where the runs stand still
    undecided : to train or to pause has been ordered, and the runner's state does not show it yet
    """

    running: bool = False
    halt: int | None = None
    target: int | None = None
    single_steps: int = 0
    past_stop: bool = False
    replay: bool = False
    edits: list[tuple[str, float]] = field(default_factory=list)
    looks: list[Callable[[Team], None]] = field(default_factory=list)
    undecided: bool = False

    def run(self, halt: int | None = None) -> None:
        """Train on, perhaps to a step."""
        self.running, self.halt, self.undecided = True, halt, True

    def rest(self) -> None:
        """Train no further."""
        self.running, self.halt, self.undecided = False, None, True

    @property
    def pending(self) -> bool:
        """Whether there is anything to do."""
        changed = self.edits or self.looks or self.target is not None
        return bool(changed or self.single_steps or self.replay or self.running)

    def change(self, team: Team) -> None:
        """Apply what changes the run without a step."""
        if self.target is not None:
            team.retarget(self.target)
            self.target = None
        if self.past_stop:
            team.lift_stop()
            self.past_stop = False
        for name, value in self.edits:
            team.edit(name, value)
        self.edits.clear()
