"""Derived unique key per transaction (ANSI X9.24-3): each PIN under a key of its own, which the device forgets.

Keys form a tree. Counter 0 has the initial key, and the key of any counter comes out of that of its parent, which is
the counter with its lowest one bit cleared, by a function that cannot be reversed. A device holds the keys of the
counters that come next and nothing that leads back: who takes it apart learns no key that was used. The host, who has
the base key, walks from the top, one step for each one bit. Counters with more ones than the standard allows are
skipped, so that the walk is short.

`AES` is the standard's present form (AES-128 working keys out of base keys of any AES size), `TDES` the older one
(X9.24-1), for hosts that know no other.

>>> host = Host(AES, bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1"))
>>> device = Device.loaded(AES, host.initial_key(bytes.fromhex("1234567890123456")), bytes.fromhex("1234567890123456"))
>>> device, key = device.advance()
>>> key.serial.hex(), key.pin.hex().upper()
('123456789012345600000001', 'AF8CB133A78F8DC2D1359F18527593FB')
>>> host.key(key.serial).pin == key.pin
True
"""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from opentill.emv import des


class DukptError(ValueError):
    """A key serial number that no device sends, or a device that has used up its keys."""


class AES:
    """AES DUKPT (X9.24-3, 6.3): serial numbers of 12 bytes, an 8-byte id of the initial key and the counter."""

    name: ClassVar[str] = "aes"
    id_length: ClassVar[int] = 8
    counter_bits: ClassVar[int] = 32
    ones_max: ClassVar[int] = 16

    _INITIAL: Final = 0x8001
    _DERIVATION: Final = 0x8000
    _PIN: Final = 0x1000
    _MAC: Final = 0x2000
    _DATA: Final = 0x3000
    _AES_128: Final = 2
    _ALGORITHMS: ClassVar[dict[int, int]] = {16: 2, 24: 3, 32: 4}

    @classmethod
    def initial_key(cls, base: bytes, id: bytes) -> bytes:
        """The key that is loaded into the device with that id."""
        return cls._derive(base, cls._INITIAL, id, len(base))

    @classmethod
    def child(cls, parent: bytes, id: bytes, counter: int) -> bytes:
        """The key of a counter out of its parent's."""
        return cls._derive(parent, cls._DERIVATION, cls._place(id, counter), len(parent))

    @classmethod
    def working(cls, key: bytes, id: bytes, counter: int) -> "Key":
        """What the key of a counter is used by: keys of AES-128, one for each purpose."""
        place = cls._place(id, counter)
        pin, mac, data = (cls._derive(key, usage, place, 16) for usage in (cls._PIN, cls._MAC, cls._DATA))
        return Key(cls.serial(id, counter), pin, mac, data)

    @classmethod
    def serial(cls, id: bytes, counter: int) -> bytes:
        """The key serial number."""
        return id + counter.to_bytes(4, "big")

    @classmethod
    def split(cls, serial: bytes) -> tuple[bytes, int]:
        """The id and the counter of a key serial number. Raises DukptError."""
        if len(serial) != 12:
            raise DukptError("a key serial number of AES DUKPT has 12 bytes")
        return serial[:8], int.from_bytes(serial[8:], "big")

    @staticmethod
    def _place(id: bytes, counter: int) -> bytes:
        return id[4:] + counter.to_bytes(4, "big")

    @classmethod
    def _derive(cls, key: bytes, usage: int, place: bytes, length: int) -> bytes:
        algorithm = cls._ALGORITHMS[length]
        header = b"".join(part.to_bytes(2, "big") for part in (usage, algorithm, length * 8))
        blocks = b"".join(bytes((1, number)) + header + place for number in range(1, (length + 15) // 16 + 1))
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)[:length]  # noqa: S305 - single blocks


class TDES:
    """TDES DUKPT (X9.24-1, annex A): serial numbers of 10 bytes, the last 21 bits of which are the counter."""

    name: ClassVar[str] = "tdes"
    id_length: ClassVar[int] = 10
    counter_bits: ClassVar[int] = 21
    ones_max: ClassVar[int] = 10

    _COUNTER: Final = (1 << 21) - 1
    _VARIANT: Final = bytes.fromhex("C0C0C0C000000000") * 2
    _PIN: Final = bytes.fromhex("00000000000000FF") * 2
    _MAC: Final = bytes.fromhex("000000000000FF00") * 2
    _DATA: Final = bytes.fromhex("0000000000FF0000") * 2

    @classmethod
    def initial_key(cls, base: bytes, id: bytes) -> bytes:
        """The key that is loaded into the device with that id (a serial number with the counter 0)."""
        return des.encipher(base, id[:8]) + des.encipher(_xor(base, cls._VARIANT), id[:8])

    @classmethod
    def child(cls, parent: bytes, id: bytes, counter: int) -> bytes:
        """The key of a counter out of its parent's: the non-reversible key generation process."""
        register = cls.serial(id, counter)[2:]
        return b"".join(
            _xor(des.encipher(key[:8], _xor(register, key[8:])), key[8:])
            for key in (_xor(parent, cls._VARIANT), parent)
        )

    @classmethod
    def working(cls, key: bytes, id: bytes, counter: int) -> "Key":
        """What the key of a counter is used by: variants of it, that of data enciphered under itself."""
        data = _xor(key, cls._DATA)
        return Key(cls.serial(id, counter), _xor(key, cls._PIN), _xor(key, cls._MAC), des.encipher(data, data))

    @classmethod
    def serial(cls, id: bytes, counter: int) -> bytes:
        """The key serial number."""
        return ((int.from_bytes(id, "big") & ~cls._COUNTER) | counter).to_bytes(10, "big")

    @classmethod
    def split(cls, serial: bytes) -> tuple[bytes, int]:
        """The id (counter 0) and the counter of a key serial number. Raises DukptError."""
        if len(serial) != 10:
            raise DukptError("a key serial number of TDES DUKPT has 10 bytes")
        return cls.serial(serial, 0), int.from_bytes(serial, "big") & cls._COUNTER


Scheme: TypeAlias = type[AES] | type[TDES]
_SCHEMES: Final[dict[bytes, Scheme]] = {b"A": AES, b"T": TDES}


@dataclass(frozen=True, slots=True)
class Key:
    """The keys of one transaction and the serial number by which the host finds them. repr hides them."""

    serial: bytes
    pin: bytes
    mac: bytes
    data: bytes

    def __repr__(self) -> str:
        return f"Key({self.serial.hex().upper()})"


@dataclass(frozen=True, slots=True)
class Device:
    """A device's future keys, by the lowest one bit of the counters they are for, and the next counter.

    A value: `advance` gives the device as it is afterwards, and whoever keeps that has forgotten the key. repr hides
    the keys.
    """

    scheme: Scheme
    id: bytes
    counter: int
    keys: tuple[bytes | None, ...]

    @classmethod
    def loaded(cls, scheme: Scheme, initial_key: bytes, id: bytes) -> "Device":
        """A device that has just got its initial key, which it does not keep. Raises DukptError."""
        if len(id) != scheme.id_length:
            raise DukptError(f"the id of an initial key has {scheme.id_length} bytes")
        id = scheme.split(scheme.serial(id, 0))[0]
        return cls(scheme, id, 1, tuple(scheme.child(initial_key, id, 1 << bit) for bit in range(scheme.counter_bits)))

    def advance(self) -> tuple["Device", Key]:
        """The device after its next transaction, and that transaction's keys. Raises DukptError at the end."""
        if self.counter >= 1 << self.scheme.counter_bits:
            raise DukptError("the device has used up its keys")
        lowest = (self.counter & -self.counter).bit_length() - 1
        key = self.keys[lowest]
        if key is None:
            raise DukptError("not a device's state")
        keys = list(self.keys)
        keys[lowest] = None
        following = self.counter + (1 << lowest)
        if self.counter.bit_count() < self.scheme.ones_max:
            following = self.counter + 1
            for bit in range(lowest):
                keys[bit] = self.scheme.child(key, self.id, self.counter | 1 << bit)
        after = Device(self.scheme, self.id, following, tuple(keys))
        return after, self.scheme.working(key, self.id, self.counter)

    def pack(self) -> bytes:
        """The state as bytes, to be written down: scheme, id, counter, then each key after its length."""
        scheme = next(mark for mark, scheme in _SCHEMES.items() if scheme is self.scheme)
        keys = b"".join(bytes((len(key or b""),)) + (key or b"") for key in self.keys)
        return scheme + self.id + self.counter.to_bytes(5, "big") + keys

    @classmethod
    def unpack(cls, packed: bytes) -> "Device":
        """The state that `pack` wrote. Raises DukptError."""
        scheme = _SCHEMES.get(packed[:1])
        if scheme is None:
            raise DukptError("not a device's state")
        at = 1 + scheme.id_length
        id, counter = packed[1:at], int.from_bytes(packed[at : at + 5], "big")
        at += 5
        keys: list[bytes | None] = []
        while at < len(packed):
            end = at + 1 + packed[at]
            keys.append(packed[at + 1 : end] or None)
            at = end
        if at != len(packed) or len(keys) != scheme.counter_bits or {len(key) for key in keys if key} - {16, 24, 32}:
            raise DukptError("not a device's state")
        return cls(scheme, id, counter, tuple(keys))

    def __repr__(self) -> str:
        return f"Device({self.scheme.name}, {self.id.hex().upper()}, {self.counter})"


@dataclass(frozen=True, slots=True)
class Host:
    """Whoever has the base derivation key, and so every key of every device. repr hides it."""

    scheme: Scheme
    base: bytes

    def initial_key(self, id: bytes) -> bytes:
        """What a device with that id is loaded with. Raises DukptError."""
        if len(id) != self.scheme.id_length:
            raise DukptError(f"the id of an initial key has {self.scheme.id_length} bytes")
        return self.scheme.initial_key(self.base, self.scheme.split(self.scheme.serial(id, 0))[0])

    def key(self, serial: bytes) -> Key:
        """The keys of the transaction with that serial number. Raises DukptError if no device sends such a one."""
        id, counter = self.scheme.split(serial)
        if not 0 < counter.bit_count() <= self.scheme.ones_max:
            raise DukptError("a counter that devices skip")
        key, walked = self.scheme.initial_key(self.base, id), 0
        for bit in reversed(range(self.scheme.counter_bits)):
            if counter >> bit & 1:
                walked |= 1 << bit
                key = self.scheme.child(key, id, walked)
        return self.scheme.working(key, id, counter)

    def __repr__(self) -> str:
        return f"Host({self.scheme.name})"


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
