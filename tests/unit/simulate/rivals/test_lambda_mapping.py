"""Lambda's event source mapping, by hand."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.lambda_mapping import LambdaSettings


def test_while_messages_are_left_it_adds_three_hundred_a_minute() -> None:
    scaler = LambdaSettings().scaler()
    numbers = [scaler.workers(seen(second, visible=9)) for second in range(60)]
    assert numbers[0] == 3  # 5 at first, 5 more in a second: ten slots
    assert numbers[-1] == 64  # 305 slots would be 77 workers
    assert LambdaSettings(growth_per_minute=60).scaler().workers(seen(0, visible=9)) == 2  # 5 + 1


def test_it_grows_to_what_the_pool_may_have_and_no_further() -> None:
    scaler = LambdaSettings().scaler()
    for second in range(100):
        scaler.workers(seen(second, visible=9, max_workers=4))
    assert scaler.workers(seen(100, visible=0, busy_slots=0)) == 3  # 16 - 5


def test_with_nothing_left_it_keeps_what_was_busy_within_a_minute() -> None:
    scaler = LambdaSettings().scaler()
    for second in range(10):
        scaler.workers(seen(second, visible=9, busy_slots=30))
    numbers = [scaler.workers(seen(10 + second, busy_slots=2)) for second in range(80)]
    assert numbers[0] == 13  # 55 - 5 slots
    assert numbers[20] == 8  # 30 slots
    assert numbers[-1] == 1  # 2 slots
