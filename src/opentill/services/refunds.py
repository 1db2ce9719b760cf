"""Refunds: money given back through the acquirer, in two commits like every call that goes out."""

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import charges
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.refund import DestinationDetails, Refund, RefundCard, RefundReason
from opentill.ports.acquirer import Approved, AttemptRequest, Declined, NotFound, NotSent, Outcome, Unknown
from opentill.ports.store import Conflict, Stored
from opentill.requests import refunds as requests
from opentill.requests.params import Params
from opentill.services import bookings
from opentill.services.advices import captures_arrived, patience
from opentill.services.authorization import LEASE_S, locked
from opentill.services.capture import StoredCharge
from opentill.services.kinds import ATTEMPTS, CHARGES, PAYMENT_INTENTS, REFUNDS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.records import Attempt, RefundHidden

# When an approved refund is asked about once more, seconds.
LOOK_AGAIN_S = 10

StoredRefund = Stored[Refund, RefundHidden]


async def create(op: Operation, params: requests.CreateRefund) -> Refund:
    """Creates a refund of a charge, in full or in part.

    Either `charge` or `payment_intent` names it. An uncaptured payment is not refunded but canceled, and an Interac
    payment is refunded in person, with the card at the reader.
    """
    charge = await charge_of(op, params)
    if (
        charge.value.payment_method_details is not None
        and charge.value.payment_method_details.type == "interac_present"
    ):
        raise InvalidRequest(
            "Interac payments cannot be refunded through the API. Refund them in person, with the card that paid, by "
            "`refund_payment` on a reader.",
            code="charge_not_refundable",
        )
    amount = charges.check_refundable(charge.value, given(params.amount))
    check_returns(op, charge.value, application_fee=params.refund_application_fee, transfer=params.reverse_transfer)
    attempt, outcome = await give_back(
        op,
        charge,
        amount,
        given(params.reason),
        merged({}, params.metadata),
        returns_application_fee=params.refund_application_fee is True,
    )
    return await finish(op, attempt, outcome)


def check_returns(
    op: Operation, charge: Charge, *, application_fee: bool | UnsetType, transfer: bool | UnsetType
) -> None:
    """Raises InvalidRequest if a refund is to take along what the charge does not have, or another gave."""
    if application_fee is True and (charge.application_fee is None or op.caller.application != charge.application):
        raise InvalidRequest(
            f"Cannot refund the application fee of {charge.id}: it has none, or the request is not made by the "
            "platform that collected it, with the Stripe-Account header.",
            param="refund_application_fee",
        )
    if transfer is True:
        raise InvalidRequest(
            f"Cannot reverse the transfer of {charge.id}: nothing was transferred to another account.",
            param="reverse_transfer",
        )


async def finish(op: Operation, attempt: str, outcome: Outcome) -> Refund:
    """Settle a refund and answer."""

    async def run() -> Refund:
        return await op.commit(await settle(op, attempt, outcome))

    return await op.until_committed(run)


async def give_back(
    op: Operation,
    charge: StoredCharge,
    amount: int,
    reason: RefundReason | None,
    metadata: dict[str, str],
    *,
    reader: str | None = None,
    returns_application_fee: bool = False,
) -> tuple[str, Outcome]:
    """Prepare and perform a refund of `amount`, which was checked; the rest is for `settle`.

    The first commit takes the amount off what can still be refunded, so that two refunds cannot both have it.
    """
    value = charge.value
    refund = Refund(
        id=op.new_id("re"),
        amount=amount,
        charge=charge.id,
        created=op.now,
        currency=value.currency,
        customer=value.customer,
        destination_details=DestinationDetails(type="card", card=RefundCard(type="pending")),
        metadata=metadata,
        payment_intent=value.payment_intent,
        payment_method=value.payment_method,
        pending_reason="processing",
        reason=reason,
        status="pending",
    )
    attempt = op.create(
        ATTEMPTS,
        Attempt(
            id=op.new_id("att"),
            operation="refund",
            state="prepared",
            amount=amount,
            currency=value.currency,
            card_present=reader is not None,
            created=op.now,
            acquirer=op.system.acquirer(op.caller.livemode).name,
            due=op.now + LEASE_S,
            payment_intent=value.payment_intent,
            charge=charge.id,
            refund=refund.id,
            reader=reader,
            returns_application_fee=returns_application_fee,
            original=charge.hidden.authorization,
            card=charge.hidden.card,
            idempotency=op.idempotency_id,
        ),
        None,
    )
    op.create(REFUNDS, refund, RefundHidden(attempt=attempt.id))
    op.update(charge, charges.refunded(value, amount), charge.hidden)
    await op.prepare()
    return attempt.id, await perform(op, attempt.value)


