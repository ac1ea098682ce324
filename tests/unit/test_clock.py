"""The machine's clocks, and the one that tests turn by hand."""

from __future__ import annotations

import time

import pytest

from punctuald.clock import ManualClock, SystemClock, iso_utc


def test_the_system_clock_is_the_machines_own() -> None:
    clock, mono, utc = SystemClock(), time.monotonic(), time.time()
    assert mono <= clock.mono() < mono + 60
    assert clock.utc() == pytest.approx(utc, abs=60)


def test_the_manual_clock_stands_still_until_told_and_moves_both_faces() -> None:
    clock = ManualClock(mono=10, utc=1_000)
    assert (clock.mono(), clock.utc()) == (10, 1_000)
    clock.advance(2.5)
    assert (clock.mono(), clock.utc()) == (12.5, 1_002.5)


def test_a_jump_of_the_wall_clock_lets_no_time_pass() -> None:
    clock = ManualClock(mono=10, utc=1_000)
    clock.jump_utc(-3_600)
    assert (clock.mono(), clock.utc()) == (10, -2_600)


def test_a_point_in_time_is_written_in_utc_to_the_millisecond() -> None:
    assert iso_utc(1_700_000_000.0) == "2023-11-14T22:13:20.000Z"
    assert iso_utc(1_700_000_000.1234) == "2023-11-14T22:13:20.123Z"
