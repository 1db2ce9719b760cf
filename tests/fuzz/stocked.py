"""Two accounts with something of everything, and one connection that is kept to ask about them."""

import http.client
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

FORM = "application/x-www-form-urlencoded"
LATEST = "2026-10-28.endive"

LISTS = (
    *("payment_intents", "setup_intents", "customers", "charges", "refunds", "balance_transactions", "events"),
    *("accounts", "terminal/locations", "terminal/configurations", "terminal/readers"),
    *("files", "file_links", "webhook_endpoints", "checkout/sessions", "products", "prices"),
)


@dataclass(frozen=True)
class Answer:
    """An answer as it came; `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A connection to `address` that is kept from request to request, made again when the server closes it."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Make a request. Raises OSError or HTTPException if the server does not answer it as HTTP."""
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("Content-Type", FORM)
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def close(self) -> None:
        self._connection.close()


class Stocked:
    """An account that has done everything once. `ids` are its objects, by the names of generated.OBJECTS.

    `headers` have its secret key, `credentials` what a page has, by the name of the security scheme.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.headers = {"Authorization": f"Bearer sk_test_{secrets.token_hex(16)}"}
        self.ids: dict[str, str] = {}
        self.credentials: dict[str, Mapping[str, str]] = {}
        self._stock()

    def post(self, path: str, form: str = "") -> Any:
        """Make something that works."""
        answer = self._connection.ask("POST", f"/v1/{path}", form, self.headers | {"Stripe-Version": LATEST})
        assert answer.status in (200, 402), answer.body
        return answer.json

    def page(self, name: str, limit: int = 100) -> bytes:
        """What a list shows of the account."""
        answer = self._connection.ask("GET", f"/v1/{name}?limit={limit}", None, self.headers)
        assert answer.status == 200, answer.body
        return answer.body

    def everything(self) -> dict[str, bytes]:
        """All of its lists."""
        return {name: self.page(name) for name in LISTS}

    def _stock(self) -> None:
        ids = self.ids
        ids["account"] = json.loads(self._connection.ask("GET", "/v1/account", None, self.headers).body)["id"]
        ids["customer"] = self.post("customers", "name=Ada&email=ada@example.com")["id"]
        ids["method"] = self.post("payment_methods", "type=card&card[token]=tok_visa")["id"]
        self.post(f"payment_methods/{ids['method']}/attach", f"customer={ids['customer']}")
        ids["loose"] = self.post("payment_methods", "type=card&card[token]=tok_mastercard")["id"]
        create = "amount=1000&currency=usd&allowed_payment_method_types[]=card"
        confirm = f"{create}&confirm=true&payment_method=pm_card_visa"
        ids["fresh"] = self.post("payment_intents", f"{create}&customer={ids['customer']}")["id"]
        raised = "capture_method=manual&payment_method_options[card][request_incremental_authorization]=if_available"
        held = self.post("payment_intents", f"{confirm}&{raised}")
        paid = self.post("payment_intents", confirm)
        ids |= {"held": held["id"], "held_charge": held["latest_charge"]}
        ids |= {"paid": paid["id"], "charge": paid["latest_charge"]}
        ids["canceled"] = self.post("payment_intents", create)["id"]
        self.post(f"payment_intents/{ids['canceled']}/cancel")
        declined = self.post("payment_intents", f"{create}&confirm=true&payment_method=pm_card_chargeDeclined")
        ids["declined"] = declined["error"]["payment_intent"]["id"]
        ids["setup"] = self.post("setup_intents", "allowed_payment_method_types[]=card")["id"]
        ids["present_setup"] = self.post("setup_intents", "allowed_payment_method_types[]=card_present")["id"]
        ids["product"] = self.post("products", "name=Tea")["id"]
        ids["price"] = self.post("prices", f"product={ids['product']}&currency=usd&unit_amount=300")["id"]
        page = "success_url=https://shop.example/"
        sells = f"mode=payment&{page}&line_items[0][price]={ids['price']}&line_items[0][quantity]=1"
        ids["saving"] = self.post("checkout/sessions", f"mode=setup&currency=usd&{page}")["id"]
        ids["selling"] = self.post("checkout/sessions", sells)["id"]
        ids["sold"] = self.post("checkout/sessions", sells)["id"]
        self.post(f"payment_pages/{ids['sold']}/confirm", "payment_method=pm_card_visa")
        refund = self.post("refunds", f"charge={paid['latest_charge']}&amount=100")
        ids |= {"refund": refund["id"], "transaction": refund["balance_transaction"]}
        address = "address[line1]=1 Main&address[city]=San Francisco&address[state]=CA&address[postal_code]=94111"
        location = f"display_name=Counter&address[country]=US&{address}".replace(" ", "+")
        ids["location"] = self.post("terminal/locations", location)["id"]
        ids["configuration"] = self.post("terminal/configurations", "name=Tips&tipping[usd][fixed_amounts][]=100")["id"]
        for name in ("reader", "busy_reader", "asking_reader", "pos_reader"):
            register = f"registration_code=simulated-s700&label={name}&location={ids['location']}"
            ids[name] = self.post("terminal/readers", register)["id"]
        for name in ("present", "waiting"):
            ids[name] = self.post("payment_intents", f"{create}_present")["id"]
        self.post(f"terminal/readers/{ids['busy_reader']}/process_payment_intent", f"payment_intent={ids['waiting']}")
        question = "inputs[0][type]=text&inputs[0][custom_text][title]=Name"
        self.post(f"terminal/readers/{ids['asking_reader']}/collect_inputs", question)
        ids["secret"] = self._secret(ids["present"])
        self.credentials["connection_token"] = self._token()
        answer = self._connection.ask("POST", "/opentill/pos/sessions", "", self._token())
        page = self.credentials["session"] = {"Authorization": f"Bearer {answer.json['secret']}"}
        self._connection.ask("POST", f"/opentill/pos/readers/{ids['pos_reader']}/connect", "", page)
        ids["file"] = self._upload()
        ids["link"] = self.post("file_links", f"file={ids['file']}")["id"]
        webhook = "url=http://127.0.0.1:9/&enabled_events[]=charge.failed"  # nobody is there
        ids["webhook_endpoint"] = self.post("webhook_endpoints", webhook)["id"]
        ids["event"] = json.loads(self.page("events", 1))["data"][0]["id"]

    def _upload(self) -> str:
        name = 'Content-Disposition: form-data; name="'
        parts = (f'{name}file"; filename="a.pdf"\r\n\r\n%PDF-1.7', f'{name}purpose"\r\n\r\ndispute_evidence')
        body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--"
        headers = self.headers | {"Content-Type": "multipart/form-data; boundary=b"}
        answer = self._connection.ask("POST", "/v1/files", body, headers)
        assert answer.status == 200, answer.body
        id: str = answer.json["id"]
        return id

    def _token(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.post('terminal/connection_tokens')['secret']}"}

    def _secret(self, intent: str) -> str:
        answer = self._connection.ask("GET", f"/v1/payment_intents/{intent}", None, self.headers)
        return answer.json["client_secret"]
