"""From a method and a path to an endpoint, in one walk over the segments of the path."""

from collections.abc import Iterable
from urllib.parse import unquote

from opentill.api.openapi import Endpoint


class _Node:
    """A place in the tree of paths: what follows by name, what follows as a variable, and what is served here."""

    __slots__ = ("endpoint", "named", "variable")

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.endpoint: Endpoint | None = None


class Routes:
    """The routing table. A segment `{name}` matches any one segment that is not empty; a literal wins over it."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._roots: dict[str, _Node] = {}
        for endpoint in self.endpoints:
            node = self._roots.setdefault(endpoint.method, _Node())
            for segment in endpoint.path.split("/")[1:]:
                if segment.startswith("{"):
                    node.variable = node.variable or _Node()
                    node = node.variable
                else:
                    node = node.named.setdefault(segment, _Node())
            node.endpoint = endpoint

    def find(self, method: str, path: str) -> tuple[Endpoint, list[str]] | None:
        """The endpoint and the values of its variable segments (percent-decoded), or None.

        `path` is as it came on the wire, so that an encoded slash in an id does not become a segment.
        """
        node = self._roots.get(method)
        ids: list[str] = []
        for segment in path.split("/")[1:]:
            if node is None:
                return None
            following = node.named.get(segment)
            if following is None:
                following = node.variable if segment else None
                ids.append(unquote(segment) if "%" in segment else segment)
            node = following
        if node is None or node.endpoint is None:
            return None
        return node.endpoint, ids
