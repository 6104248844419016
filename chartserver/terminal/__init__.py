"""A viewer in the terminal."""
