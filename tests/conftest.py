"""Fixtures for all tests."""

from postgres import postgres_server

__all__ = ["postgres_server"]
