"""What the parameters of a request are before their types are known: texts, objects, arrays, files.

An array with indices (`a[0]=x&a[2]=z`) is an object whose keys are the indices, because only the parameter's type tells
whether `metadata[0]` is a key or a position. Elements without an index (`a[]=x`) are a list; next to indices they are
the list under the key "".
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

Tree: TypeAlias = dict[str, Any]  # values: str, Tree, list of these, and Upload


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart body."""

    filename: str
    content_type: str
    content: bytes


def elements(value: Any) -> list[Any] | None:
    """The elements of an array: those with an index in its order, then those without; None if it is not an array."""
    container: Tree = value
    loose: list[Any] = value
    if type(value) is list:
        return loose
    if type(value) is not dict:
        return None
    loose = container.get("", [])
    indexed = [(key, element) for key, element in container.items() if key]
    if not all(key.isascii() and key.isdecimal() for key, _ in indexed):
        return None
    if len(indexed) > 1:
        indexed.sort(key=lambda pair: int(pair[0]))
    return [element for _, element in indexed] + loose
