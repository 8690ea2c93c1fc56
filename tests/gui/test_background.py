"""Work in the background: what it needed is let go, whatever its owner keeps."""

import weakref

from PySide6.QtCore import QObject

from gui.files.background import Background, Job
from tests.gui.person import until


class Work:
    """Holds what a job needs, such as a whole data set."""

    def __call__(self) -> str:
        return "done"


def test_what_a_finished_job_needed_is_let_go_when_the_next_one_comes(qapp):
    owner, background, heard = QObject(), Background("test"), []
    work = Work()
    held = weakref.ref(work)
    job = Job(work, owner)
    job.done.connect(heard.append)
    background.submit(job)
    until(lambda: not background.busy)
    del work, job
    background.submit(Job(Work(), owner))
    until(lambda: not background.busy and held() is None)
    assert heard == ["done"]
    assert background.close(5.0)
