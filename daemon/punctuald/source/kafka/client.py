"""One member of a consumer group. Every method blocks, and all are called in one thread, where callbacks arise too.

The library's own rules, each of which was tried: a callback that raises eats a record; `pause` inside on_assign does
nothing unless the callback itself assigns; the pause flag outlives the assignment; a commit by an old owner is accepted
by the broker, so that it is for us to know what is ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka import Message as RawRecord

from punctuald.policy.receive.start_offset import Begin, begin_of, since_of, since_text

from .broker_health import BrokerHealth
from .client_log import ClientLog
from .errors import construction_error
from .properties import consumer_properties, is_cooperative
from .topic import KafkaTopic

CALL_SECONDS = 5.0
"""A call to the brokers has this long; a frozen broker lets each wait for ever."""

UNANSWERED_SECONDS = 30.0
"""A commit without an answer is taken for lost after so long, and the next one is made."""

Epochs = Mapping[int, int]
"""Of each partition, which assignment it belongs to: a number that never comes again."""

Checkpoints = Mapping[int, tuple[int, int]]
"""Of each partition its epoch, and the offset that the next owner begins at."""


class Owner(Protocol):
    """Who reads the partitions. Called in the client's thread."""

    def gained(self, epochs: Epochs) -> None:
        """These partitions are ours from now on."""

    def revoked(self, partitions: Collection[int]) -> Mapping[int, int]:
        """These go to another when this returns: finish what runs, and say how far each is done."""

    def lost(self, partitions: Collection[int]) -> None:
        """These are another's already."""


class Taken(NamedTuple):
    """What one call brought: records, and what the library says of partitions or of the group in the same row."""

    records: list[RawRecord]
    errors: list[KafkaError]
    refused: list[tuple[int, KafkaError]]  # by partition


