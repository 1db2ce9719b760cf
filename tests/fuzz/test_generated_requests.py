"""Requests generated from our own OpenAPI document: whatever is asked, the answer is an answer of the API.

No 5xx, always JSON in the API's shape, a refusal changes nothing, and no refusal repeats a card number.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.fuzz.generation import STRAY_NUMBERS, Generator, Pools, spell, spoil
from tests.fuzz.wire import Answer, Wire

pytestmark = pytest.mark.fuzz

EFFORT = int(os.environ.get("OPENTILL_TEST_EFFORT", "1"))
EXAMPLES = 40 * EFFORT

KEY, OTHER_KEY = "sk_test_fuzzed", "sk_test_somebody_else"
TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}
VERSIONS = (None, None, "2026-10-28.endive", "2020-03-02", "2022-11-15", "2024-04-10", "1999-01-01", "ü")
