"""Sends telemetry events to one stream, a device's in their order; what was refused for no fault of ours again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from punctuald.clock import Clock, SystemClock
from punctuald.demo.sender import DUE_ATTRIBUTE, Pause, SendReceipt
from punctuald.demo.telemetry import TelemetryEvent
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.source.kinesis.api.errors import StreamText, is_throttled, to_source_error

from .backlog import Backlog, StreamRecord

ATTEMPTS = 5
THROTTLED_ATTEMPTS = 15
LONGEST_PAUSE_SECONDS = 5.0
"""Fifteen tries take half a minute then: a throttle is no fault, and is over when less is sent by all together."""

NOTICE_SECONDS = 5.0

OnThrottled = Callable[[str], None]


class StreamSender:
    """An event's partition key is its device. With ``delay_seconds`` each is due so long after it is sent, which its
    own field `not_before` says: a record has no headers, and a stream hides nothing.

    ``largest_bytes`` is what the stream takes as one record. ``on_throttled`` hears how far it is, every 5 s while the
    stream takes less than is sent. ``jitter`` draws from 0 to 1.
    """

    def __init__(
        self,
        client: Any,
        where: StreamText,
        largest_bytes: int,
        *,
        delay_seconds: int = 0,
        on_throttled: OnThrottled = lambda _: None,
        clock: Clock | None = None,
        pause: Pause = time.sleep,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self._client = client
        self._where = where
        self._largest_bytes = largest_bytes
        self._delay_seconds = delay_seconds
        self._on_throttled = on_throttled
        self._clock = clock or SystemClock()
        self._pause = pause
        self._jitter = jitter or Random().random  # noqa: S311 - spreads tries, guards nothing
        self._next_notice_mono = 0.0

    def send(self, events: Sequence[TelemetryEvent]) -> SendReceipt:
        """Returns when each is taken or given up. Raises `SourceError` where none was taken for no fault of its own."""
        burst = _Burst(events)
        backlog = Backlog(self._acceptable(burst))
        try:
            while backlog:
                self._put_some(backlog, burst)
        except SourceError as error:  # a person has to mend it
            burst.failure = error
        return burst.receipt()

    def _acceptable(self, burst: _Burst) -> list[StreamRecord]:
        """Those that the stream takes by their size. They are looked at here, for some servers refuse a whole call for
        one record that is too large."""
        records = [StreamRecord(event.id, event.device_id, self._data(event)) for event in burst.events]
        refusals = [record.refusal(self._largest_bytes) for record in records]
        burst.refusal = next(filter(None, refusals), "")
        return [record for record, refusal in zip(records, refusals, strict=True) if not refusal]

    def _data(self, event: TelemetryEvent) -> bytes:
        if not self._delay_seconds:
            return event.body().encode()
        return orjson.dumps({**asdict(event), DUE_ATTRIBUTE: round(self._clock.utc() + self._delay_seconds, 3)})

    def _put_some(self, backlog: Backlog, burst: _Burst) -> None:
        """One call, and what follows from its answer. All that failed is held equally long, and so comes together."""
        if (early_seconds := backlog.ready_mono - self._clock.mono()) > 0:
            self._pause(early_seconds)
        records = backlog.next_call(self._clock.mono())
        jitter = self._jitter()
        for record, failure in zip(records, self._put(records), strict=True):
            if failure is None:
                burst.sent_ids.add(record.id)
                backlog.settled(record)
            else:
                self._after(failure, record, backlog, burst, jitter)

    def _put(self, records: Sequence[StreamRecord]) -> list[SourceUnavailable | None]:
        """What went wrong with each. No answer means that all failed: they may be there, and are put again."""
        entries = [{"PartitionKey": record.key, "Data": record.data} for record in records]
        try:
            answer = self._client.put_records(StreamName=self._where.stream, Records=entries)
        except (BotoCoreError, ClientError, ValueError) as error:
            explained = to_source_error(error, self._where)
            if not isinstance(explained, SourceUnavailable):
                raise explained from error
            return [explained] * len(records)
        return [self._failure_of(each) for each in answer["Records"]]

    def _failure_of(self, answer: dict[str, Any]) -> SourceUnavailable | None:
        code = answer.get("ErrorCode")
        if not code:
            return None
        return SourceUnavailable(f"{self._where}: {code}: {answer.get('ErrorMessage', '')}", code=code)

    def _after(
        self, failure: SourceUnavailable, record: StreamRecord, backlog: Backlog, burst: _Burst, jitter: float
    ) -> None:
        """Hold it and what comes after it, or give it up."""
        failures = backlog.failed(record)
        if failures >= (THROTTLED_ATTEMPTS if is_throttled(failure) else ATTEMPTS):
            burst.failure = failure
            backlog.settled(record)
            return
        wait_seconds = error_backoff_seconds(failures, jitter, LONGEST_PAUSE_SECONDS)
        backlog.hold(record, self._clock.mono() + wait_seconds)
        if is_throttled(failure):
            self._notice(failure.code, burst)

    def _notice(self, code: str, burst: _Burst) -> None:
        if self._clock.mono() >= self._next_notice_mono:
            self._next_notice_mono = self._clock.mono() + NOTICE_SECONDS
            sent = f"{len(burst.sent_ids)} of {len(burst.events)} of these events are there"
            self._on_throttled(f"{self._where}: throttled, so sending slower; {sent} [{code}]")


@dataclass(slots=True)
class _Burst:
    """What became so far of the events given to one `StreamSender.send`. ``failure`` is the last one that was for no
    fault of theirs, and ``refusal`` one that was."""

    events: Sequence[TelemetryEvent]
    sent_ids: set[str] = field(default_factory=set)
    refusal: str = ""
    failure: SourceError | None = None

    def receipt(self) -> SendReceipt:
        """Raises the failure where nothing was sent; where something was, that has to be said, and the failure too."""
        if self.failure is not None and not self.sent_ids:
            raise self.failure
        sent_ids = tuple(event.id for event in self.events if event.id in self.sent_ids)
        refusal = str(self.failure) if self.failure else self.refusal
        return SendReceipt(sent_ids, len(self.events) - len(sent_ids), refusal)
