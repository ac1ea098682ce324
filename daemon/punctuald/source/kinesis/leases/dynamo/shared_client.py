"""A client that is made by the first call: one stream's bad address must not keep a worker from its other sources, and
it is the call that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SharedClient:
    """A botocore client for several tables, made when one of them first needs it and closed with the last of them.

    ``make`` raises `SourceError`, each time.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None
        self._holders = 0

    def hold(self) -> None:
        """To be called by each user, once."""
        self._holders += 1

    def get(self) -> Any:
        """It. Raises `SourceError`."""
        if self._client is None:
            self._client = self._make()
        return self._client

    def release(self) -> None:
        """To be called by each user, once."""
        self._holders -= 1
        if self._holders == 0 and self._client is not None:
            self._client.close()
