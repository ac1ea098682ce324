"""How many messages a worker can do is told by what it did, where its handlers' own time says little of it."""

from __future__ import annotations

import pytest

from punctuald.policy.scaling.service import FEWEST_MESSAGES, service_seconds


def test_a_handler_that_fills_its_slots_is_taken_by_its_word() -> None:
    assert service_seconds(0.2, full_slot_seconds=220.0, finished_while_full=1_000) == 0.2


def test_of_messages_of_microseconds_a_worker_does_what_it_was_seen_to_do() -> None:
    slots, per_second = 4, 10_000
    seen = service_seconds(0.000_01, full_slot_seconds=slots * 30.0, finished_while_full=30 * per_second)
    assert slots / seen == pytest.approx(per_second)


def test_a_few_messages_say_nothing() -> None:
    assert service_seconds(0.000_01, 4.0, FEWEST_MESSAGES - 1) == 0.000_01
    assert service_seconds(0.2, 0.0, 0) == 0.2
