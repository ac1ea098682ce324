"""Takes records from the library onto the buffer: as many as are asked for, and a trickle while none is asked for."""

from __future__ import annotations

import asyncio

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.source.background import in_the_background
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.errors import KafkaUnavailable
from punctuald.source.kafka.partitions.stuck_partitions import StuckPartitions
from punctuald.source.kafka.partitions.topic_buffer import TopicBuffer
from punctuald.source.kafka.topic import KafkaTopic

from .client import KafkaClient
from .commits import Commits
from .membership import Membership
from .refused_partitions import RefusedPartitions
from .taken import Taken

SLICE_SECONDS = 0.2
"""One call to the library waits so long at most: a commit stands behind it."""

TRICKLE_SECONDS = 0.25
"""While nothing is received a single record is taken this often. The library serves rebalances only when records are
taken, and to pause instead would throw away all that it has fetched, and cost up to a second afterwards."""

JOIN_SECONDS = 30.0
"""A group that deals its partitions anew waits for its members to finish what they run."""


class Taking:
    """One call at a time: a second would only stand behind the first, in the client's one thread."""

    def __init__(
        self,
        topic: KafkaTopic,
        member: Membership,
        buffer: TopicBuffer,
        health: BrokerHealth,
        commits: Commits,
        refused: RefusedPartitions,
        stuck: StuckPartitions,
        clock: Clock,
    ) -> None:
        self._topic = topic
        self._member = member
        self._buffer = buffer
        self._health = health
        self._commits = commits
        self._refused = refused
        self._stuck = stuck
        self._clock = clock
        self._turn = asyncio.Lock()
        self._trickle: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Future[None]] = set()

    async def fill(self, most: int, until_mono: float) -> None:
        """Until something can be handed out, or ``until_mono``; at least one look. Joins the group first."""
        async with self._turn:
            if not self._member.is_open:
                if not await self._may_join(until_mono):
                    return
                await self._join()
            self._start_trickle()
            while True:
                remaining = until_mono - self._clock.mono()
                await self._take(most, max(0.0, min(SLICE_SECONDS, remaining, self._buffer.due_within_seconds())))
                self._raise_trouble()
                if self._buffer.has_ready or remaining <= 0:
                    return

    def stop(self) -> None:
        """Take nothing more by itself."""
        if self._trickle is not None:
            self._trickle.cancel()

    async def _may_join(self, until_mono: float) -> bool:
        while not self._member.may_join:
            if self._clock.mono() >= until_mono:
                return False
            await asyncio.sleep(SLICE_SECONDS)
        return True

    async def _join(self) -> None:
        await self._member.open()
        self._commits.start()
        until_mono = self._clock.mono() + JOIN_SECONDS
        while not (self._health.has_joined or self._buffer.readings):
            await self._take(1, SLICE_SECONDS)
            self._raise_trouble()
            if not self._member.is_open:  # by the other protocol, now
                await self._member.open()
            if self._clock.mono() > until_mono:
                text = f"topic {self._topic.topic!r}: group {self._topic.group!r} has not let us in for"
                raise KafkaUnavailable(f"{text} {JOIN_SECONDS:g} s", code="NotJoined")

    async def _take(self, most: int, wait_seconds: float) -> None:
        """Once begun it is never broken off, whoever waits for it: the library counts as read what it has given out,
        and what did not get onto the buffer would be passed over by the next commit."""
        taking = asyncio.ensure_future(self._take_and_keep(most, wait_seconds))
        self._under_way.add(taking)
        taking.add_done_callback(self._taken)
        await asyncio.shield(taking)

    def _taken(self, taking: asyncio.Future[None]) -> None:
        self._under_way.discard(taking)
        if not taking.cancelled():
            taking.exception()  # raised where it is waited for, if it still is

    async def _take_and_keep(self, most: int, wait_seconds: float) -> None:
        paused = {int(partition) for partition in self._buffer.unwanted()}

        def taken(client: KafkaClient) -> Taken:
            client.pause(paused)
            return client.take(most, wait_seconds)

        found = await self._member.call(taken)
        if found.records:
            self._buffer.arrived(found.records)
            self._health.answered()
        await self._member.leave_if_useless()
        for refusal in found.refused:
            self._refused.look_at(refusal)
        await self._refused.begin_again()
        self._stuck.look()
        for error in found.errors:
            await self._member.renew_after(error)
            self._health.said(error)

    def _raise_trouble(self) -> None:
        if self._health.trouble is not None:
            raise self._health.trouble

    def _start_trickle(self) -> None:
        if self._trickle is None:
            self._trickle = in_the_background(self._take_now_and_then())

    async def _take_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(TRICKLE_SECONDS)
            if self._turn.locked() or not self._member.is_open:
                continue
            async with self._turn:
                try:
                    await self._take(1, 0.0)
                except SourceError:
                    continue  # the next receive meets it too, and says so