class KafkaClient:
    """``protocol`` is one of the two. Raises `SourceMisconfigured` where the properties are refused."""

    def __init__(
        self,
        topic: KafkaTopic,
        protocol: str,
        owner: Owner,
        health: BrokerHealth,
        log: ClientLog,
        static_id: str = "",
    ) -> None:
        self._topic = topic
        self._owner = owner
        self._cooperative = is_cooperative(topic, protocol)
        self._epochs: dict[int, int] = {}
        self._last_epoch = 0
        self._paused: frozenset[int] = frozenset()
        self._committed: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._asked_mono: float | None = None
        self._metadata = ""
        self._failure: BaseException | None = None
        self.commit_error: KafkaError | None = None
        properties: dict[str, Any] = {
            **consumer_properties(topic, protocol, static_id),
            "error_cb": self._guarded(health.failed),
            "stats_cb": self._guarded(health.measured),
            "on_commit": self._guarded(self._on_commit),
        }
        try:
            self._consumer = Consumer(properties, logger=log)
        except (KafkaException, ValueError, TypeError) as error:
            raise construction_error(error, topic) from error

    # --- the group

    def look_up(self) -> int:
        """How many partitions the topic has. Raises `KafkaException`, with UNKNOWN_TOPIC_OR_PART where there is none:
        the newer protocol says nothing at all of a topic that does not exist."""
        found = self._consumer.list_topics(self._topic.topic, timeout=CALL_SECONDS).topics[self._topic.topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return len(found.partitions)

    def join(self) -> None:
        """Begin to be a member."""
        self._consumer.subscribe(
            [self._topic.topic],
            on_assign=self._guarded(self._on_assign),
            on_revoke=self._guarded(self._on_revoke),
            on_lost=self._guarded(self._on_lost),
        )

    def take(self, most: int, wait_seconds: float) -> Taken:
        """Up to ``most`` records, waiting for the first only; it serves rebalances and everything else that is due."""
        found: Sequence[RawRecord] = self._consumer.consume(1, wait_seconds)
        if found and most > 1:
            found = [*found, *self._consumer.consume(most - 1, 0)]
        self._raise_failure()
        return self._sorted(found)

    def close(self, checkpoints: Checkpoints) -> None:
        """Leave the group. Nothing may be called afterwards.

        What is done is committed first: a commit while leaving, as `Owner.revoked` makes one, is refused where the
        group is just dealing its partitions anew.
        """
        ours = {n: offset for n, (epoch, offset) in checkpoints.items() if self._epochs.get(n) == epoch}
        try:
            if ours:
                self._consumer.commit(offsets=self._places(ours), asynchronous=False)
        finally:
            self._consumer.close()

    # --- what is ours

    @property
    def epochs(self) -> Epochs:
        """Of the partitions that are ours."""
        return self._epochs

    def pause(self, partitions: Collection[int]) -> None:
        """Take nothing of just these partitions, whatever was said before."""
        wanted = frozenset(partitions)
        self._set_paused(wanted - self._paused, (self._paused - wanted))
        self._paused = wanted

    def begin_at(self, partition: int, offset: int) -> None:
        """Read on from there."""
        self._consumer.seek(TopicPartition(self._topic.topic, partition, offset))

    def range_of(self, partition: int) -> tuple[int, int]:
        """The first offset that is there, and the one after the last. Raises `KafkaException`."""
        begins, ends = self._consumer.get_watermark_offsets(
            TopicPartition(self._topic.topic, partition), timeout=CALL_SECONDS
        )
        return begins, ends

    def committed(self, partition: int) -> int | None:
        """How far it is committed. Raises `KafkaException`."""
        [found] = self._consumer.committed([self._at(partition)], timeout=CALL_SECONDS)
        return found.offset if found.offset >= 0 else None

    def positions(self) -> Mapping[int, int]:
        """Where reading stands, of each partition of which something was read."""
        found = self._consumer.position([self._at(partition) for partition in self._epochs])
        return {each.partition: each.offset for each in found if each.offset >= 0}

    def commit(self, checkpoints: Checkpoints) -> None:
        """(epoch, offset) by partition: committed where the epoch is still that of the partition, and nothing is
        under way. Never lower than before in this epoch. It does not wait for the answer."""
        if self._asked_mono is not None and time.monotonic() - self._asked_mono < UNANSWERED_SECONDS:
            return
        self._asked = {
            partition: offset
            for partition, (epoch, offset) in checkpoints.items()
            if self._epochs.get(partition) == epoch and offset > self._committed.get(partition, OFFSET_INVALID)
        }
        if self._asked:
            self._asked_mono = time.monotonic()
            self._consumer.commit(offsets=self._places(self._asked), asynchronous=True)

    # --- callbacks

    def _guarded(self, call: Callable[..., None]) -> Callable[..., None]:
        """An exception that leaves a callback is raised by the call that serves it, and the records which that has read
        by then are lost. So it is kept, and raised by us when nothing is in the way."""

        def guarded(*arguments: object) -> None:
            try:
                call(*arguments)
            except Exception as error:  # noqa: BLE001 - raised by `take`
                self._failure = self._failure or error

        return guarded

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _on_assign(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        places = self._begins(partitions)
        (consumer.incremental_assign if self._cooperative else consumer.assign)(places)
        numbers = [each.partition for each in partitions]
        self._set_paused([n for n in numbers if n in self._paused], [n for n in numbers if n not in self._paused])
        gained = {}
        for number in numbers:
            self._last_epoch += 1
            gained[number] = self._last_epoch
            self._committed.pop(number, None)
        self._epochs.update(gained)
        self._owner.gained(gained)

    def _on_revoke(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        going = [each.partition for each in partitions if each.partition in self._epochs]
        for number in going:  # before anything else: no commit of ours but the last one may name them any more
            del self._epochs[number]
        done = self._owner.revoked(going)
        last = {n: offset for n, offset in done.items() if offset > self._committed.get(n, OFFSET_INVALID)}
        if last:  # not waited for: what the library asks of the group's coordinator next stands behind it
            self._consumer.commit(offsets=self._places(last), asynchronous=True)

    def _on_lost(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        going = [each.partition for each in partitions]
        for number in going:
            self._epochs.pop(number, None)
        self._owner.lost(going)

    def _on_commit(self, error: KafkaError | None, partitions: Sequence[TopicPartition]) -> None:
        self._asked_mono = None
        errors = [each.error for each in partitions if each.error is not None]
        self.commit_error = error or (errors[0] if errors else None)
        for each in partitions:
            if error is None and each.error is None and each.partition in self._epochs:
                self._committed[each.partition] = each.offset

    # --- where a partition begins

    def _begins(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        places = self._consumer.committed(list(partitions), timeout=CALL_SECONDS)
        fresh = [place for place in places if place.offset < 0]
        self._remember_since(places)
        if fresh:
            begin = begin_of(self._topic.start, self._since_ms(fresh))
            for place in fresh:
                place.offset = self._begin(place, begin)
            if begin is not Begin.EARLIEST:
                self._commit_begins(fresh)
        return places

    def _begin(self, place: TopicPartition, begin: Begin) -> int:
        if begin is Begin.EARLIEST:
            return OFFSET_BEGINNING
        if begin is Begin.GROUP_START:
            at = TopicPartition(place.topic, place.partition, since_of(self._metadata) or 0)
            [found] = self._consumer.offsets_for_times([at], timeout=CALL_SECONDS)
            if found.offset >= 0:
                return found.offset
        return self.range_of(place.partition)[1]

    def _since_ms(self, fresh: Sequence[TopicPartition]) -> int | None:
        """When the group began to read the topic, by what it committed for any partition; where it begins now, that is
        remembered for the partitions to come."""
        if since_of(self._metadata) is None:
            known = self._consumer.list_topics(self._topic.topic, timeout=CALL_SECONDS).topics[self._topic.topic]
            others = [self._at(n) for n in known.partitions if n not in {each.partition for each in fresh}]
            self._remember_since(self._consumer.committed(others, timeout=CALL_SECONDS) if others else [])
        since_ms = since_of(self._metadata)
        if since_ms is None:
            self._metadata = since_text(int(time.time() * 1000))
        return since_ms

    def _remember_since(self, places: Sequence[TopicPartition]) -> None:
        for place in places:
            if place.offset >= 0 and since_of(place.metadata) is not None:
                self._metadata = place.metadata or ""

    def _commit_begins(self, places: Sequence[TopicPartition]) -> None:
        """At once: else whoever reads the partition next, before anything is done, would ask again where its end is."""
        begins = {place.partition: place.offset for place in places}
        self._consumer.commit(offsets=self._places(begins), asynchronous=True)

    # --- the library's values

    def _at(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic.topic, partition)

    def _places(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        """For a commit: with the metadata that the group's commits bear."""
        return [TopicPartition(self._topic.topic, n, offset, self._metadata) for n, offset in offsets.items()]

    def _set_paused(self, pause: Collection[int], resume: Collection[int]) -> None:
        if pause:
            self._consumer.pause([self._at(number) for number in pause])
        if resume:
            self._consumer.resume([self._at(number) for number in resume])

    def _sorted(self, found: Sequence[RawRecord]) -> Taken:
        taken = Taken([], [], [])
        for each in found:
            error = each.error()
            if error is None:
                taken.records.append(each)
            elif each.topic() is None or (number := each.partition()) is None or number not in self._epochs:
                taken.errors.append(error)
            else:
                taken.refused.append((number, error))
        return taken
