"""What is kept of runs beyond the end of the program."""
