"""The test cards: every documented number with what it is and what it is made to do.

Three things come from this one table: the magic ids (`pm_card_visa`, `tok_visa`), the cards of simulated readers
(`visa`, `offline_pin_cvm`), and the behaviour that the simulated acquirer and the payment rules follow. The
numbers are public and belong to nobody; a test payment accepts no others.

Sources: the reference's testing page (cards by brand, by country, declines, risk, disputes, refunds, 3D Secure)
and the Terminal testing page (simulated cards).
"""

from collections.abc import Iterator
from typing import ClassVar, Final, Literal, TypeAlias

import msgspec

Brand: TypeAlias = Literal[
    "amex",
    "cartes_bancaires",
    "diners",
    "discover",
    "eftpos_au",
    "girocard",
    "interac",
    "jcb",
    "mastercard",
    "unionpay",
    "visa",
    "unknown",
]
Funding: TypeAlias = Literal["credit", "debit", "prepaid", "unknown"]
Check: TypeAlias = Literal["pass", "fail", "unavailable"]
RiskLevel: TypeAlias = Literal["normal", "elevated", "highest"]
DisputeKind: TypeAlias = Literal[
    "fraudulent",
    "product_not_received",
    "inquiry",
    "early_fraud_warning",
    "multiple",
    "visa_compelling_evidence_3",
    "visa_compliance",
    "mastercard_compliance",
    "smart",
    "rapid_dispute_resolution",
    "compelling_evidence_block",
    "ethoca_alert",
]
ThreeDSecure: TypeAlias = Literal[
    "unenrolled",  # supported by the card, but nobody is ever challenged
    "not_supported",
    "optional",  # challenged only when the merchant asks for it
    "optional_error",  # the same, but asking ends in an error
    "required",  # the risk rules ask for it each time
    "lookup_error",  # required, but the lookup fails: the payment is declined
    "unless_set_up",  # required until the card has been set up for off-session use
    "always",  # required each time, set up or not
    "already_set_up",  # required on-session only
    "on_session",  # required on-session; off-session the issuer just declines (see `decline`)
    "frictionless",  # authenticated each time without a challenge
]
Verification: TypeAlias = Literal["offline_pin", "online_pin"]


class TestCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test card.

    `aliases` are what follows `pm_card_` and `tok_`. `simulated` is its name on simulated readers; the `standard`
    ones among them also obey the test amounts. `decline` is the decline code of every charge, and `attachable`
    whether the card can still be saved. `blocked` stops at the risk rules. `refund` "pending" answers later and
    "fails" is taken back later. `bypass_pending` makes the money available at once. `cvm` is the cardholder
    verification of a simulated reader, `retry` that the first tap is refused and the card must be inserted.
    """

    __test__: ClassVar[bool] = False  # pytest: not a class of tests

    number: str
    name: str
    brand: Brand
    funding: Funding = "credit"
    country: str = "US"
    network: Brand | None = None
    aliases: tuple[str, ...] = ()
    simulated: str | None = None
    standard: bool = False
    decline: str | None = None
    attachable: bool = True
    blocked: bool = False
    three_d_secure: ThreeDSecure = "unenrolled"
    risk_level: RiskLevel = "normal"
    cvc_check: Check = "pass"
    line1_check: Check = "pass"
    postal_code_check: Check = "pass"
    dispute: DisputeKind | None = None
    refund: Literal["pending", "fails"] | None = None
    bypass_pending: bool = False
    cvm: Verification | None = None
    retry: bool = False

    def __repr__(self) -> str:
        return f"TestCard({self.name})"


# One card a row: number, name, brand, funding, country of the issuer, then what is special. `ids` are its aliases;
# `reader` cards are known to simulated readers by their name, `standard` ones also obey the test amounts. A card
# with a `decline` can be attached only if it says so.
_ROWS: Final = """
# Cards that just pay, by brand.
4242424242424242 visa visa credit US standard ids=visa,us
4000056655665556 visa_debit visa debit US standard ids=visa_debit
5555555555554444 mastercard mastercard credit US standard ids=mastercard
2223003122003222 mastercard_2_series mastercard credit US
5200828282828210 mastercard_debit mastercard debit US standard ids=mastercard_debit
5105105105105100 mastercard_prepaid mastercard prepaid US standard ids=mastercard_prepaid
378282246310005 amex amex credit US standard three_d_secure=not_supported ids=amex,amex_threeDSecureNotSupported
371449635398431 amex2 amex credit US standard
6011111111111117 discover discover credit US standard ids=discover
6011000990139424 discover2 discover credit US standard
6011981111111113 discover_debit discover debit US
3056930009020004 diners diners credit US standard ids=diners
36227206271667 diners_14digits diners credit US standard
6555900000604105 bccard_dinacard discover credit KR
3566002020360505 jcb jcb credit JP standard ids=jcb
6200000000000005 unionpay unionpay credit CN standard ids=unionpay
6200000000000047 unionpay_debit unionpay debit CN
6205500000000000004 unionpay_19digits unionpay credit CN
# Not documented any more, but in countless test suites, and still accepted.
4111111111111111 visa_classic visa credit US
4012888888881881 visa_classic2 visa credit US
# Of one domestic network, for readers only.
4506445006931933 interac interac debit CA standard three_d_secure=not_supported
6280000360000978 eftpos_au_debit eftpos_au debit AU standard three_d_secure=not_supported
4711009900000316877 girocard_debit girocard debit DE standard three_d_secure=not_supported
# Of two networks; `network` is the domestic one.
4000050360000001 eftpos_au_visa_debit visa debit AU standard network=eftpos_au ids=visa_debit_eftposAuCoBranded
5555050360000080 eftpos_au_mastercard_debit mastercard debit AU standard network=eftpos_au
    ids=mastercard_debit_eftposAuCoBranded
