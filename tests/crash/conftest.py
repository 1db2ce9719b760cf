"""The assertions of the modules beside the tests are told in full as well."""

import pytest

pytest.register_assert_rewrite("tests.audit", "tests.crash.mortal", "tests.crash.payments", "tests.crash.runs")
