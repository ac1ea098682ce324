"""The calls for one stream, whose failures are ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.model import Metric
from punctuald.ports import CountRequests
from punctuald.source.kinesis.stream import KinesisStream

from .api import GET_RECORDS, KinesisApi
from .errors import StreamText, to_source_error


class StreamCalls:
    """``count`` hears of each request, ``heard_date`` of the Date of each answer but those with records, whose readers
    look at it themselves."""

    def __init__(
        self,
        api: KinesisApi,
        stream: KinesisStream,
        count: CountRequests,
        heard_date: Callable[[str | None], object] = lambda _: None,
    ) -> None:
        self._api = api
        self._stream = stream.stream
        self._count = count
        self._heard_date = heard_date

    @property
    def where(self) -> StreamText:
        """What is called, for error texts."""
        return StreamText(self._stream, self._api.region, self._api.endpoint_url)

    async def ask(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """See `KinesisApi.call`. Raises `SourceError`."""
        self._count(Metric.REQUEST_RECEIVE if operation == GET_RECORDS else Metric.REQUEST_ATTRIBUTES)
        try:
            answer = await self._api.call(operation, parameters)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise to_source_error(error, self.where, operation) from error
        if operation != GET_RECORDS:
            self._heard_date(date_in(answer))
        return answer

    async def ask_of_stream(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The same, for what is asked by the stream's name."""
        return await self.ask(operation, {"StreamName": self._stream, **parameters})


def date_in(answer: Mapping[str, Any]) -> str | None:
    """The answer's Date header, if it has one."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date if isinstance(date, str) else None
