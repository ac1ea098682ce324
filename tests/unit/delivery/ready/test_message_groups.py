"""Heads and followers: each group has one head at a time, and nobody overtakes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubles.delivery.worker_bench import CALENDAR
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.ready.message_groups import MessageGroups
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

OPTIONS = QueueOptions(0, MemoryQueueSource(MemoryQueue("orders", ManualClock()), lambda _: None), EventTime())


def item(number: int, group: str | None) -> InFlight:
    message = Message(str(number), "orders", "the body", "handle", 0.0, 0.0, group=group)
    return InFlight(message, OPTIONS, CALENDAR.target_of(0), 0.0, 30.0)


def test_what_has_no_group_waits_for_nobody() -> None:
    groups = MessageGroups()
    first, second = item(1, None), item(2, None)
    assert groups.enter(first)
    assert groups.enter(second)
    assert groups.head_of(first) is None
    assert (groups.followers(first), groups.advance(first), groups.leave(first)) == ([], None, [])


def test_a_follower_that_leaves_takes_those_behind_it_along_and_leaves_those_before_it() -> None:
    groups = MessageGroups()
    g = [item(number, "g") for number in range(4)]
    assert [groups.enter(each) for each in g] == [True, False, False, False]
    assert groups.leave(g[2]) == [g[3]]
    assert groups.followers(g[0]) == [g[1]]
    assert groups.leave(g[0]) == [g[1]]
    assert groups.head_of(g[0]) is None


def test_one_that_is_not_in_it_changes_nothing() -> None:
    groups = MessageGroups()
    head, stranger = item(1, "g"), item(2, "g")
    groups.enter(head)
    assert groups.leave(stranger) == []
    assert groups.advance(stranger) is None
    assert groups.head_of(stranger) is head


@given(st.lists(st.sampled_from("ghi"), max_size=30), st.lists(st.integers(0, 29), max_size=60))
def test_whatever_ends_in_whatever_order_each_group_runs_in_its_order(names: list[str], ends: list[int]) -> None:
    groups = MessageGroups()
    items = [item(number, name) for number, name in enumerate(names)]
    running = [each for each in items if groups.enter(each)]
    ran = list(running)
    for end in ends:
        if running:
            following = groups.advance(running.pop(end % len(running)))
            if following is not None:
                running.append(following)
                ran.append(following)
            assert len({each.group for each in running}) == len(running)
    for name in "ghi":
        of_group = [each for each in ran if each.group == name]
        assert of_group == [each for each in items if each.group == name][: len(of_group)]
