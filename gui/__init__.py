"""Everything that knows Qt: the window, its form, its plots."""