4000002500001001 cartes_bancaires_visa_debit visa debit FR standard network=cartes_bancaires ids=visa_cartesBancaires
5555552500001001 cartes_bancaires_mastercard_debit mastercard debit FR standard network=cartes_bancaires
    ids=mastercard_cartesBancaires
# Health and flexible spending accounts.
4000051230000072 visa_hsa visa debit US ids=debit_visaFsaProductCode,debit_visaHsaProductCode
5200828282828897 mastercard_fsa mastercard debit US ids=mastercard_debit_mastercardFsaProductCode

# By country of the issuer.
5200007840000022 mastercard_ae mastercard credit AE ids=ae_mastercard
4000058260000005 visa_gb_debit visa debit GB ids=gb_debit
5555558265554449 mastercard_gb mastercard credit GB ids=gb_mastercard
3530111333300000 jcb_jp jcb credit JP
4000007640000003 visa_th_credit visa credit TH ids=th_credit,th
4000057640000008 visa_th_debit visa debit TH ids=th_debit

# Declined at each charge.
4000000000000002 charge_declined visa credit US reader decline=generic_decline ids=visa_chargeDeclined,chargeDeclined
4000000000009995 charge_declined_insufficient_funds visa credit US reader decline=insufficient_funds
    ids=visa_chargeDeclinedInsufficientFunds,chargeDeclinedInsufficientFunds,visa_debit_chargeDeclinedInsufficientFunds
4000000000009987 charge_declined_lost_card visa credit US reader decline=lost_card
    ids=visa_chargeDeclinedLostCard,chargeDeclinedLostCard
4000000000009979 charge_declined_stolen_card visa credit US reader decline=stolen_card
    ids=visa_chargeDeclinedStolenCard,chargeDeclinedStolenCard
4000000000000069 charge_declined_expired_card visa credit US reader decline=expired_card
    ids=chargeDeclinedExpiredCard,visa_chargeDeclinedExpiredCard
4000000000000127 charge_declined_incorrect_cvc visa credit US decline=incorrect_cvc
    ids=chargeDeclinedIncorrectCvc,visa_chargeDeclinedIncorrectCvc
4000000000000119 charge_declined_processing_error visa credit US reader decline=processing_error
    ids=chargeDeclinedProcessingError,visa_chargeDeclinedProcessingError
4000000000006975 charge_declined_velocity visa credit US decline=card_velocity_exceeded
    ids=visa_chargeDeclinedVelocityLimitExceeded,chargeDeclinedVelocityLimitExceeded
# The same, but they can be attached. The last two are documented by token only, so their numbers are ours.
4000000000000341 charge_customer_fail visa credit US decline=generic_decline attachable
    ids=chargeCustomerFail,visa_chargeCustomerFail
4000000000003410 charge_customer_fail_lost_card visa credit US decline=lost_card attachable
    ids=visa_chargeCustomerFailLostCard
4000000000003428 charge_customer_fail_stolen_card visa credit US decline=stolen_card attachable
    ids=visa_chargeCustomerFailStolenCard

# Risky, or with details that do not check out.
4100000000000019 radar_block visa credit US decline=fraudulent risk_level=highest blocked
    ids=radarBlock,chargeDeclinedFraudulent,visa_chargeDeclinedFraudulent
