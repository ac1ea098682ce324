"""Laws of a partition's checkpoint: it never passes a record that is not done, and never goes back."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from punctuald.source.memory.cursor import Cursor
from punctuald.source.memory.log import Record

KEYS = st.sampled_from(["a", "b", None])


class Reading(RuleBasedStateMachine):
    """One partition, read by owner after owner, beside a plain account of what is done."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self.cursor = Cursor(0)
        self.now_mono = 0.0
        self.done: set[int] = set()
        self.in_hand: set[int] = set()
        self.due_mono: dict[int, float] = {}
        self.highest_checkpoint = 0

    @rule(key=KEYS)
    def send(self, key: str | None) -> None:
        self.records.append(Record("0", len(self.records), key, "", {}, 0.0))

    @rule(most=st.integers(1, 5))
    def read(self, most: int) -> None:
        offsets = [record.offset for record in self.cursor.read(self.records, most, self.now_mono)]
        assert offsets == sorted(set(offsets))
        assert len(offsets) <= most
        assert not set(offsets) & (self.done | self.in_hand)
        for offset in offsets:
            assert self.due_mono.pop(offset, 0) <= self.now_mono
            assert not any(self._is_held_back(earlier) for earlier in self._earlier_of_its_key(offset))
        self.in_hand.update(offsets)

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        offset = data.draw(st.sampled_from(sorted(self.in_hand)))
        assert self.cursor.acknowledge(offset)
        self.in_hand.discard(offset)
        self.done.add(offset)

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data(), after_seconds=st.sampled_from([0, 3]))
    def release(self, data: st.DataObject, after_seconds: int) -> None:
        offset = data.draw(st.sampled_from(sorted(self.in_hand)))
        assert self.cursor.release(offset, self.now_mono + after_seconds)
        self.in_hand.discard(offset)
        self.due_mono[offset] = self.now_mono + after_seconds

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def acknowledge_once_more(self, data: st.DataObject) -> None:
        assert self.cursor.acknowledge(data.draw(st.sampled_from(sorted(self.done))))

    @rule()
    def acknowledge_what_never_came(self) -> None:
        assert not self.cursor.acknowledge(len(self.records))

    @rule()
    def let_time_pass(self) -> None:
        self.now_mono += 2

    @rule()
    def change_owners(self) -> None:
        """What was done beyond the checkpoint is read again: a log can't remember it."""
        checkpoint = self.cursor.checkpoint
        self.cursor = Cursor(checkpoint)
        self.done = set(range(checkpoint))
        self.in_hand, self.due_mono = set(), {}

    @invariant()
    def the_checkpoint_is_the_end_of_the_unbroken_row(self) -> None:
        end = next(offset for offset in range(len(self.records) + 1) if offset not in self.done)
        assert self.cursor.checkpoint == end

    @invariant()
    def the_checkpoint_never_goes_back(self) -> None:
        assert self.cursor.checkpoint >= self.highest_checkpoint
        self.highest_checkpoint = self.cursor.checkpoint

    def teardown(self) -> None:
        """However it went, each record that is not done is in flight or comes in the end: none is forgotten."""
        self.now_mono += 10
        left = [record.offset for record in self.cursor.read(self.records, len(self.records) + 1, self.now_mono)]
        assert set(left) == set(range(len(self.records))) - self.done - self.in_hand

    def _earlier_of_its_key(self, offset: int) -> list[int]:
        key = self.records[offset].key
        return [number for number in range(offset) if key is not None and self.records[number].key == key]

    def _is_held_back(self, offset: int) -> bool:
        return self.due_mono.get(offset, 0) > self.now_mono


TestReading = Reading.TestCase
