"""The screen's side of a run: which of its frames have been shown, and how many of them were painted."""

import time

from model.training.frame import Frame
from model.training.recording import Recording

REFRESH_MS = 16
_PATIENCE = 0.1
"""Seconds for which a paint is waited for; a window that nobody sees is not painted."""


class Screen:
    """Remembers what has been shown, to show only what is new and no more often than a screen does.

    Attributes
    ----------
    frame : shown last
    painted : times that new training state reached the screen
    """

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.painted = 0
        self._seen = (0, 0)
        self._unpainted = False
        self._shown = 0.0
        self._prompted = 0.0

    def forget(self) -> None:
        """Take whatever comes next as new."""
        self._seen = (0, 0)

    def has_seen(self, recording: Recording) -> bool:
        """Whether the newest of the recording has been shown."""
        return self._seen == (recording.run, recording.published)

    def news(self, recording: Recording) -> Frame | None:
        """Give the newest frame, to be shown now; None where there is nothing new."""
        seen = (recording.run, recording.published)
        frame = recording.frame() if seen != self._seen else None
        if frame is not None:
            self._seen = seen
            self.show(frame)
        return frame

    def show(self, frame: Frame) -> None:
        """Note that this frame is handed to the panels."""
        self.frame = frame
        self._unpainted = True
        self._shown = time.monotonic()

    def awaits_paint(self) -> bool:
        """Whether what was shown last is about to be painted."""
        return self._unpainted and time.monotonic() - self._shown < _PATIENCE

    def note_paint(self) -> None:
        """Count what was shown last as painted, once."""
        if self._unpainted:
            self._unpainted = False
            self.painted += 1

    def allows_prompt(self) -> bool:
        """Whether a new run may be shown before the next tick; a yes counts as doing so."""
        now = time.monotonic()
        allowed = (now - self._prompted) * 1000 >= REFRESH_MS
        if allowed:
            self._prompted = now
        return allowed
