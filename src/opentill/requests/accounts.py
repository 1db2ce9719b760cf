"""Parameters of the Accounts API: what a business is and how it is set up.

Who is behind it (`individual`, persons, documents) and where it is paid out (`external_account`) are not here: the
operator of an installation knows its accounts, and nothing is paid out yet.
"""

from typing import Annotated, Literal

from opentill.requests.params import (
    UNSET,
    Address,
    Country,
    Currency,
    Email,
    Integer,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Text,
    Timestamp,
    UnsetType,
    Url,
)

_Name = Annotated[str, Text(maximum=100)]
_Phone = Annotated[str, Text(maximum=30)]
_Descriptor = Annotated[
    str,
    Text(
        maximum=22,
        minimum=5,
        pattern=r"""(?=.*[A-Za-z])[^<>\\'"*]*""",
        message="The statement descriptor must contain at least one letter, and none of < > \\ ' \" *.",
    ),
]
_Prefix = Annotated[
    str,
    Text(
        maximum=10,
        minimum=2,
        pattern=r"""(?=.*[A-Za-z])[^<>\\'"*]*""",
        message="The statement descriptor prefix must contain at least one letter, and none of < > \\ ' \" *.",
    ),
]
_Kana = Annotated[str, Text(maximum=22)]
_Kanji = Annotated[str, Text(maximum=17)]
_Color = Annotated[str, Text(pattern="#[0-9A-Fa-f]{6}", message="Invalid color: write it like #0a7cff")]
_Weekday = Literal["friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday"]
_MonthDay = Annotated[int, Integer(minimum=1, maximum=31)]


class AnnualRevenue(Params, kw_only=True):
    """Revenue of the year that ended on `fiscal_year_end`, minor units."""

    amount: Annotated[int, Integer(minimum=0)]
    currency: Currency
    fiscal_year_end: Annotated[str, Text(pattern=r"\d{4}-\d\d-\d\d", message="Invalid date: write it as YYYY-MM-DD")]


class MonthlyRevenue(Params, kw_only=True):
    """Revenue expected in a month, minor units."""

    amount: Annotated[int, Integer(minimum=0)]
    currency: Currency


class BusinessProfile(Params, kw_only=True):
    """What the business is and how customers reach it."""

    annual_revenue: AnnualRevenue | UnsetType = UNSET
    estimated_worker_count: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    mcc: Annotated[str, Text(pattern=r"\d{4}", message="Invalid mcc: four digits (ISO 18245)")] | UnsetType = UNSET
    monthly_estimated_revenue: MonthlyRevenue | UnsetType = UNSET
    name: _Name | None | UnsetType = UNSET
    product_description: Annotated[str, Text(maximum=40_000)] | None | UnsetType = UNSET
    support_address: Address | UnsetType = UNSET
    support_email: Annotated[str, Email()] | None | UnsetType = UNSET
    support_phone: _Phone | None | UnsetType = UNSET
    support_url: Annotated[str, Url()] | None | UnsetType = UNSET
    url: Annotated[str, Url()] | None | UnsetType = UNSET


class Capability(Params, kw_only=True):
    """Something the account wants to be able to do."""

    requested: bool


class Company(Params, kw_only=True):
    """The legal person behind the account. Of a number that is given only that it was is kept."""

    address: Address | UnsetType = UNSET
    name: _Name | None | UnsetType = UNSET
    phone: _Phone | None | UnsetType = UNSET
    registration_number: Annotated[str, Text(maximum=100)] | UnsetType = UNSET
    structure: Annotated[str, Text(maximum=100, pattern="[a-z_]+")] | None | UnsetType = UNSET
    tax_id: Annotated[str, Text(maximum=100)] | UnsetType = UNSET
    vat_id: Annotated[str, Text(maximum=100)] | UnsetType = UNSET


class DeclineOn(Params, kw_only=True):
    """Decline a payment although the issuer approved it."""

    avs_failure: bool | UnsetType = UNSET
    cvc_failure: bool | UnsetType = UNSET


