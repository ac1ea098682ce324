"""Kinesis over a botocore client, which blocks: on threads of its own, see `punctuald.source.blocking`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.errors import CLOCK_CODES, ClockRefusal, raw_error_code
from punctuald.source.blocking import BlockingThreads

from .api import PUTS

THREADS = 8
"""Calls that are under way at once. Each is answered in milliseconds."""

UNANSWERED = (ReadTimeoutError, ConnectionClosedError)


class BotoKinesisApi:
    """See `KinesisApi`, for endpoints that our own connections can't speak to.

    ``client`` has room for `THREADS` connections. botocore can't be made to sign by another clock than this machine's,
    so a refusal for that lasts until the clock is right.
    """

    def __init__(self, client: Any, skew: ClockSkew) -> None:
        self.region = str(client.meta.region_name)
        self.endpoint_url = str(client.meta.endpoint_url)
        self._client = client
        self._skew = skew
        self._threads = BlockingThreads("kinesis", THREADS)

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """See `KinesisApi.call`. The client's timeouts were set when it was made."""
        call = partial(getattr(self._client, xform_name(operation)), **parameters)
        asked_utc = self._skew.asked_utc()
        try:
            answer = await self._ask(call, twice=operation not in PUTS)
        except ClientError as error:
            date = _date_in(error.response)
            if raw_error_code(error) in CLOCK_CODES and self._skew.is_misleading(date):
                raise ClockRefusal(error.response, operation) from error
            raise
        if asked_utc is not None:
            self._skew.heard(_date_in(answer), asked_utc)
        sent: dict[str, Any] = as_sent(answer)
        return sent

    async def close(self) -> None:
        """See `KinesisApi.close`: a call under way is let end, in its daemon thread."""
        self._threads.close()
        self._client.close()

    async def _ask(self, call: Callable[[], dict[str, Any]], *, twice: bool) -> dict[str, Any]:
        try:
            return await self._threads.run(call)
        except UNANSWERED:
            if not twice:
                raise
        return await self._threads.run(call)


def as_sent(value: Any) -> Any:
    """An answer with its blobs and times as they came over the wire, before botocore made bytes and dates of them."""
    if isinstance(value, dict):
        return {name: as_sent(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_sent(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime) else value


def _date_in(answer: Mapping[str, Any]) -> str | None:
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date
