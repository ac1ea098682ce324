"""The lazy heap against a plain dictionary, and the ready heap against sorting anew at each moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubles.delivery_bench import Bench
from punctuald.delivery.heap import GARBAGE_ALLOWED, LazyHeap
from punctuald.delivery.ready import ReadyHeap

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["set", "discard", "pop"]), st.integers(0, 9), st.integers(0, 20)), max_size=300
)


@given(OPERATIONS)
def test_the_lazy_heap_always_gives_the_smallest_live_key_and_keeps_little_garbage(
    operations: list[tuple[str, int, int]],
) -> None:
    heap = LazyHeap[int]()
    expected: dict[int, float] = {}
    for operation, item, key in operations:
        if operation == "set":
            heap.set(item, key)
            expected[item] = key
        elif operation == "discard":
            assert heap.discard(item) == (expected.pop(item, None) is not None)
        else:
            popped = heap.pop()
            assert (popped is None) == (not expected)
            if popped is not None:
                assert popped[0] == min(expected.values()) == expected.pop(popped[1])
        assert len(heap) == len(expected)
        assert heap.entries_held() <= 2 * len(heap) + GARBAGE_ALLOWED + 1


@given(st.lists(st.integers(0, 9), unique=True))
def test_equal_keys_come_out_in_the_order_in_which_they_went_in(items: list[int]) -> None:
    heap = LazyHeap[int]()
    for item in items:
        heap.set(item, 1.0)
    popped = [entry[1] for _ in items if (entry := heap.pop()) is not None]
    assert popped == items


@given(st.lists(st.integers(0, 5), max_size=30), st.sets(st.integers(0, 29), max_size=5), st.integers(0, 3))
def test_all_of_one_threshold_taken_at_once_come_in_the_order_of_one_by_one(
    ages: list[int], withdrawn: set[int], more: int
) -> None:
    bench = Bench()
    items = [bench.item(bench.message(str(number), age=age)) for number, age in enumerate(ages)]
    at_once, one_by_one = ReadyHeap(), ReadyHeap()
    for heap in (at_once, one_by_one):
        heap.add(items)
        for number in withdrawn & set(range(len(items))):
            heap.discard(items[number])
    now_mono = bench.clock.mono()
    expected = [item for _ in items for item in one_by_one.pop(now_mono, 1)]
    assert at_once.pop(now_mono, len(expected) + more) == expected
    assert (len(at_once), at_once.best(now_mono), at_once.pop(now_mono, 1)) == (0, None, [])


@given(
    st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["peak_hours", "batch_mode"])), max_size=30), st.floats(0, 90)
)
def test_whatever_time_passes_the_late_go_first_and_within_a_class_the_earliest_deadline(
    messages: list[tuple[float, str]], passed_seconds: float
) -> None:
    bench = Bench()
    heap = ReadyHeap()
    for number, (age, tier) in enumerate(messages):
        heap.add([bench.item(bench.message(str(number), age=age, tier=tier))])
    bench.manual.advance(passed_seconds)
    now_mono = bench.clock.mono()
    popped = [item for _ in range(0, len(messages), 3) for item in heap.pop(now_mono, 3)]

    def used_share(index: int) -> float:
        item = popped[index]
        return 1 - (item.deadline_mono - now_mono) / item.promise.threshold_seconds

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
