"""Webhooks as rules: who is told of what, how a delivery is signed, when it is repeated, and where it may go.

Everything here is pure; the delivering is in worker/deliveries.py, the wire in webhooks/sender.py.
"""

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from opentill.domain.errors import InvalidRequest
from opentill.domain.event_types import ALL
from opentill.domain.objects.webhook_endpoint import WebhookEndpoint

ENDPOINTS_MAX: Final = 16
"""Endpoints of an account in each mode."""

_MINUTE, _HOUR = 60, 3600

# Seconds from a try that failed to the next one. Documented is how long it goes on: "up to three days" in live mode,
# "three times over the course of a few hours" in a sandbox; the steps are ours.
_LIVE_S: Final = (5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 12 * _HOUR, 12 * _HOUR, 12 * _HOUR)
_TEST_S: Final = (5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR)


def wants(endpoint: WebhookEndpoint, type: str, *, of_connected_account: bool) -> bool:
    """Whether an endpoint is to be told of an event of its own account, or of an account connected to that one."""
    return (
        endpoint.status == "enabled"
        and (endpoint.application is not None) == of_connected_account
        and (type in endpoint.enabled_events or ALL in endpoint.enabled_events)
    )


def signature(body: bytes, secrets: Sequence[str], timestamp: int) -> str:
    """The header `Stripe-Signature` of a delivery that leaves at `timestamp`, seconds since the epoch.

    Scheme v1: HMAC-SHA256 over timestamp and body, keyed with the whole text of the secret, once for each secret:
    while one is replaced by another, a receiver that knows either of them is content.

    >>> signature(b"{}", ["whsec_test"], 1)
    't=1,v1=7500d5d4be4b3ef07af1fe56f7d522d135cdaa7530de557e67cc1049c52de094'
    """
    signed = b"%d.%b" % (timestamp, body)
    each = "".join(f",v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}" for secret in secrets)
    return f"t={timestamp}{each}"


def pause_after(tries: int, *, livemode: bool) -> int | None:
    """Seconds from the failure of the `tries`-th try (from 1) to the next; None if that was the last."""
    steps = _LIVE_S if livemode else _TEST_S
    return steps[tries - 1] if tries <= len(steps) else None


# Addresses --------------------------------------------------------------------------------------------------------

# What `is_global` lets through in one version of Python or another, and is no place on the internet.
_NOT_PUBLIC: Final = tuple(
    ip_network(network)
    for network in "192.0.0.0/24 192.88.99.0/24 100.64.0.0/10 240.0.0.0/4 2001::/23 3fff::/20".split()
)
_UNICAST: Final = ip_network("2000::/3")  # what IANA has given out of IPv6
_NAT64: Final = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, so that a delivery to it reaches nothing of our own.

    IPv6 addresses that stand for an IPv4 one are judged by that: the network may well bring them there.

    >>> [is_public(address) for address in ("8.8.8.8", "169.254.169.254", "::ffff:10.0.0.1", "fe80::1%eth0")]
    [True, False, False, False]
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        parsed = _inside(parsed) or parsed
    if isinstance(parsed, IPv6Address) and parsed not in _UNICAST:
        return False
    return parsed.is_global and not parsed.is_multicast and not any(parsed in network for network in _NOT_PUBLIC)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def check_url(url: str, *, livemode: bool, private: bool, param: str = "url") -> str:
    """`url` if deliveries can go there. Raises InvalidRequest.

    `private`: addresses of our own networks are allowed. A name is looked up when a delivery goes out, and judged then.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=param) from None
    if not host or port == 0 or any(character <= " " or character == "\x7f" for character in url):
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=param)
    if livemode and parts.scheme.lower() != "https":
        raise InvalidRequest("Invalid URL: URL must be https in live mode", code="url_invalid", param=param)
    if not private and _names_us(host):
        raise InvalidRequest("Invalid URL: URL must be publicly accessible", code="url_invalid", param=param)
    return url


def _names_us(host: str) -> bool:
    """Whether a host as written in a URL can only be something of our own network."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_public(host)
