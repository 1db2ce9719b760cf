"""An inserted card from selection to its decision (EMV Book 3, section 8 gives the order)."""

from typing import Final

from opentill.emv import apdu, methods, processing, selection, tags, tlv
from opentill.emv.conversation import (
    CARD_FAULTS,
    ChipError,
    Flow,
    IssuerAnswer,
    Stop,
    ask_pin,
    choose,
    exchange,
    go_online,
)
from opentill.emv.methods import FAILED, NOT_PERFORMED, SUCCESSFUL, UNKNOWN, Rule
from opentill.emv.pinblocks import format_2
from opentill.emv.progress import Progress
from opentill.emv.selection import Candidate
from opentill.emv.steps import APPROVED, AskPin, Finished
from opentill.emv.tlv import Items, TlvError
from opentill.emv.verification import Aip, Tsi, Tvr

NOT_ASKED_APPROVED: Final = "Y3"
NOT_ASKED_DECLINED: Final = "Z3"
"""Tag 8A where the issuer could not be reached (Book 4, annex A6)."""

_SCRIPTS_MAX: Final = 16
_COMMAND_LENGTHS: Final = range(4, 262)


def transaction(progress: Progress) -> Flow[Finished]:
    """The whole of it. Raises Stop, and what `conversation.CARD_FAULTS` says.

    Once the issuer has been asked, a card that fails is a card that declines: the payment is made, or to be reversed,
    and no other reading may take its place.
    """
    yield from _start(progress)
    yield from processing.records(progress)
    for tag in (tags.PAN, tags.EXPIRY, tags.CDOL1, tags.CDOL2):
        progress.must(tag)
    reading = progress.reading()
    progress.tvr |= Tvr.NO_AUTHENTICATION  # everything goes online or is stored: the issuer checks the card
    processing.restrictions(progress)
    yield from _cardholder(progress)
    # Terminal risk management (10.6): a floor limit of 0 is exceeded by every amount, so that random selection and
    # velocity checking, which choose what goes online, have nothing left to choose.
    progress.tvr |= Tvr.FLOOR_LIMIT
    progress.tsi |= Tsi.TERMINAL_RISK
    wanted = apdu.AAC if processing.denied(progress) else apdu.ARQC
    given = yield from processing.cryptogram(progress, wanted, tags.CDOL1)
    progress.tsi |= Tsi.CARD_RISK
    if given == apdu.AAC:
        raise Stop("declined_by_card")
    if given != apdu.ARQC:
        raise ChipError("another cryptogram than the one that was asked for")
    reading = progress.reading()
    answer = yield from go_online(reading, online_pin=progress.online_pin)
    try:
        approved = yield from _second(progress, answer)
        reading = progress.reading()
    except CARD_FAULTS:
        approved = False
    return Finished(approved, reading)


def _start(progress: Progress) -> Flow[None]:
    """Select and start an application; one that does not start is dropped, and another chosen."""
    candidates = yield from selection.contact(progress.terminal, progress.transaction)
    while candidates:
        candidate = yield from _chosen(candidates)
        fci = yield from selection.selected(candidate)
        if fci is not None:
            progress.start(candidate, fci)
            status = yield from processing.options(progress)
            if status == apdu.OK:
                return
            if status != apdu.NOT_SATISFIED:
                raise ChipError(f"GET PROCESSING OPTIONS ended with {status:04X}")
        candidates.remove(candidate)
    raise Stop("unsupported_card")


def _chosen(candidates: list[Candidate]) -> Flow[Candidate]:
    if len(candidates) == 1 and not candidates[0].confirm:
        return candidates[0]
    index = yield from choose(tuple(candidate.name for candidate in candidates))
    return candidates[index]


def _cardholder(progress: Progress) -> Flow[None]:
    """Cardholder verification (10.5): the first rule of the card's list that applies and succeeds."""
    listed = progress.card.get(tags.CVM_LIST)
    if not progress.aip & Aip.VERIFICATION:
        return
    if listed is None:
        progress.tvr |= Tvr.DATA_MISSING
        return
    known = methods.decode(listed)
    progress.tsi |= Tsi.CARDHOLDER_VERIFIED
    last = (NOT_PERFORMED, 0)
    for rule in known.rules:
        amount = progress.transaction.amount
        home = progress.card.get(tags.CARD_CURRENCY) == progress.ours[tags.CURRENCY]
        if not methods.applies(rule, known, progress.terminal, amount, home_currency=home):
            continue
        last = (rule.method, rule.condition)
        outcome = yield from _performed(progress, rule)
        if outcome != FAILED:
            progress.verified(rule.method, rule.condition, outcome)
            return
        if not rule.goes_on:
            break
    progress.tvr |= Tvr.VERIFICATION_FAILED
    progress.verified(*last, FAILED)


