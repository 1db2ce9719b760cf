"""How long things may take on a link, and how much one may ask for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds, but for the counts.

    `opening_s`: from the connection to the proof. `heartbeat_s`: how often readers are told to say that they are there;
    a link that was silent for `silence_s` is closed. `ack_s`: a command waits so long for its ack, the coming back of
    the reader included. `write_s`: a peer that does not read for so long is cut off. `goodbye_s`: how long a close may
    take. `finish_s`: how long reports in hand may take when the server stops. `seen_s`: how often what was heard is
    written down. `action_pauses_s`: how often and when an action that has just been sent, and is not committed yet, is
    looked for again; for `action_fresh_s` after its ack.

    `messages_per_s` and `burst` bound what one reader may say, `openings` how many may open at once, `introductions`
    how many of them are looked up at once.
    """

    opening_s: float = 10.0
    heartbeat_s: int = 25
    silence_s: float = 75.0
    ack_s: float = 10.0
    write_s: float = 5.0
    goodbye_s: float = 2.0
    finish_s: float = 8.0
    seen_s: float = 5.0
    action_pauses_s: tuple[float, ...] = (0.05, 0.05, 0.1, 0.2, 0.4, 0.6, 0.6)
    action_fresh_s: float = 5.0
    messages_per_s: float = 50.0
    burst: float = 100.0
    openings: int = 2000
    introductions: int = 32


TIMING: Final = Timing()
