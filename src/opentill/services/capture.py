"""Capturing what an authorization holds, raising a hold, and letting one lapse."""

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import charges, money, payment_intents
from opentill.domain.connect import check_application_fee
from opentill.domain.declines import DECLINES
from opentill.domain.errors import CardDeclined, InvalidRequest
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method_details import PaymentMethodDetails
from opentill.ports.acquirer import Approved, Declined, Outcome, Pending, Unknown
from opentill.ports.store import Conflict, Stored
from opentill.requests import payment_intents as requests
from opentill.services import authorization, bookings, payment_cards
from opentill.services import payment_intents as intents
from opentill.services.advices import advise
from opentill.services.authorization import LEASE_S, StoredIntent
from opentill.services.kinds import ATTEMPTS, CHARGES, PAYMENT_INTENTS
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.records import Attempt, ChargeHidden, Wanted

StoredCharge = Stored[Charge, ChargeHidden]


async def capture(op: Operation, id: str, params: requests.CapturePaymentIntent) -> PaymentIntent:
    """Capture the funds of an existing uncaptured PaymentIntent when its status is requires_capture.

    Less than was held releases the rest. More is possible where the charge says so: a tip within the limit of
    `overcapture_supported`, or, with incremental authorization, after the hold was raised.
    """
    stored = await op.get_to_pay(id)
    intent = stored.value
    payment_intents.check_capturable(intent)
    authorization.check_unlocked(stored)
    charge = await op.get(CHARGES, intent.latest_charge or "")
    amount = intent.amount_capturable if isinstance(params.amount_to_capture, UnsetType) else params.amount_to_capture
    if params.final_capture is False:
        raise InvalidRequest(
            "This PaymentIntent does not support multicapture: `final_capture` can only be true.",
            code="payment_intent_invalid_parameter",
            param="final_capture",
        )
    fee = (
        intent.application_fee_amount
        if isinstance(params.application_fee_amount, UnsetType)
        else params.application_fee_amount
    )
    if not isinstance(params.application_fee_amount, UnsetType):
        check_application_fee(
            params.application_fee_amount,
            amount,
            possible=intent.application is not None,
            limited_by="the capture",
        )
    elif fee is not None:
        fee = min(fee, amount)
    wanted = replace(
        intent,
        application_fee_amount=fee,
        metadata=merged(intent.metadata, params.metadata),
        statement_descriptor=given(params.statement_descriptor) or intent.statement_descriptor,
        statement_descriptor_suffix=given(params.statement_descriptor_suffix) or intent.statement_descriptor_suffix,
    )
    if amount > intent.amount_capturable:
        money.check_amount(amount, intent.currency, param="amount_to_capture")
        if amount > capturable(charge.value, intent.amount_capturable):
            if not _incremental(charge.value):
                held = money.format_amount(intent.amount_capturable, intent.currency)
                raise InvalidRequest(
                    "The payment could not be captured because the requested capture amount is greater than the amount "
                    f"you can capture for this charge ({held}).",
                    code="amount_too_large",
                    param="amount_to_capture",
                )
            attempt, outcome = await raise_hold(op, stored, charge, amount, Wanted(intent=wanted, captures=True))
            return await finish_increment(op, attempt, outcome)
    return await _capture(op, stored, charge, amount, wanted)


async def _capture(
    op: Operation, stored: StoredIntent, charge: StoredCharge, amount: int, intent: PaymentIntent
) -> PaymentIntent:
    """Capture `amount` minor units; `intent` is `stored` with what else the request changes."""
    held = stored.value.amount_capturable
    fee = intent.application_fee_amount
    # Three events: the charge is captured, the payment succeeded, and the money it moved is known.
    pending = charges.captured(replace(charge.value, application_fee_amount=fee), amount, balance_transaction=None)
    booked = await bookings.book_capture(op, pending, amount, at_once=charge.hidden.funds_at_once)
    moved = booked.charge
    done = payment_intents.captured(intent, amount)
    op.update(charge, moved, replace(charge.hidden, capture_before=None))
    op.update(stored, done, stored.hidden)
    op.emit("charge.captured", pending)
    op.emit("payment_intent.succeeded", done)
    op.emit("charge.updated", moved, bookings.not_known_before(moved))
    await bookings.announce(op, booked)
    advise(
        op,
        "capture",
        charge.hidden.authorization,
        amount=amount,
        currency=intent.currency,
        payment_intent=intent.id,
        charge=charge.id,
    )
    if amount < held:
        advise(
            op,
            "reverse",
            charge.hidden.authorization,
            amount=held - amount,
            currency=intent.currency,
            payment_intent=intent.id,
            charge=charge.id,
        )
    await op.commit(done)
    op.system.wake()
    return done