4000000000004954 risk_level_highest visa credit US risk_level=highest ids=riskLevelHighest
4000000000009235 risk_level_elevated visa credit US risk_level=elevated ids=riskLevelElevated
4000008400000407 high_fraud_dispute_score visa credit US ids=highFraudDisputeScore
4000008400000159 high_early_fraud_warning_score visa credit US ids=highEfwScore
4000008400001017 dynamic_risk_threshold visa credit US ids=radarDynamicRiskThreshold
4000008405600003 adaptive_3ds visa credit US three_d_secure=optional ids=adaptive3dsChallenge
4000000000000101 cvc_check_fail visa credit US cvc_check=fail ids=cvcCheckFail
4000000000000036 avs_zip_fail visa credit US postal_code_check=fail ids=avsZipFail
4000058400307872 cvc_check_fail_elevated_risk visa credit US risk_level=elevated cvc_check=fail
    ids=cvcCheckFailElevatedRisk
4000058400306072 avs_zip_fail_elevated_risk visa credit US risk_level=elevated postal_code_check=fail
    ids=avsZipFailElevatedRisk
4000000000000028 avs_line1_fail visa credit US line1_check=fail ids=avsLine1Fail
4000000000000010 avs_fail visa credit US line1_check=fail postal_code_check=fail ids=avsFail
4000000000000044 avs_unchecked visa credit US line1_check=unavailable postal_code_check=unavailable ids=avsUnchecked
4000000000001208 captcha_challenge visa credit US
4000000000003725 captcha_challenge2 visa credit US

# Paid, and then something happens to the money.
4000000000000259 dispute_fraudulent visa credit US dispute=fraudulent ids=createDispute
4000000000002685 dispute_product_not_received visa credit US dispute=product_not_received
    ids=createDisputeProductNotReceived
4000000000001976 dispute_inquiry visa credit US dispute=inquiry ids=createDisputeInquiry
4000000000005423 dispute_early_fraud_warning visa credit US dispute=early_fraud_warning ids=createIssuerFraudRecord
4000000404000079 dispute_multiple visa credit US dispute=multiple ids=createMultipleDisputes
4000000404000038 dispute_visa_compelling_evidence_3 visa credit US dispute=visa_compelling_evidence_3
    ids=createCe3EligibleDispute
4000008400000779 dispute_visa_compliance visa credit US dispute=visa_compliance ids=createComplianceDispute
5105008400000002 dispute_mastercard_compliance mastercard credit US dispute=mastercard_compliance
    ids=createMastercardComplianceDispute
4000000001000043 dispute_smart visa credit US dispute=smart ids=createAutoRepresentmentEligibleDispute
4000000404004816 dispute_rapid_dispute_resolution visa credit US dispute=rapid_dispute_resolution
    ids=createRapidDisputeResolutionDispute
4000000404005649 dispute_compelling_evidence_block visa credit US dispute=compelling_evidence_block
    ids=createCe3BlockDispute
5105000300000018 dispute_ethoca_alert mastercard credit US dispute=ethoca_alert ids=createEthocaAlert
4000000000007726 pending_refund visa credit US refund=pending ids=pendingRefund
4000000000005126 refund_fail visa credit US reader refund=fails ids=refundFail
4000000000000077 bypass_pending visa credit US bypass_pending ids=bypassPending
4000003720000278 bypass_pending_international visa credit IE bypass_pending ids=bypassPendingInternational

# 3D Secure, and verification by PIN on a simulated reader.
4000002500003155 authentication_required_on_setup visa credit FR three_d_secure=unless_set_up
    ids=authenticationRequiredOnSetup
4000002760003184 authentication_required visa credit DE three_d_secure=always ids=authenticationRequired
4000003800000446 authentication_required_already_set_up visa credit IT three_d_secure=already_set_up
    ids=authenticationRequiredSetupForOffSession
4000008260003178 authentication_required_insufficient_funds visa credit GB decline=insufficient_funds
    three_d_secure=on_session attachable ids=authenticationRequiredChargeDeclinedInsufficientFunds
4000000000003220 three_d_secure_2_required visa credit IE three_d_secure=required
    ids=threeDSecure2Required,threeDSecureRequired
4000008400000027 three_d_secure_2_required_us visa credit US three_d_secure=required
4000008400001629 three_d_secure_required_charge_declined visa credit US decline=generic_decline
    three_d_secure=required attachable ids=threeDSecureRequiredChargeDeclined
4000008400001280 three_d_secure_required_processing_error visa credit US three_d_secure=lookup_error
    ids=threeDSecureRequiredProcessingError
4000000000003055 three_d_secure_optional visa credit US three_d_secure=optional ids=threeDSecureOptional
4000000000003097 three_d_secure_optional_processing_error visa credit US three_d_secure=optional_error
    ids=threeDSecureOptionalProcessingError
