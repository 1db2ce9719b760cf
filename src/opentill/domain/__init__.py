"""Plain values and pure state machines of payments. Nothing here does I/O or reads a clock."""
