"""What is asked for in the first line of a request."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit


class Target(NamedTuple):
    """``host``, with its port, is "" where the target does not name one."""

    host: str
    path: str


def read_target(text: str) -> Target:
    """A path, or a whole address, which every server has to take as well (RFC 9112, 3.2.2): clients write one to what
    they were given as a proxy. The query is left out."""
    if not text.lower().startswith(("http://", "https://")):
        return Target("", text.partition("?")[0])
    try:
        address = urlsplit(text)
    except ValueError:  # no address after all: there is nothing at such a path
        return Target("", text)
    return Target(address.netloc, address.path or "/")
