"""What a violation is charged with, and what is said to be done about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.delivery.miss_cause import NONE_MISSED, MissCause
from punctuald.policy.scaling.decide import Reason
from punctuald.policy.sla.response import Doing, Sight, blamed, doing

FULL = Sight(workers_ready=4, workers_wanted=4, max_workers=4, scale_reason=Reason.MAXIMUM)


def late(**counts: int) -> tuple[int, ...]:
    return tuple(counts.get(cause.name.lower(), 0) for cause in MissCause)


def test_the_cause_of_most_late_messages_is_blamed() -> None:
    assert blamed(late(queue=3, handle=5, outage=1), Sight()) is MissCause.HANDLE


@pytest.mark.parametrize(
    ("sight", "cause"),
    [
        (Sight(overdue=9), MissCause.HANDLE),
        (Sight(overdue=9, overdue_at_source=9), MissCause.QUEUE),
        (Sight(overdue=9, overdue_at_source=9, short_of_workers=True), MissCause.SCALE_UP_LAG),
        (Sight(overdue=9, overdue_at_source=9, source_down=True), MissCause.OUTAGE),
        (Sight(overdue=9, overdue_at_source=2, source_down=True), MissCause.OUTAGE),
        (Sight(overdue=9, overdue_at_source=9, downstream_down=True), MissCause.DOWNSTREAM),
        (Sight(overdue=9, overdue_at_source=0, downstream_down=True), MissCause.DOWNSTREAM),
    ],
)
def test_what_is_not_done_yet_is_charged_by_what_can_be_seen(sight: Sight, cause: MissCause) -> None:
    assert blamed(NONE_MISSED, sight) is cause


def test_a_few_that_wait_do_not_outweigh_the_many_that_are_done() -> None:
    assert blamed(late(settle=20), Sight(overdue=9, overdue_at_source=9)) is MissCause.SETTLE


@pytest.mark.parametrize(
    ("cause", "sight", "said"),
    [
        (MissCause.DOWNSTREAM, replace(FULL, downstream_down=True), Doing.DOWNSTREAM_DOWN),
        (MissCause.OUTAGE, replace(FULL, source_down=True), Doing.SOURCE_DOWN),
        (MissCause.HANDLE, FULL, Doing.HANDLER_SLOW),
        (MissCause.QUEUE, replace(FULL, workers_ready=2), Doing.SCALING),
        (MissCause.SCALE_UP_LAG, replace(FULL, short_of_workers=True), Doing.SCALING),
        (MissCause.QUEUE, FULL, Doing.AT_MAX_WORKERS),
        (MissCause.QUEUE, replace(FULL, max_workers=8, scale_reason=Reason.CPU), Doing.HELD_BACK),
        (MissCause.QUEUE, replace(FULL, max_workers=8, scale_reason=Reason.ARRIVALS), Doing.CATCHING_UP),
        (MissCause.REDELIVERY, FULL, Doing.CATCHING_UP),
    ],
)
def test_what_is_done_about_it(cause: MissCause, sight: Sight, said: Doing) -> None:
    assert doing(cause, sight) is said
