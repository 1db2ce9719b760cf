"""The device as a state machine without I/O: events in, effects out."""
