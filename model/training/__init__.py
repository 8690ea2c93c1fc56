"""Training: what is asked for (spec), the engine that does it, and what it leaves behind."""
