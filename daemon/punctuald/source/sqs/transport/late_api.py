"""A queue's way to SQS that can't be had yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.errors import ConfigurationError, SourceMisconfigured
from punctuald.source.late_api import LateApi

from .api import SqsApi


class LateSqsApi(LateApi[SqsApi]):
    """See `SqsApi` and `LateApi`. For a `ConfigurationError` that making it raises, a call raises
    `SourceMisconfigured`."""

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        """See `SqsApi.call`, and above for what it raises besides."""
        try:
            api = self._made()
        except ConfigurationError as error:
            raise SourceMisconfigured(str(error), code=type(error).__name__) from error
        return await api.call(operation, parameters, wait_seconds)
