"""The parts of a scenario that need no daemon: its messages, its log's deaths, its accounts on disk, its report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chaos.ledger.events import Kind, QueueEvent, Run, RunEnd
from chaos.ledger.read import START, event_line, read_events, read_runs, run_line
from chaos.ledger.verdict import Charge, ChargeKind
from chaos.scenarios.catalogue import SCENARIOS
from chaos.scenarios.run_one import report, shortened
from chaos.scenarios.runner import Outcome, deaths, post
from chaos.scenarios.scenario import Load
from chaos.sqs.clients import client_pid
from doubles.chaos.handmade_history import HandmadeHistory

KILLED, DIED = 11, 22
STOPPED = {"event": "daemon.stopped", "status": 0}


def exited(pid: int, status: int) -> dict[str, Any]:
    return {"event": "process.exited", "pid": pid, "status": status, "cause": "SIGKILL"}


def test_a_killed_worker_is_no_charge_and_another_that_dies_is() -> None:
    log = [exited(KILLED, -9), exited(DIED, -9), exited(33, 0), STOPPED]
    assert deaths(log, {KILLED}) == [Charge(ChargeKind.DIED, "", f"{DIED}: SIGKILL")]


def test_a_daemon_that_does_not_end_well_is_charged() -> None:
    assert [charge.text for charge in deaths([{**STOPPED, "status": 1}], set())] == ["the daemon's exit status: [1]"]
    assert [charge.text for charge in deaths([], set())] == ["the daemon's exit status: it did not say"]


def test_messages_go_round_their_groups_and_only_the_heads_that_should_fail_do() -> None:
    load = Load(groups=2, failing_heads=1)
    posts = [post(number, load) for number in range(4)]
    assert [message["group"] for message in posts] == ["group-0", "group-1", "group-0", "group-1"]
    assert ['"fails":true' in message["body"] for message in posts] == [True, False, False, False]
    assert len({message["body"] for message in posts}) == 4


def test_events_survive_their_way_through_the_file(tmp_path: Path) -> None:
    events = [
        QueueEvent(1.5, Kind.SENT, "orders", "a", body='{"id": 1}', group="g"),
        QueueEvent(2.5, Kind.RECEIVED, "orders", "a", handle="h", receive_count=1, pid=7, seconds=30),
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(map(event_line, events)))
    assert read_events(path) == events


def test_runs_are_put_together_from_their_two_lines(tmp_path: Path) -> None:
    lines = [
        run_line(START, "a", "7-0", pid=7, mono=1.0),
        run_line(START, "b", "7-1", pid=7, mono=2.0),
        run_line(RunEnd.FAILED, "a", "7-0", pid=7, mono=3.0),
    ]
    path = tmp_path / "runs.txt"
    path.write_text("\n".join(lines))
    assert read_runs(path) == [Run("a", 7, 1.0, 3.0, RunEnd.FAILED), Run("b", 7, 2.0)]


def test_no_handler_that_ran_is_no_error(tmp_path: Path) -> None:
    assert read_runs(tmp_path / "runs.txt") == []


def test_a_shorter_load_leaves_a_backlog_alone() -> None:
    assert shortened(SCENARIOS["steady"], 2.0).load.seconds == 2.0
    assert shortened(SCENARIOS["recycling"], 2.0) == SCENARIOS["recycling"]


def test_a_report_counts_its_charges_by_kind_and_says_what_is_wrong() -> None:
    verdict = HandmadeHistory().sent("a").received("a", 1.0).deleted("a", 2.0).verdict()
    told = report(Outcome(verdict, [Charge(ChargeKind.DIED, "", "22: SIGKILL")], 5.0))
    assert told.charges == {"deleted unhandled": 1, "lost": 1, "died": 1}
    assert told.wrong == ["charged: deleted unhandled", "charged: died", "charged: lost"]


def test_a_port_that_nobody_has_belongs_to_nobody() -> None:
    assert client_pid(1, os.getpid()) is None
