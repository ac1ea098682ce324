"""A stream's way to Kinesis that can't be had yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.source.late_api import LateApi

from .api import KinesisApi


class LateKinesisApi(LateApi[KinesisApi]):
    """See `KinesisApi` and `LateApi`."""

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """See `KinesisApi.call`."""
        return await self._made().call(operation, parameters)
