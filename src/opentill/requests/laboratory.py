"""Parameters of what only `opentill up` serves: the clock and the acquirer's wire."""

from typing import Annotated, Literal

from opentill.domain.terminal.devices import ReaderTrouble
from opentill.requests.params import UNSET, Integer, Params, Text, UnsetType


class AdvanceClock(Params):
    """Forward only, and no further than a year at a time."""

    seconds: Annotated[int, Integer(minimum=0, maximum=366 * 86_400)]


class InjectFault(Params):
    """What goes wrong, with which operation (any, if left out), how often, and after how long."""

    kind: Literal["delay", "timeout", "lost_answer", "not_sent", "late"]
    operation: Literal["authorize", "increment", "capture", "reverse", "refund", "inquire"] | UnsetType = UNSET
    count: Annotated[int, Integer(minimum=1, maximum=1000)] | UnsetType = UNSET
    delay_ms: Annotated[int, Integer(minimum=0, maximum=60_000)] | UnsetType = UNSET


class DisturbReader(Params):
    """What goes wrong with a simulated reader, and with how many of the commands that are sent to it."""

    kind: ReaderTrouble
    count: Annotated[int, Integer(minimum=1, maximum=1000)] | UnsetType = UNSET


class ListHoldings(Params):
    """The PaymentIntent to look at; all of the account's (the newest 10,000 attempts) if left out."""

    payment_intent: Annotated[str, Text(maximum=255)] | UnsetType = UNSET