async def perform(op: Operation, attempt: Attempt) -> Outcome:
    """Make a recorded refund; NotSent while the acquirer does not have the capture that it gives back from."""
    if attempt.payment_intent is not None and not await captures_arrived(op, attempt.payment_intent):
        return NotSent("the acquirer does not have the capture yet")
    return await op.system.acquirer(op.caller.livemode).perform(request_of(attempt))


def request_of(attempt: Attempt) -> AttemptRequest:
    """A refund as it goes to the acquirer: the original names the card."""
    return AttemptRequest(
        attempt_id=attempt.id,
        operation="refund",
        amount=attempt.amount,
        currency=attempt.currency,
        card_present=attempt.card_present,
        original=attempt.original,
    )


async def settle(op: Operation, attempt_id: str, outcome: Outcome) -> Refund:
    """Record, in `op`, what the outcome of a refund means. Raises Conflict if the attempt was settled already."""
    attempt = await op.get(ATTEMPTS, attempt_id)
    a = attempt.value
    if a.state != "prepared":
        raise Conflict(ATTEMPTS.table, "changed")
    stored = await op.get(REFUNDS, a.refund or "")
    if stored.value.status != "pending":  # settled since the attempt was read
        raise Conflict(REFUNDS.table, "changed")
    charge = await op.get(CHARGES, a.charge or "")
    hidden = stored.hidden
    first = stored.value.status == "pending" and a.state == "prepared" and a.tries == 0
    booked: bookings.BookedRefund | None = None
    if isinstance(outcome, Approved):
        booked = await bookings.book_refund(op, stored.value, charge.value, returns_fee=a.returns_application_fee)
        refund = replace(
            stored.value,
            status="succeeded",
            balance_transaction=booked.transaction,
            destination_details=DestinationDetails(
                type="card",
                card=RefundCard(
                    type="refund",
                    reference=outcome.reference,
                    reference_status="available",
                    reference_type="acquirer_reference_number",
                ),
            ),
        )
        refund = _without_pending_reason(refund)
        op.update(attempt, replace(a, state="approved", due=None, reference=outcome.reference), None)
        hidden = replace(hidden, due=op.now + LOOK_AGAIN_S)
    elif isinstance(outcome, Declined):
        op.update(attempt, replace(a, state="declined", due=None, detail=outcome.decline_code), None)
        return await _fail(op, stored, charge, outcome, first=first)
    else:  # to be repeated with the same identity until there is an answer
        refund = stored.value
        op.update(attempt, replace(a, due=op.now + patience(a.tries), tries=a.tries + 1), None)
    op.update(stored, refund, hidden)
    if first:
        op.emit("refund.created", refund)
        op.emit("charge.refunded", charge.value, {"amount_refunded": charge.value.amount_refunded - refund.amount})
    elif refund.status != stored.value.status:
        op.emit("refund.updated", refund, {"status": stored.value.status})
        op.emit("charge.refund.updated", refund, {"status": stored.value.status})
    if booked is not None:
        bookings.announce_refund(op, booked)
    return refund


