"""How a parameter is refused, in the words that clients match on (reference: message patterns).

What a message repeats of the request is shortened, and anything that may be a card number in it is masked.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from opentill.domain.errors import InvalidRequest
from opentill.domain.masking import mask_card_numbers
from opentill.requests.tree import Upload

_SHOWN_LENGTH = 100
_UNKNOWN_SHOWN = 50

# Members of an object that are not repeated in a message even masked (PCI DSS 3.3: sensitive authentication data).
_SENSITIVE = frozenset({"number", "cvc", "cvc_update", "pin", "track1", "track2", "swipe_data", "emv_data"})


def shown(value: Any) -> str:
    """`value` as a message may repeat it: on one line, short, without card data."""
    text: str = value
    if type(value) is not str:
        text = msgspec.json.encode(_without_card_data(value)).decode()
    if len(text) <= _SHOWN_LENGTH:
        return mask_card_numbers(text)
    beginning = mask_card_numbers(text[: 10 * _SHOWN_LENGTH])  # far enough to see what the last of it is a part of
    return f"{beginning[: _SHOWN_LENGTH // 2]}...{text[-4:]}"


def _without_card_data(value: Any) -> Any:
    members: Any = value
    if type(value) is dict:
        return {key: "(hidden)" if key in _SENSITIVE else _without_card_data(member) for key, member in members.items()}
    if type(value) is list:
        return [_without_card_data(member) for member in members]
    return "(file)" if isinstance(value, Upload) else value


def refused(message: str, name: str, *, code: str | None = None) -> InvalidRequest:
    """The refusal of one parameter."""
    return InvalidRequest(message, code=code, param=mask_card_numbers(name))


def missing(name: str) -> InvalidRequest:
    """A required parameter is not there."""
    name = mask_card_numbers(name)
    return refused(f"Missing required param: {name}.", name, code="parameter_missing")


def empty(name: str) -> InvalidRequest:
    """An empty text where nothing can be unset."""
    name = mask_card_numbers(name)
    return refused(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value.",
        name,
        code="parameter_invalid_empty",
    )


def unknown(names: Sequence[str]) -> InvalidRequest:
    """Parameters that the operation does not have, in the order they came."""
    said = [shown(name) for name in names[:_UNKNOWN_SHOWN]]
    more = f", and {len(names) - len(said)} more" if len(names) > len(said) else ""
    plural = "s" if len(names) > 1 else ""
    return refused(f"Received unknown parameter{plural}: {', '.join(said)}{more}", said[0], code="parameter_unknown")


def exclusive(names: Sequence[str]) -> InvalidRequest:
    """Parameters of which only one can be given."""
    return refused(
        f"You may only specify one of these parameters: {', '.join(names)}.", names[0], code="parameters_exclusive"
    )


def listed(values: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b, or c`."""
    if len(values) < 3:
        return " or ".join(values)
    return f"{', '.join(values[:-1])}, or {values[-1]}"
