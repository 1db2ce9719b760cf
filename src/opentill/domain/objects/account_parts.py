"""The parts of an Account: what the business is, who answers for it, and how it is set up."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Address, JapanAddress


class AnnualRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of a year that ended on `fiscal_year_end` (YYYY-MM-DD); minor units."""

    amount: int | None = None
    currency: str | None = None
    fiscal_year_end: str | None = None


class MonthlyRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue expected in a month; minor units."""

    amount: int
    currency: str


class BusinessProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What the business is and how customers reach it. `mcc` is a merchant category code (ISO 18245)."""

    annual_revenue: AnnualRevenue | UnsetType | None = UNSET
    estimated_worker_count: int | UnsetType | None = UNSET
    mcc: str | None = None
    minority_owned_business_designation: list[str] | None = None
    monthly_estimated_revenue: MonthlyRevenue | UnsetType = UNSET
    name: str | None = None
    product_description: str | UnsetType | None = UNSET
    specified_commercial_transactions_act_url: str | None = None
    support_address: Address | None = None
    support_email: str | None = None
    support_phone: str | None = None
    support_url: str | None = None
    url: str | None = None


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """When and from where something about the company was declared true."""

    date: int | None = None
    ip: str | None = None
    user_agent: str | None = None


class RegistrationDate(msgspec.Struct, frozen=True, kw_only=True):
    """When the company was registered."""

    day: int | None = None
    month: int | None = None
    year: int | None = None


class VerificationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was uploaded; `back` and `front` are ids of files."""

    back: str | None = None
    details: str | None = None
    details_code: str | None = None
    front: str | None = None


class CompanyVerification(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that the company exists."""

    document: VerificationDocument


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """The legal person behind the account."""

    address: Address | UnsetType = UNSET
    address_kana: JapanAddress | UnsetType | None = UNSET
    address_kanji: JapanAddress | UnsetType | None = UNSET
    administrative_address: Address | UnsetType = UNSET
    directors_provided: bool | UnsetType = UNSET
    directorship_declaration: Declaration | UnsetType | None = UNSET
    executives_provided: bool | UnsetType = UNSET
    export_license_id: str | UnsetType = UNSET
    export_purpose_code: str | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    name_kana: str | UnsetType | None = UNSET
    name_kanji: str | UnsetType | None = UNSET
    owners_provided: bool | UnsetType = UNSET
    ownership_declaration: Declaration | UnsetType | None = UNSET
    ownership_exemption_reason: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    physical_address: Address | UnsetType = UNSET
    principal_place_of_business: Address | UnsetType = UNSET
    registration_date: RegistrationDate | UnsetType = UNSET
    representative_declaration: Declaration | UnsetType | None = UNSET
    structure: str | UnsetType = UNSET
    tax_id_provided: bool | UnsetType = UNSET
    tax_id_registrar: str | UnsetType = UNSET
    vat_id_provided: bool | UnsetType = UNSET
    verification: CompanyVerification | UnsetType | None = UNSET


