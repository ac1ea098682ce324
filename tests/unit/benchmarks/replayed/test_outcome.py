"""The daemon's side of a replay, from its log and the handlers' ledger."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks.replayed.outcome import Handled, Outcome, of_daemon
from punctuald.policy.delivery.tiers import Calendar, Tier

BEGIN_UTC = 1_000_000.0
CALENDAR = Calendar((Tier("only", 3.0),), ZoneInfo("UTC"))


def at(second: float, event: str, **fields: Any) -> dict[str, Any]:
    timestamp = datetime.fromtimestamp(BEGIN_UTC + second, UTC).isoformat()
    return {"timestamp": timestamp, "event": event, **fields}


def spawned(second: float, pid: int, role: str = "worker") -> dict[str, Any]:
    return at(second, "process.spawned", role=role, pid=pid)


def exited(second: float, pid: int) -> dict[str, Any]:
    return at(second, "process.exited", role="worker", pid=pid)


def decided(second: float, workers: int) -> dict[str, Any]:
    return at(second, "scale.decision", workers=workers, reason="arrivals")


def handled(sent: float, seconds: float) -> Handled:
    return Handled(BEGIN_UTC + sent, BEGIN_UTC + sent, BEGIN_UTC + sent + seconds)


def outcome(*events: dict[str, Any], messages: tuple[Handled, ...] = (handled(0.0, 9.5),)) -> Outcome:
    return of_daemon(messages, events, CALENDAR, BEGIN_UTC)


def test_worker_seconds_count_from_fork_to_exit_within_the_replay() -> None:
    found = outcome(spawned(-5, 1), spawned(2.5, 2), exited(4.5, 2), spawned(30, 3), exited(40, 1))

    assert found.worker_seconds == pytest.approx(10 + 2)  # the replay ends at the full second after 9.5 s
    assert found.workers == (1, 1, 2, 2, 1, 1, 1, 1, 1, 1)
    assert found.peak_workers == 2
    assert found.starts == 1


def test_a_worker_that_outlives_the_log_counts_to_the_end() -> None:
    assert outcome(spawned(4, 1)).worker_seconds == pytest.approx(6)


def test_the_autoscaler_is_no_worker() -> None:
    assert outcome(spawned(0, 1), spawned(0, 2, role="autoscaler")).worker_seconds == pytest.approx(10)


def test_only_a_changed_number_is_a_scale_event() -> None:
    found = outcome(spawned(-1, 1), decided(-1, 1), decided(1, 2), decided(2, 2), decided(3, 1), decided(30, 5))

    assert [(second, workers) for second, workers, _ in found.changes] == [(1, 2), (3, 1)]
    assert found.scale_events == 2


def test_a_message_is_on_time_by_the_tier_of_its_sending() -> None:
    tight = Tier("tight", 1.0, time(13, 46, 45), time(14))  # BEGIN_UTC is 13:46:40
    calendar = Calendar((tight, Tier("wide", 5.0)), ZoneInfo("UTC"))
    messages = (handled(0, 4), handled(4.9, 4), handled(6, 4))

    found = of_daemon(messages, [spawned(-1, 1)], calendar, BEGIN_UTC)

    assert found.met == {"tight": 0.0, "wide": 1.0}
    assert found.compliance == pytest.approx(2 / 3)
    assert found.p50 == pytest.approx(4)
