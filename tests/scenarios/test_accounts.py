"""Accounts: one's own, and those that are connected to it."""

from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, Shop


def mine(shop: Shop) -> stripe.Account:
    return shop.client.v1.accounts.retrieve_current()


@ON_BOTH
def test_ones_own_account(shop: Shop) -> None:
    account = mine(shop)
    assert (account.object, account.country, account.default_currency) == ("account", "US", "usd")
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (True, True, True)
    assert shop.client.v1.accounts.retrieve(account.id) == account


@ON_BOTH
def test_the_business_can_be_told(shop: Shop) -> None:
    account = mine(shop)
    updated = shop.client.v1.accounts.update(
        account.id,
        {
            "email": "ada@example.com",
            "business_profile": {"name": "Ada's Bar", "mcc": "5813", "support_address": {"city": "London"}},
            "settings": {
                "payments": {"statement_descriptor": "ADAS BAR"},
                "card_payments": {"decline_on": {"cvc_failure": True}},
                "payouts": {"schedule": {"interval": "weekly", "weekly_anchor": "friday", "delay_days": "minimum"}},
            },
            "metadata": {"region": "north"},
        },
    )
    assert updated.email == "ada@example.com"
    assert updated.business_profile is not None
    assert (updated.business_profile.name, updated.business_profile.mcc) == ("Ada's Bar", "5813")
    assert updated.business_profile.support_address is not None
    assert updated.business_profile.support_address.city == "London"
    assert updated.settings is not None
    assert updated.settings.payments.statement_descriptor == "ADAS BAR"
    assert updated.settings.card_payments is not None
    assert updated.settings.card_payments.decline_on is not None
    assert updated.settings.card_payments.decline_on.to_dict() == {"avs_failure": False, "cvc_failure": True}
    assert updated.settings.payouts is not None
    assert updated.settings.payouts.schedule.to_dict() == {
        "delay_days": 2,
        "interval": "weekly",
        "weekly_anchor": "friday",
    }
    assert updated.metadata is not None
    assert updated.metadata.to_dict() == {"region": "north"}
    assert mine(shop) == updated

    # What was not told stays, however deep it is.
    again = shop.client.v1.accounts.update(account.id, {"business_profile": {"support_phone": "+44 20 1234"}})
    assert again.business_profile is not None
    assert (again.business_profile.name, again.business_profile.support_phone) == ("Ada's Bar", "+44 20 1234")

    event = shop.client.v1.events.list({"type": "account.updated"}).data[0].to_dict()
    assert event["data"] == {
        "object": again.to_dict(),
        "previous_attributes": {"business_profile": {"support_phone": None}},
    }
    assert "account" not in event


def test_the_next_payment_knows(shop: Shop) -> None:
    """What an account is set up with is used at once by the process that set it."""
    shop.pay()
    shop.client.v1.accounts.update(
        mine(shop).id,
        {"settings": {"payments": {"statement_descriptor": "NEW NAME"}}, "business_profile": {"mcc": "5734"}},
    )
    assert shop.charge(shop.pay()).calculated_statement_descriptor == "NEW NAME"


def test_an_update_that_changes_nothing_is_no_event(shop: Shop) -> None:
    shop.client.v1.accounts.update(mine(shop).id, {"business_profile": {"mcc": "5812"}})
    shop.client.v1.accounts.update(mine(shop).id, {})
    assert shop.events() == []


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"business_profile": {"mcc": "12"}}, "business_profile[mcc]"),
        ({"business_profile": {"url": "not a url"}}, "business_profile[url]"),
        ({"email": "nobody"}, "email"),
        ({"settings": {"payments": {"statement_descriptor": "A<B>C"}}}, "settings[payments][statement_descriptor]"),
        ({"settings": {"payments": {"statement_descriptor": "12345"}}}, "settings[payments][statement_descriptor]"),
        ({"settings": {"branding": {"primary_color": "red"}}}, "settings[branding][primary_color]"),
        ({"default_currency": "xyz"}, "default_currency"),
        ({"country": "GB"}, "country"),
        ({"type": "standard"}, "type"),
    ],
)
def test_what_is_not_possible(shop: Shop, form: dict[str, Any], param: str) -> None:
    answer = shop.request("POST", f"/v1/accounts/{mine(shop).id}", form)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert shop.events() == []


