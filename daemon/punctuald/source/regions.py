"""One queue in several regions: a source for each, all on one clock.

They are received from, settled and measured each by itself, as queues are that have nothing to do with one another
(docs/decisions/0038): one that is away can keep nobody waiting for another. What they have in common is here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from punctuald.model import Failure, Message, Release
from punctuald.ports import OnRevoked, Source, SourceLimits, SourceRules


class Regions:
    """The sources of one ``queue`` in one process, in the order of preference.

    Clocks of two regions may differ, and so times of their messages. All of them are put on the clock of the first
    region that has answered, whichever that is: ages stay what they were, and can be compared.
    """

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._sources: list[RegionSource] = []

    def add(self, source: Source, name: str, region: str) -> RegionSource:
        """The next one: ``source`` is in ``region``, and is called ``name`` from now on."""
        added = RegionSource(source, name, region, self)
        self._sources.append(added)
        return added

    @property
    def ahead_seconds(self) -> float:
        """By how much the clock that they are put on is ahead of this machine's."""
        return next((each.own_ahead_seconds for each in self._sources if each.has_answered), 0.0)


class RegionSource:
    """A `Source` made of a `Source`. Its messages say which queue and region they are of, and come back to it."""

    def __init__(self, source: Source, name: str, region: str, regions: Regions) -> None:
        self._source = source
        self._name = name
        self._region = region
        self._regions = regions
        self.has_answered = False

    @property
    def name(self) -> str:
        """See `Source.name`: the queue's and the region's."""
        return self._name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""
        return self._source.ordered

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return self._source.limits

    @property
    def own_ahead_seconds(self) -> float:
        """By how much its own region's clock is ahead of this machine's."""
        return self._source.broker_ahead_seconds

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`: of the clock that its messages' times are put on."""
        return self._regions.ahead_seconds

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:
        """See `Source.receive`."""
        messages = await self._source.receive(most, wait_seconds, visibility_seconds)
        self.has_answered = True
        earlier_seconds = self.own_ahead_seconds - self.broker_ahead_seconds
        return [
            replace(
                message,
                queue=self._regions.queue,
                region=self._region,
                sent_utc=message.sent_utc - earlier_seconds,
                received_utc=message.received_utc - earlier_seconds,
            )
            for message in messages
        ]

    async def acknowledge(self, messages: Sequence[Message]) -> Sequence[Failure]:
        """See `Source.acknowledge`."""
        return await self._source.acknowledge(messages)

    async def extend(self, messages: Sequence[Message], seconds: int) -> Sequence[Failure]:
        """See `Source.extend`."""
        return await self._source.extend(messages, seconds)

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        """See `Source.release`."""
        return await self._source.release(releases)

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        """See `Source.dead_letter`: in its own region."""
        return await self._source.dead_letter(message, reason)

    async def rules(self) -> SourceRules:
        """See `Source.rules`."""
        return await self._source.rules()

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`."""
        self._source.pause(partitions)

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`."""
        self._source.resume(partitions)

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`."""
        self._source.on_revoked(call)

    def end_receiving(self) -> None:
        """See `Source.end_receiving`."""
        self._source.end_receiving()

    async def close(self) -> None:
        """See `Source.close`."""
        await self._source.close()