def capturable(charge: Charge, held: int) -> int:
    """The most that can be captured without asking the issuer again."""
    details = charge.payment_method_details
    if details is None:
        return held
    if not isinstance(details.card_present, UnsetType) and details.card_present.overcapture_supported:
        return charges.overcapture_limit(held)
    if not isinstance(details.card, UnsetType) and not isinstance(details.card.overcapture, UnsetType):
        overcapture = details.card.overcapture
        return overcapture.maximum_amount_capturable if overcapture.status == "available" else held
    return held


def _incremental(charge: Charge) -> bool:
    details = charge.payment_method_details
    if details is None:
        return False
    if not isinstance(details.card_present, UnsetType):
        return details.card_present.incremental_authorization_supported
    if not isinstance(details.card, UnsetType):
        return details.card.incremental_authorization.status == "available"
    return False


# Raising a hold -------------------------------------------------------------------------------------------------


async def increment_authorization(op: Operation, id: str, params: requests.IncrementAuthorization) -> PaymentIntent:
    """Perform an incremental authorization on an eligible PaymentIntent: `amount` is the new total."""
    stored = await op.get(PAYMENT_INTENTS, id, in_path=True)
    intent = stored.value
    payment_intents.check_incrementable(intent, supported=True, attempts=0)
    authorization.check_unlocked(stored)
    charge = await op.get(CHARGES, intent.latest_charge or "")
    payment_intents.check_incrementable(intent, supported=_incremental(charge.value), attempts=stored.hidden.increments)
    money.check_amount(params.amount, intent.currency)
    if params.amount <= intent.amount:
        raise InvalidRequest(
            f"The amount must be greater than the currently authorized amount ({intent.amount}).",
            code="payment_intent_invalid_parameter",
            param="amount",
        )
    wanted = replace(
        intent,
        application_fee_amount=intent.application_fee_amount
        if isinstance(params.application_fee_amount, UnsetType)
        else check_application_fee(
            params.application_fee_amount,
            params.amount,
            possible=intent.application is not None,
        ),
        description=given(params.description) or intent.description,
        metadata=merged(intent.metadata, params.metadata),
        statement_descriptor=given(params.statement_descriptor) or intent.statement_descriptor,
    )
    attempt, outcome = await raise_hold(op, stored, charge, params.amount, Wanted(intent=wanted, captures=False))
    return await finish_increment(op, attempt, outcome)


async def finish_increment(op: Operation, attempt: str, outcome: Outcome) -> PaymentIntent:
    """Settle an increment, capture all of it if that is what was wanted, and answer."""

    async def settle() -> PaymentIntent:
        refusal = await settle_increment(op, attempt, outcome)
        if refusal is not None:
            await op.commit_refusal(refusal)
            raise refusal
        made = (await op.get(ATTEMPTS, attempt)).value
        raised = await op.get(PAYMENT_INTENTS, made.payment_intent or "")
        if isinstance(made.wanted, UnsetType) or not made.wanted.captures:
            return await op.commit(raised.value)
        charge = await op.get(CHARGES, made.charge or "")
        return await _capture(op, raised, charge, raised.value.amount_capturable, raised.value)

    return await op.until_committed(settle)


