"""A card that a device has read, on its way into a payment: opened in the vault, checked, and presented.

A reading is bound to its reader, action, amount and currency, and it is numbered; one that was moved, or comes again in
another report, is refused, and nothing is charged. A reading whose amount is not that of the payment (any more) is used
up, and the device begins anew with the amount that is.
"""

import re
from dataclasses import dataclass
from typing import Final

import structlog
from msgspec import UNSET
from msgspec.structs import replace

from opentill.domain import cards as rules
from opentill.domain import money
from opentill.domain.cards import ClearCard
from opentill.domain.errors import CardDeclined
from opentill.domain.objects.api_error import ApiError
from opentill.domain.terminal import actions, outcomes, presentation
from opentill.domain.terminal.outcomes import Failure
from opentill.domain.terminal.presentation import Reading
from opentill.domain.terminal.receipts import Told
from opentill.domain.terminal.tipping import Tipped
from opentill.link.messages import CardRead, Facts, PinBlock
from opentill.link.sealing import Binding, ClearReading
from opentill.ports import acquirer
from opentill.ports.vault import VaultError
from opentill.services import payment_cards, setup_confirmation
from opentill.services.kinds import CHARGES, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.terminal import payments, refunding, setups, slots, tasks
from opentill.services.terminal.cards import CardInHand
from opentill.services.terminal.devices import StoredDevice
from opentill.services.terminal.slots import StoredReader
from opentill.services.verification import own_currency

_log = structlog.get_logger("opentill.readers")

_CARD_ACTIONS: Final = frozenset(
    {
        "process_payment_intent",
        "collect_payment_method",
        "confirm_payment_intent",
        "process_setup_intent",
        "refund_payment",
    }
)
_KEY_ID_LENGTH: Final = 8

# What the tags can hold (EMV Book 3, annex A).
_CRYPTOGRAM: Final = re.compile(r"[0-9A-Fa-f]{16}")
_FILE: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){5,16}")
_VERIFICATION_RESULTS: Final = re.compile(r"[0-9A-Fa-f]{10}")
_STATUS_INFORMATION: Final = re.compile(r"[0-9A-Fa-f]{4}")
_NAME_MAX: Final = 16  # tags 50 and 9F12
_HOLDER_MAX: Final = 45  # tag 9F0B; 5F20 has up to 26
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_LANGUAGES_MAX: Final = 4
_DIGITS: Final = re.compile(r"[0-9]{8}")
_NUMBER: Final = re.compile(r"[0-9]{12,19}")
_POSTAL_CODE: Final = re.compile(r"[0-9A-Za-z \-]{2,12}")
_CHIP_DATA_MAX: Final = 512  # bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the card is to be told: the total, minor units of `currency`."""

    total: int
    currency: str
    tip: int | None = None

    @property
    def sale(self) -> Tipped:
        return Tipped(self.total, self.tip)


class _Unfit(Exception):
    """What a device sent is not what a reading looks like. The text repeats nothing of it."""


async def take(op: Operation, reader: StoredReader, device: StoredDevice, read: CardRead) -> None:
    """Do what the reader's action wants with the card. Leaves `op` without a commit if nothing came of it.

    `reader` has the report recorded in `op`. Raises what the payment raises: LockTimeout while something else is
    confirming it, Conflict.
    """
    slot = reader.hidden.slot
    if slot.phase != "waiting" or slot.type not in _CARD_ACTIONS:
        _log.info("reading not asked for", reader=reader.id, phase=slot.phase)
        return
    asked = await _asked(op, reader, read.tip)
    try:
        clear = _open(op, reader, read, asked.currency)
        pin_counter = _check_pin(reader, device, read.pin)
    except (VaultError, _Unfit) as error:
        _log.warning("reading refused", reader=reader.id, reason=str(error))
        return
    hidden = replace(reader.hidden, sequence=read.reading.sequence, pin_counter=pin_counter)
    reader = op.update(reader, reader.value, hidden)
    if not _is_asked(reader, read, asked):
        _log.info("reading of another amount", reader=reader.id, told=read.total, asked=asked.total)
        await op.commit_silently()
        return
    try:
        if read.facts is None:
            await _key_in(op, reader, clear, asked)
        else:
            await _present(op, reader, clear, read.facts, _pin(op, read.pin, clear.number), asked)
    except (VaultError, _Unfit) as error:
        _log.warning("reading cannot be used", reader=reader.id, reason=str(error))
        await _fail(op, reader, outcomes.DEVICE_FAILURES["hardware_fault"])
    except CardDeclined as refusal:
        await _decline(op, reader, refusal)


