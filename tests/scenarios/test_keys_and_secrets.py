"""Who may ask for what: secret, publishable and restricted keys, and the client secret of an intent."""

import base64
import secrets
from collections.abc import Callable

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.server import Server, run
from tests.scenarios.shop import ON_BOTH, Shop


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


def test_a_new_test_key_opens_an_account_of_its_own(open_shop: OpenShop) -> None:
    """The rule of `opentill up`, so that the key in a guide works. The same key opens the same account again."""
    mine, other = open_shop(), open_shop()
    intent = mine.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    assert open_shop(key=mine.key).client.v1.payment_intents.retrieve(intent.id) == intent
    with pytest.raises(stripe.InvalidRequestError) as refused:
        other.client.v1.payment_intents.retrieve(intent.id)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (404, "resource_missing", "intent")
    assert refused.value.user_message == f"No such payment_intent: '{intent.id}'"
    assert list(other.client.v1.payment_intents.list()) == []


def test_what_belongs_to_another_account_does_not_exist(open_shop: OpenShop) -> None:
    mine, other = open_shop(), open_shop()
    theirs = other.hold()
    customer = other.client.v1.customers.create()
    card = other.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    intents = mine.client.v1.payment_intents
    buyer = mine.client.v1.customers.create()
    own = intents.create({"amount": 1000, "currency": "usd"})
    tried: list[tuple[Callable[[], object], int, str]] = [
        (lambda: intents.capture(theirs.id), 404, "intent"),
        (lambda: intents.cancel(theirs.id), 404, "intent"),
        (lambda: intents.update(theirs.id, {"amount": 1}), 404, "intent"),
        (lambda: intents.confirm(own.id, {"payment_method": card.id}), 400, "payment_method"),
        (lambda: intents.create({"amount": 1000, "currency": "usd", "customer": customer.id}), 400, "customer"),
        (lambda: mine.client.v1.refunds.create({"payment_intent": theirs.id}), 400, "payment_intent"),
        (lambda: mine.client.v1.refunds.create({"charge": str(theirs.latest_charge)}), 400, "charge"),
        (lambda: mine.client.v1.payment_methods.attach(card.id, {"customer": buyer.id}), 404, "payment_method"),
    ]
    for call, status, param in tried:
        with pytest.raises(stripe.InvalidRequestError, match="No such") as refused:
            call()
        told = refused.value
        assert (told.http_status, told.code, told.param) == (status, "resource_missing", param)
    assert mine.holdings(theirs) == []
    assert other.client.v1.payment_intents.retrieve(theirs.id) == theirs


def test_bearer_and_basic(shop: Shop) -> None:
    for authorization in (f"Bearer {shop.key}", f"bearer {shop.key}", basic(f"{shop.key}:"), basic(shop.key)):
        answer = shop.request("GET", "/v1/payment_intents", headers={"Authorization": authorization}, key=None)
        assert answer.status == 200, authorization


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "You did not provide an API key."),
        ("", "You did not provide an API key."),
        ("Bearer", "You did not provide an API key."),
        ("Bearer ", "You did not provide an API key."),
        ("Digest abc", "You did not provide an API key."),
        (basic(":"), "You did not provide an API key."),
        ("Bearer sk_live_unknown1234", "Invalid API Key provided: sk_live_"),
        ("Bearer pk_test_unknown1234", "Invalid API Key provided: pk_test_"),
        ("Bearer rk_test_unknown1234", "Invalid API Key provided: rk_test_"),
        ("Bearer something", "Invalid API Key provided: "),
        ("Bearer sk_test_", "Invalid API Key provided: "),
        ("Bearer " + "sk_test_" + "x" * 5000, "Invalid API Key provided"),
        ("Basic !!!", "Invalid Authorization header"),
        ("Bearer sk_test_\xff", "Invalid Authorization header"),
    ],
)
def test_wrong_keys(shop: Shop, authorization: str | None, message: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = shop.request("GET", "/v1/payment_intents", headers=headers, key=None)
    assert refused.status == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="Stripe"'
    assert refused.headers["request-id"].startswith("req_")
    assert refused.error["type"] == "invalid_request_error"
    assert refused.error["message"].startswith(message)
    assert "code" not in refused.error


def test_a_wrong_key_is_not_repeated(shop: Shop) -> None:
    key = f"sk_live_{secrets.token_hex(12)}"
    with pytest.raises(stripe.AuthenticationError) as refused:
        shop.client_with(key).v1.payment_intents.list()
    assert key not in str(refused.value.json_body)
    assert key[-4:] in str(refused.value)


# Publishable keys ---------------------------------------------------------------------------------------------------


@pytest.fixture
def publishable(shop: Shop) -> stripe.StripeClient:
    """A browser's client of the shop; the publishable key of a development account ends like the secret one."""
    shop.client.v1.payment_intents.list()  # the account opens with its first request
    return shop.client_with(shop.key.replace("sk_test_", "pk_test_"))


def test_a_publishable_key_sees_an_intent_by_its_secret(shop: Shop, publishable: stripe.StripeClient) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "metadata": {"cost": "700"}})
    assert intent.client_secret is not None
    secret = {"client_secret": intent.client_secret}
    seen = publishable.v1.payment_intents.retrieve(intent.id, secret)  # type: ignore[arg-type]
    assert (seen.id, seen.amount, seen.client_secret) == (intent.id, 1000, intent.client_secret)
    for hidden in ("metadata", "customer", "latest_charge", "application_fee_amount"):
        assert hidden not in seen.to_dict(), hidden