async def raise_hold(
    op: Operation, stored: StoredIntent, charge: StoredCharge, total: int, wanted: Wanted
) -> tuple[str, Outcome]:
    """Prepare and perform an increment: ask the issuer to hold `total` instead."""
    intent = stored.value
    card = await payment_cards.clear_card(op, charge.hidden.card) if charge.hidden.card else None
    attempt = op.create(
        ATTEMPTS,
        Attempt(
            id=op.new_id("att"),
            operation="increment",
            state="prepared",
            amount=total - intent.amount_capturable,
            currency=intent.currency,
            card_present=False,
            created=op.now,
            acquirer=op.system.acquirer(op.caller.livemode).name,
            due=op.now + LEASE_S,
            payment_intent=intent.id,
            payment_method=intent.payment_method,
            charge=charge.id,
            original=charge.hidden.authorization,
            card=charge.hidden.card,
            idempotency=op.idempotency_id,
            wanted=wanted,
        ),
        None,
    )
    op.update(stored, intent, replace(stored.hidden, open_attempt=attempt.id, increments=stored.hidden.increments + 1))
    await op.prepare()
    acquirer = op.system.acquirer(op.caller.livemode)
    outcome = await acquirer.perform(authorization.request_of(attempt.value, card))
    if isinstance(outcome, Unknown):
        outcome = authorization.found(await acquirer.inquire(attempt.id))
    return attempt.id, outcome


async def settle_increment(op: Operation, attempt_id: str, outcome: Outcome) -> CardDeclined | None:
    """Record, in `op`, what the outcome of an increment means; the refusal if it was not approved.

    A refusal leaves the first hold as it stands; what else the request changes is kept only if the issuer agrees.
    Raises Conflict if the attempt was settled already.
    """
    attempt = await op.get(ATTEMPTS, attempt_id)
    a = attempt.value
    if a.state != "prepared":
        raise Conflict(ATTEMPTS.table, "changed")
    stored = await op.get(PAYMENT_INTENTS, a.payment_intent or "")
    if stored.hidden.open_attempt != attempt_id:  # settled since it was read
        raise Conflict(PAYMENT_INTENTS.table, "changed")
    charge = await op.get(CHARGES, a.charge or "")
    unlocked = replace(stored.hidden, open_attempt=None)
    if isinstance(outcome, Approved):
        total = stored.value.amount_capturable + a.amount
        wanted = stored.value if isinstance(a.wanted, UnsetType) else a.wanted.intent
        raised = payment_intents.incremented(wanted, total)
        op.update(attempt, replace(a, state="approved", due=None, reference=outcome.reference), None)
        op.update(stored, raised, unlocked)
        newer = _raised(charge.value, total)
        op.update(charge, newer, charge.hidden)
        op.emit("payment_intent.amount_capturable_updated", raised)
        op.emit("charge.updated", newer, {"amount": charge.value.amount})
        return None
    op.update(stored, stored.value, unlocked)
    if isinstance(outcome, Declined):
        op.update(attempt, replace(a, state="declined", due=None, detail=outcome.decline_code), None)
        return CardDeclined(
            outcome.message,
            code=outcome.code,
            decline_code=outcome.decline_code,
            details={"charge": charge.id, "payment_intent": stored.value},
        )
    if isinstance(outcome, Unknown | Pending):
        authorization.give_up(op, stored, attempt)
    else:
        op.update(attempt, replace(a, state="not_sent", due=None), None)
    row = DECLINES["processing_error"]
    return CardDeclined(
        row.message, code=row.code, decline_code=row.decline_code, details={"payment_intent": stored.value}
    )


def _raised(charge: Charge, total: int) -> Charge:
    details = charge.payment_method_details
    if details is not None:
        details = _authorized_for(details, total)
    return replace(charge, amount=total, payment_method_details=details)


def _authorized_for(details: PaymentMethodDetails, total: int) -> PaymentMethodDetails:
    if not isinstance(details.card_present, UnsetType):
        return replace(details, card_present=replace(details.card_present, amount_authorized=total))
    if not isinstance(details.card, UnsetType):
        return replace(details, card=replace(details.card, amount_authorized=total))
    return details


# Letting a hold lapse -------------------------------------------------------------------------------------------


async def expire(op: Operation, charge: StoredCharge) -> bool:
    """Record that a hold was not captured in time: the funds are released and the intent is canceled."""
    if charge.hidden.capture_before is None or charge.hidden.capture_before > op.now or charge.value.captured:
        return False
    stored = await op.get(PAYMENT_INTENTS, charge.value.payment_intent or "")
    if stored.value.status != "requires_capture" or stored.hidden.open_attempt is not None:
        return False
    op.emit("charge.expired", charge.value)
    await intents.release(op, stored, "automatic")
    return True