# What was asked for -------------------------------------------------------------------------------------------------


async def _asked(op: Operation, reader: StoredReader, tip: int | None) -> _Asked:
    slot = reader.hidden.slot
    match slot.type:
        case "process_setup_intent":
            return _Asked(0, await own_currency(op))
        case "refund_payment":
            charge = (await op.get(CHARGES, slot.subject or "")).value
            return _Asked(tasks.to_refund(slots.action_of(reader), charge), charge.currency)
        case "confirm_payment_intent":  # read again: the tip was given at the first reading
            tip = None if slot.held is None else slot.held.amount_tip
        case _:
            pass
    intent = (await payments.intent_of(op, reader)).value
    return _Asked(intent.amount + (tip or 0), intent.currency, tip)


def _is_asked(reader: StoredReader, read: CardRead, asked: _Asked) -> bool:
    """Whether the card was told the right amount, and the tip in it is one."""
    skips = tasks.skips_tipping(slots.action_of(reader))
    tip_fits = not asked.tip or (asked.tip > 0 and not skips)
    return tip_fits and read.total == asked.total <= money.maximum(asked.currency)


# What was read ------------------------------------------------------------------------------------------------------


def _open(op: Operation, reader: StoredReader, read: CardRead, currency: str) -> ClearReading:
    """The reading in clear, if it belongs here and is a new one. Raises VaultError or _Unfit."""
    if read.reading.sequence <= reader.hidden.sequence:
        raise _Unfit("its number was used before")
    binding = Binding(
        reader=reader.id,
        action=reader.hidden.action_id or "",
        amount=read.total,
        currency=currency,
        sequence=read.reading.sequence,
    )
    clear = op.system.vault.open_reading(read.reading, binding)
    if not _NUMBER.fullmatch(clear.number) or not 1 <= clear.exp_month <= 12 or not 2000 <= clear.exp_year <= 2099:
        raise _Unfit("it is not that of a card")
    return clear


def _check_pin(reader: StoredReader, device: StoredDevice, pin: PinBlock | None) -> int:
    """The number of the last PIN after this reading. Raises _Unfit for a block of another reader, or an old one."""
    last = reader.hidden.pin_counter
    if pin is None:
        return last
    counter = int.from_bytes(pin.ksn[_KEY_ID_LENGTH:], "big")
    if pin.ksn[:_KEY_ID_LENGTH] != device.value.pin_key_id or counter <= last:
        raise _Unfit("its PIN is that of another reader, or was used before")
    return counter


def _pin(op: Operation, pin: PinBlock | None, number: str) -> str | None:
    return None if pin is None else op.system.vault.open_pin(pin, number)


def _told(facts: Facts, clear: ClearReading) -> Told:
    """What the card told, for receipts. Raises _Unfit for tags of a wrong length.

    Names are as the card's issuer wrote them; one that is none, or that could hide a number, is left out.
    """
    for value, form in (
        (facts.application_cryptogram, _CRYPTOGRAM),
        (facts.dedicated_file_name, _FILE),
        (facts.terminal_verification_results, _VERIFICATION_RESULTS),
        (facts.transaction_status_information, _STATUS_INFORMATION),
    ):
        if value and not form.fullmatch(value):
            raise _Unfit("a data element of the card has no such value")
    languages = [language for language in facts.languages if _LANGUAGE.fullmatch(language)]
    return Told(
        cryptogram=_upper(facts.application_cryptogram),
        file=_upper(facts.dedicated_file_name),
        name=_name(facts.application_preferred_name) or _name(facts.application_label),
        verification_results=_upper(facts.terminal_verification_results),
        status_information=_upper(facts.transaction_status_information),
        locales=tuple(languages[:_LANGUAGES_MAX]) or None,
        cardholder_name=_name(clear.cardholder_name, _HOLDER_MAX),
        wallet=facts.wallet,
    )


def _name(text: str | None, maximum: int = _NAME_MAX) -> str | None:
    fits = text is not None and 0 < len(text) <= maximum and text.isprintable() and not _DIGITS.search(text)
    return text if fits else None


def _upper(digits: str | None) -> str | None:
    return digits.upper() if digits else None


