"""Challenges: the questions that 3D Secure asks of cardholders, as rows.

An intent names its latest one. It waits for the answer until somebody gives it (`three_d_secure`), time ends it, or the
intent goes another way: whatever does that ends the challenge in the same commit, so that an answer which comes too
late meets a challenge that is over.
"""

import hashlib
from typing import Final, TypeAlias
from uuid import uuid4

from msgspec.structs import replace

from opentill.domain import charges, three_d_secure
from opentill.domain.ids import random_token
from opentill.domain.objects.payment_intent import NextAction, PaymentIntent, RedirectToUrl
from opentill.domain.objects.payment_method_details import ThreeDSecure
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.three_d_secure import LIFETIME_S, Step
from opentill.ports.store import Stored
from opentill.services.kinds import ACCOUNTS, CHALLENGES
from opentill.services.operation import Caller, Operation, System
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import Challenge

StoredChallenge: TypeAlias = Stored[Challenge, None]

PATH: Final = "/3ds/"
"""What the addresses of the pages begin with; the rest is the token."""

TOKEN_LENGTH: Final = 40


def ask(
    op: Operation,
    intent: PaymentIntent | SetupIntent,
    method: StoredMethod,
    *,
    return_url: str | None,
    by_script: bool,
) -> tuple[str, NextAction]:
    """Record, in `op`, a new challenge; its id, and what the customer must do.

    They are sent to the page if there is somewhere to come back to, unless a script of the merchant's page handles it
    (`by_script`), which then finds the address.
    """
    token = random_token(TOKEN_LENGTH)
    about_payment = isinstance(intent, PaymentIntent)
    challenge = Challenge(
        id=op.new_id("chal"),
        hash=_hash(token),
        state="open",
        created=op.now,
        expires=op.now + LIFETIME_S,
        transaction_id=str(uuid4()),
        payment_method=method.id,
        payment_intent=intent.id if about_payment else None,
        setup_intent=None if about_payment else intent.id,
        amount=intent.amount if isinstance(intent, PaymentIntent) else 0,
        currency=intent.currency if isinstance(intent, PaymentIntent) else None,
        return_url=return_url,
    )
    op.create(CHALLENGES, challenge, None)
    url = f"{op.system.base_url}{PATH}{token}"
    if return_url is not None and not by_script:
        action = NextAction(type="redirect_to_url", redirect_to_url=RedirectToUrl(return_url=return_url, url=url))
    else:
        script = {"type": "three_d_secure_redirect", "stripe_js": url, "source": op.new_id("src")}
        action = NextAction(type="use_stripe_sdk", use_stripe_sdk=script)
    return challenge.id, action


async def of_token(system: System, token: str) -> StoredChallenge | None:
    """The challenge whose page has that token in its address, of whichever account."""
    if len(token) != TOKEN_LENGTH:
        return None
    found = await system.store.find(CHALLENGES, "hash", _hash(token), limit=1)
    return found[0] if found else None


async def operation(system: System, challenge: StoredChallenge) -> Operation:
    """An operation of the account that the challenge belongs to: nobody's request, like what time causes."""
    account = await system.store.get(ACCOUNTS, challenge.account, challenge.account)
    version = "" if account is None else account.hidden.api_version
    platform = None if account is None else account.hidden.platform
    return Operation(system, Caller(challenge.account, challenge.livemode, version, version, platform=platform))


async def latest(op: Operation, id: str | None) -> StoredChallenge | None:
    """The challenge that an intent names, if it was ever asked."""
    return None if id is None else await op.get(CHALLENGES, id)


def advance(op: Operation, challenge: StoredChallenge, step: Step) -> StoredChallenge:
    """Record, in `op`, what becomes of a challenge."""
    state = three_d_secure.follow(challenge.value.state, step)
    return op.update(challenge, replace(challenge.value, state=state), None)


async def end(op: Operation, id: str | None) -> None:
    """Record, in `op`, that the question is not asked any more, or that its answer is not good any more."""
    challenge = await latest(op, id)
    if challenge is not None and "ended" in three_d_secure.TRANSITIONS.get(challenge.value.state, {}):
        advance(op, challenge, "ended")


def stands_for(op: Operation, challenge: StoredChallenge, intent: PaymentIntent, method: StoredMethod) -> bool:
    """Whether its passing allows this payment: the same card, amount and currency, and in time."""
    asked = challenge.value
    return (
        asked.state == "passed"
        and op.now < asked.expires
        and (asked.payment_method, asked.amount, asked.currency) == (method.id, intent.amount, intent.currency)
    )


def authentication(challenge: StoredChallenge, method: StoredMethod) -> ThreeDSecure:
    """What a passed challenge says of the cardholder."""
    brand = charges.brand_of(method.value)
    return three_d_secure.authenticated(brand, "challenge", challenge.value.transaction_id)


def frictionless(method: StoredMethod) -> ThreeDSecure:
    """That the issuer recognised the cardholder without asking."""
    return three_d_secure.authenticated(charges.brand_of(method.value), "frictionless", str(uuid4()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
