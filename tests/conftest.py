"""Fixtures for all tests."""

from tests.postgres import postgres_server
from tests.scenarios.fixtures import (
    laboratories,
    open_shop,
    private_server,
    private_shop,
    recorder,
    server,
    shared_server,
    shop,
)

__all__ = [
    "laboratories",
    "open_shop",
    "postgres_server",
    "private_server",
    "private_shop",
    "recorder",
    "server",
    "shared_server",
    "shop",
]
