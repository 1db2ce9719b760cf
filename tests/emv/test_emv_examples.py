"""The examples in the docstrings run."""

import doctest
from types import ModuleType

import pytest

from opentill.emv import apdu, dukpt, methods, pinblocks, tlv, tracks


@pytest.mark.parametrize("module", [apdu, dukpt, methods, pinblocks, tlv, tracks], ids=lambda module: module.__name__)
def test_examples_run(module: ModuleType) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