class Branding(Params, kw_only=True):
    """What receipts and pages look like."""

    primary_color: _Color | None | UnsetType = UNSET
    secondary_color: _Color | None | UnsetType = UNSET


class CardPayments(Params, kw_only=True):
    """How card payments are made."""

    decline_on: DeclineOn | UnsetType = UNSET
    statement_descriptor_prefix: _Prefix | None | UnsetType = UNSET
    statement_descriptor_prefix_kana: _Kana | None | UnsetType = UNSET
    statement_descriptor_prefix_kanji: _Kanji | None | UnsetType = UNSET


class Payments(Params, kw_only=True):
    """What stands on customers' statements."""

    statement_descriptor: _Descriptor | None | UnsetType = UNSET
    statement_descriptor_kana: _Kana | None | UnsetType = UNSET
    statement_descriptor_kanji: _Kanji | None | UnsetType = UNSET


class PayoutSchedule(Params, kw_only=True):
    """When money is to be paid out."""

    delay_days: Annotated[int, Integer(minimum=0, maximum=31)] | Literal["minimum"] | UnsetType = UNSET
    interval: Literal["daily", "manual", "monthly", "weekly"] | UnsetType = UNSET
    monthly_anchor: _MonthDay | UnsetType = UNSET
    monthly_payout_days: list[_MonthDay] | UnsetType = UNSET
    weekly_anchor: _Weekday | UnsetType = UNSET
    weekly_payout_days: list[_Weekday] | UnsetType = UNSET


class Payouts(Params, kw_only=True):
    """How money is to be paid out."""

    debit_negative_balances: bool | UnsetType = UNSET
    schedule: PayoutSchedule | UnsetType = UNSET
    statement_descriptor: Annotated[str, Text(maximum=22)] | None | UnsetType = UNSET


class Settings(Params, kw_only=True):
    """How the account is set up."""

    branding: Branding | UnsetType = UNSET
    card_payments: CardPayments | UnsetType = UNSET
    payments: Payments | UnsetType = UNSET
    payouts: Payouts | UnsetType = UNSET


class TosAcceptance(Params, kw_only=True):
    """When and from where the terms were accepted."""

    date: Timestamp | UnsetType = UNSET
    ip: Annotated[str, Text(maximum=45)] | UnsetType = UNSET
    service_agreement: Literal["full", "recipient"] | UnsetType = UNSET
    user_agent: Annotated[str, Text(maximum=500)] | UnsetType = UNSET


class ControllerFees(Params, kw_only=True):
    """Who pays the fees."""

    payer: Literal["account", "application"] | UnsetType = UNSET


class ControllerLosses(Params, kw_only=True):
    """Who answers for a negative balance."""

    payments: Literal["application", "stripe"] | UnsetType = UNSET


class ControllerDashboard(Params, kw_only=True):
    """Which dashboard the account gets."""

    type: Literal["express", "full", "none"] | UnsetType = UNSET


class Controller(Params, kw_only=True):
    """What the platform takes care of."""

    fees: ControllerFees | UnsetType = UNSET
    losses: ControllerLosses | UnsetType = UNSET
    requirement_collection: Literal["application", "stripe"] | UnsetType = UNSET
    stripe_dashboard: ControllerDashboard | UnsetType = UNSET


class UpdateAccount(Params, kw_only=True):
    """What is not given stays as it is."""

    business_profile: BusinessProfile | UnsetType = UNSET
    business_type: Literal["company", "government_entity", "individual", "non_profit"] | UnsetType = UNSET
    capabilities: dict[str, Capability] | UnsetType = UNSET
    company: Company | UnsetType = UNSET
    default_currency: Currency | UnsetType = UNSET
    email: Annotated[str, Email()] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    settings: Settings | UnsetType = UNSET
    tos_acceptance: TosAcceptance | UnsetType = UNSET


class CreateAccount(UpdateAccount, kw_only=True):
    """An account to be connected."""

    controller: Controller | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    type: Literal["custom", "express", "standard"] | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("type", "controller")


class ListAccounts(ListParams, kw_only=True):
    """Which connected accounts."""

    created: RangeQuery | UnsetType = UNSET
