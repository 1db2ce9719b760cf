"""A tapped card or phone from selection to its cryptogram; it has left before the issuer answers.

The schemes' kernels differ in many ways and in one that matters here: a Visa-like card (EMV Contactless Book C-3)
answers GET PROCESSING OPTIONS with its cryptogram and says itself how its holder is to be verified (CTQ, tag 9F6C),
a Mastercard-like one (Book C-2) has its records read and is then asked for the cryptogram, the terminal choosing the
verification from the card's list. The card's answer shows which it is.
"""

from dataclasses import replace
from typing import Final

from opentill.emv import apdu, methods, processing, selection, tags
from opentill.emv.conversation import ChipError, Flow, Stop, ask_pin, go_online
from opentill.emv.methods import FAILED, NOT_PERFORMED, OFFLINE_PIN, ONLINE_PIN, SUCCESSFUL, UNKNOWN
from opentill.emv.progress import Progress
from opentill.emv.steps import APPROVED, AskPin, Finished, Limits, Terminal, Transaction
from opentill.emv.verification import Aip, Tvr

# Terminal transaction qualifiers, tag 9F66 (Book C-3, table 5.4).
_CHIP_TAPPED: Final = 0x20_00_00_00
_CHIP_INSERTED: Final = 0x10_00_00_00
_ONLINE_PIN: Final = 0x04_00_00_00
_SIGNATURE: Final = 0x02_00_00_00
_ONLINE_CRYPTOGRAM: Final = 0x00_80_00_00
_VERIFICATION: Final = 0x00_40_00_00
_DEVICE_VERIFICATION: Final = 0x00_00_40_00

# Card transaction qualifiers, tag 9F6C.
_WANTS_ONLINE_PIN: Final = 0x80_00
_WANTS_SIGNATURE: Final = 0x40_00
_DEVICE_VERIFIED: Final = 0x00_80

# Byte 2 of tag 9F33 (Book C-2 keeps it per transaction): what may verify a tap.
_NO_VERIFICATION: Final = 0x08
_TAPPED_VERIFICATION: Final = 0x60


def transaction(progress: Progress) -> Flow[Finished]:
    """The whole of it. Raises Stop, and what `conversation.CARD_FAULTS` says."""
    candidates = yield from selection.contactless(progress.terminal, progress.transaction)
    for candidate in candidates:
        fci = yield from selection.selected(candidate)
        if fci is None:
            continue
        progress.start(candidate, fci)
        if _over(progress, device=True):
            continue
        progress.ours[tags.TTQ] = _qualifiers(progress)
        status = yield from processing.options(progress)
        if status == apdu.OTHER_INTERFACE:
            raise Stop("use_chip")
        if status == apdu.OK:
            if _over(progress, device=_verified_by_device(progress)):
                continue
            break
        if status != apdu.NOT_SATISFIED:
            raise ChipError(f"GET PROCESSING OPTIONS ended with {status:04X}")
    else:
        raise Stop("use_chip")
    progress.card.setdefault(tags.AFL, b"")
    yield from processing.records(progress)
    if tags.CRYPTOGRAM in progress.card:
        wants_pin = _qualified(progress)
    else:
        wants_pin = yield from _generated(progress)
    progress.reading()  # whoever enters a PIN does it for a card that was read
    if wants_pin:
        pin = yield from ask_pin(AskPin("online"))
        progress.online_pin = pin is not None
        progress.verification = "failure" if pin is None else "online_pin"
    reading = progress.reading()
    answer = yield from go_online(reading, online_pin=progress.online_pin)
    return Finished(answer.code in APPROVED, reading)


def verification_needed(limits: Limits, transaction: Transaction) -> bool:
    """Whether the terminal wants the cardholder verified."""
    return transaction.verify or (limits.verification is not None and transaction.amount >= limits.verification)


def _qualified(progress: Progress) -> bool:
    """A Visa-like card: it has decided. Whether its holder must enter a PIN for the issuer.

    Raises Stop, ChipError.
    """
    given = processing.cryptogram_kind(progress)
    if given == apdu.AAC:
        raise Stop("declined_by_card")
    if given != apdu.ARQC:
        raise ChipError("another cryptogram than the one that was asked for")
    wishes = _wishes(progress)
    del progress.ours[tags.CVM_RESULT]  # it is the card's CTQ that says it
    if wishes & _WANTS_ONLINE_PIN and methods.supported(ONLINE_PIN, progress.terminal):
        return True
    if _verified_by_device(progress):
        progress.verification = "approval"
    elif wishes & _WANTS_SIGNATURE and methods.supported(methods.SIGNATURE, progress.terminal):
        progress.verification = "signature"
    elif verification_needed(progress.limits, progress.transaction):
        raise Stop("use_chip")
    return False


