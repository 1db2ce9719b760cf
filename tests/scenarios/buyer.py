"""Somebody in front of the page of a Checkout Session whose browser runs no scripts: pages come and forms go."""

import http.client
import re
from html import unescape
from urllib.parse import urlencode, urlsplit

from tests.scenarios.shop import Response

CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}
FILLED = {
    **CARD,
    "email": "jenny@example.com",
    "billingName": "Jenny Rosen",
    "billingCountry": "US",
    "billingPostalCode": "94107",
}


def ask(url: str, form: dict[str, str] | None = None, method: str | None = None, **headers: str) -> Response:
    """A request as a browser makes it: it shows `url`, or sends a form there."""
    parts = urlsplit(url)
    sent = {"Accept": "text/html", "Accept-Language": "en-US"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        body = None if form is None else urlencode(form)
        connection.request(method or ("GET" if form is None else "POST"), path, body, sent)
        answer = connection.getresponse()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, received, answer.read())
    finally:
        connection.close()


def submit(url: str, card: str = "4242 4242 4242 4242", **fields: str) -> Response:
    """Fill in the form of a page and send it."""
    return ask(url, FILLED | {"cardNumber": card} | fields)


def text(page: Response) -> str:
    """What a page says."""
    html = re.sub(r"<head>.*?</head>", "", page.body.decode(), flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def errors(page: Response) -> dict[str, str]:
    """What the page says is wrong with which field."""
    found = re.findall(r'<p class="error" id="([^"]+)-error">([^<]*)</p>', page.body.decode())
    return {name: unescape(said) for name, said in found}


def message(page: Response) -> str:
    """What the page says is wrong with all of it, or ""."""
    found = re.search(r'id="alert"[^>]*><p>([^<]*)</p>', page.body.decode())
    return unescape(found[1]) if found else ""


def value(page: Response, name: str) -> str | None:
    """What stands in a field of the page."""
    found = re.search(rf'<input id="{re.escape(name)}"[^>]*? value="([^"]*)"', page.body.decode())
    return unescape(found[1]) if found else None


def next_page(page: Response) -> str:
    """Where the page takes the customer by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]*)"', page.body.decode())
    assert found is not None, page.body
    return unescape(found[1])
