"""The heap of what could start against sorting anew at each moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubles.delivery.worker_bench import CALENDAR
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.ready.deadline_heap import DeadlineHeap
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

PEAK, BATCH = range(2)


class Hand:
    """Makes items that are in flight at one moment of a clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        source = MemoryQueueSource(MemoryQueue("orders", self.clock), lambda _: None)
        self._options = QueueOptions(0, source, EventTime())

    def item(self, message_id: str, *, age: float, tier: int = PEAK) -> InFlight:
        now_utc, now_mono = self.clock.utc(), self.clock.mono()
        message = Message(message_id, "orders", "the body", "handle", now_utc - age, now_utc)
        return InFlight(message, self._options, CALENDAR.target_of(tier), now_mono, now_mono + 30)


@given(st.lists(st.integers(0, 5), max_size=30), st.sets(st.integers(0, 29), max_size=5), st.integers(0, 3))
def test_all_of_one_threshold_taken_at_once_come_in_the_order_of_one_by_one(
    ages: list[int], withdrawn: set[int], more: int
) -> None:
    hand = Hand()
    items = [hand.item(str(number), age=age) for number, age in enumerate(ages)]
    at_once, one_by_one = DeadlineHeap(), DeadlineHeap()
    for heap in (at_once, one_by_one):
        heap.add(items)
        for number in withdrawn & set(range(len(items))):
            assert heap.discard(items[number])
            assert not heap.discard(items[number])
    now_mono = hand.clock.mono()
    expected = [item for _ in items for item in one_by_one.pop(now_mono, 1)]
    assert expected == sorted(
        (item for number, item in enumerate(items) if number not in withdrawn), key=lambda item: item.deadline_mono
    )
    assert at_once.pop(now_mono, len(expected) + more) == expected
    assert (len(at_once), at_once.urgency(now_mono), at_once.pop(now_mono, 1)) == (0, None, [])


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from([PEAK, BATCH])), max_size=30), st.floats(0, 90))
def test_whatever_time_passes_the_late_go_first_and_within_a_class_the_earliest_deadline(
    messages: list[tuple[float, int]], passed_seconds: float
) -> None:
    hand = Hand()
    heap = DeadlineHeap()
    heap.add(hand.item(str(number), age=age, tier=tier) for number, (age, tier) in enumerate(messages))
    hand.clock.advance(passed_seconds)
    now_mono = hand.clock.mono()
    popped = [item for _ in range(0, len(messages), 3) for item in heap.pop(now_mono, 3)]

    def used_share(index: int) -> float:
        item = popped[index]
        return 1 - (item.deadline_mono - now_mono) / item.tier_target.threshold_seconds

    def urgency(share: float) -> int:
        return 0 if share > 1 else 1 if share > 0.8 else 2

    assert len(popped) == len(messages)
    for index in range(len(popped) - 1):
        shares = used_share(index), used_share(index + 1)
        if any(abs(share - edge) < 1e-6 for share in shares for edge in (0.8, 1.0)):
            continue  # at the very edge either class is right
        classes = urgency(shares[0]), urgency(shares[1])
        assert classes[0] <= classes[1]
        if classes[0] == classes[1]:
            assert popped[index].deadline_mono <= popped[index + 1].deadline_mono


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([PEAK, BATCH])), max_size=20),
    st.sets(st.integers(0, 19)),
    st.integers(1, 5),
)
def test_what_is_put_first_starts_before_all_others_and_nothing_is_lost_or_doubled(
    messages: list[tuple[int, int]], last_tries: set[int], at_once: int
) -> None:
    hand = Hand()
    items = [hand.item(str(number), age=age, tier=tier) for number, (age, tier) in enumerate(messages)]
    wanted = {item for number, item in enumerate(items) if number in last_tries}
    heap = DeadlineHeap()
    heap.add(items)
    heap.put_first(wanted.__contains__)
    assert set(heap.all()) == set(items)
    popped: list[InFlight] = []
    while taken := heap.pop(hand.clock.mono(), at_once):
        popped += taken
    assert set(popped[: len(wanted)]) == wanted
    assert sorted(popped, key=lambda item: int(item.id)) == items


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from([PEAK, BATCH])), max_size=20))
def test_taken_back_as_a_whole_they_are_in_the_order_in_which_they_came(messages: list[tuple[int, int]]) -> None:
    hand = Hand()
    items = [hand.item(str(number), age=age, tier=tier) for number, (age, tier) in enumerate(messages)]
    heap = DeadlineHeap()
    for item in items:
        heap.add([item])
    assert heap.pop_all() == items
    assert len(heap) == 0
