"""What is on the screen, as it follows from the state and the job: pure functions of them."""

from collections.abc import Callable
from typing import Final

import msgspec

from opentill.reader.device.core import Core
from opentill.reader.device.display import cards, endings, forms, menu, resting, sale
from opentill.reader.device.screens import Screen
from opentill.reader.device.states import State

_DRAWN: Final[dict[State, Callable[[Core], Screen]]] = {
    State.STARTING: resting.starting,
    State.RESTARTING: resting.starting,
    State.PAIRING: resting.pairing,
    State.SPLASH: resting.splash,
    State.NOTICE: resting.notice,
    State.PASSCODE: menu.passcode,
    State.SETTINGS: menu.settings,
    State.DIAGNOSTICS: menu.diagnostics,
    State.NETWORK: menu.network,
    State.LANGUAGE: menu.language,
    State.ABOUT: menu.about,
    State.CART: sale.cart,
    State.TIP: sale.tip,
    State.CUSTOM_TIP: sale.custom_tip,
    State.PRESENT_CARD: cards.present,
    State.PRESENT_AGAIN: cards.present_again,
    State.READING: cards.reading,
    State.APPLICATION: cards.application,
    State.PIN: cards.pin,
    State.KEYED_CARD: cards.keyed,
    State.INPUT: forms.form,
    State.PRINTING: endings.printing,
    State.PROCESSING: endings.processing,
    State.REPORTING: endings.reporting,
    State.COLLECTED: endings.collected,
    State.COMPLETING: endings.result,
    State.REMOVE_CARD: endings.remove_card,
    State.RESULT: endings.result,
    State.CANCELED: endings.result,
}


def screen(core: Core) -> Screen:
    """The screen of the state, in the language of whoever reads it, with how the way to the server is."""
    return msgspec.structs.replace(_DRAWN[core.state](core), language=core.language, link=core.link)
