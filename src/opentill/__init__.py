"""opentill: an open payments system for the counter."""

__version__ = "0.1.0"