def _generated(progress: Progress) -> Flow[bool]:
    """A Mastercard-like card: we decide, it signs. Whether its holder must enter a PIN for the issuer.

    Raises Stop, ChipError, TlvError, BadList.
    """
    for tag in (tags.PAN, tags.EXPIRY, tags.CDOL1):
        progress.must(tag)
    progress.reading()
    progress.tvr |= Tvr.NO_AUTHENTICATION
    processing.restrictions(progress)
    needed = verification_needed(progress.limits, progress.transaction)
    if _verified_by_device(progress):  # it does so whatever the amount
        progress.verified(OFFLINE_PIN, 0, SUCCESSFUL)  # so the standard says "by the device": 010002
        progress.verification = "approval"
    else:
        _from_list(progress, needed=needed)
    progress.tvr |= Tvr.FLOOR_LIMIT
    wanted = apdu.AAC if processing.denied(progress) else apdu.ARQC
    given = yield from processing.cryptogram(progress, wanted, tags.CDOL1)
    if given == apdu.AAC:
        raise Stop("declined_by_card")
    if given != apdu.ARQC:
        raise ChipError("another cryptogram than the one that was asked for")
    return bool(progress.tvr & Tvr.ONLINE_PIN)


def _from_list(progress: Progress, *, needed: bool) -> None:
    """The verification out of the card's list, of those that a tap can have. Raises Stop, BadList."""
    abilities = progress.terminal.capabilities
    allowed = abilities[1] & _TAPPED_VERIFICATION if needed else abilities[1] & _NO_VERIFICATION
    terminal = replace(progress.terminal, capabilities=bytes((abilities[0], allowed, abilities[2])))
    progress.ours[tags.CAPABILITIES] = terminal.capabilities
    listed = progress.card.get(tags.CVM_LIST)
    if not progress.aip & Aip.VERIFICATION or listed is None:
        if needed:
            raise Stop("use_chip")
        return
    known = methods.decode(listed)
    home = progress.card.get(tags.CARD_CURRENCY) == progress.ours[tags.CURRENCY]
    amount = progress.transaction.amount
    for rule in known.rules:
        if not methods.applies(rule, known, terminal, amount, home_currency=home):
            continue
        if rule.kind != methods.FAIL and methods.supported(rule.kind, terminal):
            nothing = rule.kind == methods.NO_VERIFICATION
            progress.verified(rule.method, rule.condition, SUCCESSFUL if nothing else UNKNOWN)
            progress.tvr |= Tvr.ONLINE_PIN if rule.kind == ONLINE_PIN else Tvr(0)
            return
        if not rule.goes_on:
            break
    if needed:
        raise Stop("use_chip")
    progress.tvr |= Tvr.VERIFICATION_FAILED
    progress.verified(NOT_PERFORMED, 0, FAILED)


def _wishes(progress: Progress) -> int:
    """Tag 9F6C of a Visa-like card; nothing of others."""
    return int.from_bytes(progress.card.get(tags.CTQ, b"")[:2].ljust(2, b"\x00"), "big")


def _verified_by_device(progress: Progress) -> bool:
    """Whether it is a phone or a watch that verifies its holder; known once processing has started."""
    return bool(_wishes(progress) & _DEVICE_VERIFIED or progress.aip & Aip.DEVICE_VERIFICATION)


def _over(progress: Progress, *, device: bool) -> bool:
    """Whether the amount is more than may be tapped."""
    limits = progress.limits
    limit = limits.device_transaction if device else limits.transaction
    return limit is not None and progress.transaction.amount > limit


def _qualifiers(progress: Progress) -> bytes:
    """Tag 9F66: what this terminal can do, and wants of this transaction."""
    terminal: Terminal = progress.terminal
    value = _CHIP_TAPPED | _CHIP_INSERTED | _ONLINE_CRYPTOGRAM | _DEVICE_VERIFICATION
    if methods.supported(ONLINE_PIN, terminal):
        value |= _ONLINE_PIN
    if methods.supported(methods.SIGNATURE, terminal):
        value |= _SIGNATURE
    if verification_needed(progress.limits, progress.transaction):
        value |= _VERIFICATION
    return value.to_bytes(4, "big")
