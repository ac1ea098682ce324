"""What the brokers have of our commits, and what is to be asked of them next. Pure state, of the client's thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from confluent_kafka import OFFSET_INVALID, KafkaError, TopicPartition

UNANSWERED_SECONDS = 30.0
"""A commit without an answer is taken for lost after so long, and the next one is made."""


class Committed:
    """One commit is under way at a time: of several the last answer would win, whatever its number."""

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._begins: dict[int, int] = {}  # found for the group, and not known to be committed yet
        self._asked_mono: float | None = None
        self._is_answered = False
        self._error: KafkaError | None = None

    def begins(self, committed: Mapping[int, int], to_commit: Mapping[int, int]) -> None:
        """Of partitions that are ours now: how far they are committed, and where those begin that are not."""
        self._offsets.update(committed)
        self._begins.update(to_commit)

    def forget(self, partition: int) -> None:
        """It is another's, or begins afresh."""
        self._offsets.pop(partition, None)
        self._begins.pop(partition, None)

    def left(self, done: Mapping[int, int], partitions: Collection[int]) -> dict[int, int]:
        """What is still to be committed of ``partitions``, which go."""
        return {**{n: offset for n, offset in self._begins.items() if n in partitions}, **self._further(done)}

    def _further(self, done: Mapping[int, int]) -> dict[int, int]:
        return {n: offset for n, offset in done.items() if offset > self._offsets.get(n, OFFSET_INVALID)}

    def to_ask(self, done: Mapping[int, int], now_mono: float) -> dict[int, int]:
        """What to commit now; nothing while an answer is awaited."""
        if self._asked_mono is not None and now_mono - self._asked_mono < UNANSWERED_SECONDS:
            return {}
        asked = {**self._begins, **self._further(done)}
        if asked:
            self._asked_mono = now_mono
        return asked

    def answered(self, error: KafkaError | None, places: Sequence[TopicPartition], ours: Collection[int]) -> None:
        """The brokers said what became of a commit."""
        self._asked_mono = None
        self._is_answered = True
        errors = [each.error for each in places if each.error is not None]
        self._error = error or (errors[0] if errors else None)
        for each in places:
            if error is None and each.error is None and each.partition in ours:
                self._offsets[each.partition] = max(each.offset, self._offsets.get(each.partition, OFFSET_INVALID))
                self._begins.pop(each.partition, None)

    def answer(self) -> tuple[bool, KafkaError | None]:
        """Whether there was an answer, and why it was a refusal, where it was; said once."""
        answered, error = self._is_answered, self._error
        self._is_answered, self._error = False, None
        return answered, error
