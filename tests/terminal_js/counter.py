"""A counter with a real reader on it: the reader program, and somebody in front of its screen."""

from typing import Any

from tests.devices import AtReader, Readers
from tests.scenarios.shop import Shop
from tests.scenarios.till import ADDRESS
from tests.terminal_js.tab import Tab


class Counter:
    """A device of `readers`, registered to a location of `shop`; `at` is the customer.

    Pairing codes are rationed, so tests share counters: `begin` makes one ready for the next test.
    """

    def __init__(self, shop: Shop, readers: Readers, number: int = 0, address: dict[str, str] | None = None) -> None:
        self.shop = shop
        self.v1 = shop.client.v1
        self._readers = readers
        self.serial: str = readers.devices()[number]["serial"]
        self.at: AtReader = readers.at(self.serial)
        code = self.at.wait("pairing", until=lambda screen: screen.get("code") is not None)["code"]
        given: Any = {"display_name": "Counter", "address": address or ADDRESS}
        self.location = self.v1.terminal.locations.create(given)
        self.reader = self.v1.terminal.readers.create({"registration_code": code, "location": self.location.id})
        self.at.wait("splash")

    def begin(self) -> None:
        """Stand in front of the reader again; the last till has disconnected from it."""
        self.at.close()
        self.at = self._readers.at(self.serial)
        self.at.wait("splash", "approved", "canceled", "declined", "done")

    def connect(self, tab: Tab, **options: Any) -> Any:
        """Discover the reader by its location, as a till does, and connect to it."""
        found = tab.call("discoverReaders", {"location": self.location.id})["discoveredReaders"]
        assert [reader["id"] for reader in found] == [self.reader.id]
        return tab.call("connectReader", found[0], options)

    def offer_tips(self, *percentages: int) -> None:
        """Have the location offer tips, or none."""
        offered: Any = {"tipping": {"usd": {"percentages": list(percentages)}}}
        override = self.v1.terminal.configurations.create(offered).id if percentages else ""
        self.v1.terminal.locations.update(self.location.id, {"configuration_overrides": override})

    def close(self) -> None:
        """Go home."""
        self.at.close()
