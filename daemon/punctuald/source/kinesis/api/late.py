"""A stream's way to Kinesis that can't be had yet: one stream's bad address must not keep a worker from the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .api import KinesisApi
from .errors import StreamText


class LateKinesisApi:
    """See `KinesisApi`. Each call tries ``make`` until it succeeds; a `SourceError` that it raises is what the call
    raises."""

    def __init__(self, make: Callable[[], KinesisApi], where: StreamText) -> None:
        self._make = make
        self._where = where
        self._api: KinesisApi | None = None

    @property
    def region(self) -> str:
        """See `KinesisApi.region`; as configured until it is made."""
        return self._where.region if self._api is None else self._api.region

    @property
    def endpoint_url(self) -> str:
        """See `KinesisApi.endpoint_url`; as configured until it is made."""
        return self._where.endpoint if self._api is None else self._api.endpoint_url

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """See `KinesisApi.call`."""
        if self._api is None:
            self._api = self._make()
        return await self._api.call(operation, parameters)

    async def close(self) -> None:
        """See `KinesisApi.close`."""
        if self._api is not None:
            await self._api.close()
