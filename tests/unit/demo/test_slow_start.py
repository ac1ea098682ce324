"""A demo that shows a violation: what holds its handlers up, and what it must have shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from punctuald.clock import ManualClock
from punctuald.demo.slow_start.held_up import HELD_UP_SECONDS, SlowStart, wait_while_held_up
from punctuald.demo.slow_start.tier_changes import TierChange, tier_changes, unmet

VIOLATED = TierChange(4.0, "peak_hours", restored=False, late=7, worst_seconds=5.0, cause="queue", doing="scaling")
RESTORED = TierChange(16.0, "peak_hours", restored=True, late=70, worst_seconds=8.0)


def event(name: str, second: int, change: TierChange, **more: Any) -> dict[str, Any]:
    said = {"tier": change.tier, "late": change.late, "worst_seconds": change.worst_seconds, **more}
    return {"event": name, "timestamp": f"2026-01-01T00:00:{second:02}Z", **said}


def test_handlers_begin_when_the_time_is_over_and_not_before(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "hold"
    start = SlowStart(file, clock)
    clock.advance(60)
    start.look()
    assert file.exists()  # nothing was sent yet
    start.begin()
    clock.advance(HELD_UP_SECONDS - 0.1)
    start.look()
    assert file.exists()
    clock.advance(0.1)
    start.look()
    start.look()
    assert not file.exists()
    wait_while_held_up(str(file))
    wait_while_held_up("")


def test_changes_are_read_from_the_log_without_reminders() -> None:
    begin = event("sla.violated", 4, VIOLATED, cause="queue", doing="scaling", reminder=False)
    reminder = {**begin, "reminder": True}
    end = event("sla.restored", 16, RESTORED)
    started_utc = 1_767_225_600.0
    assert tier_changes([begin, reminder, {"event": "daemon.ready"}, end], started_utc) == (VIOLATED, RESTORED)


def test_a_demo_that_shows_no_violation_or_no_end_has_failed() -> None:
    assert unmet((VIOLATED, RESTORED)) == ()
    assert unmet(()) == ("no tier was violated, though the handlers began late",)
    assert unmet((VIOLATED,)) == ("peak_hours was violated and not restored",)
