"""The bits in which a terminal keeps what it saw: TVR (tag 95), TSI (9B), and what a card can do: AIP (82).

Book 3, annex C. A bit is written as the mask of the whole value, so that the sum of the masks is the value.
"""

from enum import IntFlag


class Tvr(IntFlag):
    """Terminal verification results, 5 bytes."""

    NO_AUTHENTICATION = 0x80_00_00_00_00
    DATA_MISSING = 0x20_00_00_00_00
    VERSIONS_DIFFER = 0x00_80_00_00_00
    EXPIRED = 0x00_40_00_00_00
    NOT_YET_EFFECTIVE = 0x00_20_00_00_00
    SERVICE_NOT_ALLOWED = 0x00_10_00_00_00
    VERIFICATION_FAILED = 0x00_00_80_00_00
    VERIFICATION_UNKNOWN = 0x00_00_40_00_00
    PIN_TRIES_EXCEEDED = 0x00_00_20_00_00
    PIN_PAD_MISSING = 0x00_00_10_00_00
    PIN_NOT_ENTERED = 0x00_00_08_00_00
    ONLINE_PIN = 0x00_00_04_00_00
    FLOOR_LIMIT = 0x00_00_00_80_00
    ISSUER_AUTHENTICATION_FAILED = 0x00_00_00_00_40
    SCRIPT_FAILED_BEFORE = 0x00_00_00_00_20
    SCRIPT_FAILED_AFTER = 0x00_00_00_00_10

    def encode(self) -> bytes:
        """Tag 95."""
        return int(self).to_bytes(5, "big")


class Tsi(IntFlag):
    """Transaction status information, 2 bytes."""

    CARDHOLDER_VERIFIED = 0x40_00
    CARD_RISK = 0x20_00
    ISSUER_AUTHENTICATED = 0x10_00
    TERMINAL_RISK = 0x08_00
    SCRIPT = 0x04_00

    def encode(self) -> bytes:
        """Tag 9B."""
        return int(self).to_bytes(2, "big")


class Aip(IntFlag):
    """Application interchange profile, 2 bytes. CHIP is byte 2 bit 8 of Mastercard's contactless cards."""

    VERIFICATION = 0x10_00
    TERMINAL_RISK = 0x08_00
    ISSUER_AUTHENTICATION = 0x04_00
    DEVICE_VERIFICATION = 0x02_00
    CHIP = 0x00_80

    def encode(self) -> bytes:
        """Tag 82."""
        return int(self).to_bytes(2, "big")
