"""Machine code for training; importing any part of it imports numba, which takes a while."""
