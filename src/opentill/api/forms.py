"""Form bodies and query strings: bytes in, a tree of texts, objects and arrays out.

The clients nest by brackets, and each in its own way:

    card[number]=4242              an object                       {"card": {"number": "4242"}}
    expand[]=a&expand[]=b          an array, as curl writes it     {"expand": ["a", "b"]}
    expand[0]=a&expand[1]=b        an array, as the libraries do   {"expand": {"0": "a", "1": "b"}}
    items[][price]=p&items[][..    an array of objects             {"items": [{"price": "p"}, ...]}

Only the parameter's type tells whether `metadata[0]` is a key or a position, so an indexed container stays an object
here, and `opentill.requests.tree.elements` makes the array of it. Brackets may be escaped or not. A scalar given twice
keeps its last value, and an element of `items[][…]` ends where a name comes again, as in the framework behind the real
API (Rack).
"""

from dataclasses import dataclass
from email.message import Message
from typing import Any, cast

from opentill.domain.errors import InvalidRequest
from opentill.domain.masking import mask_card_numbers
from opentill.requests.tree import Tree, Upload


@dataclass(frozen=True, slots=True)
class Limits:
    """What one form may hold; its size in bytes is limited where it is received."""

    parameters: int = 1000
    depth: int = 10
    name_length: int = 500


LIMITS = Limits()


def parse(body: bytes, *, limits: Limits = LIMITS) -> Tree:
    """The tree of a form body or of a query string (without its "?").

    Raises InvalidRequest if it is not UTF-8, holds a NUL or a broken escape, exceeds `limits`, or gives one name
    both a value and members.
    """
    if not body:
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The request's parameters are not valid UTF-8.") from None
    pairs = text.split("&")
    if len(pairs) > limits.parameters:
        raise InvalidRequest(f"Too many parameters: a request can have at most {limits.parameters}.")
    if "\0" in text:
        raise _nul(None)
    if "%" not in text and "[" not in text and "+" not in text:
        try:
            flat: Tree = {name: value for name, value in [pair.split("=", 1) for pair in pairs]}  # noqa: C416
        except ValueError:  # an empty pair, or a name alone
            pass
        else:
            if "" not in flat and (len(text) <= limits.name_length or max(map(len, flat)) <= limits.name_length):
                return flat
    tree: Tree = {}
    for pair in pairs:
        if pair:
            name, _, value = pair.partition("=")
            if "%" in name or "+" in name:
                name = _unescape(name, None)
            if "%" in value or "+" in value:
                value = _unescape(value, name)
            _place(tree, name, value, limits)
    return tree


def parse_multipart(body: bytes, content_type: bytes, *, limits: Limits = LIMITS) -> Tree:
    """The tree of a multipart/form-data body (RFC 7578): fields are texts, files are Uploads.

    `content_type` is the header's value, with the boundary.

    Raises InvalidRequest as `parse` does, and for a body that is not what its content type says.
    """
    tree: Tree = {}
    for start, end in _sections(body, b"\r\n--" + _boundary(content_type), limits):
        at = body.find(b"\r\n\r\n", start, end)
        if at < 0:
            raise InvalidRequest("Invalid multipart body: a part has no end of its headers.")
        name, filename, part_type = _part_headers(body[start:at])
        content = body[at + 4 : end]
        if filename is None:
            _place(tree, name, _text(content, name), limits)
        else:
            _place(tree, name, Upload(filename, part_type, content), limits)
    return tree


def _sections(body: bytes, delimiter: bytes, limits: Limits) -> list[tuple[int, int]]:
    """From where to where the parts of a body go. A file may be large, so nothing is copied for it."""
    first = delimiter[2:]  # at the very beginning it needs no line of its own
    if body.startswith(first):
        at = len(first)
    else:
        found = body.find(delimiter)
        at = found + len(delimiter) if found >= 0 else 0
    sections: list[tuple[int, int]] = []
    while at > 0 and (end := body.find(delimiter, at)) >= 0:
        sections.append((at, end))
        if len(sections) > limits.parameters:
            raise InvalidRequest(f"Too many parameters: a request can have at most {limits.parameters}.")
        at = end + len(delimiter)
    if at <= 0 or not body.startswith(b"--", at):
        raise InvalidRequest("Invalid multipart body: it is cut short.")
    return sections


def sameness(body: bytes, content_type: bytes) -> bytes:
    """What two bodies have in common that say the same: pairs in any order, multipart with any boundary.

    Clients make up another boundary whenever they send. Raises InvalidRequest for multipart without one.
    """
    if content_type.startswith(b"multipart/form-data"):
        return body.replace(_boundary(content_type), b"")
    return b"&".join(sorted(body.split(b"&")))


def _boundary(content_type: bytes) -> bytes:
    boundary = _header(content_type.decode("latin-1")).get_param("boundary")
    if not content_type.lower().startswith(b"multipart/form-data") or not isinstance(boundary, str) or not boundary:
        raise InvalidRequest("Invalid multipart body: the content type must be multipart/form-data with a boundary.")
    return boundary.encode("latin-1")


