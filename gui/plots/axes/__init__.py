"""One plot: axes, title, notes, and the range that they show."""
