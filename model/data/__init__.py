"""Data to learn from: what is embedded, what is made by a seed, and what people bring."""
