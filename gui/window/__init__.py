"""The main window: its parts, how it shows the run, and what it remembers."""
