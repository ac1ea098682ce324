"""Takes records from the library onto the shelf: as many as are asked for, and a trickle while none is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from punctuald.clock import Clock
from punctuald.errors import SourceError

from .commits import Commits
from .librdkafka.broker_health import BrokerHealth
from .librdkafka.client import KafkaClient
from .librdkafka.errors import KafkaUnavailable
from .librdkafka.taken import Taken
from .membership import Membership
from .refused_partitions import RefusedPartitions
from .shelf import Shelf
from .stuck_partitions import StuckPartitions
from .topic import KafkaTopic

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
        shelf: Shelf,
        health: BrokerHealth,
        commits: Commits,
        refused: RefusedPartitions,
        stuck: StuckPartitions,
        clock: Clock,
    ) -> None:
        self._topic = topic
        self._member = member
        self._shelf = shelf
        self._health = health
        self._commits = commits
        self._refused = refused
        self._stuck = stuck
        self._clock = clock
        self._turn = asyncio.Lock()
        self._trickle: asyncio.Task[None] | None = None
        self.paused: set[str] = set()

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
                await self._take(most, max(0.0, min(SLICE_SECONDS, remaining, self._shelf.due_within_seconds())))
                self._raise_trouble()
                if self._shelf.has_ready or remaining <= 0:
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
        while not (self._health.has_joined or self._shelf.readings):
            await self._take(1, SLICE_SECONDS)
            self._raise_trouble()
            if not self._member.is_open:  # by the other protocol, now
                await self._member.open()
            if self._clock.mono() > until_mono:
                text = f"topic {self._topic.topic!r}: group {self._topic.group!r} has not let us in for"
                raise KafkaUnavailable(f"{text} {JOIN_SECONDS:g} s", code="NotJoined")

    async def _take(self, most: int, wait_seconds: float) -> None:
        paused = {int(partition) for partition in self.paused | self._shelf.crowded()}

        def taken(client: KafkaClient) -> Taken:
            client.pause(paused)
            return client.take(most, wait_seconds)

        # What is taken is here, whoever waits for it or not any more: the library has gone past it.
        found = await asyncio.shield(asyncio.ensure_future(self._put(taken)))
        await self._member.leave_if_useless()
        for refusal in found.refused:
            self._refused.look_at(refusal)
        await self._refused.begin_again()
        self._stuck.look(self.paused)
        for error in found.errors:
            await self._member.renew_after(error)
            self._health.said(error)

    async def _put(self, taken: Callable[[KafkaClient], Taken]) -> Taken:
        found = await self._member.call(taken)
        if found.records:
            self._shelf.arrived(found.records)
            self._health.answered()
        return found

    def _raise_trouble(self) -> None:
        if self._health.trouble is not None:
            raise self._health.trouble

    def _start_trickle(self) -> None:
        if self._trickle is None:
            self._trickle = asyncio.get_running_loop().create_task(self._take_now_and_then())

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
