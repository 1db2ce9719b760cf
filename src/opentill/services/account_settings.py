"""The operations of Accounts: one's own, and the accounts that are connected to it as their platform.

There is nobody to prove anything to: the operator of an installation knows its accounts. So an account can take
payments from the moment it is made.
"""

import asyncio
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import ledger
from opentill.domain.connect import not_connected
from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects import account_parts as parts
from opentill.domain.objects.account import Account, AccountType, CapabilityStatus, DeletedAccount
from opentill.domain.objects.shared import Address
from opentill.domain.terminal.addresses import CURRENCY
from opentill.requests import accounts as requests
from opentill.requests import params as wire
from opentill.requests.params import Params
from opentill.services.accounts import account_of, forget, own_account
from opentill.services.kinds import ACCOUNTS, CONNECTED_ACCOUNTS
from opentill.services.listing import Listing, created, listing
from opentill.services.operation import Operation, StoredAccount
from opentill.services.parameters import given, kept, merged
from opentill.services.records import AccountHidden, Connection

_STANDARD: Final = parts.Controller(
    fees=parts.ControllerFees(payer="account"),
    is_controller=True,
    losses=parts.ControllerLosses(payments="stripe"),
    requirement_collection="stripe",
    stripe_dashboard=parts.ControllerDashboard(type="full"),
    type="application",
)
_CONTROLLERS: Final[dict[str, parts.Controller]] = {
    "standard": _STANDARD,
    "express": replace(
        _STANDARD,
        fees=parts.ControllerFees(payer="application_express"),
        losses=parts.ControllerLosses(payments="application"),
        stripe_dashboard=parts.ControllerDashboard(type="express"),
    ),
    "custom": replace(
        _STANDARD,
        fees=parts.ControllerFees(payer="application_custom"),
        losses=parts.ControllerLosses(payments="application"),
        requirement_collection="application",
        stripe_dashboard=parts.ControllerDashboard(type="none"),
    ),
}


async def retrieve_own(op: Operation, _: Params) -> Account:
    """Retrieves the details of the account that the request is for."""
    return (await _find(op, op.caller.account)).value


async def retrieve(op: Operation, id: str, _: Params) -> Account:
    """Retrieves the details of an account: one's own, or one that is connected to it."""
    return (await _find(op, id)).value


async def list_all(op: Operation, params: requests.ListAccounts) -> Listing[Account]:
    """Returns a list of accounts connected to your platform, newest first; none if you're not a platform."""
    found = await listing(op, CONNECTED_ACCOUNTS, params, created(params.created))
    accounts = await asyncio.gather(*(account_of(op, connection.id) for connection in found.items))
    return Listing([account.value for account in accounts], found.has_more)


async def create(op: Operation, params: requests.CreateAccount) -> Account:
    """Makes an account that is connected to yours, for which you act with the header `Stripe-Account`."""
    platform = await own_account(op)
    country: str = given(params.country) or given(platform.country) or "US"
    type: AccountType = given(params.type) or ("standard" if isinstance(params.controller, UnsetType) else "none")
    account = Account(
        id=op.new_id("acct"),
        business_profile=parts.BusinessProfile(),
        business_type=None,
        capabilities={"card_payments": "active", "transfers": "active"},
        charges_enabled=True,
        controller=_controller(params.controller) if type == "none" else _CONTROLLERS[type],
        country=country,
        created=op.now,
        default_currency=CURRENCY.get(country, platform.default_currency),
        details_submitted=True,
        future_requirements=parts.Requirements(),
        metadata={},
        payouts_enabled=True,
        requirements=parts.Requirements(),
        settings=parts.Settings(payouts=parts.PayoutsSettings()),
        tos_acceptance=parts.TosAcceptance(),
        type=type,
    )
    account = _changed(account, params)
    hidden = AccountHidden(api_version=op.caller.account_version, platform=op.caller.account)
    op.create(ACCOUNTS, account, hidden, account=account.id)
    op.create(CONNECTED_ACCOUNTS, Connection(id=account.id), None)
    return await op.commit(account)


async def update(op: Operation, id: str, params: requests.UpdateAccount) -> Account:
    """Updates an account: one's own, or one that is connected to it."""
    stored = await _find(op, id)
    account = _changed(stored.value, params)
    if changed := previous_attributes(stored.value, account):
        owner = op.update(stored, account, stored.hidden)
        op.emit("account.updated", account, changed, owner=owner)
        forget(op, id)
    return await op.commit(account)


async def delete(op: Operation, id: str, _: Params) -> DeletedAccount:
    """Ends the connection of an account to yours. In live mode its balance must be zero.

    What the account did stays in its books, as it must.
    """
    connection = await op.find(CONNECTED_ACCOUNTS, id)
    if connection is None:
        if id == op.caller.account:
            raise InvalidRequest("An account cannot delete itself; only accounts that are connected to it.")
        raise not_connected(op.caller.shown, id)
    if op.caller.livemode:
        sums = await op.system.store.ledger_sums(id, True)
        left = ledger.funds(((one.ledger_account, one.currency, one.amount) for one in sums), op.now)
        if any(funds.available or funds.pending for funds in left.values()):
            raise InvalidRequest(f"The account {id} cannot be deleted: its balance is not zero.")
    op.delete(connection)
    return await op.commit(DeletedAccount(id=id))


