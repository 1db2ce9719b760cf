"""The operations of WebhookEndpoints: create, retrieve, update, delete, list, and the change of their secrets."""

import asyncio
from typing import Final, TypeVar

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.connect import application_of
from opentill.domain.errors import InvalidRequest
from opentill.domain.ids import random_token
from opentill.domain.objects.webhook_endpoint import DeletedWebhookEndpoint, WebhookEndpoint
from opentill.domain.webhooks import ENDPOINTS_MAX, check_url
from opentill.requests import webhook_endpoints as requests
from opentill.requests.params import ListParams, Params
from opentill.services.fan_out import FRESH_MS
from opentill.services.kinds import WEBHOOK_ENDPOINTS
from opentill.services.listing import Listing, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, kept, merged
from opentill.services.records import WebhookEndpointHidden

_SECRET_LENGTH: Final = 32

T = TypeVar("T")


async def create(op: Operation, params: requests.CreateEndpoint) -> WebhookEndpoint:
    """A webhook endpoint must have a url and a list of enabled_events; its secret is in this answer only."""
    await _check_room(op)
    endpoint = WebhookEndpoint(
        id=op.new_id("we"),
        api_version=given(params.api_version),
        application=application_of(op.caller.account) if given(params.connect) else None,
        created=op.now,
        description=given(params.description),
        enabled_events=params.enabled_events,
        livemode=op.caller.livemode,
        metadata=merged({}, params.metadata),
        url=_checked_url(op, params.url),
    )
    secret = _new_secret()
    op.create(WEBHOOK_ENDPOINTS, endpoint, WebhookEndpointHidden(secret=secret))
    return await _commit(op, replace(endpoint, secret=secret), awaited=True)


async def retrieve(op: Operation, id: str, _: Params) -> WebhookEndpoint:
    """Retrieves the webhook endpoint with the given ID."""
    return (await op.get(WEBHOOK_ENDPOINTS, id, in_path=True)).value


async def list_all(op: Operation, params: ListParams) -> Listing[WebhookEndpoint]:
    """Returns a list of your webhook endpoints."""
    return await listing(op, WEBHOOK_ENDPOINTS, params)


async def update(op: Operation, id: str, params: requests.UpdateEndpoint) -> WebhookEndpoint:
    """Updates the webhook endpoint. You may edit the url, the list of enabled_events, and the status of it."""
    stored = await op.get(WEBHOOK_ENDPOINTS, id, in_path=True)
    before = stored.value
    status = before.status
    if not isinstance(params.disabled, UnsetType):
        status = "disabled" if params.disabled else "enabled"
    after = replace(
        before,
        description=kept(params.description, before.description),
        enabled_events=kept(params.enabled_events, before.enabled_events),
        metadata=merged(before.metadata, params.metadata),
        status=status,
        url=before.url if isinstance(params.url, UnsetType) else _checked_url(op, params.url),
    )
    op.update(stored, after, stored.hidden)
    tells = (after.status, after.enabled_events)
    return await _commit(op, after, awaited=tells != (before.status, before.enabled_events))


async def delete(op: Operation, id: str, _: Params) -> DeletedWebhookEndpoint:
    """Deletes the webhook endpoint. What is on its way to it is not repeated."""
    op.delete(await op.get(WEBHOOK_ENDPOINTS, id, in_path=True))
    return await _commit(op, DeletedWebhookEndpoint(id=id), awaited=False)


async def roll_secret(op: Operation, id: str, params: requests.RollSecret) -> WebhookEndpoint:
    """Gives the endpoint another secret, which is in this answer only. For `expires_in` seconds the old one signs too.

    Of several changes in a row, the last two secrets sign.
    """
    stored = await op.get(WEBHOOK_ENDPOINTS, id, in_path=True)
    overlap = given(params.expires_in) or 0
    hidden = WebhookEndpointHidden(
        secret=_new_secret(),
        previous=stored.hidden.secret if overlap else None,
        previous_until=op.now + overlap if overlap else 0,
    )
    op.update(stored, stored.value, hidden)
    return await op.commit(replace(stored.value, secret=hidden.secret))


def _new_secret() -> str:
    return f"whsec_{random_token(_SECRET_LENGTH)}"


def _checked_url(op: Operation, url: str) -> str:
    return check_url(url, livemode=op.caller.livemode, private=op.system.private_webhooks)


async def _check_room(op: Operation) -> None:
    page = await op.system.store.page(WEBHOOK_ENDPOINTS, op.caller.account, op.caller.livemode, limit=ENDPOINTS_MAX)
    if len(page.items) >= ENDPOINTS_MAX:
        mode = "live" if op.caller.livemode else "test"
        raise InvalidRequest(f"You have reached the maximum of {ENDPOINTS_MAX} {mode} webhook endpoints.")


async def _commit(op: Operation, value: T, *, awaited: bool) -> T:
    """Commit a change of an endpoint. If it is `awaited`, every process knows of it by the time it is answered."""
    account = op.caller.account
    op.after_commit(lambda: op.system.subscriptions.forget(account))
    await op.commit(value)
    if awaited and not op.system.alone:
        await asyncio.sleep(FRESH_MS / 1000)
    return value
