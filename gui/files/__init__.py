"""Files on their way in and out: own data, specs, pictures and numbers, read and written in the background."""
