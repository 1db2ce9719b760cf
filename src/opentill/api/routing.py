"""From a method and a path to an endpoint, in one walk over the segments of the path."""

from collections.abc import Iterable
from urllib.parse import unquote

from opentill.api.openapi import Endpoint

_Node = dict[str, "_Node | Endpoint"]


class Routes:
    """The routing table. A segment `{name}` matches any one segment; a literal wins over it."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._root: dict[str, dict[str, object]] = {}
        for endpoint in self.endpoints:
            node: dict[str, object] = self._root.setdefault(endpoint.method, {})
            for segment in endpoint.path.split("/")[1:]:
                key = "{}" if segment.startswith("{") else segment
                node = node.setdefault(key, {})  # type: ignore[assignment]
            node["/"] = endpoint

    def find(self, method: str, path: str) -> tuple[Endpoint, list[str]] | None:
        """The endpoint and the values of its `{}` segments (percent-decoded), or None.

        `path` is as it came on the wire, so that an encoded slash in an id does not become a segment.
        """
        node: object = self._root.get(method)
        if node is None:
            return None
        ids: list[str] = []
        for segment in path.split("/")[1:]:
            following = node.get(segment)  # type: ignore[attr-defined]
            if following is None or segment == "{}" or segment == "":
                following = node.get("{}")  # type: ignore[attr-defined]
                if following is None or segment == "":
                    return None
                ids.append(unquote(segment) if "%" in segment else segment)
            node = following
        endpoint = node.get("/")  # type: ignore[attr-defined]
        return (endpoint, ids) if isinstance(endpoint, Endpoint) else None
