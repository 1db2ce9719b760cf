"""The assertions of the modules beside the tests are told in full as well."""

import pytest

pytest.register_assert_rewrite(
    "tests.audit",
    "tests.crash.counters",
    "tests.crash.customers",
    "tests.crash.misfortunes",
    "tests.crash.mortal",
    "tests.crash.payments",
    "tests.crash.runs",
    "tests.devices",
)
