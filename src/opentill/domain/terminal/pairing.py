"""Registration codes: three words that a reader shows and a person types, once, soon.

Whoever has the code of a reader can take it, so it is short-lived, works once, is kept as a hash only, and cannot be
found by trying: there are more than 2^32 of them, and an account that keeps guessing wrong is made to wait. How long
codes live is not published (facts sheet, section 10); these bounds are ours.
"""

import hashlib
import secrets
from collections import deque
from typing import Final

from opentill.domain.terminal.pairing_words import WORDS

CODE_WORDS: Final = 3
CODE_LIFETIME_MS: Final = 15 * 60 * 1000

CODES_MAX: Final = 10
CODES_WINDOW_MS: Final = 60 * 60 * 1000
"""A device gets so many codes within the window."""

GUESSES_MAX: Final = 20
GUESSES_WINDOW_MS: Final = 10 * 60 * 1000
"""An account may send so many wrong codes within the window."""

_ACCOUNTS_MAX: Final = 10_000  # whose wrong codes are remembered, at most

_CONTEXT: Final = b"opentill registration code\0"


def new_code() -> str:
    """A code that nobody can guess, such as `quick-brown-gecko`."""
    return "-".join(secrets.choice(WORDS) for _ in range(CODE_WORDS))


def normalized(code: str) -> str:
    """A code as a person typed it, in the way that readers show it: letter case and blanks do not matter."""
    return "-".join(code.lower().replace("-", " ").split())


def hash_code(code: str) -> str:
    """What is kept of a code that was shown. It can be looked up, but not read from a backup or a log."""
    return hashlib.sha256(_CONTEXT + normalized(code).encode()).hexdigest()


def recent(times: list[int], now_ms: int) -> list[int]:
    """Those of the times (ms) at which a device got codes that still count."""
    return [time for time in times if now_ms - time < CODES_WINDOW_MS]


class WrongCodes:
    """Who sent wrong codes lately, and how many; in the memory of one process, and bounded.

    When more accounts than it can remember guess at the same time, those that have not guessed for longest are
    forgotten.
    """

    def __init__(self) -> None:
        self._times: dict[str, deque[int]] = {}

    def too_many(self, account: str, now_ms: int) -> bool:
        """Whether the account has to wait before its next code is looked at, even if that is right."""
        times = self._times.get(account)
        if times is None:
            return False
        while times and now_ms - times[0] >= GUESSES_WINDOW_MS:
            times.popleft()
        if not times:
            del self._times[account]
        return len(times) >= GUESSES_MAX

    def note(self, account: str, now_ms: int) -> None:
        """The account sent a wrong code."""
        times = self._times.pop(account, None) or deque[int](maxlen=GUESSES_MAX)
        times.append(now_ms)
        self._times[account] = times
        if len(self._times) > _ACCOUNTS_MAX:
            del self._times[next(iter(self._times))]