class ControllerFees(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays the fees."""

    payer: Literal["account", "application", "application_custom", "application_express"]


class ControllerLosses(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for a negative balance."""

    payments: Literal["application", "stripe"]


class ControllerDashboard(msgspec.Struct, frozen=True, kw_only=True):
    """Which dashboard the account gets."""

    type: Literal["express", "full", "none"]


class Controller(msgspec.Struct, frozen=True, kw_only=True):
    """Who controls the account: itself, or a platform."""

    fees: ControllerFees | UnsetType = UNSET
    is_controller: bool | UnsetType = UNSET
    losses: ControllerLosses | UnsetType = UNSET
    requirement_collection: Literal["application", "stripe"] | UnsetType = UNSET
    stripe_dashboard: ControllerDashboard | UnsetType = UNSET
    type: Literal["account", "application"] = "account"


class RequirementAlternative(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that would do in place of others."""

    alternative_fields_due: list[str]
    original_fields_due: list[str]


class RequirementError(msgspec.Struct, frozen=True, kw_only=True):
    """Why what was handed in is not good enough."""

    code: str
    reason: str
    requirement: str


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """What the account still has to tell; `requirements` now, `future_requirements` later."""

    alternatives: list[RequirementAlternative] | None = []
    current_deadline: int | None = None
    currently_due: list[str] | None = []
    disabled_reason: str | None = None
    errors: list[RequirementError] | None = []
    eventually_due: list[str] | None = []
    past_due: list[str] | None = []
    pending_verification: list[str] | None = []


class BacsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Names on direct debits in the United Kingdom."""

    display_name: str | None = None
    service_user_number: str | None = None


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """What receipts and pages look like; `icon` and `logo` are ids of files, colours `#rrggbb`."""

    icon: str | None = None
    logo: str | None = None
    primary_color: str | None = None
    secondary_color: str | None = None


class ServiceAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """When and from where the terms of a service were accepted."""

    date: int | None = None
    ip: str | None = None
    user_agent: str | UnsetType = UNSET


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a service with terms of its own."""

    tos_acceptance: ServiceAcceptance | UnsetType = UNSET


class DeclineOn(msgspec.Struct, frozen=True, kw_only=True):
    """Decline a payment although the issuer approved it."""

    avs_failure: bool = False
    cvc_failure: bool = False


class CardPaymentsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How card payments are made; the prefix stands before each payment's own descriptor suffix."""

    decline_on: DeclineOn = DeclineOn()
    statement_descriptor_prefix: str | None = None
    statement_descriptor_prefix_kana: str | None = None
    statement_descriptor_prefix_kanji: str | None = None


class DashboardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The account's name and time zone (IANA)."""

    display_name: str | None = None
    timezone: str | None = None


class InvoicesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults for invoices."""

    default_account_tax_ids: list[str] | None = None
    hosted_payment_method_save: Literal["always", "never", "offer"] | None = None


class PaymentsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on customers' statements."""

    statement_descriptor: str | None = None
    statement_descriptor_kana: str | None = None
    statement_descriptor_kanji: str | None = None
    statement_descriptor_prefix_kana: str | None = None
    statement_descriptor_prefix_kanji: str | None = None


class PayoutSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """When money is paid out: `delay_days` after it came in, every `interval`."""

    delay_days: int = 2
    interval: str = "daily"
    monthly_anchor: int | UnsetType = UNSET
    monthly_payout_days: list[int] | UnsetType = UNSET
    weekly_anchor: str | UnsetType = UNSET
    weekly_payout_days: list[str] | UnsetType = UNSET


class PayoutsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How money is paid out."""

    debit_negative_balances: bool = True
    schedule: PayoutSchedule = PayoutSchedule()
    statement_descriptor: str | None = None


class SepaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The creditor of direct debits in the euro area."""

    creditor_id: str | UnsetType = UNSET


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the account is set up."""

    bacs_debit_payments: BacsSettings | UnsetType = UNSET
    branding: Branding = Branding()
    card_issuing: ServiceSettings | UnsetType = UNSET
    card_payments: CardPaymentsSettings = CardPaymentsSettings()
    dashboard: DashboardSettings = DashboardSettings()
    invoices: InvoicesSettings | UnsetType = UNSET
    payments: PaymentsSettings = PaymentsSettings()
    payouts: PayoutsSettings | UnsetType = UNSET
    paypay_payments: dict[str, Any] | UnsetType = UNSET
    sepa_debit_payments: SepaSettings | UnsetType = UNSET
    treasury: ServiceSettings | UnsetType = UNSET


class TosAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """When and from where the terms were accepted."""

    date: int | UnsetType | None = UNSET
    ip: str | UnsetType | None = UNSET
    service_agreement: str | UnsetType = UNSET
    user_agent: str | UnsetType | None = UNSET
