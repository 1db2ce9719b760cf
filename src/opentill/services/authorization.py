"""Authorizations: the outward call that holds money, in two commits, and what its outcome means.

    prepare    the attempt is recorded, the intent is locked by naming it, the answer is promised
    perform    the call; the far side deduplicates on the attempt's id
    settle     the outcome becomes a charge, postings, events, the intent's new status and the answer

`settle` is also what the sweep calls for attempts that a crash or a silent acquirer left open, so that there is one
place where an outcome becomes money.
"""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import cards, charges, payment_intents
from opentill.domain.cards import ClearCard
from opentill.domain.declines import DECLINES, GENERIC, RADAR_BLOCK
from opentill.domain.errors import CardDeclined, LockTimeout
from opentill.domain.objects.account import Account
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.charge import Outcome as ChargeOutcome
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.payment_method_details import ThreeDSecure
from opentill.domain.terminal.presentation import answered
from opentill.domain.terminal.receipts import APPROVED_CODE
from opentill.domain.three_d_secure import is_authenticated
from opentill.ports.acquirer import Approved, AttemptRequest, Declined, NotFound, NotSent, Outcome, Pending, Unknown
from opentill.ports.store import Conflict, Stored
from opentill.services import bookings, payment_cards
from opentill.services.accounts import own_account
from opentill.services.advices import advise
from opentill.services.checkout import completion
from opentill.services.declining import error_of, refusal_of
from opentill.services.kinds import (
    ATTEMPTS,
    CHARGES,
    PAYMENT_INTENTS,
    PAYMENT_METHODS,
)
from opentill.services.operation import LOCKED, Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import Attempt, ChargeHidden, PaymentIntentHidden

StoredIntent = Stored[PaymentIntent, PaymentIntentHidden]

# How long another process may believe that a recorded attempt is still being made before it looks into it.
LEASE_S = 60
# How long a caller may retry an unanswered authorization before the sweep gives it up.
UNANSWERED_S = 120


def locked() -> LockTimeout:
    """The refusal while another request works on the object."""
    return LockTimeout(LOCKED, code="lock_timeout")


def check_unlocked(intent: StoredIntent) -> None:
    """Raises LockTimeout while an attempt of the intent is under way."""
    if intent.hidden.open_attempt is not None:
        raise locked()


@dataclass(frozen=True, slots=True)
class Settled:
    """What an authorization came to. `refusal` is the answer if it was not approved."""

    intent: PaymentIntent
    charge: Charge | None
    refusal: CardDeclined | None


async def authorize(
    op: Operation,
    intent: StoredIntent,
    method: StoredMethod,
    card: ClearCard,
    *,
    amount: int | None = None,
    tip: int | None = None,
    off_session: bool = False,
    reader: str | None = None,
    three_d_secure: ThreeDSecure | UnsetType = UNSET,
) -> tuple[str, Outcome]:
    """Prepare and perform an authorization of the whole intent, or of `amount` with a `tip` in it.

    The first commit takes everything that `op` recorded so far. The attempt's id and its outcome are for `settle`.
    """
    known = cards.test_card(card.number)
    attempt = op.create(
        ATTEMPTS,
        Attempt(
            id=op.new_id("att"),
            operation="authorize",
            state="prepared",
            amount=intent.value.amount if amount is None else amount,
            currency=intent.value.currency,
            card_present=method.value.type != "card",
            created=op.now,
            acquirer=op.system.acquirer(op.caller.livemode).name,
            due=op.now + LEASE_S,
            payment_intent=intent.id,
            payment_method=method.id,
            charge=op.new_id("ch"),
            reader=reader,
            card=payment_cards.token_of(method),
            reading=method.hidden.reading,
            tip=tip,
            holding=charges.holds(intent.value, method.value, method.hidden.read),
            merchant_initiated=off_session,
            funds_at_once=known is not None and known.bypass_pending,
            test_card=None if known is None else known.name,
            idempotency=op.idempotency_id,
            three_d_secure=three_d_secure,
        ),
        None,
    )
    intent = op.update(intent, intent.value, replace(intent.hidden, open_attempt=attempt.id, unknown_attempt=None))
    await op.prepare()
    acquirer = op.system.acquirer(op.caller.livemode)
    outcome = await acquirer.perform(request_of(attempt.value, card))
    if isinstance(outcome, Unknown):
        outcome = found(await acquirer.inquire(attempt.id))
    return attempt.id, outcome


