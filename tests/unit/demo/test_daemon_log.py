from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from punctuald.demo.daemon_log import (
    DaemonLog,
    PoolSize,
    ScaleDecision,
    final_statistics,
    pool_sizes,
    ready_workers,
    scale_decisions,
)
from punctuald.model import Metric, Stage
from punctuald.stats.figures.snapshot_fields import snapshot_lines
from punctuald.stats.snapshot import Snapshot, StageSummary, TierSummary

STARTED_UTC = 1_700_000_000.0


def at(second: int, event: str, **fields: Any) -> dict[str, Any]:
    return {"timestamp": f"2023-11-14T22:13:{20 + second:02d}.500000Z", "level": "info", "event": event, **fields}


WORKERS = [
    at(0, "process.ready", process="worker", worker=0, pid=11),
    at(0, "process.ready", process="autoscaler", pid=10),
    at(2, "process.ready", process="worker", worker=1, pid=12),
    at(3, "process.exited", process="worker", worker=2, pid=13),
    at(5, "process.exited", process="worker", worker=0, pid=11),
]


def test_workers_over_time_count_from_ready_to_exit_and_leave_other_processes_out() -> None:
    assert pool_sizes(WORKERS, STARTED_UTC) == (PoolSize(0.5, 1), PoolSize(2.5, 2), PoolSize(5.5, 1))
    assert ready_workers(WORKERS) == 1
    assert ready_workers([]) == 0


def test_scale_decisions_keep_their_reasons() -> None:
    events = [*WORKERS, at(1, "scale.decision", workers=3, reason="backlog")]
    assert scale_decisions(events, STARTED_UTC) == (ScaleDecision(1.5, 3, "backlog"),)


def test_the_log_is_followed_while_it_grows_and_a_traceback_is_no_event(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    log = DaemonLog(path)
    log.refresh()
    assert log.last("daemon.ready") is None
    path.write_bytes(b"Traceback (most recent call last):\n7\n" + orjson.dumps(at(0, "daemon.ready")) + b"\n")
    log.refresh()
    assert log.last("daemon.ready") is not None
    with path.open("ab") as file:
        file.write(orjson.dumps(at(1, "message.failed")) + b"\n")
    log.refresh()
    assert [event["event"] for event in log.events] == ["daemon.ready"]


def test_an_error_shows_the_end_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    assert DaemonLog(path).with_tail("it died") == f"it died; {path} ends:"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    assert DaemonLog(path).with_tail("it died").splitlines()[1:] == [f"line {number}" for number in range(85, 100)]


def test_the_final_statistics_are_read_as_the_daemon_writes_them() -> None:
    stages = {stage: StageSummary(2, 0.2, 0.1, 0.3, 0.4, 0.5) for stage in Stage}
    tier = TierSummary("peak_hours", 3.0, 2, 0, 1.0, 1.0, stages)
    counters = {
        queue: {**dict.fromkeys(Metric, 0), Metric.REQUEST_RECEIVE: 5, Metric.REDELIVERED: 1} for queue in ("a", "b")
    }
    [fields] = snapshot_lines(Snapshot(counters, (tier,), workers_ready=1, busy_slots=0))
    final = final_statistics(orjson.loads(orjson.dumps({"event": "stats.final", **fields})))
    assert final.tiers == (tier,)
    assert final.requests["receive"] == 10
    assert final.redelivered == 2
