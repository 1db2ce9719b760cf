"""The smart reader's software: a program of its own, which knows the server by the reader link only."""
