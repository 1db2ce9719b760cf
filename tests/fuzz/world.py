"""An account with something of everything in it, so that generated requests meet objects in all their states."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.fuzz.wire import Wire

ADDRESS = {
    "address[line1]": "1 Main Street",
    "address[city]": "San Francisco",
    "address[state]": "CA",
    "address[postal_code]": "94111",
    "address[country]": "US",
}
LISTS = (
    "payment_intents",
    "setup_intents",
    "customers",
    "charges",
    "refunds",
    "balance_transactions",
    "events",
    "terminal/locations",
    "terminal/configurations",
    "terminal/readers",
)


def furnish(wire: Wire, key: str) -> dict[str, list[str]]:
    """Make the objects; their ids by prefix."""

    def post(path: str, **params: Any) -> dict[str, Any]:
        body = urlencode({name: value for name, value in params.items() if value is not None}).encode()
        answer = wire.request("POST", f"/v1/{path}", key, body=body)
        assert answer.status in (200, 402), (path, params, answer.body)
        return answer.json if answer.status == 200 else answer.error["payment_intent"]

    def pay(**params: Any) -> dict[str, Any]:
        given = {"amount": 1000, "currency": "usd", "payment_method_types[]": "card"}
        return post("payment_intents", **given | {"confirm": "true", "payment_method": "pm_card_visa"} | params)

    customer = post("customers", name="Jenny", email="jenny@example.com")["id"]
    post("customers", email="other@example.com")
    saved = pay(customer=customer, setup_future_usage="off_session")["payment_method"]
    post("payment_methods", type="card", **{"card[token]": "tok_visa"})
    post("payment_intents", amount=1000, currency="usd")
    post("payment_intents", amount=500, currency="jpy", payment_method=saved, customer=customer)
    post("payment_intents", amount=700, currency="usd", capture_method="manual", **PRESENT)
    pay(capture_method="manual")
    raised = {"payment_method_options[card][request_incremental_authorization]": "if_available"}
    pay(capture_method="manual", amount=2000, **raised)
    pay(payment_method="pm_card_visa_chargeDeclined")
    pay(payment_method="pm_card_authenticationRequired")
    post("refunds", payment_intent=pay()["id"], amount=300)
    post(f"payment_intents/{pay(capture_method='manual')['id']}/cancel")
    post("setup_intents", **{"payment_method_types[]": "card"})
    post("setup_intents", confirm="true", payment_method="pm_card_visa", customer=customer, **{"usage": "on_session"})
    location = post("terminal/locations", display_name="Counter", **ADDRESS)["id"]
    post("terminal/configurations", **{"tipping[usd][fixed_amounts][]": 100})
    reader = post("terminal/readers", registration_code="simulated-s700", location=location)["id"]
    post("terminal/readers", registration_code="simulated-wpe", location=location)
    sale = post("payment_intents", amount=900, currency="usd", capture_method="manual", **PRESENT)["id"]
    post(f"terminal/readers/{reader}/process_payment_intent", payment_intent=sale)
    wire.catch_up()
    ids: dict[str, list[str]] = {"pm": [saved], "tok": ["tok_visa", "tok_mastercard"]}
    for path in LISTS:
        for item in wire.request("GET", f"/v1/{path}", key, query=b"limit=20").json["data"]:
            ids.setdefault(item["id"].partition("_")[0], []).append(item["id"])
    ids["acct"] = [wire.request("GET", "/v1/account", key).json["id"]]
    return ids


PRESENT: Mapping[str, str] = {"payment_method_types[]": "card_present"}
