"""A page with the Terminal SDK in it, as far as the server sees one: a session, and what is asked with it."""

import secrets
from typing import Any

from tests.scenarios.shop import Response, Shop

CART = {
    "type": "cart",
    "cart": {"currency": "usd", "total": 100, "line_items": [{"amount": 100, "description": "Tea", "quantity": 1}]},
}
FORM = {"inputs": [{"type": "text", "custom_text": {"title": "Name"}}]}


def token(shop: Shop, **params: Any) -> str:
    """A new connection token."""
    return shop.client.v1.terminal.connection_tokens.create(params).secret  # type: ignore[arg-type]


def redeem(shop: Shop, secret: str, *, key: str | None = None, **params: Any) -> Response:
    """Open a session with a connection token, under an idempotency key if one is given."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return shop.request("POST", "/opentill/pos/sessions", params, headers, key=secret)


class Page:
    """A session of its own; `refused` is the code of the latest error."""

    def __init__(self, shop: Shop, **token_params: Any) -> None:
        self.shop = shop
        answer = redeem(shop, token(shop, **token_params))
        assert answer.status == 200, answer.body
        self.secret: str = answer.json["secret"]

    def ask(self, method: str, path: str, form: Any = None, headers: Any = None) -> Response:
        """A request below /opentill/pos."""
        return self.shop.request(method, f"/opentill/pos/{path}", form, headers, key=self.secret)

    def get(self, path: str) -> Any:
        """What a GET gives, or the code of the refusal."""
        return _outcome(self.ask("GET", path))

    def post(self, path: str, form: Any = None, key: str | None = None) -> Any:
        """What a POST gives, or the code of the refusal."""
        return _outcome(self.ask("POST", path, form or {}, {"Idempotency-Key": key or secrets.token_hex(16)}))

    def connect(self, reader: str, **params: Any) -> Any:
        """Connect to a reader; what that gives, or the code of the refusal."""
        return self.post(f"readers/{reader}/connect", params)

    def phase(self, reader: str) -> str:
        """Where the reader stands, or why this page is not told."""
        seen = self.get(f"readers/{reader}")
        return seen if isinstance(seen, str) else seen["phase"]


def _outcome(answer: Response) -> Any:
    if answer.status == 200:
        return answer.json
    assert answer.status < 500, answer.body
    return answer.error.get("code", answer.error["message"])
