"""Lists and searches: a page of a kind, newest first, with the API's cursors and filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from opentill.domain import search
from opentill.domain.errors import InvalidRequest
from opentill.ports.store import Condition, Kind, Query, Term
from opentill.requests.params import ListParams, RangeQuery, SearchParams, UnsetType
from opentill.services.operation import Operation

T = TypeVar("T")
H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A page of a list."""

    items: Sequence[T]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SearchResult(Generic[T]):
    """A page of a search; `next_page` is the opaque token of the next one."""

    items: Sequence[T]
    next_page: str | None


def created(value: RangeQuery | UnsetType) -> list[Condition]:
    """The conditions of a `created` filter: one second, or a range."""
    if isinstance(value, UnsetType):
        return []
    return [Condition("created", op, seconds) for op, seconds in value.conditions()]


def equals(**filters: Any) -> list[Condition]:
    """Equality conditions for those filters that were given."""
    return [Condition(column, "=", value) for column, value in filters.items() if isinstance(value, str | int)]


async def listing(
    op: Operation, kind: Kind[T, H], params: ListParams, conditions: Sequence[Condition] = ()
) -> Listing[T]:
    """A page of `kind`. Raises ResourceMissing for a cursor that names nothing, InvalidRequest for two cursors."""
    after = before = None
    if isinstance(params.starting_after, str):
        after = await op.get(kind, params.starting_after, param="starting_after")
    if isinstance(params.ending_before, str):
        before = await op.get(kind, params.ending_before, param="ending_before")
    if after is not None and before is not None:
        raise InvalidRequest("Received both starting_after and ending_before parameters. Please pass in only one.")
    page = await op.system.store.page(
        kind,
        op.caller.account,
        op.caller.livemode,
        conditions,
        limit=params.limit,
        starting_after=after,
        ending_before=before,
    )
    return Listing([stored.value for stored in page.items], page.has_more)


async def searching(
    op: Operation, kind: Kind[T, H], params: SearchParams, resource: str, conditions: Sequence[Condition] = ()
) -> SearchResult[T]:
    """A page of what matches `params.query`; `resource` names the fields that can be searched by."""
    query = search.parse(params.query, resource)
    terms = [Term(term.path, term.op, term.value, term.negated) for term in query.terms]
    after = None
    if isinstance(params.page, str):
        after = await op.find(kind, params.page)
        if after is None:
            raise InvalidRequest(
                f"Invalid page: '{params.page}'. Use the next_page of an earlier answer.", param="page"
            )
    page = await op.system.store.search(
        kind,
        op.caller.account,
        op.caller.livemode,
        Query(terms, query.join),
        conditions,
        limit=params.limit,
        after=after,
    )
    return SearchResult(
        [stored.value for stored in page.items], page.items[-1].id if page.has_more and page.items else None
    )
