"""How much of a limit a worker is given by what it did with its part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from punctuald.policy.limits.claims import MEMORY_SECONDS, Claiming, Use, claimed
from punctuald.policy.limits.division import ALL_PLACES, Part, divided, wanted_parts
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.limits.ticks import PLACES

EIGHT = QueueLimits(concurrency=8)
RATE = QueueLimits(rate_per_second=20.0)
HOT, COOL = 1, 2


class Two:
    """Workers that have had equal parts for long, and do with them what the test says; looked at each half second."""

    def __init__(self, limits: QueueLimits, since_mono: float = 0.0) -> None:
        self.limits = limits
        self.seats = {HOT: since_mono, COOL: since_mono}
        self.parts = wanted_parts(limits, [HOT, COOL])
        self.claims: Mapping[int, Claiming] = {}
        self.started = {HOT: 0.0, COOL: 0.0}
        self.mono = 100.0
        self.changes = 0

    def passes(
        self,
        seconds: float,
        running: Sequence[int] = (0, 0),
        wants: Sequence[float] = (0.0, 0.0),
        waits: Sequence[bool] = (False, False),
    ) -> None:
        """So many would run at once, and start in a second; as far as their parts let them."""
        for _ in range(int(2 * seconds)):
            self.mono += 0.5
            uses = [self._use(*each) for each in zip((HOT, COOL), running, wants, waits, strict=True)]
            self.claims = claimed(self.claims, uses, self.seats, self.limits, self.mono)
            claims = {worker: each.claim for worker, each in self.claims.items()}
            before, self.parts = self.parts, wanted_parts(self.limits, [HOT, COOL], claims)
            self.changes += before != self.parts

    def _use(self, worker: int, running: int, per_second: float, waits: bool) -> Use:
        part = self.parts[worker]
        if self.limits.rate_per_second is not None:
            most = self.limits.rate_per_second * len(part.places) / PLACES
            self.started[worker] += min(per_second, most) / 2
        at_once = running if part.concurrency is None else min(running, part.concurrency)
        return Use(worker, part, at_once, int(self.started[worker]), waits)

    @property
    def at_once(self) -> list[int | None]:
        return [part.concurrency for part in self.parts.values()]

    @property
    def places(self) -> list[int]:
        return [len(part.places) for part in self.parts.values()]


def test_who_could_run_more_has_what_the_other_one_leaves() -> None:
    two = Two(EIGHT)
    two.passes(2, (4, 4))
    assert two.at_once == [4, 4]
    two.passes(MEMORY_SECONDS + 1, (99, 0))
    assert two.at_once == [7, 1]
    two = Two(EIGHT)
    two.passes(MEMORY_SECONDS + 1, (99, 2))
    assert two.at_once == [4 + 1, 3]


def test_a_moments_rest_costs_no_part_of_it() -> None:
    two = Two(EIGHT)
    two.passes(2, (99, 99))
    two.passes(MEMORY_SECONDS - 1, (99, 0))
    assert two.at_once == [4, 4]


def test_who_needs_its_equal_part_again_has_it_at_once() -> None:
    two = Two(EIGHT)
    two.passes(20, (99, 0))
    assert two.at_once == [7, 1]
    two.passes(0.5, (99, 99))
    assert two.at_once == [4, 4]


@pytest.mark.parametrize("running", [(0, 0), (1, 3), (99, 99), (3, 3), (4, 3)])
def test_while_both_have_use_for_their_parts_or_neither_parts_are_equal(running: tuple[int, int]) -> None:
    two = Two(EIGHT)
    two.passes(30, running)
    assert (two.at_once, two.changes) == ([4, 4], 0)


def test_under_a_steady_load_parts_stay_what_they_are() -> None:
    for hot in range(12):
        for cool in range(12):
            two = Two(EIGHT)
            two.passes(12, (hot, cool))
            two.changes = 0
            two.passes(60, (hot, cool))
            assert two.changes == 0, (hot, cool)


def test_ticks_go_to_who_has_messages_for_them() -> None:
    two = Two(RATE)
    two.passes(20, wants=(99.0, 1.0))
    hot, cool = two.places
    assert (hot + cool, cool) == (PLACES, 4)
    two.passes(MEMORY_SECONDS + 1, wants=(99.0, 99.0))
    assert two.places == [30, 30]


@pytest.mark.parametrize("wants", [(0.0, 0.0), (3.0, 8.0), (99.0, 99.0), (99.0, 9.0)])
def test_while_both_have_use_for_their_ticks_or_neither_they_keep_them(wants: tuple[float, float]) -> None:
    two = Two(RATE)
    two.passes(60, wants=wants)
    assert (two.places, two.changes) == ([30, 30], 0)


def test_a_message_waits_no_longer_than_a_second_for_an_equal_part_of_the_ticks() -> None:
    two = Two(QueueLimits(rate_per_second=0.1))
    two.passes(20, wants=(99.0, 0.0), waits=(True, False))
    assert two.places == [PLACES - 1, 1]
    two.passes(1.5, wants=(99.0, 0.0), waits=(True, True))
    assert two.places == [30, 30]


def test_ticks_that_are_rare_leave_nobody_who_waits_for_them() -> None:
    two = Two(QueueLimits(rate_per_second=0.1))
    two.passes(100, wants=(99.0, 99.0), waits=(True, True))
    assert (two.places, two.changes) == ([30, 30], 0)


def test_a_worker_whose_part_is_new_has_an_equal_one() -> None:
    two = Two(QueueLimits(8, 20.0), since_mono=99.5)
    two.passes(MEMORY_SECONDS - 1, (99, 0), (99.0, 0.0))
    assert (two.at_once, two.places) == ([4, 4], [30, 30])


def test_unequal_parts_of_a_rate_have_their_ticks_as_evenly_as_can_be() -> None:
    two = Two(RATE)
    two.passes(20, wants=(99.0, 1.0))
    cool = sorted(two.parts[COOL].places)
    assert two.parts[HOT].places == ALL_PLACES - two.parts[COOL].places
    assert all(14 <= later - sooner <= 16 for sooner, later in pairwise(cool))


def test_parts_are_as_equal_as_claims_let_them_be() -> None:
    assert divided(8, [99, 0]) == [7, 1]
    assert divided(8, [99, 3]) == [5, 3]
    assert divided(8, [5, 1]) == [5, 3]
    assert divided(8, [1, 1, 1]) == [3, 3, 2]
    assert divided(8, [99, 99, 99]) == [3, 3, 2]
    assert divided(9, [0, 99, 2, 99]) == [1, 3, 2, 3]
    assert divided(5, []) == []


def test_a_worker_that_is_not_known_counts_as_one_with_use_for_all() -> None:
    assert wanted_parts(EIGHT, [HOT, COOL], {}) == {HOT: Part(4), COOL: Part(4)}