# Connected accounts -----------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize(
    ("given", "type", "dashboard", "fees"),
    [
        ({"type": "standard"}, "standard", "full", "account"),
        ({"type": "express"}, "express", "express", "application_express"),
        ({"type": "custom"}, "custom", "none", "application_custom"),
        ({}, "standard", "full", "account"),
        (
            {"controller": {"stripe_dashboard": {"type": "none"}, "fees": {"payer": "application"}}},
            "none",
            "none",
            "application",
        ),
    ],
)
def test_create(shop: Shop, given: dict[str, Any], type: str, dashboard: str, fees: str) -> None:
    told: Any = {"country": "DE", "email": "shop@example.com", "business_profile": {"name": "Laden"}}
    account = shop.client.v1.accounts.create(given | told)
    assert (account.type, account.country, account.default_currency) == (type, "DE", "eur")
    assert (account.email, account.charges_enabled) == ("shop@example.com", True)
    assert account.business_profile is not None
    assert account.business_profile.name == "Laden"
    assert account.capabilities is not None
    assert account.capabilities.card_payments == "active"
    assert account.controller is not None
    assert (account.controller.type, account.controller.is_controller) == ("application", True)
    assert account.controller.stripe_dashboard is not None
    assert account.controller.fees is not None
    assert (account.controller.stripe_dashboard.type, account.controller.fees.payer) == (dashboard, fees)
    assert shop.client.v1.accounts.retrieve(account.id) == account


@ON_BOTH
def test_list(shop: Shop, open_shop: OpenShop) -> None:
    open_shop().client.v1.accounts.create({"type": "standard"})
    assert shop.client.v1.accounts.list().data == []
    made = [shop.client.v1.accounts.create({"type": "standard"}).id for _ in range(3)]
    listed = shop.client.v1.accounts.list({"limit": 2})
    assert ([account.id for account in listed.data], listed.has_more) == ([made[2], made[1]], True)
    assert [account.id for account in listed.auto_paging_iter()] == made[::-1]
    assert shop.client.v1.accounts.list({"created": {"lt": 1_000_000_000}}).data == []


@ON_BOTH
def test_an_update_is_an_event_of_the_connected_account(shop: Shop) -> None:
    """What `stripe trigger account.updated` does."""
    account = shop.client.v1.accounts.create({"type": "standard"})
    updated = shop.client.v1.accounts.update(account.id, {"metadata": {"foo": "bar"}})
    assert updated.metadata is not None
    assert updated.metadata.to_dict() == {"foo": "bar"}
    assert shop.events() == []
    (event,) = shop.client.v1.events.list(options={"stripe_account": account.id}).data
    assert (event.type, event.account) == ("account.updated", account.id)
    assert event.to_dict()["data"]["previous_attributes"] == {"metadata": {"foo": None}}


@ON_BOTH
def test_delete(shop: Shop) -> None:
    account = shop.client.v1.accounts.create({"type": "custom"})
    assert shop.client.v1.accounts.delete(account.id).to_dict() == {
        "id": account.id,
        "object": "account",
        "deleted": True,
    }
    assert shop.client.v1.accounts.list().data == []
    with pytest.raises(stripe.PermissionError):
        shop.client.v1.accounts.retrieve(account.id)
    with pytest.raises(stripe.PermissionError):
        shop.client.v1.payment_intents.list(options={"stripe_account": account.id})
    with pytest.raises(stripe.PermissionError):
        shop.client.v1.accounts.delete(account.id)
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.accounts.delete(mine(shop).id)


@ON_BOTH
def test_other_peoples_accounts(shop: Shop, open_shop: OpenShop) -> None:
    elsewhere = open_shop()
    for id in (mine(elsewhere).id, elsewhere.client.v1.accounts.create({"type": "standard"}).id, "acct_none"):
        for method, path in [("GET", f"/v1/accounts/{id}"), ("POST", f"/v1/accounts/{id}")]:
            answer = shop.request(method, path)
            assert (answer.status, answer.error["code"]) == (403, "account_invalid")
            assert answer.error["message"].endswith(
                f"' does not have access to account '{id}' (or that account does not exist). Application access may "
                "have been revoked."
            )
            assert shop.key not in answer.error["message"]


def test_type_and_controller_exclude_each_other(shop: Shop) -> None:
    form = {"type": "standard", "controller": {"requirement_collection": "stripe"}}
    answer = shop.request("POST", "/v1/accounts", form)
    assert (answer.status, answer.error["code"]) == (400, "parameters_exclusive")
