"""What would help a run: every suspected knob turned by itself, and the run made again."""