def test_a_publishable_key_confirms_with_the_secret(shop: Shop, publishable: stripe.StripeClient) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    paid = publishable.v1.payment_intents.confirm(
        intent.id,
        {
            "client_secret": intent.client_secret,  # type: ignore[typeddict-unknown-key]
            "payment_method_data": {
                "type": "card",
                "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"},
            },
        },
    )
    assert paid.status == "succeeded"
    assert "latest_charge" not in paid.to_dict()
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_decline_shows_a_publishable_key_no_more(shop: Shop, publishable: stripe.StripeClient) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "metadata": {"cost": "700"}})
    with pytest.raises(stripe.CardError) as declined:
        publishable.v1.payment_intents.confirm(
            intent.id,
            {"client_secret": intent.client_secret, "payment_method": "pm_card_chargeDeclined"},  # type: ignore[typeddict-unknown-key]
        )
    shown = declined.value.error.payment_intent  # type: ignore[union-attr]
    assert shown.status == "requires_payment_method"  # type: ignore[union-attr]
    assert "metadata" not in shown.to_dict()  # type: ignore[union-attr]


def test_a_wrong_client_secret(shop: Shop, publishable: stripe.StripeClient) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    other = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    assert intent.client_secret is not None
    for secret in (other.client_secret, f"{intent.id}_secret_x", "ü"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            publishable.v1.payment_intents.retrieve(intent.id, {"client_secret": secret})  # type: ignore[typeddict-item]
        assert (refused.value.http_status, refused.value.param) == (400, "client_secret")
        assert intent.client_secret not in str(refused.value.json_body)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        publishable.v1.payment_intents.retrieve(intent.id)
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "client_secret")


def test_what_a_publishable_key_may_not(shop: Shop, publishable: stripe.StripeClient) -> None:
    intents = publishable.v1.payment_intents
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    manual = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "confirmation_method": "manual"})
    asked = {"client_secret": intent.client_secret, "payment_method": "pm_card_visa"}
    refused = [
        intents.list,
        lambda: intents.create({"amount": 1000, "currency": "usd"}),
        lambda: intents.cancel(intent.id),
        lambda: intents.capture(intent.id),
        lambda: intents.update(intent.id, {"amount": 1}),
        publishable.v1.refunds.list,
        lambda: intents.confirm(intent.id, {**asked, "off_session": True}),  # type: ignore[typeddict-item]
        lambda: intents.confirm(intent.id, {**asked, "error_on_requires_action": True}),  # type: ignore[typeddict-item]
        lambda: intents.confirm(manual.id, {**asked, "client_secret": manual.client_secret}),  # type: ignore[typeddict-item]
    ]
    for call in refused:
        with pytest.raises(stripe.PermissionError) as no:
            call()
        assert (no.value.http_status, no.value.error.code) == (403, "secret_key_required")  # type: ignore[union-attr]
    assert shop.client.v1.payment_intents.retrieve(intent.id) == intent


