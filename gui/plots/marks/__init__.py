"""The marks of a Figure as items of a scene."""
