"""One member of a consumer group. Every method blocks, and all are called in one thread, where callbacks arise too.

The library's own rules, each of which was tried: a callback that raises eats a record; `pause` inside on_assign does
nothing unless the callback itself assigns; the pause flag outlives the assignment; a commit by an old owner is accepted
by the broker, so that it is for us to know what is ours.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as RawRecord

from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.errors import construction_error
from punctuald.source.kafka.properties import consumer_properties, is_cooperative
from punctuald.source.kafka.topic import KafkaTopic

from .beginnings import CALL_SECONDS, Beginnings
from .callbacks import Callbacks
from .committed import Committed
from .look_up import is_missing, number_of_partitions
from .owner import Checkpoints, Epochs, Nobody, Owner
from .taken import Refusal, Taken, sort_out, still_of

EPOCHS = count(1)
"""Of all clients of a process: what one delivered may end while the next one reads."""


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
        self._health = health
        self._cooperative = is_cooperative(topic, protocol)
        self._epochs: dict[int, int] = {}
        self._paused: frozenset[int] = frozenset()
        self._committed = Committed()
        self._begins: dict[int, int] = {}
        self._callbacks = Callbacks()
        guarded = self._callbacks.guarded
        self.is_useless = False  # it could not find out where to begin with what it was given
        properties: dict[str, Any] = {
            **consumer_properties(topic, protocol, static_id),
            "error_cb": guarded(health.failed),
            "stats_cb": guarded(health.measured),
            "on_commit": guarded(self._on_commit),
        }
        try:
            self._consumer = Consumer(properties, logger=log)
        except (KafkaException, ValueError, TypeError) as error:
            raise construction_error(error, topic) from error
        self._beginnings = Beginnings(topic, self._consumer)

    # --- the group

    def look_up(self) -> int:
        """How many partitions the topic has. Raises `KafkaException`, with UNKNOWN_TOPIC_OR_PART where there is none:
        the newer protocol says nothing at all of a topic that does not exist."""
        self._beginnings.partitions = number_of_partitions(self._consumer, self._topic.topic, self._health)
        return self._beginnings.partitions

    def misses_dead_letters(self) -> bool:
        """Whether the dead-letter topic is named and does not exist."""
        return is_missing(self._consumer, self._topic.dead_letter_topic)

    def join(self) -> None:
        """Begin to be a member."""
        guarded = self._callbacks.guarded
        self._consumer.subscribe(
            [self._topic.topic],
            on_assign=guarded(self._on_assign),
            on_revoke=guarded(self._on_revoke),
            on_lost=guarded(self._on_lost),
        )

    def take(self, most: int, wait_seconds: float) -> Taken:
        """Up to ``most`` records, waiting for the first only; it serves rebalances and everything else that is due."""
        self._callbacks.raise_failure()  # before anything is taken that it would lose
        found: Sequence[RawRecord] = self._consumer.consume(1, wait_seconds)
        if found and most > 1:
            epochs = dict(self._epochs)
            more = self._consume_more(most - 1)
            if self._epochs != epochs:  # taken away meanwhile: its next owner, be it us, reads it again
                found = still_of(epochs, self._epochs, found)
            found = [*found, *more]
        return sort_out(found, self._epochs)

    def let_go(self) -> None:
        """It is waited for no longer, and may end at any time: what it holds is nobody's. From any thread."""
        self._owner = Nobody()

    def close(self, checkpoints: Checkpoints) -> None:
        """Leave the group. Nothing may be called afterwards.

        What is done is committed first: a commit while leaving, as `Owner.revoked` makes one, is refused where the
        group is just dealing its partitions anew.
        """
        ours = {n: offset for n, (epoch, offset) in checkpoints.items() if self._epochs.get(n) == epoch}
        try:
            if last := self._committed.left(ours, self._epochs):
                self._consumer.commit(offsets=self._places(last), asynchronous=False)
        finally:
            self._consumer.close()
            if self._epochs:  # of a client that is of no use any more nothing is revoked
                self._owner.lost([*self._epochs])

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

    def begin_again(self, refusal: Refusal) -> tuple[int, int] | None:
        """What was to be read is not there: read on where the log begins. Returns that, and where it ends; None where
        the partition is not ours any more. Raises `KafkaException`."""
        if self._epochs.get(number := refusal.partition) != refusal.epoch:
            return None
        begins, ends = self._consumer.get_watermark_offsets(self._at(number), timeout=CALL_SECONDS)
        if begins <= refusal.offset <= ends:  # a leader that was behind for a moment
            self._read_from(number, refusal.offset)
            return None
        self._read_from(number, begins)
        if refusal.offset > ends:  # another log: nothing that was done of the one before counts
            self._owner.lost([number])
            self._gain([number])
        return begins, ends

    def positions(self) -> Checkpoints:
        """Where reading stands, of each partition of which something was read."""
        found = self._consumer.position([self._at(number) for number in self._epochs])
        return {each.partition: (self._epochs[each.partition], each.offset) for each in found if each.offset >= 0}

    def commit(self, checkpoints: Checkpoints) -> bool:
        """(epoch, offset) by partition: committed where the epoch is still that of the partition, and nothing is
        under way. Never lower than before in this epoch. It does not wait for the answer."""
        ours = {n: offset for n, (epoch, offset) in checkpoints.items() if self._epochs.get(n) == epoch}
        if asked := self._committed.to_ask(ours, time.monotonic()):
            self._consumer.commit(offsets=self._places(asked), asynchronous=True)
        return bool(asked)

    def commit_answer(self) -> tuple[bool, KafkaError | None]:
        """Whether there was an answer since the last look, and why it was a refusal, where it was."""
        return self._committed.answer()

    # --- callbacks

    def _on_assign(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        try:
            begins = self._beginnings.of(partitions)
        except KafkaException:
            self.is_useless = True  # the library would begin somewhere, and we would not know that they are ours
            raise
        (consumer.incremental_assign if self._cooperative else consumer.assign)(begins.places)
        numbers = [each.partition for each in partitions]
        self._set_paused([n for n in numbers if n in self._paused], [n for n in numbers if n not in self._paused])
        self._gain(numbers)
        self._begins.update({place.partition: place.offset for place in begins.places})
        self._committed.begins(begins.committed, begins.to_commit)
        self.commit({})

    def _gain(self, numbers: Sequence[int]) -> None:
        gained = {}
        for number in numbers:
            gained[number] = next(EPOCHS)
            self._committed.forget(number)
        self._epochs.update(gained)
        self._owner.gained(gained)

    def _on_revoke(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        going = [each.partition for each in partitions if each.partition in self._epochs]
        for number in going:  # before anything else: no commit of ours but the last one may name them any more
            self._epochs.pop(number)
        done = self._owner.revoked(going)
        if last := self._committed.left(done, going):
            # Not waited for: what the library asks of the group's coordinator next stands behind it.
            self._consumer.commit(offsets=self._places(last), asynchronous=True)
        self._forget(going)

    def _on_lost(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        going = [each.partition for each in partitions]
        self._forget(going)
        self._owner.lost(going)

    def _forget(self, numbers: Collection[int]) -> None:
        for number in numbers:
            self._epochs.pop(number, None)
            self._begins.pop(number, None)
            self._committed.forget(number)

    def _on_commit(self, error: KafkaError | None, places: Sequence[TopicPartition]) -> None:
        self._committed.answered(error, places, self._epochs)

    # --- the library's values

    def _at(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic.topic, partition)

    def _places(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        """For a commit: with the metadata that the group's commits bear."""
        bears = self._beginnings.metadata
        return [TopicPartition(self._topic.topic, n, offset, bears) for n, offset in offsets.items()]

    def _read_from(self, partition: int, offset: int) -> None:
        """Not by `seek`: the library has stopped reading it, and then refuses that."""
        place, self._begins[partition] = TopicPartition(self._topic.topic, partition, offset), offset
        if self._cooperative:
            self._consumer.incremental_unassign([place])
            self._consumer.incremental_assign([place])
        else:
            positions = {number: at for number, (_, at) in self.positions().items()}
            stands = {**self._begins, **positions, partition: offset}
            self._consumer.assign([TopicPartition(self._topic.topic, n, stands[n]) for n in self._epochs])
        self._set_paused(self._paused & self._epochs.keys(), self._epochs.keys() - self._paused)

    def _set_paused(self, pause: Collection[int], resume: Collection[int]) -> None:
        if pause:
            self._consumer.pause([self._at(number) for number in pause])
        if resume:
            self._consumer.resume([self._at(number) for number in resume])

    def _consume_more(self, most: int) -> Sequence[RawRecord]:
        """What else is here. It may not raise, for that would lose what was taken just before."""
        try:
            return self._consumer.consume(most, 0)
        except (KafkaException, RuntimeError) as error:
            self._callbacks.keep(error)
            return ()