def request_of(attempt: Attempt, card: ClearCard | None) -> AttemptRequest:
    """The attempt as it goes to the acquirer."""
    return AttemptRequest(
        attempt_id=attempt.id,
        operation=attempt.operation,
        amount=attempt.amount,
        currency=attempt.currency,
        card=card,
        card_present=attempt.card_present,
        original=attempt.original,
        merchant_initiated=attempt.merchant_initiated,
        reading=attempt.reading,
    )


def found(outcome: Outcome | NotFound) -> Outcome:
    """An inquiry's answer as an outcome of the attempt: what the far side never saw was not sent.

    That the inquiry was not sent says nothing of the attempt.
    """
    match outcome:
        case NotFound():
            return NotSent("the acquirer has not seen it")
        case NotSent():
            return Unknown(f"the inquiry was not sent: {outcome.reason}")
        case _:
            return outcome


# Settling -------------------------------------------------------------------------------------------------------


async def settle(op: Operation, attempt_id: str, outcome: Outcome) -> Settled:
    """Record, in `op`, what the outcome of an authorization means. The caller commits.

    `op` holds no other changes of the intent. Raises Conflict if the attempt was settled already.
    """
    attempt = await op.get(ATTEMPTS, attempt_id)
    if attempt.value.state not in ("prepared", "unknown"):
        raise Conflict(ATTEMPTS.table, "changed")
    intent = await op.get(PAYMENT_INTENTS, attempt.value.payment_intent or "")
    if attempt_id not in (intent.hidden.open_attempt, intent.hidden.unknown_attempt):  # settled since it was read
        raise Conflict(PAYMENT_INTENTS.table, "changed")
    method = await op.get(PAYMENT_METHODS, attempt.value.payment_method or "")
    await payment_cards.forget_verification(op, attempt.value.card)
    match outcome:
        case Approved():
            return await _approve(op, attempt, intent, method, outcome)
        case Declined():
            return await _decline(op, attempt, intent, method, outcome)
        case Pending():
            op.update(attempt, replace(attempt.value, due=op.now + LEASE_S, reference=outcome.reference), None)
            if intent.value.status == "processing":  # still
                return Settled(intent.value, None, None)
            waiting = op.update(intent, replace(intent.value, status="processing"), intent.hidden)
            op.emit("payment_intent.processing", waiting.value)
            return Settled(waiting.value, None, None)
        case _:
            return _unanswered(op, attempt, intent, method, outcome)


async def _approve(
    op: Operation, attempt: Stored[Attempt, None], intent: StoredIntent, method: StoredMethod, outcome: Approved
) -> Settled:
    a = attempt.value
    account = await own_account(op)
    holding = a.holding
    window = _window(intent.value, method.value)
    capture_before = op.now + window if holding else None
    known = None if a.test_card is None else cards.named(a.test_card)
    three_d_secure = a.three_d_secure
    method = _after_use(op, intent.value, method, known, approved=True, authenticated=is_authenticated(three_d_secure))
    details = charges.payment_method_details(
        method.value,
        method.hidden.read,
        amount=a.amount,
        authorization_code=outcome.authorization_code,
        network_transaction_id=outcome.network_transaction_id,
        capture_before=capture_before,
        overcapture=holding and _overcapture(account, intent.value, method.value),
        incremental=holding and _incremental(intent.value, method.value),
        extended=window == charges.EXTENDED_WINDOW,
        three_d_secure=None if isinstance(three_d_secure, UnsetType) else three_d_secure,
    )
    details = answered(details, APPROVED_CODE, outcome.issuer_data)
    charge = charges.charge_of(
        intent.value,
        method.value,
        details,
        id=a.charge or "",
        amount=a.amount,
        created=op.now,
        outcome=charges.APPROVED if known is None else charges.APPROVED_AT_RISK[known.risk_level],
        captured=not holding,
        statement_descriptor=descriptor(account),
    )
    hidden = ChargeHidden(
        authorization=attempt.id,
        card=a.card,
        capture_before=capture_before,
        reference=outcome.reference,
        funds_at_once=a.funds_at_once,
    )
    op.update(attempt, replace(a, state="approved", due=None, reference=outcome.reference), None)
    unlocked = replace(intent.hidden, open_attempt=None, unknown_attempt=None, authorization=attempt.id)
    if holding:
        op.create(CHARGES, charge, hidden)
        op.emit("charge.succeeded", charge)
        held = payment_intents.authorized(
            intent.value, charge=charge.id, payment_method=method.id, amount=a.amount, tip=a.tip
        )
        op.update(intent, held, unlocked)
        op.emit("payment_intent.amount_capturable_updated", held)
        if intent.hidden.checkout_session is not None:
            await completion.paid(op, intent.hidden.checkout_session, held)
        return Settled(held, charge, None)
    later = intent.value.capture_method == "automatic_async"
    booked = await bookings.book_capture(op, charge, a.amount, at_once=a.funds_at_once)
    settled = booked.charge
    op.create(CHARGES, settled, hidden)
    op.emit("charge.succeeded", charge if later else settled)
    done = payment_intents.paid(intent.value, charge=charge.id, payment_method=method.id, amount=a.amount, tip=a.tip)
    op.update(intent, done, unlocked)
    op.emit("payment_intent.succeeded", done)
    if later:
        op.emit("charge.updated", settled, bookings.not_known_before(settled))
    await bookings.announce(op, booked)
    advise(op, "capture", attempt.id, amount=a.amount, currency=a.currency, payment_intent=intent.id, charge=charge.id)
    if intent.hidden.checkout_session is not None:
        await completion.paid(op, intent.hidden.checkout_session, done)
    return Settled(done, settled, None)


