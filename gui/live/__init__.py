"""The running training: its thread, and the session that the window talks to."""
