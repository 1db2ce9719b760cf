"""The official client for Node, unmodified: see payments.mjs."""

import os
import subprocess
from pathlib import Path

from tests.scenarios.server import Server

PROGRAM = Path(__file__).with_name("payments.mjs")
TIMEOUT_S = 120


def test_the_node_client(server: Server) -> None:
    finished = subprocess.run(
        ["node", "--test", "--test-reporter=spec", str(PROGRAM)],
        env=os.environ | {"OPENTILL_ADDRESS": server.address, "NODE_OPTIONS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    assert "tests 12" in finished.stdout  # it did run them
