"""What each action does that concerns the time of the present run."""

from PySide6.QtCore import QObject, Slot

from gui.live.forking import Forking
from gui.live.session import Session


class TimeCommands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._forking = Forking(session)

    @Slot()
    def do_play(self) -> None:
        self._session.playing.toggle()

    @Slot()
    def do_step_back(self) -> None:
        self._session.playing.step_by(-1)

    @Slot()
    def do_step_forward(self) -> None:
        self._session.playing.step_by(1)

    @Slot()
    def do_play_slower(self) -> None:
        self._session.playing.change_speed(-1)

    @Slot()
    def do_play_faster(self) -> None:
        self._session.playing.change_speed(1)

    @Slot(bool)
    def do_loop(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        self._session.playing.set_loops(on=on)

    @Slot()
    def do_first_step(self) -> None:
        self._session.playing.stop()
        self._session.seek(0)

    @Slot()
    def do_fork(self) -> None:
        self._session.playing.stop()
        self._forking.fork()

    @Slot()
    def do_newest_step(self) -> None:
        self._session.seeking.follow()
