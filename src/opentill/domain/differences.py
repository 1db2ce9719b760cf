"""What an update changed: the `previous_attributes` of an event (reference: The Event object)."""

from typing import Any, cast

import msgspec


def previous_attributes(before: msgspec.Struct, after: msgspec.Struct) -> dict[str, Any]:
    """The fields of `before` that `after` has otherwise, as JSON values; {} if nothing changed.

    Of a hash only the keys that changed are told, and a key that is new was null. An array is told whole.
    """
    return _previous(msgspec.to_builtins(before), msgspec.to_builtins(after))


def _previous(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    previous: dict[str, Any] = {}
    for key in before | after:
        was: Any = before.get(key)
        now: Any = after.get(key)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            previous[key] = _previous(cast("dict[str, Any]", was), cast("dict[str, Any]", now))
        else:
            previous[key] = was
    return previous
