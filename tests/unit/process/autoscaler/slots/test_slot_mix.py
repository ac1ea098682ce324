"""How many slots a worker counts for follows what runs, and no single look."""

from __future__ import annotations

import pytest

from punctuald.policy.pool.handler_slots import SlotUse
from punctuald.process.autoscaler.slots.slot_mix import MIX_SECONDS, SlotMix


def test_until_a_worker_says_what_it_has_the_settings_do() -> None:
    assert SlotMix(4).observe(1.0, (SlotUse(), SlotUse()), 0) == 4


def test_what_ran_long_ago_is_forgotten() -> None:
    mix = SlotMix(4)
    for second in range(10):
        mix.observe(float(second), (SlotUse(4, 4), SlotUse(0, 100)), 1)
    for second in range(10, 12 + int(MIX_SECONDS)):
        usable = mix.observe(float(second), (SlotUse(0, 4), SlotUse(7, 100)), 1)
    assert usable == 100


def test_one_look_changes_little() -> None:
    mix = SlotMix(4)
    for second in range(20):
        before = mix.observe(float(second), (SlotUse(4, 4), SlotUse(50, 100)), 1)
    assert before == pytest.approx(54.0)
    assert mix.observe(20.0, (SlotUse(4, 4), SlotUse(0, 100)), 1) == pytest.approx(54.0, rel=0.07)


def test_what_was_busy_when_the_machine_stood_still_does_not_count_for_all_of_that_time() -> None:
    mix = SlotMix(4)
    for second in range(20):
        before = mix.observe(float(second), (SlotUse(4, 4), SlotUse(50, 100)), 1)
    mix.forget_last()
    mix.observe(3_620.0, (SlotUse(4, 4), SlotUse(0, 100)), 1)
    assert mix.observe(3_621.0, (SlotUse(4, 4), SlotUse(50, 100)), 1) == pytest.approx(before, rel=0.07)
