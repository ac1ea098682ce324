"""Laws of one partition's account on our side: order per key, nothing lost or twice, no record passed undone."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from punctuald.model import Message
from punctuald.source.log.offset_tracker import OffsetTracker
from punctuald.source.log.returned_records import ReturnedRecords

KEYS = ("a", "b", None)
STEPS = st.lists(
    st.tuples(st.sampled_from(["send", "take", "done", "give back", "pass time"]), st.integers(0, 8)), max_size=80
)


class Partition:
    """One, whose handlers run one record of a key at a time, as a worker does, and everything that they were given."""

    def __init__(self) -> None:
        self.tracker, self.returned = OffsetTracker(), ReturnedRecords()
        self.ready: list[Message] = []
        self.in_hand: list[Message] = []
        self.done: set[int] = set()
        self.sent: list[Message] = []
        self.now_mono = 0.0
        self.checkpoint = 0
        self.next_offset = 0

    def step(self, what: str, number: int) -> None:
        """Do one step."""
        match what:
            case "send":
                self.send(number)
            case "take":
                self.take(number)
            case "done" if self.in_hand:
                self.settle(self.in_hand.pop(self.free(number)))
            case "give back" if self.in_hand:
                self.give_back(self.in_hand[self.free(number)], number)
            case "pass time":
                self.now_mono += number
        self.look()

    def send(self, number: int) -> None:
        """With a hole before it, now and then."""
        self.next_offset += number % 3
        key = KEYS[number % len(KEYS)]
        message = Message("", "t", "", "", 0, 0, group=key, partition="0", offset=self.next_offset)
        self.sent.append(message)
        self.tracker.delivered([self.next_offset])
        self.next_offset += 1
        self.ready += self.returned.pass_on([message])

    def take(self, most: int) -> None:
        """Those that wait first, as a source does."""
        taken = self.returned.take(most, self.now_mono)
        taken += [self.ready.pop(0) for _ in range(min(len(self.ready), most - len(taken)))]
        for message in taken:
            earlier = [each for each in self.in_hand if each.group == message.group is not None]
            assert all((each.offset or 0) < (message.offset or 0) for each in earlier), "overtaken"
            assert not self.waits_before(message), "overtaken by what waited behind it"
            assert message.offset not in {each.offset for each in self.in_hand}, "twice"
            assert message.offset not in self.done, "again though done"
            self.in_hand.append(message)

    def waits_before(self, message: Message) -> bool:
        """Whether an earlier record of its key is neither done nor in hand."""
        known = self.done | {each.offset for each in self.in_hand}
        return message.group is not None and any(
            each.group == message.group and (each.offset or 0) < (message.offset or 0) and each.offset not in known
            for each in self.sent
        )

    def free(self, number: int) -> int:
        """Of some record in hand that is the first of its key there: only it can have run."""
        first: dict[str | int | None, int] = {}
        for place, message in enumerate(self.in_hand):
            first.setdefault(message.offset if message.group is None else message.group, place)
        return sorted(first.values())[number % len(first)]

    def settle(self, message: Message) -> None:
        """It is done."""
        assert message.offset is not None
        self.done.add(message.offset)
        self.tracker.done([message.offset])

    def give_back(self, message: Message, seconds: int) -> None:
        """With all that is in hand of its key, and behind it what is ready, as a shelf does."""
        going = [each for each in self.in_hand if each is message or (each.group == message.group is not None)]
        self.in_hand = [each for each in self.in_hand if each not in going]
        for each in going:
            self.returned.give_back(each, self.now_mono + seconds)
        self.ready = self.returned.pass_on(self.ready)

    def look(self) -> None:
        """The checkpoint never goes back, and never passes what is not done."""
        checkpoint = self.tracker.checkpoint() or 0
        undone = [message.offset for message in self.sent if message.offset not in self.done]
        assert checkpoint >= self.checkpoint, "it went back"
        assert all(offset is not None and offset >= checkpoint for offset in undone), "it passed one that is not done"
        assert undone or checkpoint == self.next_offset or not self.sent, "all is done, and it lags"
        self.checkpoint = checkpoint
        assert len(self.tracker) == len(undone)


@given(STEPS)
def test_order_is_kept_and_nothing_is_lost_twice_or_passed_undone(steps: list[tuple[str, int]]) -> None:
    partition = Partition()
    for what, number in steps:
        partition.step(what, number)
    order: dict[str | None, list[int]] = defaultdict(list)
    partition.now_mono += 100.0
    for _ in range(len(partition.sent) + 1):
        while partition.in_hand:
            message = partition.in_hand.pop(0)
            order[message.group].append(message.offset or 0)
            partition.settle(message)
        partition.take(3)
        partition.look()
    assert partition.done == {message.offset for message in partition.sent}
    assert all(offsets == sorted(offsets) for key, offsets in order.items() if key is not None)


@given(st.lists(st.integers(1, 5), max_size=30), st.data())
def test_however_records_end_the_checkpoint_is_the_first_open_one(gaps: list[int], data: st.DataObject) -> None:
    tracker, offsets, offset = OffsetTracker(), list[int](), -1
    for gap in gaps:
        offset += gap
        offsets.append(offset)
    tracker.delivered(offsets)
    still_open = set(offsets)
    for each in data.draw(st.permutations(offsets)):
        tracker.done([each])
        still_open.discard(each)
        assert tracker.checkpoint() == min(still_open, default=offset + 1)
