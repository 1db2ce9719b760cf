"""The way out of one link, by itself."""

import asyncio
from collections.abc import Mapping
from typing import Any

from opentill.gateway.timing import TIMING
from opentill.gateway.wire import Wire


def test_a_link_that_is_gone_may_be_cut() -> None:
    """As a command does that still waits for the ack of a reader whose plug was pulled meanwhile."""

    async def send(message: Mapping[str, Any]) -> None:
        raise AssertionError(f"nobody is there to be told {message}")

    async def run() -> None:
        async with asyncio.timeout(TIMING.opening_s) as life:
            wire = Wire(send, life, TIMING)
            wire.released()
            await asyncio.sleep(0)
        wire.cut()
        assert wire.ending

    asyncio.run(run())