async def _find(op: Operation, id: str) -> StoredAccount:
    """The account, if the caller may see it: their own, or one connected to it. Raises Forbidden."""
    if id != op.caller.account and await op.find(CONNECTED_ACCOUNTS, id) is None:
        raise not_connected(op.caller.shown, id)
    stored = await op.system.store.get(ACCOUNTS, id, id)
    if stored is None:
        raise not_connected(op.caller.shown, id)
    return stored


# From parameters to the account -----------------------------------------------------------------------------------

# The parts of an account that are laid over each other member by member; what is not here is taken as a whole.
_PARTS: Final[dict[type[Params], type[msgspec.Struct]]] = {
    requests.BusinessProfile: parts.BusinessProfile,
    requests.Branding: parts.Branding,
    requests.CardPayments: parts.CardPaymentsSettings,
    requests.DeclineOn: parts.DeclineOn,
    requests.Payments: parts.PaymentsSettings,
    requests.Payouts: parts.PayoutsSettings,
    requests.PayoutSchedule: parts.PayoutSchedule,
    requests.Settings: parts.Settings,
    requests.TosAcceptance: parts.TosAcceptance,
    requests.AnnualRevenue: parts.AnnualRevenue,
    requests.MonthlyRevenue: parts.MonthlyRevenue,
    wire.Address: Address,
}


def _changed(account: Account, params: requests.UpdateAccount) -> Account:
    """The account with what was given in the place of what was there."""
    return replace(
        account,
        business_profile=_laid_over(account.business_profile, params.business_profile),
        business_type=kept(params.business_type, account.business_type),
        capabilities=_capabilities(account.capabilities, params.capabilities),
        company=_company(account.company, params.company),
        default_currency=kept(params.default_currency, account.default_currency),
        email=kept(params.email, account.email),
        metadata=account.metadata
        if isinstance(params.metadata, UnsetType)
        else merged(given(account.metadata), params.metadata),
        settings=_laid_over(account.settings, params.settings),
        tos_acceptance=_laid_over(account.tos_acceptance, params.tos_acceptance),
    )


def _laid_over(before: Any, params: Params | UnsetType) -> Any:
    """A part of an account with the members that were given, however deep, in the place of those that were there."""
    if isinstance(params, UnsetType):
        return before
    changes: dict[str, Any] = {}
    for name in params.__struct_fields__:
        value: Any = getattr(params, name)
        if isinstance(value, Params):
            inner = None if not isinstance(before, msgspec.Struct) else getattr(before, name)
            changes[name] = _laid_over(inner, value)
        elif value is not UNSET:
            changes[name] = value
    if "delay_days" in changes and changes["delay_days"] == "minimum":
        changes["delay_days"] = parts.PayoutSchedule().delay_days
    if isinstance(before, msgspec.Struct):
        return replace(before, **changes)
    return _PARTS[type(params)](**changes)


def _capabilities(
    before: dict[str, CapabilityStatus] | UnsetType, wanted: dict[str, requests.Capability] | UnsetType
) -> dict[str, CapabilityStatus] | UnsetType:
    if isinstance(wanted, UnsetType):
        return before
    asked: dict[str, CapabilityStatus] = {
        name: "active" if capability.requested else "inactive" for name, capability in wanted.items()
    }
    return {**(given(before) or {}), **asked}


def _company(before: parts.Company | UnsetType, params: requests.Company | UnsetType) -> parts.Company | UnsetType:
    if isinstance(params, UnsetType):
        return before
    company = parts.Company() if isinstance(before, UnsetType) else before
    return replace(
        company,
        address=_laid_over(given(company.address), params.address) if params.address is not UNSET else company.address,
        name=kept(params.name, company.name),
        phone=kept(params.phone, company.phone),
        structure=company.structure
        if isinstance(params.structure, UnsetType)
        else (UNSET if params.structure is None else params.structure),
        tax_id_provided=True if params.tax_id is not UNSET else company.tax_id_provided,
        vat_id_provided=True if params.vat_id is not UNSET else company.vat_id_provided,
    )


def _controller(params: requests.Controller | UnsetType) -> parts.Controller:
    if isinstance(params, UnsetType):
        return _STANDARD
    controller = _STANDARD
    if not isinstance(params.fees, UnsetType) and not isinstance(params.fees.payer, UnsetType):
        controller = replace(controller, fees=parts.ControllerFees(payer=params.fees.payer))
    if not isinstance(params.losses, UnsetType) and not isinstance(params.losses.payments, UnsetType):
        controller = replace(controller, losses=parts.ControllerLosses(payments=params.losses.payments))
    if not isinstance(params.stripe_dashboard, UnsetType) and not isinstance(params.stripe_dashboard.type, UnsetType):
        controller = replace(controller, stripe_dashboard=parts.ControllerDashboard(type=params.stripe_dashboard.type))
    return replace(
        controller,
        requirement_collection=kept(params.requirement_collection, controller.requirement_collection),
    )
