"""Webhooks as rules: signatures, tries, who is told, and where deliveries may go."""

import doctest
from ipaddress import ip_address
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import webhooks
from opentill.domain.errors import InvalidRequest
from opentill.domain.event_types import EVENT_TYPES
from opentill.domain.objects.webhook_endpoint import WebhookEndpoint
from opentill.domain.webhooks import check_url, is_public, pause_after, signature, wants

HOUR, DAY = 3600, 86_400


def endpoint(*types: str, **params: Any) -> WebhookEndpoint:
    given: Any = {"id": "we_1", "created": 1, "livemode": False, "url": "https://example.com"} | params
    return WebhookEndpoint(enabled_events=list(types), **given)


def test_the_examples_hold() -> None:
    assert doctest.testmod(webhooks).failed == 0


@given(st.binary(), st.lists(st.text("abc123", min_size=1, max_size=40), min_size=1, max_size=2), st.integers(1, 2**40))
def test_every_secret_verifies_what_it_signed(body: bytes, secrets: list[str], at: int) -> None:
    header = signature(body, secrets, at)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    for secret in secrets:
        assert stripe.WebhookSignature.verify_header(text, header, secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(text + " ", header, secrets[0])


@pytest.mark.parametrize(
    ("types", "params", "type", "connected", "told"),
    [
        (["*"], {}, "charge.succeeded", False, True),
        (["charge.failed", "charge.succeeded"], {}, "charge.succeeded", False, True),
        (["charge.failed"], {}, "charge.succeeded", False, False),
        (["*"], {"status": "disabled"}, "charge.succeeded", False, False),
        (["*"], {}, "charge.succeeded", True, False),
        (["*"], {"application": "ca_1"}, "charge.succeeded", True, True),
        (["*"], {"application": "ca_1"}, "charge.succeeded", False, False),
    ],
)
def test_who_is_told(types: list[str], params: dict[str, Any], type: str, connected: bool, told: bool) -> None:
    assert wants(endpoint(*types, **params), type, of_connected_account=connected) is told


@pytest.mark.parametrize(
    ("livemode", "tries", "shortest", "longest"), [(False, 4, 2 * HOUR, 5 * HOUR), (True, 9, 2 * DAY, 3 * DAY)]
)
def test_tries_become_rarer_and_end(livemode: bool, tries: int, shortest: int, longest: int) -> None:
    pauses = [pause_after(number, livemode=livemode) for number in range(1, tries)]
    steps = [pause for pause in pauses if pause is not None]
    assert len(steps) == tries - 1
    assert steps == sorted(steps)
    assert shortest <= sum(steps) <= longest
    assert pause_after(tries, livemode=livemode) is None


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.255.0.1 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
    100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
    :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 fec0::1 2001:db8::1 2001::1 100::1 ::ffff:127.0.0.1
    ::ffff:169.254.169.254 64:ff9b::10.0.0.1 64:ff9b:1::1 2002:7f00:1::1 2002:a9fe:a9fe:: ::127.0.0.1
    localhost example.com 127.1 0x7f000001 2130706433""".split(),
)
def test_what_is_no_public_address(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    """1.1.1.1 8.8.8.8 93.184.216.34 172.15.0.1 172.32.0.1 192.169.0.1 2606:4700:4700::1111 2a00:1450::1
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8""".split(),
)
def test_what_is_a_public_address(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address: Any) -> None:
    known = ip_address(str(address))
    if known.is_private or known.is_loopback or known.is_link_local or known.is_multicast or known.is_unspecified:
        assert not is_public(str(address)) or "64:ff9b::" in str(address)


@pytest.mark.parametrize(
    ("url", "livemode", "private", "message"),
    [
        ("https://example.com/webhook", True, False, None),
        ("http://example.com/webhook", False, False, None),
        ("http://example.com/webhook", True, False, "https in live mode"),
        ("http://127.0.0.1:4242/", False, True, None),
        ("http://127.0.0.1:4242/", False, False, "publicly accessible"),
        ("http://LocalHost./", False, False, "publicly accessible"),
        ("https://[::1]/", True, False, "publicly accessible"),
        ("https://user:pass@10.0.0.1/", True, False, "publicly accessible"),
        ("https://example.com:0/", True, False, "Not a valid URL"),
        ("https://example.com:x/", True, False, "Not a valid URL"),
        ("https://[::1/", True, False, "Not a valid URL"),
        ("https:///webhook", True, False, "Not a valid URL"),
        ("https://example.com/\x7f", True, False, "Not a valid URL"),
    ],
)
def test_where_deliveries_may_go(url: str, livemode: bool, private: bool, message: str | None) -> None:
    if message is None:
        assert check_url(url, livemode=livemode, private=private) == url
    else:
        with pytest.raises(InvalidRequest, match=message):
            check_url(url, livemode=livemode, private=private)


def test_the_types_are_listed_once_and_in_order() -> None:
    assert list(EVENT_TYPES) == sorted(set(EVENT_TYPES))
