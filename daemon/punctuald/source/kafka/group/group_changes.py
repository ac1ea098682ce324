"""Partitions that come and go: from the client's thread, which waits meanwhile, to the event loop and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as NotInTime
from typing import TypeVar

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.ports import OnRevoked
from punctuald.source.kafka.partitions.topic_buffer import TopicBuffer
from punctuald.source.kafka.topic import KafkaTopic
from punctuald.source.log.revoking import revoke_within

from .owner import Epochs

LOOP_SECONDS = 5.0
"""On top of the handlers' time: a loop that does not answer by then is busy with user code that holds the GIL."""

MOST_NAMED = 20
ArgumentT = TypeVar("ArgumentT")


class GroupChanges:
    """A `Owner`. The callback that takes a partition away is the last chance to commit what is done of it: so
    what runs is waited for there, and nothing is committed after it returns."""

    def __init__(self, topic: KafkaTopic, buffer: TopicBuffer, clock: Clock, limited: LimitedLog) -> None:
        self._topic = topic
        self._buffer = buffer
        self._clock = clock
        self._limited = limited
        self._loop = asyncio.get_running_loop()
        self._dropping: set[asyncio.Task[None]] = set()  # kept, because the loop keeps tasks only weakly
        self.on_revoked: OnRevoked | None = None

    def gained(self, epochs: Epochs) -> None:
        """See `Owner.gained`."""
        self._on_the_loop(self._gain, dict(epochs))

    def revoked(self, partitions: Collection[int]) -> Mapping[int, int]:
        """See `Owner.revoked`."""
        try:
            answer = asyncio.run_coroutine_threadsafe(self._give_up(partitions), self._loop)
            return answer.result(self._topic.revoke_timeout_seconds + LOOP_SECONDS)
        except NotInTime:  # the loop stands still: when it goes on they are another's
            answer.cancel()
            self.lost(partitions)
            return {}
        except (CancelledError, RuntimeError):  # it has ended
            return {}

    def lost(self, partitions: Collection[int]) -> None:
        """See `Owner.lost`."""
        self._on_the_loop(self._lose, list(partitions))

    def _on_the_loop(self, call: Callable[[ArgumentT], None], argument: ArgumentT) -> None:
        try:
            self._loop.call_soon_threadsafe(call, argument)
        except RuntimeError:  # it is closed: nobody reads any more
            return

    def _gain(self, epochs: dict[int, int]) -> None:
        self._buffer.gain(epochs)
        if epochs:  # a member hears of each deal, also of one that changes nothing for it
            self._limited.info("kafka.partitions_gained", **self._named(epochs))

    async def _give_up(self, partitions: Collection[int]) -> Mapping[int, int]:
        names, begun_mono = {str(number) for number in partitions}, self._clock.mono()
        self._buffer.let_go(names)
        if self.on_revoked is not None and names:
            await revoke_within(self._topic.revoke_timeout_seconds, self.on_revoked, names)
        done, given_up = self._buffer.end(names)
        seconds = round(self._clock.mono() - begun_mono, 3)
        self._limited.info("kafka.partitions_revoked", **self._named(partitions), in_hand=given_up, seconds=seconds)
        return done

    def _lose(self, partitions: Collection[int]) -> None:
        names = {str(number) for number in partitions}
        _, given_up = self._buffer.end(names)
        self._limited.warning("kafka.partitions_lost", **self._named(partitions), in_hand=given_up)
        if self.on_revoked is not None and names:
            dropping = self._loop.create_task(revoke_within(0.0, self.on_revoked, names))
            self._dropping.add(dropping)
            dropping.add_done_callback(self._dropping.discard)

    def _named(self, partitions: Collection[int]) -> dict[str, object]:
        numbers = sorted(partitions)
        return {"queue": self._topic.name, "partitions": numbers[:MOST_NAMED], "count": len(numbers)}
