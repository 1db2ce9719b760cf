"""What readers are made of: the place of this program that knows every concrete class."""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from opentill import __version__
from opentill.domain.cards import TEST_CARDS, TestCard
from opentill.link.messages import CardKey
from opentill.reader import pages
from opentill.reader.appliance import Insides
from opentill.reader.cards.virtual import VirtualCard
from opentill.reader.cards.wallet import wallet
from opentill.reader.connection.client import LinkClient, Machine, link_url
from opentill.reader.connection.identity import IdentityError, identity_in
from opentill.reader.connection.network import Network
from opentill.reader.device.device import About, Device
from opentill.reader.device.effects import Memory
from opentill.reader.device.events import Event
from opentill.reader.device.models import MODELS
from opentill.reader.pictures import OverHttp
from opentill.reader.sealer import Sealer
from opentill.reader.slot import Card
from opentill.reader.storage import Storage, StorageError

KEYS: Final = "identity.json"
"""The file of a reader's private keys, in its folder."""


class VirtualReaders:
    """`program.Workshop`: readers with a screen in the browser, whose server is at `server`. Raises ValueError."""

    def __init__(self, server: str) -> None:
        link_url(server)
        self._server = server
        self._cards: dict[str, VirtualCard] = {}

    def make_keys(self, folder: Path) -> object:
        """Raises StorageError."""
        try:
            return identity_in(folder / KEYS)
        except IdentityError as error:
            raise StorageError(str(error)) from error

    def model(self, device_type: str) -> pages.Model:
        model = MODELS[device_type]
        return pages.Model(name=model.name, width=model.width, height=model.height, keys=model.keys, shape=model.shape)

    def insides(self, memory: Memory, storage: Storage, tell: Callable[[Event], None]) -> Insides:
        try:
            identity = identity_in(storage.folder / KEYS)
        except IdentityError as error:
            raise StorageError(str(error)) from error
        network = Network()
        link = LinkClient(
            self._server,
            Machine(serial_number=memory.serial_number, device_type=memory.device_type, software=__version__),
            identity,
            tell,
            network=network,
        )

        def card_key() -> CardKey | None:
            return link.card_key

        device = Device(
            MODELS[memory.device_type],
            memory,
            sealer=Sealer(identity.sealing, card_key),
            random=secrets.token_bytes,
            about=About(software=__version__),
        )
        return Insides(device, link, network, OverHttp(self._server, network))

    def wallet(self) -> Sequence[pages.WalletCard]:
        return [_described(card) for card in self._drawer().values()]

    def card(self, name: str) -> Card | None:
        return self._drawer().get(name)

    def _drawer(self) -> dict[str, VirtualCard]:
        """The cards, by name. They are the same as long as the program runs: a card counts, and so does its owner."""
        if not self._cards:
            self._cards = {card.name: card for card in wallet(datetime.now(UTC).date())}
        return self._cards


_TEST_CARDS: Final = {card.simulated or card.name: card for card in TEST_CARDS}


def _described(card: VirtualCard) -> pages.WalletCard:
    ways: list[pages.Way] = []
    if card.can_tap:
        ways.append("tap")
    if card.can_insert:
        ways.append("insert")
    if card.can_swipe:
        ways.append("swipe")
    group = _group(card, _TEST_CARDS.get(card.name))
    return pages.WalletCard(name=card.name, title=card.title, description=card.description, group=group, ways=ways)


def _group(card: VirtualCard, known: TestCard | None) -> str:
    """The heading in the drawer that a card stands under."""
    if not card.can_swipe:
        return "Phones"
    if known is None:
        return "Cards" if card.name == "physical_test_card" else "Making trouble"
    if known.decline is not None:
        return "Declined"
    if known.cvm is not None:
        return "Asking for a PIN"
    if known.simulated is not None:
        return "Cards"
    return "From other countries" if known.country != "US" else "For other tests"