def _performed(progress: Progress, rule: Rule) -> Flow[int]:
    """The result byte of one rule."""
    kind = rule.kind
    if kind in methods.PIN_CODES:
        if not progress.terminal.pin_pad:
            progress.tvr |= Tvr.PIN_PAD_MISSING
            return FAILED
        if progress.bypassed:  # who passed on one PIN is not asked for another
            progress.tvr |= Tvr.PIN_NOT_ENTERED
            return FAILED
    if kind not in methods.KNOWN_CODES:
        progress.tvr |= Tvr.VERIFICATION_UNKNOWN
    if not methods.supported(kind, progress.terminal) or kind == methods.FAIL:
        return FAILED
    if kind == methods.ONLINE_PIN:
        pin = yield from ask_pin(AskPin("online"))
        if pin is None:
            return _bypassed(progress)
        progress.tvr |= Tvr.ONLINE_PIN
        progress.online_pin = True
        return UNKNOWN
    if kind == methods.SIGNATURE:
        return UNKNOWN
    if kind == methods.NO_VERIFICATION:
        return SUCCESSFUL
    right = yield from _offline_pin(progress)
    if not right:
        return FAILED
    return UNKNOWN if kind == methods.OFFLINE_PIN_AND_SIGNATURE else SUCCESSFUL


def _offline_pin(progress: Progress) -> Flow[bool]:
    """Whether the card takes the PIN (10.5.1): asks as often as the card lets us."""
    response = yield from exchange(apdu.get_data(tags.PIN_TRIES))
    tries: int | None = None
    if response.status == apdu.OK:
        counter = tlv.find(tlv.decode(response.data), tags.PIN_TRIES)
        tries = counter[0] if counter else None
    wrong = False
    while tries != 0:
        pin = yield from ask_pin(AskPin("offline", tries, wrong))
        if pin is None:
            return bool(_bypassed(progress) != FAILED)
        response = yield from exchange(apdu.verify(format_2(pin)))
        if response.status == apdu.OK:
            return True
        if response.status >> 4 == 0x63C:
            wrong, tries = True, response.status & 0x0F
        elif response.status in (apdu.PIN_BLOCKED, apdu.OTHER_INTERFACE):
            tries = 0
        else:
            raise ChipError(f"VERIFY ended with {response.status:04X}")
    progress.tvr |= Tvr.PIN_TRIES_EXCEEDED
    return False


def _bypassed(progress: Progress) -> int:
    progress.bypassed = True
    progress.tvr |= Tvr.PIN_NOT_ENTERED
    return FAILED


def _second(progress: Progress, answer: IssuerAnswer) -> Flow[bool]:
    """What the card says to the issuer's answer: whether the payment is made (10.8 to 10.11)."""
    try:
        data = tlv.decode(answer.data)
    except TlvError:
        data = ()  # of no use to the card; the code still is
    if answer.code is None:
        approved = not processing.declined_by_default(progress)
        code = NOT_ASKED_APPROVED if approved else NOT_ASKED_DECLINED
    else:
        approved, code = answer.code in APPROVED, answer.code
    progress.ours[tags.RESPONSE_CODE] = code.encode("ascii", "replace")[:2].rjust(2, b"0")
    proof = tlv.find(data, tags.ISSUER_AUTHENTICATION)
    if proof:
        progress.ours[tags.ISSUER_AUTHENTICATION] = proof
        if progress.aip & Aip.ISSUER_AUTHENTICATION and 8 <= len(proof) <= 16:
            response = yield from exchange(apdu.external_authenticate(proof))
            progress.tsi |= Tsi.ISSUER_AUTHENTICATED
            if response.status != apdu.OK:
                progress.tvr |= Tvr.ISSUER_AUTHENTICATION_FAILED
    yield from _scripts(progress, data, tags.SCRIPT_BEFORE, Tvr.SCRIPT_FAILED_BEFORE)
    given = yield from processing.cryptogram(progress, apdu.TC if approved else apdu.AAC, tags.CDOL2)
    try:
        yield from _scripts(progress, data, tags.SCRIPT_AFTER, Tvr.SCRIPT_FAILED_AFTER)
    except CARD_FAULTS:  # the card has decided; what it does with a script cannot undo that
        progress.tvr |= Tvr.SCRIPT_FAILED_AFTER
    return approved and given == apdu.TC


def _scripts(progress: Progress, data: Items, template: int, failure: Tvr) -> Flow[None]:
    """The issuer's commands to the card, in order, until one fails (10.10)."""
    for script in [one for one in data if one.tag == template][:_SCRIPTS_MAX]:
        progress.tsi |= Tsi.SCRIPT
        for command in [one.value for one in script.items if one.tag == tags.SCRIPT_COMMAND]:
            if len(command) not in _COMMAND_LENGTHS:
                progress.tvr |= failure
                break
            response = yield from exchange(command)
            if response.status >> 8 not in (0x90, 0x62, 0x63):
                progress.tvr |= failure
                break
