"""A queue's way to SQS that can't be had yet: one queue's bad address must not keep a worker from its other queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.source.sqs.errors import EndpointText

from .api import SqsApi


class LateApi:
    """See `SqsApi`. Each call tries ``make`` until it succeeds; what it raises is what the call raises: `SourceError`,
    and for a `ConfigurationError` a `SourceMisconfigured`."""

    def __init__(self, make: Callable[[], SqsApi], where: EndpointText) -> None:
        self._make = make
        self._where = where
        self._api: SqsApi | None = None

    @property
    def region(self) -> str:
        """See `SqsApi.region`; as configured until it is made."""
        return self._where.region if self._api is None else self._api.region

    @property
    def endpoint_url(self) -> str:
        """See `SqsApi.endpoint_url`; as configured until it is made."""
        return self._where.endpoint if self._api is None else self._api.endpoint_url

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        """See `SqsApi.call`, and above for what it raises besides."""
        if self._api is None:
            self._api = self._made()
        return await self._api.call(operation, parameters, wait_seconds)

    async def close(self) -> None:
        """See `SqsApi.close`."""
        if self._api is not None:
            await self._api.close()

    def _made(self) -> SqsApi:
        try:
            return self._make()
        except ConfigurationError as error:
            raise SourceMisconfigured(str(error), code=type(error).__name__) from error
