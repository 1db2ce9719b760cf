"""3D Secure: what becomes of a challenge, and what an authentication leaves on charges and setup attempts.

A challenge is one question to a cardholder: is it you who pays this, or saves this card?

    open ──passed──> passed ──confirmed──> used        the intent is confirmed by the merchant's server
      │  ──passed──────────────────────────> used        the intent is confirmed by the answer itself
      ├──failed───> failed, canceled                     the cardholder could not, or would not
      ├──ended────> ended                                the intent was confirmed anew, changed or canceled
      └──expired──> expired                              nobody answered in time

(EMV 3-D Secure protocol 2.2.0; reference: authentication, `three_d_secure` of charges and setup attempts.)
"""

from typing import Final, Literal, TypeAlias
from urllib.parse import quote, urlencode

import msgspec

from opentill.domain.errors import invariant
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method_details import (
    AuthenticationFlow,
    AuthenticationResultReason,
    ElectronicCommerceIndicator,
    ThreeDSecure,
)
from opentill.domain.objects.setup_attempt import SetupThreeDSecure
from opentill.domain.objects.setup_intent import SetupIntent

Answer: TypeAlias = Literal["complete", "fail", "cancel"]
"""What the cardholder does on the issuer's page."""

ChallengeState: TypeAlias = Literal["open", "passed", "used", "failed", "canceled", "ended", "expired"]
Step: TypeAlias = Literal["passed", "confirmed", "failed", "canceled", "ended", "expired"]
RedirectStatus: TypeAlias = Literal["succeeded", "failed", "pending"]

LIFETIME_S: Final = 3600
"""How long a cardholder has for the answer, and the merchant's server for the confirmation after it."""

VERSION: Final = "2.2.0"

# State -> step -> state. What is not here cannot happen; a state without a row is final.
TRANSITIONS: Final[dict[ChallengeState, dict[Step, ChallengeState]]] = {
    "open": {
        "passed": "passed",
        "confirmed": "used",
        "failed": "failed",
        "canceled": "canceled",
        "ended": "ended",
        "expired": "expired",
    },
    "passed": {"confirmed": "used", "ended": "ended", "expired": "expired"},
}

# Code and message of the error that an intent keeps.
PAYMENT_FAILED: Final = "payment_intent_authentication_failure"
PAYMENT_FAILED_MESSAGE: Final = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)
SETUP_FAILED: Final = "setup_intent_authentication_failure"
SETUP_FAILED_MESSAGE: Final = (
    "The latest attempt to set up the payment method has failed because authentication failed."
)


def follow(state: ChallengeState, step: Step) -> ChallengeState:
    """The state after `step`. The callers check before; an impossible step is a bug and stops the work."""
    after = TRANSITIONS.get(state, {}).get(step)
    invariant(after is not None, f"a challenge that is {state} cannot be {step}")
    return after  # type: ignore[return-value]


def authenticated(brand: str | None, flow: AuthenticationFlow, transaction_id: str) -> ThreeDSecure:
    """The cardholder is who they say. `transaction_id` is the directory server's (a UUID), `brand` the card's."""
    return ThreeDSecure(
        authentication_flow=flow,
        electronic_commerce_indicator=_indicator(brand),
        result="authenticated",
        transaction_id=transaction_id,
        version=VERSION,
    )


def _indicator(brand: str | None) -> ElectronicCommerceIndicator:
    """The electronic commerce indicator of a full authentication, by network."""
    return "02" if brand == "mastercard" else "05"


def failed(reason: AuthenticationResultReason, transaction_id: str | None = None) -> SetupThreeDSecure:
    """The cardholder could not or would not answer, or nobody did: "rejected", "canceled", "abandoned"."""
    return SetupThreeDSecure(
        authentication_flow="challenge",
        result="failed",
        result_reason=reason,
        transaction_id=transaction_id,
        version=VERSION,
    )


def of_setup(authentication: ThreeDSecure) -> SetupThreeDSecure:
    """An authentication as a SetupAttempt shows it: there is nothing to exempt a setup from."""
    return SetupThreeDSecure(
        authentication_flow=authentication.authentication_flow,
        electronic_commerce_indicator=authentication.electronic_commerce_indicator,
        result=authentication.result,
        result_reason=authentication.result_reason,
        transaction_id=authentication.transaction_id,
        version=authentication.version,
    )


def is_authenticated(authentication: ThreeDSecure | msgspec.UnsetType) -> bool:
    """Whether the cardholder was asked, or recognised, and is who they say."""
    return not isinstance(authentication, msgspec.UnsetType) and authentication.result == "authenticated"


# The way back -------------------------------------------------------------------------------------------------------


def redirect_status(intent: PaymentIntent | SetupIntent, *, under_way: bool) -> RedirectStatus:
    """How the merchant's page is told that it went; `under_way` while the issuer is asked.

    With manual confirmation a passed challenge has succeeded, and the payment is the merchant's to confirm.
    """
    if under_way or intent.status == "processing":
        return "pending"
    if intent.status in ("succeeded", "requires_capture"):
        return "succeeded"
    error = intent.last_payment_error if isinstance(intent, PaymentIntent) else intent.last_setup_error
    return "succeeded" if intent.status == "requires_confirmation" and error is None else "failed"


# RFC 3986, 2.2, and the sign of what is encoded already.
_URL_CHARACTERS: Final = ":/?#[]@!$&'()*+,;=%"


def way_back(return_url: str, intent: PaymentIntent | SetupIntent, status: RedirectStatus) -> str:
    """`return_url` with what the merchant's page needs to go on, after the parameters it has already.

    In ASCII, as it goes into a header: whatever else the merchant wrote into it is percent-encoded.
    """
    told = urlencode(
        {intent.object: intent.id, f"{intent.object}_client_secret": intent.client_secret, "redirect_status": status}
    )
    address, hash, fragment = quote(return_url, safe=_URL_CHARACTERS).partition("#")
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{told}{hash}{fragment}"
