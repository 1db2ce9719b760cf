"""The states of a reader, and the groups of them that rules are about.

A state says what the reader is doing. What is on the screen follows from it and from the job (`display`); which ways
are open for cards follows from it too (`reading.open_ways`).
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What the reader is doing."""

    STARTING = "starting"
    PAIRING = "pairing"
    SPLASH = "splash"
    NOTICE = "notice"  # something keeps it from working
    RESTARTING = "restarting"

    PASSCODE = "passcode"
    SETTINGS = "settings"
    DIAGNOSTICS = "diagnostics"
    NETWORK = "network"
    LANGUAGE = "language"
    ABOUT = "about"

    CART = "cart"
    TIP = "tip"
    CUSTOM_TIP = "custom_tip"
    PRESENT_CARD = "present_card"
    READING = "reading"
    APPLICATION = "application"
    PIN = "pin"
    PRESENT_AGAIN = "present_again"  # the card must leave the slot before it can be read again
    KEYED_CARD = "keyed_card"
    INPUT = "input"
    PRINTING = "printing"

    PROCESSING = "processing"  # a card is being authorized: the server alone knows how it ends
    REPORTING = "reporting"  # anything else was told to the server, which has to say how it goes on
    COLLECTED = "collected"  # a card was read and waits for the confirmation
    COMPLETING = "completing"  # it is over; the chip hears how
    REMOVE_CARD = "remove_card"
    RESULT = "result"
    CANCELED = "canceled"


S = State

RESTING: Final = (S.SPLASH, S.PAIRING, S.NOTICE)
"""Where the reader is when nobody wants anything of it."""

MENU: Final = (S.SETTINGS, S.DIAGNOSTICS, S.NETWORK, S.LANGUAGE, S.ABOUT)

WITH_CARD: Final = (S.PRESENT_CARD, S.READING, S.APPLICATION, S.PIN, S.PRESENT_AGAIN)
"""A card is wanted, or is being read."""

ASKING: Final = (S.TIP, S.CUSTOM_TIP, *WITH_CARD, S.KEYED_CARD)
"""The customer is at it, and nothing is charged yet."""

BEGINNINGS: Final = (
    S.CART,
    S.TIP,
    S.PRESENT_CARD,
    S.PRESENT_AGAIN,
    S.KEYED_CARD,
    S.INPUT,
    S.PRINTING,
    S.PROCESSING,
    S.REPORTING,
)
"""Where a job begins."""

AT_WORK: Final = (S.CART, *ASKING, S.INPUT, S.PRINTING, S.PROCESSING, S.REPORTING, S.COLLECTED)
"""There is a job, and it is not over."""

ENDINGS: Final = (S.COMPLETING, S.REMOVE_CARD, S.RESULT, S.CANCELED)
"""A job is over and the customer sees how."""

ACCEPTING: Final = (S.SPLASH, S.CART, *ASKING, S.INPUT, S.REPORTING, S.COLLECTED, S.RESULT, S.CANCELED)
"""Another command may replace what the reader does; in every other state it is busy, or out of order."""