def _for_issuer(op: Operation, facts: Facts) -> acquirer.Reading:
    """What goes on to the card's issuer. Raises VaultError or _Unfit for chip data that may not."""
    if facts.chip_data is not None:
        if len(facts.chip_data) > _CHIP_DATA_MAX:
            raise _Unfit("the chip data are too long")
        op.system.vault.check_chip_data(facts.chip_data)
    return acquirer.Reading(method=facts.read_method, verification=facts.verification, chip_data=facts.chip_data)


# What comes of it ---------------------------------------------------------------------------------------------------


async def _present(
    op: Operation, reader: StoredReader, clear: ClearReading, facts: Facts, pin: str | None, asked: _Asked
) -> None:
    """A card that is present. Raises VaultError or _Unfit for what no card says, CardDeclined for one not taken."""
    slot = reader.hidden.slot
    reading = presentation.device_reading(clear.number, facts.read_method, facts.verification, _told(facts, clear))
    issuer = _for_issuer(op, facts)
    if reading.type not in reader.hidden.takes:
        raise rules.declined("card_not_supported")
    unfit = _not_of_this_mode(op, clear.number)
    if unfit is not None and slot.type not in ("process_payment_intent", "confirm_payment_intent"):
        raise rules.declined(unfit)
    if slot.type == "refund_payment":
        charge = await op.get(CHARGES, slot.subject or "")
        await refunding.process_card(op, reader, charge, clear.number)
        return
    card = await _in_hand(op, reading, clear, pin, issuer, keep=unfit is None)
    if slot.type == "process_setup_intent":
        intent = await op.get(SETUP_INTENTS, slot.subject or "")
        setup_confirmation.check_unlocked(intent)
        await setups.process_card(op, reader, intent, card)
        return
    payment = await payments.intent_of(op, reader)
    if unfit is not None:
        await payments.refuse(op, reader, payment, card, asked.sale, unfit)
    elif slot.type == "collect_payment_method":
        await payments.collect_card(op, reader, payment, card, asked.sale)
    else:
        await payments.process_card(op, reader, payment, card, asked.sale)


async def _key_in(op: Operation, reader: StoredReader, clear: ClearReading, asked: _Asked) -> None:
    """A card whose number was keyed in. Raises _Unfit where none is taken, CardDeclined for one that is wrong."""
    if "card" not in reader.hidden.takes or reader.hidden.slot.type != "process_payment_intent":
        raise _Unfit("no card is keyed in for this")
    if clear.verification is None:
        raise rules.declined("incorrect_cvc")
    card = rules.validate(
        clear.number, clear.exp_month, clear.exp_year, clear.verification, op.now, livemode=op.caller.livemode
    )
    if clear.postal_code is not None and not _POSTAL_CODE.fullmatch(clear.postal_code):
        raise _Unfit("the postal code is none")
    intent = await payments.intent_of(op, reader)
    await payments.process_keyed(op, reader, intent, card, asked.sale, postal_code=clear.postal_code)


def _not_of_this_mode(op: Operation, number: str) -> str | None:
    """The decline code for a number that is none, for a live card in test mode and a test card in live mode."""
    if not rules.luhn_valid(number):
        return "incorrect_number"
    if (rules.test_card(number) is None) == op.caller.livemode:
        return None
    return "live_mode_test_card" if op.caller.livemode else "test_mode_live_card"


async def _in_hand(
    op: Operation,
    reading: Reading,
    clear: ClearReading,
    pin: str | None,
    issuer: acquirer.Reading,
    *,
    keep: bool,
) -> CardInHand:
    card = ClearCard(number=clear.number, exp_month=clear.exp_month, exp_year=clear.exp_year, pin=pin)
    return CardInHand(
        type=reading.type,
        clear=card,
        token=await payment_cards.seal(op, card) if keep else None,
        fingerprint=op.system.vault.fingerprint(op.caller.account, card.number),
        readings=(reading,),
        issuer=issuer,
    )


async def _decline(op: Operation, reader: StoredReader, refusal: CardDeclined) -> None:
    """End the action with a decline that nobody was asked for."""
    error = ApiError(
        code=refusal.code or "card_declined",
        decline_code=refusal.decline_code or UNSET,
        message=refusal.message,
        type="card_error",
    )
    await _fail(op, reader, outcomes.declined(refusal, error))


async def _fail(op: Operation, reader: StoredReader, failure: Failure) -> None:
    await slots.take(op, reader, actions.fail(reader.hidden.slot), failure=failure)
    await op.commit_silently()
