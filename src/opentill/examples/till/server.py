"""The till's backend over HTTP: JSON in, JSON out, errors as `{"error": {"code", "message"}}`.

It listens on this machine, which keeps other machines away, but not other web sites: a site that the cashier has open
may send requests to any address, or have its own name resolve to this one. So a request must name this server by an
address of the machine itself (`Host`), come from the till's page (`Origin`), and bring the till's token.
"""

import hmac
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, TypeAlias, cast

import stripe

from . import menu
from .orders import Order
from .payments import Payments, Refused

BODY_MAX: Final = 64_000
TIMEOUT_S: Final = 30

# Orders and cards get their ids from the page, so that a request sent twice names the same one.
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INTENT: Final = re.compile(r"pi_\w{1,100}")
_ACTIONS: Final[Mapping[str, Callable[[Payments, str], Order]]] = {
    "abandon": Payments.abandon,
    "capture": Payments.capture,
    "cash": Payments.pay_in_cash,
    "complete": Payments.complete,
    "refund": Payments.refund,
}

Body: TypeAlias = Mapping[str, Any]


def answered(payments: Payments, method: str, path: str, body: Body) -> Any:
    """What a request is answered. Raises Refused, stripe.StripeError."""
    match [method, *path.split("/")[1:]]:
        case ["GET", "menu"]:
            return _menu()
        case ["POST", "connection_token"]:
            return {"secret": payments.connection_token()}
        case ["GET", "orders"]:
            return {"orders": [order.shown() for order in payments.today()]}
        case [_, "orders", id, *what] if _ID.fullmatch(id):
            return _order(payments, [method, *what], id, body)
        case ["GET", "reconciliation"]:
            return {"payments": payments.uncaptured()}
        case ["POST", "reconciliation", intent] if _INTENT.fullmatch(intent):
            return payments.reconcile(intent, body.get("action"))
        case ["PUT", "cards", id] if _ID.fullmatch(id):
            return {"client_secret": payments.begin_card(id, body.get("name"), body.get("consent")).client_secret}
        case ["GET", "cards", id] if _ID.fullmatch(id):
            return payments.saved_card(id)
        case _:
            raise _nothing_here(method, path)


def _order(payments: Payments, request: list[str], id: str, body: Body) -> Any:
    """What a request about one order is answered."""
    match request:
        case ["GET"]:
            return payments.order(id).shown()
        case ["PUT"]:
            quantities: Any = body.get("quantities")
            if not isinstance(quantities, dict):
                raise Refused(400, "bad_request", "`quantities` must be an object.")
            return payments.ring_up(id, cast("dict[str, Any]", quantities), body.get("total")).shown()
        case ["PUT", "email"]:
            return payments.set_email(id, body.get("email")).shown()
        case ["POST", "payment"]:
            intent = payments.intent(id)
            return {"id": intent.id, "client_secret": intent.client_secret, "status": intent.status}
        case ["GET", "receipt"]:
            return payments.receipt(id)
        case ["POST", action] if action in _ACTIONS:
            return _ACTIONS[action](payments, id).shown()
        case _:
            raise _nothing_here(request[0], "/".join(["/orders", id, *request[1:]]))


def _menu() -> Any:
    items = [{"id": one.id, "name": one.name, "group": one.group, "price": one.price} for one in menu.ITEMS.values()]
    return {"shop": menu.SHOP, "currency": menu.CURRENCY, "tax_percent": menu.TAX_PERCENT, "items": items}


def _nothing_here(method: str, path: str) -> Refused:
    return Refused(404, "no_such_address", f"There is no {method} {path[:200]} here.")


@dataclass(frozen=True, slots=True)
class Access:
    """Whom the server answers: pages of these origins that bring this token."""

    origins: frozenset[str]
    token: str


class TillServer(ThreadingHTTPServer):
    """The server, on `port`, or on a socket that listens already if its file descriptor is given."""

    daemon_threads = True

    def __init__(self, payments: Payments, access: Access, port: int, listener: int | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Request, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = type(self.socket)(fileno=listener)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.payments = payments
        self.access = access
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}


class _Request(BaseHTTPRequestHandler):
    """One connection."""

    server: TillServer  # pyright: ignore[reportIncompatibleVariableOverride] - the one that makes these
    protocol_version = "HTTP/1.1"
    server_version = "till"
    sys_version = ""
    timeout: ClassVar[int] = TIMEOUT_S  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_OPTIONS(self) -> None:
        """May a page of that origin ask? The browser asks this first."""
        allowed = self._origin() is not None and self.headers.get("Host", "") in self.server.hosts
        self._send(204 if allowed else 403, None)

    def do_GET(self) -> None:
        """Look something up."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Do something."""
        self._answer("POST")

    def do_PUT(self) -> None:
        """Say how something should be."""
        self._answer("PUT")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request that we know, in JSON too."""
        self.close_connection = True
        self._send(code, _error("bad_request", message or "This is not a request."))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests."""

    def _answer(self, method: str) -> None:
        try:
            body = self._body()
            self._check_access()
            status, answer = 200, answered(self.server.payments, method, self.path.partition("?")[0], body)
        except Refused as refused:
            status, answer = refused.status, _error(refused.code, refused.message)
        except stripe.APIConnectionError:
            status, answer = 502, _error("no_connection", "The payments server cannot be reached. Try again.")
        except stripe.StripeError as error:
            message = error.user_message or "The payments server refused."
            status, answer = (
                (409 if (error.http_status or 500) < 500 else 502),
                _error(error.code or "refused", message),
            )
        except Exception as error:  # noqa: BLE001 - the page gets an answer whatever happens, and we get the reason
            sys.stderr.write(f"{method} {self.path}: {error!r}\n")
            status, answer = 500, _error("failed", "The till's backend failed. Try again.")
        self._send(status, answer)

    def _check_access(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            raise Refused(403, "wrong_host", "This server is reached as 127.0.0.1 or localhost only.")
        if self._origin() is None:
            raise Refused(403, "wrong_origin", "This server is for the page of the till only.")
        if not hmac.compare_digest(self.headers.get("X-Till-Token", "").encode(), self.server.access.token.encode()):
            raise Refused(401, "wrong_token", "The till's token is missing or wrong.")

    def _origin(self) -> str | None:
        """The origin of the page, if it may ask. A request that could not be read has no headers."""
        headers = getattr(self, "headers", None)
        origin = "" if headers is None else headers.get("Origin", "").lower()
        return origin if origin in self.server.access.origins else None

    def _body(self) -> Body:
        """The request's body, which is read whatever becomes of it: the next request comes after it."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or self.headers.get("Transfer-Encoding") is not None:
            self.close_connection = True
            raise Refused(411, "bad_request", "The request's length is missing or wrong.")
        if int(length) > BODY_MAX:
            self.close_connection = True
            raise Refused(413, "too_large", f"A request has at most {BODY_MAX} bytes.")
        text = self.rfile.read(int(length))
        try:
            value: Any = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            raise Refused(400, "bad_request", "The request is not JSON.") from None
        if not isinstance(value, dict):
            raise Refused(400, "bad_request", "The request must be a JSON object.")
        return cast("dict[str, Any]", value)

    def _send(self, status: int, answer: Any) -> None:
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        origin = self._origin()
        if origin is not None:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Methods", "GET, POST, PUT")
            self.send_header("Access-Control-Allow-Headers", "Content-Type, X-Till-Token")
            self.send_header("Access-Control-Max-Age", "600")
        self.send_header("Vary", "Origin")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if answer is not None:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