# Two hexadecimal digits -> the byte. As a table it decodes faster than int(…, 16), and takes nothing else.
_BYTES = {
    high + low: bytes((int(high + low, 16),)) for high in "0123456789abcdefABCDEF" for low in "0123456789abcdefABCDEF"
}


def _unescape(text: str, name: str | None) -> str:
    """`text` with "+" and %xx undone; `name` is the parameter it is the value of, if it is one."""
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    pieces = [first.encode()]
    for piece in rest:
        byte = _BYTES.get(piece[:2])
        if byte is None:
            raise InvalidRequest("Invalid percent-encoding in the request's parameters.", param=_shown(name))
        pieces.append(byte)
        if len(piece) > 2:
            pieces.append(piece[2:].encode())
    return _text(b"".join(pieces), name)


def _text(content: bytes, name: str | None) -> str:
    if b"\0" in content:
        raise _nul(name)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The request's parameters are not valid UTF-8.", param=_shown(name)) from None


def _place(tree: Tree, name: str, value: str | Upload, limits: Limits) -> None:
    """Put a value where its name says, making the containers on the way."""
    if len(name) > limits.name_length:
        raise InvalidRequest(f"Invalid parameter name: it can have at most {limits.name_length} characters.")
    if "[" not in name:
        path = [name]
        if not name:
            raise InvalidRequest("Invalid parameter name: it is empty.")
    else:
        path = _path(name, limits)
    container, position, last = tree, 0, len(path) - 1
    while position < last:
        key, inner = path[position], path[position + 1]
        if inner:
            container, position = _object(container, key, path), position + 1
            continue
        items = _array(container, key, path)
        if position + 1 == last:
            items.append(value)
            return
        if not items or not isinstance(items[-1], dict) or _holds(cast(Tree, items[-1]), path[position + 2 :]):
            items.append({})
        container, position = cast(Tree, items[-1]), position + 2
    key = path[last]
    if isinstance(container.get(key), dict | list):
        raise _conflict(path)
    container[key] = value


def _object(container: Tree, key: str, path: list[str]) -> Tree:
    """The object under `key`, made if it is not there; an array begun without indices becomes its member ""."""
    present: Any = container.get(key)
    if isinstance(present, dict):
        return cast(Tree, present)
    if present is not None and not isinstance(present, list):
        raise _conflict(path)
    made: Tree = {} if present is None else {"": cast("list[Any]", present)}
    container[key] = made
    return made


def _array(container: Tree, key: str, path: list[str]) -> list[Any]:
    """The elements without an index under `key`, made if they are not there."""
    present: Any = container.get(key)
    if isinstance(present, list):
        return cast("list[Any]", present)
    if isinstance(present, dict):
        return cast(Tree, present).setdefault("", [])
    if present is not None:
        raise _conflict(path)
    made: list[Any] = []
    container[key] = made
    return made


def _path(name: str, limits: Limits) -> list[str]:
    """`a[b][]` as ["a", "b", ""]."""
    root, *rest = name.split("[")
    if len(rest) >= limits.depth:
        raise InvalidRequest(
            f"Invalid parameter name: parameters can be nested at most {limits.depth} deep.", param=_shown(root)
        )
    path = [root]
    for part in rest:
        if not root or part.find("]") != len(part) - 1 or not part or (part == "]" and not path[-1]):
            raise InvalidRequest(f"Invalid parameter name: {_shown(name)}", param=_shown(name))
        path.append(part[:-1])
    return path


def _holds(element: Tree, path: list[str]) -> bool:
    """Whether the last element of `a[][…]` has this member already, so that the next one begins."""
    member: Any = element
    for key in path:
        if not key or not isinstance(member, dict) or key not in member:
            return False
        member = cast(Tree, member)[key]
    return True


def _part_headers(head: bytes) -> tuple[str, str | None, str]:
    """(name, filename or None, content type) of a part."""
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in _text(head, None).split("\r\n"))
    }
    disposition = _header(headers.get("content-disposition", ""))
    name, filename = disposition.get_param("name"), disposition.get_param("filename")
    if not isinstance(name, str) or not name:
        raise InvalidRequest("Invalid multipart body: a part has no name.")
    return name, filename if isinstance(filename, str) else None, headers.get("content-type", "text/plain")


def _header(value: str) -> Message:
    """A structured header's value, for its parameters."""
    message = Message()
    message["content-type"] = value
    return message


def _nul(name: str | None) -> InvalidRequest:
    return InvalidRequest("The request's parameters hold a NUL character (%00).", param=_shown(name))


def _conflict(path: list[str]) -> InvalidRequest:
    name = mask_card_numbers(path[0] + "".join(f"[{key}]" for key in path[1:]))
    return InvalidRequest(
        f"Invalid parameters: '{name}' contradicts another parameter; one is a value, the other an object or array.",
        param=name,
    )


def _shown(name: str | None) -> str | None:
    return None if name is None else mask_card_numbers(name)
