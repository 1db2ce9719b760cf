"""How long the tests with generated input go on.

At the usual effort the input is the same in every run, so that a change that breaks nothing fails nothing. With more
(`make fuzz`, `make soak`) it is new each time, and what fails is printed as it can be run again.
"""

import os

from hypothesis import HealthCheck, Phase, settings

EFFORT = int(os.environ.get("OPENTILL_TEST_EFFORT", "1"))


def effort(examples: int, *, steps: int = 1) -> settings:
    """Settings for that many examples, times the effort; of a state machine each has up to `steps`."""
    return settings(
        max_examples=examples * EFFORT,
        derandomize=EFFORT == 1,
        database=None,
        deadline=None,  # the machine may have other things to do
        print_blob=True,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        stateful_step_count=steps,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.nested_given],
    )
