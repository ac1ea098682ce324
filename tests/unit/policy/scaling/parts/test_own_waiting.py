"""A queue that is behind is seen beside one that is drained at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND
from punctuald.model import Arrivals, Backlog
from punctuald.policy.scaling.demand import Demand, DemandState, demand
from punctuald.policy.scaling.observation import Observation, PinnedWork, QueueHead

TIGHT, LOOSE = 2.0, 60.0
TIGHT_PER_SECOND, LOOSE_PER_SECOND = 75, 5
LOOKS = 8


def sent_until(second: int, count: int) -> Arrivals:
    return tuple((sent, count) for sent in range(second - 30, second))


def look(number: int, *, behind_seconds: int, busy_slots: int = 8) -> Observation:
    """Two queues: of the tight one what was sent ``behind_seconds`` ago comes now, of the loose one all at once."""
    now = NOW_SECOND + number
    tight = sent_until(now - behind_seconds, TIGHT_PER_SECOND)
    loose = sent_until(now, LOOSE_PER_SECOND)
    both = dict(loose)
    for second, count in tight:
        both[second] = both.get(second, 0) + count
    return replace(
        CALM,
        now_mono=NOW_MONO + number,
        now_utc=float(now),
        busy_slots=busy_slots,
        threshold_seconds=TIGHT,
        unpinned_threshold_seconds=LOOSE,
        arrivals=tuple(sorted(both.items())),
        newest_sent_utc=now - 0.05,
        backlog=Backlog(TIGHT_PER_SECOND * behind_seconds, 0, 0, NOW_MONO),
        pinned=(PinnedWork(TIGHT, tight), PinnedWork(LOOSE, loose)),
    )


def by_the_clock(number: int, *, behind_seconds: int, busy_slots: int = 8) -> Observation:
    """The same, where neither queue names a tier, and one of 2 s is in force."""
    now = NOW_SECOND + number
    seen = look(number, behind_seconds=behind_seconds, busy_slots=busy_slots)
    orders = QueueHead(None, 10_000 + TIGHT_PER_SECOND * number, now - behind_seconds - 0.05)
    invoices = QueueHead(None, 500 + LOOSE_PER_SECOND * number, now - 0.05)
    return replace(seen, pinned=(), unpinned_threshold_seconds=TIGHT, queues=(orders, invoices))


def demands(look: Callable[..., Observation] = look, **how: int) -> Iterator[Demand]:
    state = DemandState()
    for number in range(LOOKS):
        asked, state = demand(look(number, **how), state, 64)
        if number:
            yield asked


@pytest.mark.parametrize("look", [look, by_the_clock], ids=["tiers", "queues"])
@pytest.mark.parametrize("behind_seconds", [2, 4, 20])
def test_each_look_sees_all_that_waits_in_the_queue_that_is_behind(
    behind_seconds: int, look: Callable[..., Observation]
) -> None:
    for asked in demands(look, behind_seconds=behind_seconds):
        assert asked.waiting_messages == pytest.approx(TIGHT_PER_SECOND * behind_seconds, rel=0.25)
        assert asked.head_age_seconds == pytest.approx(behind_seconds, abs=0.6)
        assert asked.threshold_seconds == TIGHT


@pytest.mark.parametrize("look", [look, by_the_clock], ids=["tiers", "queues"])
def test_two_queues_that_are_drained_at_once_ask_for_no_more_than_one(look: Callable[..., Observation]) -> None:
    for asked in demands(look, behind_seconds=0):
        assert asked.whole_backlog <= 1


@pytest.mark.parametrize("look", [look, by_the_clock], ids=["tiers", "queues"])
def test_where_a_slot_is_free_nothing_waits(look: Callable[..., Observation]) -> None:
    for asked in demands(look, behind_seconds=4, busy_slots=5):
        assert asked.waiting_messages == 0


def test_a_tier_of_which_nothing_comes_says_nothing() -> None:
    """Its last message is a minute old: none was sent since."""
    state, quiet = DemandState(), PinnedWork(TIGHT, ((NOW_SECOND - 60, 3),))
    for number in range(4):
        seen = look(number, behind_seconds=0)
        asked, state = demand(replace(seen, pinned=(quiet, seen.pinned[1])), state, 64)
        assert asked.whole_backlog <= 1


def test_a_queue_by_the_clock_is_seen_while_no_message_of_a_tighter_queue_ever_came() -> None:
    state = DemandState()
    for number in range(LOOKS):
        seen = by_the_clock(number, behind_seconds=20)
        idle = QueueHead(TIGHT, 0, None)
        asked, state = demand(replace(seen, unpinned_threshold_seconds=LOOSE, queues=(*seen.queues, idle)), state, 64)
        if number:
            assert asked.waiting_messages == pytest.approx(TIGHT_PER_SECOND * 20, rel=0.25)


def one_comes(
    sent_seconds_ago: float, then_sent_seconds_ago: float | None, *, queues: int = 1, **backlog: int
) -> Demand:
    """Two looks, while all slots are busy: between them a message comes from each of some queues."""
    state = DemandState()
    ages = (then_sent_seconds_ago, sent_seconds_ago)
    for number, age in enumerate(ages):
        now = NOW_SECOND + number
        sent_utc = None if age is None else NOW_SECOND + 1 - age
        seen = replace(
            look(number, behind_seconds=0),
            pinned=(),
            unpinned_threshold_seconds=TIGHT,
            newest_sent_utc=now - 0.01,
            backlog=replace(Backlog(0, 0, 0, NOW_MONO), **backlog) if backlog else None,
            queues=(QueueHead(None, number, sent_utc),) * queues,
        )
        asked, state = demand(seen, state, 64)
    return asked


def test_the_first_message_of_a_queue_is_no_sign_of_a_crowd_behind_it() -> None:
    assert one_comes(4.0, None).waiting_messages < 10


def test_nor_is_one_that_was_sent_before_the_newest() -> None:
    assert one_comes(60.0, 60.0).waiting_messages <= 60


def test_all_queues_together_are_not_more_behind_than_was_counted() -> None:
    asked = one_comes(50.0, 50.1, queues=20, visible=100)
    assert 100 <= asked.waiting_messages <= 100 + 20 * 6


def test_messages_that_were_sent_with_a_delay_did_not_wait() -> None:
    asked = one_comes(900.0, 901.0, queues=20, visible=0, delayed=500)
    assert asked.waiting_messages < 10


def test_queues_that_are_drained_at_once_do_not_each_seem_to_have_a_message() -> None:
    asked = one_comes(0.5, 1.0, queues=200, visible=0)
    assert asked.waiting_messages < 10
