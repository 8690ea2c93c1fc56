"""The left pane: a form for a TrainingSpec, made from the knobs, with the dial at its head."""
