"""Reads one shard, from where its reading stands, for as long as it is ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceMissing, SourceUnavailable
from punctuald.logs.limited import LimitedLog
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.policy.receive.poll_pace import PollPace, after_answer, after_throttle
from punctuald.policy.receive.read_limit import ReadLimit, after_read, after_time_out, records_for
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.background import in_the_background
from punctuald.source.kinesis.api.api import GET_RECORDS, GET_SHARD_ITERATOR
from punctuald.source.kinesis.api.calls import StreamCalls, date_in
from punctuald.source.kinesis.api.errors import is_expired, is_throttled, is_timed_out, start_to_come, unreadable
from punctuald.source.kinesis.shards import ShardList

from .placement import Placement
from .position import Position
from .record import ReadRecords, RecordReader
from .shard_sink import ShardSink

END_OF_OPEN_SHARD = "EndOfOpenShard"
"""`SourceUnavailable.code` where an answer says that a shard has ended, and the list of shards that it is open."""


@dataclass(frozen=True, slots=True)
class ReadingTools:
    """What the readers of one stream share. ``jitter`` draws from 0 to 1."""

    stream: str
    calls: StreamCalls
    shards: ShardList
    placement: Placement
    sink: ShardSink
    clock: Clock
    skew: ClockSkew
    limited: LimitedLog
    jitter: Callable[[], float]


class ShardReader:
    """One task, from `start` to the shard's end or to `stop`.

    It keeps no more than one iterator, and where that is too old it goes on after the last record that was delivered.
    """

    def __init__(
        self, shard: str, position: Position, records: RecordReader, pace: PollPace, tools: ReadingTools
    ) -> None:
        self._shard = shard
        self._position = position
        self._records = records
        self._pace = pace
        self._tools = tools
        self._limited = tools.limited
        self._iterator: str | None = None
        self._errors = 0
        self._limit = ReadLimit()
        self._asked = 0  # records, in the last call
        self._asked_mono = 0.0
        self._is_renewed = False  # the iterator was too old, and nothing has gone well since
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read. What goes wrong in an unforeseen way reaches the loop's exception handler."""
        self._asked_mono = self._tools.clock.mono()
        self._task = in_the_background(self._read_on())

    def stop(self) -> None:
        """The sink hears nothing more from it, not even what a call under way brings."""
        self._is_stopped = True  # a sink may stop the task that is calling it, which goes on to its next pause
        if self._task is not None:
            self._task.cancel()

    async def _read_on(self) -> None:
        wait_seconds: float | None = 0.0
        while wait_seconds is not None:
            await asyncio.sleep(wait_seconds)
            wait_seconds = await self._step()

    async def _step(self) -> float | None:
        """One call, if there is room for what it brings. The pause after it; None: there is no more."""
        room = self._tools.sink.room(self._shard)
        if room <= 0:
            self._asked_mono = self._tools.clock.mono()  # nothing is known of this time: it counts for no idleness
            return self._pace.interval_seconds
        try:
            return await self._read(room)
        except SourceError as error:
            if isinstance(error, SourceMissing) and await self._is_gone():
                self._limited.warning("kinesis.shard_gone", queue=self._tools.stream, shard=self._shard)
                self._ended([])
                return None
            return self._failed(error)

    async def _read(self, room: int) -> float | None:
        answer, since_last_seconds = await self._ask(room)
        behind_seconds, read = self._understood(answer)
        self._deliver(read, behind_seconds)
        self._iterator = answer.get("NextShardIterator")
        if read.packed:
            await self._tools.placement.look(self._shard, read.packed)
        if self._iterator is None:
            await self._confirm_end()
            self._ended(children_in(answer))
            return None
        self._errors, self._is_renewed = 0, False
        self._pace, poll = after_answer(
            self._pace,
            data_bytes=read.data_bytes,
            behind_seconds=behind_seconds,
            since_last_seconds=since_last_seconds,
            took_seconds=self._tools.clock.mono() - self._asked_mono,
        )
        return poll.wait_seconds

    async def _ask(self, room: int) -> tuple[dict[str, Any], float]:
        """The answer, and how long after the call before it this one began."""
        if self._iterator is None:
            self._iterator = await self._new_iterator()
        now_mono = self._tools.clock.mono()
        since_last_seconds, self._asked_mono = now_mono - self._asked_mono, now_mono
        self._asked = records_for(self._limit, room)
        answer = await self._tools.calls.ask(GET_RECORDS, {"ShardIterator": self._iterator, "Limit": self._asked})
        return answer, since_last_seconds

    async def _new_iterator(self) -> str:
        parameters = {"ShardId": self._shard, **self._position.iterator_parameters()}
        try:
            answer = await self._tools.calls.ask_of_stream(GET_SHARD_ITERATOR, parameters)
        except SourceError as error:
            begins_utc = self._position.begins_utc
            is_early = begins_utc is not None and start_to_come(error, self._tools.calls.where, begins_utc)
            raise (is_early or error) from error
        iterator = answer.get("ShardIterator")
        if not isinstance(iterator, str):
            raise unreadable(self._tools.calls.where, GET_SHARD_ITERATOR, "has no iterator")
        return iterator

    def _understood(self, answer: Mapping[str, Any]) -> tuple[float, ReadRecords]:
        raws, behind_ms = answer.get("Records"), answer.get("MillisBehindLatest")
        if not isinstance(raws, list) or not isinstance(behind_ms, int | float):
            raise unreadable(self._tools.calls.where, GET_RECORDS, "has no records, or not how far behind they are")
        return behind_ms / 1000, self._records.read(raws, self._tools.skew.answered_utc(date_in(answer)))

    def _deliver(self, read: ReadRecords, behind_seconds: float) -> None:
        self._tools.sink.answered(self._shard, behind_seconds)
        if not read.records or self._is_stopped:
            return
        if self._position.is_gap(read.first_sequence_number):
            self._say_gap(read)
        new = self._position.new_of(read.messages)
        self._position.delivered(new, read.last_sequence_number)
        self._limit = after_read(self._limit, read.records, len(read.messages))
        if new:
            self._tools.sink.arrived(self._shard, new)

    def _say_gap(self, read: ReadRecords) -> None:
        """Retention may have passed the checkpoint by: how many records are gone nobody can tell."""
        first = read.first_sequence_number
        self._limited.warning("kinesis.checkpoint_gone", queue=self._tools.stream, shard=self._shard, first=first)

    async def _confirm_end(self) -> None:
        """The list of shards is asked as well: an end that is none would close the shard for every worker, for good."""
        for shard in await self._tools.shards.list_shards():
            if shard.shard_id == self._shard and shard.is_open:
                text = f"{self._tools.calls.where}: shard {self._shard} is said to have ended, and is open"
                raise SourceUnavailable(text, code=END_OF_OPEN_SHARD)

    async def _is_gone(self) -> bool:
        """Whether retention has passed the shard by: the stream is there, and no shard of this name."""
        try:
            shards = await self._tools.shards.list_shards()
        except SourceError:  # then it is the stream that can't be had, which the first error says
            return False
        return self._shard not in {shard.shard_id for shard in shards}

    def _ended(self, children: list[str]) -> None:
        if not self._is_stopped:
            self._tools.sink.ended(self._shard, children)

    def _failed(self, error: SourceError) -> float:
        """The pause until the next call, for this shard only."""
        self._iterator = self._iterator if is_throttled(error) else None
        if is_expired(error) and not self._is_renewed:  # as after every long wait for room
            self._is_renewed = True
            return 0.0
        self._tools.sink.failed(self._shard, error)
        if is_throttled(error):
            self._pace, poll = after_throttle(self._pace)
            return poll.wait_seconds
        if is_timed_out(error):
            self._limit = after_time_out(self._limit, self._asked)
        self._errors += 1
        longest_seconds = error.longest_back_off_seconds if isinstance(error, SourceUnavailable) else inf
        return min(longest_seconds, error_backoff_seconds(self._errors, self._tools.jitter()))


def children_in(answer: Mapping[str, Any]) -> list[str]:
    """Of a shard that ended; some servers name none."""
    named = answer.get("ChildShards") or ()
    return [child["ShardId"] for child in named if isinstance(child, dict) and isinstance(child.get("ShardId"), str)]