async def look_again(op: Operation, stored: StoredRefund) -> None:
    """A card may take a refund back after it was approved: ask once more, and record it if it did."""
    outcome = await op.system.acquirer(op.caller.livemode).inquire(stored.hidden.attempt or "")
    silent = isinstance(outcome, Unknown | NotSent | NotFound)
    op.update(stored, stored.value, replace(stored.hidden, due=op.now + LOOK_AGAIN_S if silent else None))
    if isinstance(outcome, Declined) and stored.value.status == "succeeded":
        attempt = await op.get(ATTEMPTS, stored.hidden.attempt or "")
        charge = await op.get(CHARGES, stored.value.charge or "")
        op.update(attempt, replace(attempt.value, state="declined", detail=outcome.decline_code), None)
        await _fail(op, await op.get(REFUNDS, stored.id), charge, outcome, first=False)


async def _fail(op: Operation, stored: StoredRefund, charge: StoredCharge, outcome: Declined, *, first: bool) -> Refund:
    known = ("expired_or_canceled_card", "lost_or_stolen_card", "insufficient_funds", "declined")
    reason = outcome.decline_code if outcome.decline_code in known else "declined"
    before = stored.value
    refund = replace(
        before,
        status="failed",
        failure_reason=reason,
        **(
            {"failure_balance_transaction": await bookings.book_refund_failure(op, before)}
            if before.balance_transaction is not None
            else {}
        ),
    )
    refund = _without_pending_reason(refund)
    op.update(stored, refund, replace(stored.hidden, due=None))
    returned = charges.refund_returned(charge.value, before.amount)
    op.update(charge, returned, charge.hidden)
    if first:
        op.emit("refund.created", refund)
    op.emit("refund.failed", refund)
    op.emit("refund.updated", refund, {"status": before.status})
    op.emit("charge.refund.updated", refund, {"status": before.status})
    return refund


def _without_pending_reason(refund: Refund) -> Refund:
    return replace(refund, pending_reason=UNSET)


async def charge_of(op: Operation, params: requests.CreateRefund) -> StoredCharge:
    """The charge that `charge` or `payment_intent` names. Raises a refusal if there is none to refund."""
    if isinstance(params.charge, str):
        charge = await op.get(CHARGES, params.charge, param="charge")
        if isinstance(params.payment_intent, str) and charge.value.payment_intent != params.payment_intent:
            raise InvalidRequest(
                f"The charge {charge.id} does not belong to the PaymentIntent {params.payment_intent}.",
                param="payment_intent",
            )
        return charge
    if isinstance(params.payment_intent, UnsetType):
        raise InvalidRequest(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
            param="payment_intent",
        )
    intent = await op.get(PAYMENT_INTENTS, params.payment_intent, param="payment_intent")
    if intent.hidden.open_attempt is not None:
        raise locked()
    if intent.value.latest_charge is None or intent.value.status not in ("succeeded", "requires_capture"):
        raise InvalidRequest(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
            details={"payment_intent": intent.value},
        )
    return await op.get(CHARGES, intent.value.latest_charge)


async def retrieve(op: Operation, id: str, _: Params) -> Refund:
    """Retrieves the details of an existing refund."""
    return (await op.get(REFUNDS, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.UpdateRefund) -> Refund:
    """Updates the refund: only its metadata can change."""
    stored = await op.get(REFUNDS, id, in_path=True)
    before = stored.value
    refund = replace(before, metadata=merged(before.metadata or {}, params.metadata))
    if refund != before:
        op.update(stored, refund, stored.hidden)
        op.emit("refund.updated", refund, {"metadata": before.metadata})
        op.emit("charge.refund.updated", refund, {"metadata": before.metadata})
    return await op.commit(refund)


async def cancel(op: Operation, id: str, _: Params) -> Refund:
    """Cancels a refund with a status of requires_action; card refunds never have it."""
    stored = await op.get(REFUNDS, id, in_path=True)
    raise InvalidRequest(
        f"You cannot cancel this refund because it has a status of {stored.value.status}. Only a refund with the "
        "status requires_action may be canceled.",
    )


async def list_all(op: Operation, params: requests.ListRefunds) -> Listing[Refund]:
    """Returns a list of all refunds you created, newest first."""
    conditions = [
        *created(params.created),
        *equals(charge=params.charge, payment_intent=params.payment_intent),
    ]
    return await listing(op, REFUNDS, params, conditions)
