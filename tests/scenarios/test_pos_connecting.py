"""Discovery and connection: which readers a page finds, and that only one page has a reader."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.page import CART, FORM, Page
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import Till, ended


def nothing(page: Page, till: Till) -> Any:
    return None


def pay(page: Page, till: Till) -> Any:
    intent = till.sale()
    form = {"payment_intent": intent.id, "client_secret": intent.client_secret}
    return page.post(f"readers/{till.reader.id}/process_payment_intent", form)


def collected(page: Page, till: Till) -> Any:
    intent = till.sale()
    form = {"payment_intent": intent.id, "client_secret": intent.client_secret}
    page.post(f"readers/{till.reader.id}/collect_payment_method", form)
    page.post(f"readers/{till.reader.id}/present_payment_method")
    return intent


def paid(page: Page, till: Till) -> Any:
    pay(page, till)
    return page.post(f"readers/{till.reader.id}/present_payment_method")


# What a page has the reader do: how it is begun, and the phase that the reader is in then.
DOING: dict[str, tuple[Callable[[Page, Till], Any], str]] = {
    "nothing": (nothing, "idle"),
    "a payment": (pay, "waiting"),
    "a collected card": (collected, "collected"),
    "a cart": (lambda page, till: page.post(f"readers/{till.reader.id}/set_reader_display", CART), "showing"),
    "a form": (lambda page, till: page.post(f"readers/{till.reader.id}/collect_inputs", FORM), "waiting"),
    "a payment that was made": (paid, "succeeded"),
}
IN_USE = {"a payment", "a collected card", "a cart", "a form"}


# Who has the reader ---------------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("doing", DOING)
@pytest.mark.parametrize("fail_if_in_use", [False, True])
def test_another_page_connects(shop: Shop, fail_if_in_use: bool, doing: str) -> None:
    """The table of the guide: `fail_if_in_use` false and true, idle and in the middle of something."""
    till, first, second = Till(shop), Page(shop), Page(shop)
    reader = till.reader.id
    assert first.connect(reader)["object"] == "pos_reader"
    begin, phase = DOING[doing]
    begin(first, till)
    assert first.phase(reader) == phase
    answer = second.connect(reader, fail_if_in_use=fail_if_in_use)
    if fail_if_in_use and doing in IN_USE:
        assert answer == "terminal_reader_in_use"
        assert first.phase(reader) == phase  # the command goes on
        assert second.phase(reader) == "terminal_reader_taken_over"
        return
    assert answer["phase"] == ("idle" if doing in IN_USE else phase)
    assert answer["reader"]["action"] is None  # the other's is none of its business
    assert first.phase(reader) == "terminal_reader_taken_over"
    for command in ("set_reader_display", "disconnect", "cancel_action", "read_reusable_card"):
        form = CART if command == "set_reader_display" else None
        assert first.post(f"readers/{reader}/{command}", form) == "terminal_reader_taken_over"
    assert second.phase(reader) == answer["phase"]
    assert pay(second, till)["phase"] == "waiting"


@ON_BOTH
def test_a_payment_that_is_taken_over_can_be_made_by_the_next(shop: Shop) -> None:
    till, first, second = Till(shop), Page(shop), Page(shop)
    first.connect(till.reader.id)
    intent = collected(first, till)
    assert till.intent(intent).status == "requires_confirmation"
    second.connect(till.reader.id)
    assert till.intent(intent).status == "requires_payment_method"
    form = {"payment_intent": intent.id, "client_secret": intent.client_secret}
    second.post(f"readers/{till.reader.id}/process_payment_intent", form)
    done = second.post(f"readers/{till.reader.id}/present_payment_method")
    assert (done["phase"], till.intent(intent).status) == ("succeeded", "requires_capture")


def test_the_first_may_take_it_back(shop: Shop) -> None:
    till, first, second = Till(shop), Page(shop), Page(shop)
    for page in (first, second, first):
        page.connect(till.reader.id)
    assert (first.phase(till.reader.id), second.phase(till.reader.id)) == ("idle", "terminal_reader_taken_over")


def test_connecting_again_disturbs_nothing(shop: Shop) -> None:
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    pay(page, till)
    assert page.connect(till.reader.id, fail_if_in_use=True)["phase"] == "waiting"


@ON_BOTH
def test_many_connect_at_once_and_one_has_it(shop: Shop) -> None:
    till = Till(shop)
    pages = [Page(shop) for _ in range(4)]
    with ThreadPoolExecutor(len(pages)) as pool:
        outcomes = list(pool.map(lambda page: page.connect(till.reader.id), pages))
    assert all(isinstance(outcome, dict) for outcome in outcomes)
    assert sorted(page.phase(till.reader.id) for page in pages) == ["idle"] + ["terminal_reader_taken_over"] * 3


def test_a_page_without_a_connection(shop: Shop) -> None:
    till, page = Till(shop), Page(shop)
    reader = till.reader.id
    for path, form in (("cancel_action", None), ("set_reader_display", CART), ("disconnect", None)):
        assert page.post(f"readers/{reader}/{path}", form) == "terminal_reader_not_connected"
    for path in (f"readers/{reader}", f"readers/{reader}/settings", "readers/tmr_none"):
        assert page.get(path) == "terminal_reader_not_connected"
    page.connect(reader)
    till.readers.delete(reader)
    assert page.phase(reader) == "terminal_reader_not_connected"
    assert page.connect(reader) == "resource_missing"


def test_a_page_has_one_reader(shop: Shop) -> None:
    here, there, page, other = Till(shop), Till(shop), Page(shop), Page(shop)
    page.connect(here.reader.id)
    page.post(f"readers/{here.reader.id}/set_reader_display", CART)
    page.connect(there.reader.id)
    assert page.phase(here.reader.id) == "terminal_reader_not_connected"
    assert ended(here.now()) == (None, None)
    assert other.connect(here.reader.id, fail_if_in_use=True)["phase"] == "idle"


# Leaving --------------------------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("doing", DOING)
def test_disconnecting_leaves_nothing_that_waits(shop: Shop, doing: str) -> None:
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    DOING[doing][0](page, till)
    key = secrets.token_hex(8)
    gone = page.post(f"readers/{till.reader.id}/disconnect", key=key)
    assert gone["phase"] == ("succeeded" if doing == "a payment that was made" else "idle")
    assert page.post(f"readers/{till.reader.id}/disconnect", key=key) == gone  # its answer was lost
    assert page.post(f"readers/{till.reader.id}/disconnect") == "terminal_reader_not_connected"
    assert (till.now().action is None) == (doing != "a payment that was made")


# Beside a server ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("doing", sorted(IN_USE))
def test_a_server_does_not_cancel_what_a_page_began(shop: Shop, doing: str) -> None:
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    DOING[doing][0](page, till)
    refused = shop.request("POST", f"/v1/terminal/readers/{till.reader.id}/cancel_action", {})
    assert refused.status == 400
    assert "different integration mode" in refused.error["message"]
    assert page.phase(till.reader.id) == DOING[doing][1]
    intent = till.sale()
    till.process(intent)  # but it may give the reader something else to do
    seen = page.get(f"readers/{till.reader.id}")
    assert (seen["phase"], seen["reader"]["action"]) == ("waiting", None)
    assert till.readers.cancel_action(till.reader.id).action is None


def test_a_server_may_cancel_what_a_page_left(shop: Shop) -> None:
    till, page, other = Till(shop), Page(shop), Page(shop)
    page.connect(till.reader.id)
    till.process(till.sale())
    assert other.connect(till.reader.id)["phase"] == "waiting"  # the server's action is not the page's to end
    assert other.post(f"readers/{till.reader.id}/disconnect")["phase"] == "waiting"
    assert till.readers.cancel_action(till.reader.id).action is None


# Discovery ------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_discovery(shop: Shop, open_shop: OpenShop) -> None:
    Till(open_shop())
    first, second = Till(shop, "simulated-wpe"), Till(shop)
    page, scoped = Page(shop), Page(shop, location=first.location.id)
    first.process(first.sale())

    def found(by: Page, query: str = "") -> list[str]:
        return [reader["id"] for reader in by.get(f"readers?{query}")["data"]]

    both = [second.reader.id, first.reader.id]  # newest first
    assert found(page) == both
    assert all(reader["action"] is None for reader in page.get("readers")["data"])
    assert found(page, f"location={second.location.id}") == both[:1]
    assert found(page, "device_type=simulated_wisepos_e") == both[1:]
    assert found(page, f"serial_number={first.reader.serial_number}") == both[1:]
    assert found(scoped) == both[1:]
    assert found(scoped, f"location={second.location.id}") == []
    assert page.get("readers?limit=1")["has_more"] is True
    assert page.get("readers")["has_more"] is False


def test_a_session_of_a_location_has_its_readers_only(shop: Shop, open_shop: OpenShop) -> None:
    here, there = Till(shop), Till(shop)
    page = Page(shop, location=here.location.id)
    assert page.connect(there.reader.id) == "resource_missing"
    assert page.connect(Till(open_shop()).reader.id) == "resource_missing"
    assert page.connect(here.reader.id)["reader"]["id"] == here.reader.id


# The simulated reader -------------------------------------------------------------------------------------------------


@ON_BOTH
def test_the_simulated_reader_of_the_account(shop: Shop, open_shop: OpenShop) -> None:
    pages = [Page(shop) for _ in range(4)]
    with ThreadPoolExecutor(len(pages)) as pool:
        made = list(pool.map(lambda page: page.post("simulator"), pages))
    assert len({reader["id"] for reader in made}) == 1
    reader = made[0]
    assert (reader["object"], reader["device_type"], reader["location"]) == (
        "terminal.reader",
        "simulated_wisepos_e",
        None,
    )
    assert Page(open_shop()).post("simulator")["id"] != reader["id"]
    assert pages[0].get("readers")["data"] == []  # real discovery does not find it
    assert pages[0].connect(reader["id"])["phase"] == "idle"


def test_the_simulated_reader_has_a_location_if_there_is_one(shop: Shop) -> None:
    here, there = Till(shop), Till(shop)
    page = Page(shop, location=here.location.id)
    reader = page.post("simulator")
    assert reader["location"] == here.location.id
    other = Page(shop, location=there.location.id)
    assert other.connect(other.post("simulator")["id"])["reader"]["id"] == reader["id"]


# Settings -------------------------------------------------------------------------------------------------------------


def test_settings_stay_with_the_reader(shop: Shop) -> None:
    till, page, other = Till(shop), Page(shop), Page(shop)
    path = f"readers/{till.reader.id}/settings"
    page.connect(till.reader.id)
    assert page.get(path)["accessibilitySettings"] == {"textToSpeechStatus": "off"}
    speakers = {"accessibility_parameters": {"enable_text_to_speech_speakers": True}}
    assert page.post(path, speakers)["accessibilitySettings"] == {"textToSpeechStatus": "speakers"}
    pay(page, till)
    other.connect(till.reader.id)
    assert other.get(path)["accessibilitySettings"] == {"textToSpeechStatus": "speakers"}
    assert page.post(path, speakers) == "terminal_reader_taken_over"
    assert other.post(path, {}) == "parameter_missing"