4000000032200000 three_d_secure_frictionless visa credit US three_d_secure=frictionless
4000582600000094 challenge_out_of_band visa credit GB three_d_secure=required
4000582600000045 challenge_one_time_passcode visa credit GB three_d_secure=required
4000582600000102 challenge_single_select visa credit GB three_d_secure=required
4000582600000110 challenge_multi_select visa credit GB three_d_secure=required
4001007020000002 offline_pin_cvm visa credit SG reader cvm=offline_pin
4000008260000075 offline_pin_sca_retry visa credit GB reader cvm=offline_pin retry
4001000360000005 online_pin_cvm visa credit AU reader cvm=online_pin
4000002760000008 online_pin_sca_retry visa credit DE reader cvm=online_pin retry
"""

# Visa credit cards that just pay, by country of the issuer; the country is also their alias.
_BY_COUNTRY: Final = """
    ar 4000000320000021  br 4000000760000002  ca 4000001240000000  cl 4000001520000001  co 4000001700000003
    cr 4000001880000005  ec 4000002180000000  mx 4000004840008001  pa 4000005910000000  py 4000006000000066
    pe 4000006040000068  uy 4000008580000003
    ae 4000007840000001  at 4000000400000008  be 4000000560000004  bg 4000001000000000  by 4000001120000005
    hr 4000001910000009  cy 4000001960000008  cz 4000002030000002  dk 4000002080000001  ee 4000002330000009
    fi 4000002460000001  fr 4000002500000003  de 4000002760000016  gi 4000002920000005  gr 4000003000000030
    hu 4000003480000005  ie 4000003720000005  it 4000003800000008  lv 4000004280000005  li 4000004380000004
    lt 4000004400000000  lu 4000004420000006  mt 4000004700000007  nl 4000005280000002  no 4000005780000007
    pl 4000006160000005  pt 4000006200000007  ro 4000006420000001  sa 4000006820000007  si 4000007050000006
    sk 4000007030000001  es 4000007240000007  se 4000007520000008  ch 4000007560000009  gb 4000008260000000
    au 4000000360000006  cn 4000001560000002  hk 4000003440000004  in 4000003560000008  jp 4000003920000003
    my 4000004580000002  nz 4000005540000008  sg 4000007020000003  tw 4000001580000008
"""


def _cards() -> Iterator[TestCard]:
    rows = "\n".join(line for line in _ROWS.splitlines() if not line.startswith("#")).replace("\n    ", " ")
    for row in filter(None, rows.splitlines()):
        yield _card(row)
    words = iter(_BY_COUNTRY.split())
    for country, number in zip(words, words, strict=True):
        yield _card(f"{number} visa_{country} visa credit {country.upper()} ids={country}")


def _card(row: str) -> TestCard:
    number, name, brand, funding, country, *special = row.split()
    fields: dict[str, object] = {"number": number, "name": name, "brand": brand, "funding": funding, "country": country}
    for word in special:
        key, equals, value = word.partition("=")
        if key == "ids":
            fields["aliases"] = value.split(",")
        elif key in ("reader", "standard"):
            fields["simulated"] = name
            fields["standard"] = key == "standard"
        else:
            fields[key] = value if equals else True
    if "decline" in fields:
        fields.setdefault("attachable", False)
    return msgspec.convert(fields, TestCard)


TEST_CARDS: Final = tuple(_cards())
"""All of them."""

_BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}
_BY_NAME: Final = {card.name: card for card in TEST_CARDS}
_BY_ALIAS: Final = {alias: card for card in TEST_CARDS for alias in card.aliases}
_SIMULATED: Final = {card.simulated: card for card in TEST_CARDS if card.simulated is not None}


def test_card(number: str) -> TestCard | None:
    """The test card of that number (digits only)."""
    return _BY_NUMBER.get(number)


test_card.__dict__["__test__"] = False  # pytest: not a test


def named(name: str) -> TestCard | None:
    """The test card of that `name`: how the simulator remembers cards without their numbers."""
    return _BY_NAME.get(name)


def simulated_card(name: str) -> TestCard | None:
    """The card that a simulated reader knows by `name` (`visa`, `offline_pin_cvm`)."""
    return _SIMULATED.get(name)


def magic_payment_method(id: str) -> TestCard | None:
    """The card behind a PaymentMethod id like `pm_card_visa`."""
    return _BY_ALIAS.get(id[8:]) if id.startswith("pm_card_") else None


def magic_token(id: str) -> TestCard | None:
    """The card behind a token like `tok_visa` (`pm_card_visa` is taken for it, as clients mix them up)."""
    return _BY_ALIAS.get(id[4:]) if id.startswith("tok_") else magic_payment_method(id)