async def _decline(
    op: Operation, attempt: Stored[Attempt, None], intent: StoredIntent, method: StoredMethod, outcome: Declined
) -> Settled:
    a = attempt.value
    account = await own_account(op)
    op.update(attempt, replace(a, state="declined", due=None, detail=outcome.decline_code), None)
    unlocked = replace(intent.hidden, open_attempt=None, unknown_attempt=None)
    return decline(
        op,
        intent,
        method,
        outcome,
        charge=a.charge,
        amount=a.amount,
        account=account,
        hidden=unlocked,
        attempt=attempt.id,
        three_d_secure=a.three_d_secure,
    )


def decline(
    op: Operation,
    intent: StoredIntent,
    method: StoredMethod,
    outcome: Declined,
    *,
    charge: str | None,
    amount: int,
    account: Account,
    hidden: PaymentIntentHidden,
    attempt: str = "",
    blocked: bool = False,
    three_d_secure: ThreeDSecure | UnsetType = UNSET,
) -> Settled:
    """Record that the payment was declined, with a failed charge of the id `charge` unless that is None."""
    row = DECLINES.get(outcome.decline_code, GENERIC)
    method = _after_use(op, intent.value, method, None, approved=False)
    failed: Charge | None = None
    if charge is not None:
        details = charges.payment_method_details(
            method.value,
            method.hidden.read,
            amount=amount,
            authorization_code=None,
            network_transaction_id=None,
            capture_before=None,
            overcapture=False,
            incremental=False,
            extended=False,
            three_d_secure=None if isinstance(three_d_secure, UnsetType) else three_d_secure,
        )
        details = answered(details, outcome.network_decline_code, outcome.issuer_data)
        failed = charges.charge_of(
            intent.value,
            method.value,
            details,
            id=charge,
            amount=amount,
            created=op.now,
            outcome=ChargeOutcome(
                advice_code=outcome.advice_code,
                network_decline_code=outcome.network_decline_code,
                network_status="not_sent_to_network" if blocked else "declined_by_network",
                reason=outcome.decline_code,
                risk_level="highest" if blocked else "normal",
                risk_score=90 if blocked else 20,
                seller_message=RADAR_BLOCK.seller_message if blocked else row.seller_message,
                type="blocked" if blocked else "issuer_declined",
            ),
            captured=False,
            statement_descriptor=descriptor(account),
            failure_code=outcome.code,
            failure_message=outcome.message,
        )
        op.create(CHARGES, failed, ChargeHidden(authorization=attempt, card=method.hidden.card))
        op.emit("charge.failed", failed)
    error = error_of(outcome, charge=charge, payment_method=method.value)
    after = payment_intents.declined(intent.value, error, charge=charge)
    op.update(intent, after, hidden)
    op.emit("payment_intent.payment_failed", after)
    return Settled(after, failed, refusal_of(after, error))


