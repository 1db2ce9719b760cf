"""The holder of a card, on the page of its issuer: what a browser would do there, by HTTP alone."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.scenarios.shop import Response, Shop

RETURN_URL = "https://shop.example/back?order=6735#paid"


def page(intent: Any) -> str:
    """The path of the page that an intent in `requires_action` sends its customer to."""
    action = intent.next_action.to_dict() if hasattr(intent, "next_action") else intent["next_action"]
    url = action["redirect_to_url"]["url"] if "redirect_to_url" in action else action["use_stripe_sdk"]["stripe_js"]
    return urlsplit(url).path


def look(shop: Shop, path: str, language: str = "en") -> Response:
    """Open a page."""
    return shop.request("GET", path, headers={"Accept-Language": language}, key=None)


def press(shop: Shop, path: str, answer: str = "complete") -> Response:
    """Press one of the buttons of a page: complete, fail or cancel."""
    return shop.request("POST", path, {"answer": answer}, key=None)


def returned(response: Response) -> dict[str, str]:
    """What the merchant's page is told by the address that the customer comes back to."""
    assert response.status == 303, response
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def passes(shop: Shop, intent: Any) -> dict[str, str]:
    """The customer goes to the page of the issuer and completes it."""
    return returned(press(shop, page(intent)))
