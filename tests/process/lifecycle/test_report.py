"""`punctuald report` on the log of a real daemon that was late, lost a worker and was reloaded."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from typing import Any

import psutil
import pytest

from doubles.log_report.made_log import report
from doubles.log_report.recount import assert_same, recount
from process.daemon_under_test import DaemonUnderTest
from punctuald.cli import status_of

LATE_OR_FAILING = """
def handle(message: Message) -> None:
    if message.body == "failing" and message.receive_count == 1:
        raise ValueError("once")
    time.sleep(0.6 if message.body == "slow" else 0)
    note("handled", message)
"""
SECTIONS: Mapping[str, Mapping[str, Any]] = {
    "logging": {"interval_seconds": 1},
    "sla": {"tier": [{"name": "strict", "threshold_seconds": 0.3}]},
    "queue": {"visibility_seconds": 2, "retry_initial_seconds": 0},
}


def test_the_report_says_what_the_daemon_did(daemon: DaemonUnderTest) -> None:
    daemon.start(LATE_OR_FAILING, **SECTIONS)
    daemon.send(*["quick"] * 12, *["slow"] * 8, "failing")
    daemon.wait_noted("handled", count=21)
    psutil.Process(daemon.worker()).kill()
    daemon.wait_for("process.ready", count=2, role="worker")
    daemon.send("quick")
    daemon.wait_noted("handled", count=22)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0

    log = daemon.directory / "log.jsonl"
    found = report(log, zone="Europe/Berlin")
    assert_same(found, recount(log.read_bytes().splitlines(), "Europe/Berlin"))
    assert found.lines.torn == found.lines.foreign == 0

    [final] = daemon.events("stats.final")
    [tier] = found.tiers
    assert (tier.met, tier.missed) == (final["tiers"]["strict"].get("met", 0), final["tiers"]["strict"]["missed"])
    assert tier.missed >= 8
    assert sum(each.messages for each in found.causes) == tier.missed
    assert [each.message_id for each in found.errors if each.error.startswith("ValueError")] != [None]
    assert [each.role for each in found.deaths] == ["worker"]
    assert {"daemon.started", "reload.completed", "daemon.stopped"} <= {each.event for each in found.changes}
    assert found.cost.requests == final["requests"]


def test_the_command_answers_a_question_about_it(daemon: DaemonUnderTest, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.start(LATE_OR_FAILING, **SECTIONS)
    daemon.send(*["quick"] * 5)
    daemon.wait_noted("handled", count=5)
    daemon.signal(signal.SIGTERM)
    daemon.wait_exit()
    question = "SELECT sum(met) + sum(coalesce(missed, 0)) AS messages FROM intervals_tier"
    assert status_of(["report", str(daemon.directory / "log.jsonl"), "--sql", question, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"messages": 5}]
