"""A message's state, over all pairs of states; and the table of what is in flight."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from doubles.delivery.worker_bench import CALENDAR
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import NEXT, Fate, IllegalTransition, InFlight, InFlightTable, State, move_all
from punctuald.delivery.queue_options import QueueOptions
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

PAIRS = list(product(State, State))
WAYS_TO = {
    State.RECEIVED: [],
    State.READY: [State.READY],
    State.RUNNING: [State.READY, State.RUNNING],
    State.HELD: [State.READY, State.RUNNING, State.HELD],
    State.SETTLING: [State.SETTLING],
    State.GONE: [State.GONE],
}
SOURCE = MemoryQueueSource(MemoryQueue("orders", ManualClock()), lambda _: None)
OPTIONS = QueueOptions(0, SOURCE, EventTime())


def delivery(message_id: str = "a", handle: str = "old", lease_until_mono: float = 30.0, age: float = 0.0) -> InFlight:
    message = Message(message_id, "orders", "the body", handle, 1_000.0 - age, 1_000.0)
    return InFlight(message, OPTIONS, CALENDAR.target_of(0), 0.0, lease_until_mono)


def in_state(state: State) -> InFlight:
    item = delivery()
    for step in WAYS_TO[state]:
        item.move(step)
    return item


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_message_goes_where_the_table_says_and_nowhere_else(before: State, after: State) -> None:
    item = in_state(before)
    if after in NEXT[before]:
        item.move(after)
        assert item.state is after
        return
    with pytest.raises(IllegalTransition, match=f"{before.name} → {after.name}"):
        item.move(after)
    assert item.state is before


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_several_move_as_one_does(before: State, after: State) -> None:
    items = [in_state(before), in_state(before)]
    if after in NEXT[before]:
        move_all(items, after)
        assert [item.state for item in items] == [after, after]
    else:
        with pytest.raises(IllegalTransition):
            move_all(items, after)


def test_every_state_can_be_reached_and_every_way_ends() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {after for before in reached for after in NEXT[before]}
    assert reached == set(State)
    assert [state for state in State if not NEXT[state]] == [State.GONE]


def test_what_runs_never_just_goes() -> None:
    assert State.GONE not in NEXT[State.RUNNING]


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("state", [state for state in State if State.GONE in NEXT[state]])
def test_what_goes_has_one_fate_and_is_in_no_hand_any_more(state: State, fate: Fate) -> None:
    table = InFlightTable()
    item = delivery()
    table.take([item])
    for step in WAYS_TO[state]:
        if step is State.SETTLING:
            table.settle([item])
        else:
            item.move(step)
    table.remove([item], fate)
    assert (item.state, item.fate) == (State.GONE, fate)
    assert (len(table), table.settling) == (0, 0)
    with pytest.raises(IllegalTransition):
        table.remove([item], Fate.RELEASED)
    assert item.fate is fate


@pytest.mark.parametrize("state", State)
def test_a_message_is_settled_once_whatever_ends_meet(state: State) -> None:
    table, item = InFlightTable(), in_state(state)
    table.take([item])
    settled = table.settle([item]) + table.settle([item])
    assert settled == ([item] if state < State.SETTLING else [])


def test_what_is_unsettled_waits_is_held_or_runs_in_the_order_in_which_it_came() -> None:
    table = InFlightTable()
    items = [delivery(name) for name in "abcd"]
    table.take(items)
    table.settle(items[1:2])
    assert table.unsettled() == [items[0], items[2], items[3]]
    assert table.settling == 1


def test_a_copy_gives_its_handle_and_its_lease_to_the_one_in_hand_and_is_nothing_itself() -> None:
    table, held, copy = InFlightTable(), delivery(), delivery(handle="new", lease_until_mono=60.0)
    table.take([held])
    held.lease_lost = True
    assert table.take([copy]) == ([], [held], [])
    assert held.message.receipt_handle == "new"
    assert (held.lease_until_mono, held.lease_lost, len(table)) == (60.0, False, 1)


def test_a_copy_forgets_no_try_that_was_made_in_place() -> None:
    table, held, copy = InFlightTable(), delivery(), delivery(handle="new")
    held.message = held.message.again().again()
    table.take([held])
    table.take([copy])
    assert (held.message.receipt_handle, held.message.tries) == ("new", 3)


def test_a_copy_of_what_just_goes_back_is_a_delivery_of_its_own() -> None:
    table, leaving, copy = InFlightTable(), delivery(), delivery(handle="new")
    table.take([leaving])
    table.settle([leaving])
    leaving.releasing = True
    assert table.take([copy]) == ([copy], [], [leaving])
    assert (leaving.fate, table.all(), table.settling) == (Fate.RELEASED, (copy,), 0)


def test_the_wall_clock_of_the_broker_counts_only_up_to_the_receive() -> None:
    assert delivery(age=1.0).deadline_mono == 2.0
    assert delivery(age=-5.0).deadline_mono == 3.0  # from the future: its whole threshold, and no more


def test_it_holds_the_handle_that_is_valid_now() -> None:
    item = delivery(handle="new")
    assert item.holds(item.message)
    assert not item.holds(replace(item.message, receipt_handle="old"))


def test_one_key_in_two_partitions_is_two_groups() -> None:
    """No order is kept between partitions, and each may be taken away without the other."""
    keyed = replace(delivery().message, group="k")
    one, other, of_a_queue = (
        InFlight(replace(keyed, partition=partition), OPTIONS, CALENDAR.target_of(0), 0.0, 30.0)
        for partition in ("0", "1", "")
    )
    assert one.group != other.group
    assert of_a_queue.group == "k"