def _unanswered(
    op: Operation,
    attempt: Stored[Attempt, None],
    intent: StoredIntent,
    method: StoredMethod,
    outcome: Outcome,
) -> Settled:
    """Nobody knows (or it certainly did not happen): the same card can be tried again on the same intent."""
    row = DECLINES["processing_error"]
    unknown = isinstance(outcome, Unknown)
    error = payment_intents.payment_error(
        code=row.code, message=row.message, decline_code=row.decline_code, payment_method=method.value
    )
    op.update(
        attempt,
        replace(
            attempt.value,
            state="unknown" if unknown else "not_sent",
            due=op.now + UNANSWERED_S if unknown else None,
            idempotency=None,
        ),
        None,
    )
    after = payment_intents.unanswered(intent.value, error, payment_method=method.id)
    op.update(intent, after, replace(intent.hidden, open_attempt=None, unknown_attempt=attempt.id if unknown else None))
    op.emit("payment_intent.payment_failed", after)
    return Settled(after, None, refusal_of(after, error))


def give_up(op: Operation, intent: StoredIntent, attempt: Stored[Attempt, None]) -> None:
    """Record that an attempt without an answer is to be reversed, whatever the acquirer did with it."""
    a = attempt.value
    op.update(attempt, replace(a, state="reversed", due=None), None)
    if intent.hidden.unknown_attempt == attempt.id:
        op.update(intent, intent.value, replace(intent.hidden, unknown_attempt=None))
    advise(op, "reverse", attempt.id, amount=a.amount, currency=a.currency, payment_intent=intent.id)


# Saving, booking, windows ---------------------------------------------------------------------------------------


def _after_use(
    op: Operation,
    intent: PaymentIntent,
    method: StoredMethod,
    known: cards.TestCard | None,
    *,
    approved: bool,
    authenticated: bool = False,
) -> StoredMethod:
    """What using a payment method does to it: checks become known, and it is saved or used up."""
    value, hidden = method.value, method.hidden
    if value.type != "card":
        if not hidden.consumed:
            method = op.update(method, value, replace(hidden, consumed=True))
        return method
    if approved:
        value = payment_cards.checked(value, known)
    usage = intent.setup_future_usage
    if value.customer is None:
        if approved and usage is not None and intent.customer is not None:
            value = replace(value, customer=intent.customer)
            hidden = replace(hidden, saved_for=usage, authenticated=authenticated)
        elif approved and usage is None:
            hidden = replace(hidden, consumed=True)
    elif approved and usage == "off_session" and (authenticated or hidden.saved_for != usage):
        hidden = replace(hidden, saved_for=usage, authenticated=authenticated or hidden.authenticated)
    if value is not method.value or hidden is not method.hidden:
        attached = value.customer is not None and method.value.customer is None
        method = op.update(method, value, hidden)
        if attached:
            op.emit("payment_method.attached", value)
    return method


def descriptor(account: Account) -> str | None:
    """What the cardholder reads on the statement."""
    settings = account.settings
    if settings is None or isinstance(settings, UnsetType):
        return None
    return settings.payments.statement_descriptor


def _window(intent: PaymentIntent, method: PaymentMethod) -> int:
    """How long the hold lasts, seconds: longer where it was asked for and the network allows it."""
    options = intent.payment_method_options
    asked = False
    if options is not None and method.type == "card_present" and not isinstance(options.card_present, UnsetType):
        asked = bool(options.card_present.request_extended_authorization)
    elif options is not None and method.type == "card" and not isinstance(options.card, UnsetType):
        asked = options.card.request_extended_authorization == "if_available"
    if asked and charges.brand_of(method) in charges.EXTENDED_BRANDS:
        return charges.EXTENDED_WINDOW
    return charges.WINDOW.get(method.type, charges.WINDOW["card"])


def _incremental(intent: PaymentIntent, method: PaymentMethod) -> bool:
    options = intent.payment_method_options
    if options is None or charges.brand_of(method) not in charges.INCREMENTAL_BRANDS:
        return False
    if method.type == "card_present" and not isinstance(options.card_present, UnsetType):
        return bool(options.card_present.request_incremental_authorization_support)
    if method.type == "card" and not isinstance(options.card, UnsetType):
        return options.card.request_incremental_authorization == "if_available"
    return False


def _overcapture(account: Account, intent: PaymentIntent, method: PaymentMethod) -> bool:
    """Tips at capture: United States, the listed categories and networks; online only where it was asked for."""
    if account.country != "US" or charges.brand_of(method) not in charges.OVERCAPTURE_BRANDS:
        return False
    if method.type == "card":
        options = intent.payment_method_options
        if options is None or isinstance(options.card, UnsetType) or options.card.request_overcapture != "if_available":
            return False
    profile = account.business_profile
    return profile is not None and not isinstance(profile, UnsetType) and profile.mcc in charges.OVERCAPTURE_CATEGORIES