# Keys that were made ------------------------------------------------------------------------------------------------


def made(server: Server, *arguments: str) -> str:
    """A key made on the command line, `opentill keys create`."""
    (key,) = run("keys", "create", "--data-dir", str(server.data_directory), *server.options, *arguments).split()
    return key


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_serve_knows_only_keys_that_were_made(private_server: StartServer, open_shop: OpenShop, database: str) -> None:
    server = private_server(database, command="serve")
    with pytest.raises(stripe.AuthenticationError):
        open_shop(server).client.v1.payment_intents.list()

    server.stop()  # the embedded database belongs to one process at a time
    keys = made(server), made(server, "--live")
    server.start()
    test, live = (open_shop(server, key) for key in keys)
    intent = test.pay()
    assert (intent.status, intent.livemode) == ("succeeded", False)
    assert list(live.client.v1.payment_intents.list()) == []
    assert test.request("GET", "/opentill/clock").status == 404  # no laboratory outside development
    assert test.request("POST", "/opentill/clock", {"seconds": 1}).status == 404


class Served:
    """A server without the rules for development, an account on it, and further keys to the account.

    On PostgreSQL, where keys can be made while the server runs.
    """

    def __init__(self, server: Server, open_shop: OpenShop) -> None:
        self._server, self._open_shop = server, open_shop
        self.shop = open_shop(server, made(server))
        ((_, self.account, *_),) = self.listed()

    def listed(self) -> list[list[str]]:
        """The rows of `opentill keys list`: id, account, kind, mode, state, key."""
        printed = run("keys", "list", "--data-dir", str(self._server.data_directory), *self._server.options)
        return [line.split() for line in printed.splitlines()[1:]]

    def opened(self, *arguments: str) -> Shop:
        """The same account by another key."""
        return self._open_shop(self._server, made(self._server, "--account", self.account, *arguments))

    def revoke(self, id: str) -> None:
        run("keys", "revoke", id, "--data-dir", str(self._server.data_directory), *self._server.options)


@pytest.fixture
def served(private_server: StartServer, open_shop: OpenShop) -> Served:
    return Served(private_server("postgres", command="serve"), open_shop)


def test_restricted_keys(served: Served) -> None:
    reader = served.opened("--kind", "restricted", "--allow", "payment_intents:read")
    writer = served.opened("--kind", "restricted", "--allow", "payment_intents:write")
    intent = served.shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})

    assert reader.client.v1.payment_intents.retrieve(intent.id) == intent
    assert [each.id for each in reader.client.v1.payment_intents.list()] == [intent.id]
    with pytest.raises(stripe.PermissionError, match="does not have the required permissions") as refused:
        reader.client.v1.payment_intents.cancel(intent.id)
    assert refused.value.http_status == 403
    assert reader.key not in str(refused.value)
    assert "payment_intents_write" in str(refused.value)

    assert writer.client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.PermissionError):
        writer.client.v1.refunds.list()


def test_modes_do_not_mix(served: Served) -> None:
    live = served.opened("--live")
    intent = served.shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        live.client.v1.payment_intents.retrieve(intent.id)
    assert refused.value.http_status == 404
    assert refused.value.user_message == (
        f"No such payment_intent: '{intent.id}'; a similar object exists in test mode, but a live mode key was used to "
        "make this request."
    )


def test_a_revoked_key(served: Served) -> None:
    other = served.opened()
    (id,) = [id for id, *_, shown in served.listed() if shown.endswith(other.key[-4:])]
    served.revoke(id)
    with pytest.raises(stripe.AuthenticationError) as refused:
        other.client.v1.payment_intents.list()
    assert (refused.value.http_status, refused.value.error.code) == (401, "api_key_expired")  # type: ignore[union-attr]
    assert served.shop.client.v1.payment_intents.list().data == []


@ON_BOTH
def test_keys_are_kept_as_hashes(shop: Shop) -> None:
    shop.client.v1.payment_intents.list()
    files = [path for path in shop.server.data_directory.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert shop.key.encode() not in path.read_bytes(), path
    assert not any(shop.key in line for line in shop.server.log)
