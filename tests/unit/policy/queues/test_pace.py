from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from punctuald.policy.queues.pace import Emptiness, after_nothing, batch_size, next_send_mono, receive_size


@pytest.mark.parametrize(("per_second", "size"), [(0.1, 1), (3, 1), (10, 5), (20, 10), (inf, 10)])
def test_a_batch_is_no_more_than_half_a_seconds_messages(per_second: float, size: int) -> None:
    assert batch_size(per_second) == size


@pytest.mark.parametrize(("per_second", "wanted", "size"), [(0.1, inf, 1), (0.5, inf, 5), (inf, inf, 10), (inf, 3, 3)])
def test_no_more_is_received_than_is_soon_sent_and_still_wanted(per_second: float, wanted: float, size: int) -> None:
    assert receive_size(per_second, wanted) == size


def test_a_rate_limit_is_kept_and_time_that_went_by_is_not_made_up_for() -> None:
    assert next_send_mono(100.0, 100.0, sent=5, per_second=10) == 100.5
    assert next_send_mono(100.0, 200.0, sent=5, per_second=10) == 200.5
    assert next_send_mono(100.0, 200.0, sent=10, per_second=inf) == 200.0


NOTHING = Emptiness(empty_polls=2, visible=0, elsewhere=0, behind=False, idle_seconds=4)


@pytest.mark.parametrize(
    ("seen", "ends"),
    [
        (NOTHING, True),
        (replace(NOTHING, empty_polls=1), False),
        (replace(NOTHING, visible=3), False),
        (replace(NOTHING, visible=3, behind=True), True),
        (replace(NOTHING, elsewhere=3), False),
        (replace(NOTHING, elsewhere=3, idle_seconds=61), True),
        (replace(NOTHING, visible=3, idle_seconds=61), True),
    ],
)
def test_a_queue_is_empty_when_nothing_is_there_that_could_still_come(seen: Emptiness, *, ends: bool) -> None:
    assert after_nothing(seen, hidden_seconds=60).ends is ends
