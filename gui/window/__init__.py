"""The window: its parts put together, what it tells of the run, and what it remembers."""
