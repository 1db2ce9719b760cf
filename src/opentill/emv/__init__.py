"""The card standards as pure code: what a terminal and a card say to each other, and the cryptography between them.

Nothing here does I/O, reads a clock or makes randomness: bytes, dates and unpredictable numbers are handed in.
"""
