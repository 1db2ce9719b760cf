"""The server is killed at every commit, message and statement of an answer to 3D Secure, and pays once.

The customer presses the button until somebody answers. Then the payment has succeeded and the acquirer was asked once,
or, if the first try was lost before anything went out, after the merchant had the customer asked again.
"""

import http.client
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from tests.crash.mortal import Mortal, shop_on
from tests.scenarios.cardholder import RETURN_URL, page, press, returned
from tests.scenarios.shop import Shop
from tests.scenarios.test_three_d_secure import begun

pytestmark = pytest.mark.soak

COMMITS, MESSAGES, STATEMENTS = 6, 4, 14


@pytest.mark.parametrize(
    ("family", "nth"),
    [
        *(("commit", nth) for nth in range(1, COMMITS + 1)),
        *(("acquirer", nth) for nth in range(1, MESSAGES + 1)),
        *(("statement", nth) for nth in range(1, STATEMENTS + 1)),
    ],
)
def test_killed_while_the_cardholder_answers(tmp_path: Path, family: str, nth: int) -> None:
    server = Mortal(tmp_path)
    try:
        server.begin()
        shop = shop_on(server)
        intent = begun(shop)
        path = page(intent)
        server.stop()

        server.begin(family=family, nth=nth)
        _pressed(shop, path)
        _pressed(shop, path)
        with suppress(ProcessLookupError):  # it has been killed, which is only not known yet
            server.signal(signal.SIGKILL)
        assert server.end() == -signal.SIGKILL
        server.begin()

        shop.advance(seconds=1)
        told = returned(press(shop, path))["redirect_status"]
        after = shop.client.v1.payment_intents.retrieve(intent.id)
        if after.status == "requires_confirmation":  # it was never sent, or nobody knows: the merchant tries again
            assert told == "failed"
            again = shop.client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})
            if again.status == "requires_action":
                press(shop, page(again))
            after = shop.client.v1.payment_intents.retrieve(intent.id)
        assert after.status == "succeeded"
        assert sum(held["captured"] for held in shop.settled_holdings(intent)) == 1099
        assert shop.events(intent.id).count("payment_intent.succeeded") == 1
        assert returned(press(shop, path))["redirect_status"] == "succeeded"
        assert server.failures() == []
    finally:
        server.close()


def _pressed(shop: Shop, path: str) -> None:
    """Press the button, whether or not anybody is there to answer."""
    try:
        press(shop, path)
    except (OSError, http.client.HTTPException):
        return
