"""In-person payments: locations, readers, their configuration, and the one action a reader works at."""
