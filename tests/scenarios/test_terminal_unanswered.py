"""Nobody answers the reader: the payment is retried on the same PaymentIntent, and the card is charged once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.shop import PRIVATE_ON_BOTH, Shop
from tests.scenarios.till import FAILED, SUCCEEDED, VISA, Till, ended

MASTERCARD = "5555555555554444"
GIVEN_UP_S = 130


def lose(shop: Shop) -> None:
    """The authorization arrives, its answer does not, and neither does that to the question what became of it."""
    shop.fault("lost_answer", "authorize")
    shop.fault("lost_answer", "inquire")


@PRIVATE_ON_BOTH
def test_a_retry_finds_the_payment_made(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    failed = till.present()
    assert ended(failed) == ("failed", "connection_error")
    assert failed.action is not None
    assert (failed.action.failure_message, failed.action.api_error) == ("Could not connect to Stripe.", None)
    assert till.intent(intent).status == "requires_confirmation"

    paid = till.process(intent)  # the acquirer is asked, and the customer need not tap again
    assert ended(paid) == ("succeeded", None)
    assert till.present().to_dict() == paid.to_dict()  # a test that presents the card again is not refused
    assert till.present(VISA).to_dict() == paid.to_dict()
    held = till.intent(intent)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
    (holding,) = shop.holdings(intent)
    assert (holding["held"], holding["attempts"]) == (1000, {"authorize": 1})
    assert shop.events(till.reader.id) == [FAILED, SUCCEEDED]
    assert shop.client.v1.payment_intents.capture(intent.id).status == "succeeded"


def test_a_retry_finds_the_card_declined(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    till.present("4000000000000002")
    assert ended(till.process(intent)) == ("in_progress", None)  # for another card
    assert till.intent(intent).status == "requires_payment_method"
    assert ended(till.present()) == ("succeeded", None)


def test_still_no_answer_at_the_retry(private_shop: Shop) -> None:
    """The same card is not charged again while nobody knows of the first attempt; another card may pay."""
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    till.present()
    shop.fault("timeout", "inquire", count=2)
    assert ended(till.process(intent)) == ("in_progress", None)
    assert ended(till.present()) == ("failed", "connection_error")
    (holding,) = shop.holdings(intent)
    assert holding["attempts"] == {"authorize": 1}

    shop.fault("timeout", "inquire")
    till.process(intent)
    assert ended(till.present()) == ("succeeded", None)  # the acquirer answers again
    (holding,) = shop.holdings(intent)
    assert (holding["held"], holding["attempts"]) == (1000, {"authorize": 1})


def test_another_card_releases_the_first_one(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    till.present()
    shop.fault("timeout", "inquire")
    till.process(intent)
    assert ended(till.present(MASTERCARD)) == ("succeeded", None)
    assert sorted(holding["held"] for holding in shop.settled_holdings(intent)) == [0, 1000]
    assert till.read(till.intent(intent)).brand == "mastercard"


def test_an_edited_payment_is_another_sale(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    till.present()
    shop.client.v1.payment_intents.update(intent.id, {"amount": 1500})
    assert ended(till.process(intent)) == ("in_progress", None)
    assert ended(till.present()) == ("succeeded", None)
    assert till.intent(intent).amount_capturable == 1500
    assert sorted(holding["held"] for holding in shop.settled_holdings(intent)) == [0, 1500]


def test_a_payment_that_was_not_sent_can_be_tried_again(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    shop.fault("not_sent", "authorize")
    assert ended(till.present()) == ("failed", "connection_error")
    assert ended(till.process(intent)) == ("in_progress", None)
    assert ended(till.present()) == ("succeeded", None)
    assert [holding["held"] for holding in shop.holdings(intent)] == [1000]


def test_nobody_tries_again(private_shop: Shop) -> None:
    """Two minutes later the hold is released; a later retry is a new attempt."""
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    lose(shop)
    till.present()
    shop.advance(seconds=GIVEN_UP_S)
    assert [holding["held"] for holding in shop.settled_holdings(intent)] == [0]
    till.process(intent)
    assert ended(till.present()) == ("succeeded", None)
    assert sorted(holding["held"] for holding in shop.holdings(intent)) == [0, 1000]


def test_collecting_again_tells_that_it_is_paid(private_shop: Shop) -> None:
    """`intent_invalid_state`: read the PaymentIntent, it is probably paid (guide, handling failures)."""
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.collect(intent)
    till.present()
    lose(shop)
    assert ended(till.confirm(intent)) == ("failed", "connection_error")
    for retry in (till.confirm, till.collect):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retry(intent)
        assert refused.value.code == "intent_invalid_state"
        assert till.intent(intent).status == "requires_capture"
    (holding,) = shop.holdings(intent)
    assert (holding["held"], holding["attempts"]) == (1000, {"authorize": 1})


def test_a_lost_answer_that_the_inquiry_finds_is_no_failure(private_shop: Shop) -> None:
    shop, till = private_shop, Till(private_shop)
    intent = till.sale()
    till.process(intent)
    shop.fault("lost_answer", "authorize")
    assert ended(till.present()) == ("succeeded", None)
    assert till.intent(intent).status == "requires_capture"


# A reader that does not take what it is told ------------------------------------------------------------------------

TROUBLES = [
    ("offline", "terminal_reader_offline"),
    ("busy", "terminal_reader_busy"),
    ("hardware_fault", "terminal_reader_hardware_fault"),
    ("timeout", "terminal_reader_timeout"),
]


@pytest.mark.parametrize(("trouble", "code"), TROUBLES)
def test_a_reader_in_trouble(shop: Shop, trouble: str, code: str) -> None:
    till = Till(shop)
    intent = till.sale()
    till.trouble(trouble)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.process(intent)
    assert (refused.value.http_status, refused.value.code) == (400, code)
    if trouble == "timeout":  # the command may have arrived all the same
        assert ended(till.now()) == ("in_progress", None)
        assert ended(till.present()) == ("succeeded", None)
    else:
        assert till.now().action is None
        assert till.intent(intent).status == "requires_payment_method"
        till.process(intent)
        assert ended(till.present()) == ("succeeded", None)


def test_a_confirmation_that_the_reader_does_not_take_leaves_the_card_collected(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present()
    for trouble, code in TROUBLES:
        till.trouble(trouble)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.confirm(intent)
        assert refused.value.code == code
        assert till.intent(intent).status == "requires_confirmation"
    assert ended(till.confirm(intent)) == ("succeeded", None)


def test_a_reader_in_trouble_is_not_canceled(shop: Shop) -> None:
    till = Till(shop)
    till.process(till.sale())
    for trouble, code in TROUBLES:
        till.trouble(trouble)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.readers.cancel_action(till.reader.id)
        assert refused.value.code == code
    assert ended(till.now()) == ("in_progress", None)


def test_a_key_answers_a_timeout_again(shop: Shop) -> None:
    till = Till(shop)
    till.trouble("timeout")
    given: Any = {"payment_intent": till.sale().id}
    codes: set[str | None] = set()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.readers.process_payment_intent(till.reader.id, given, {"idempotency_key": "once"})
        codes.add(refused.value.code)
    assert codes == {"terminal_reader_timeout"}


# A process that dies ------------------------------------------------------------------------------------------------


def test_a_payment_that_a_crash_cut_short_ends_with_its_action(
    private_server: StartServer, open_shop: OpenShop
) -> None:
    """The card is on its way to the acquirer when the process dies; the next start settles payment and action."""
    server = private_server()
    shop = open_shop(server)
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    shop.fault("delay", "authorize", delay_ms=60_000)
    with ThreadPoolExecutor(1) as customer:
        presented = customer.submit(till.present)
        while shop.request("POST", f"/v1/payment_intents/{intent.id}", {"description": "x"}).status != 429:
            assert not presented.done()
        server.kill()
        assert isinstance(presented.exception(), stripe.APIConnectionError)
    server.start()
    after = open_shop(server, key=shop.key)
    found = (after.client.v1.terminal.readers.retrieve(till.reader.id) for _ in range(1000))
    assert next(ended(reader) for reader in found if ended(reader) != ("in_progress", None)) == ("succeeded", None)
    assert after.client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    assert [holding["held"] for holding in after.holdings(intent)] == [1000]
    assert after.events(till.reader.id) == [SUCCEEDED]
