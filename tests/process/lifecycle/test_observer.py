"""The observer of a real daemon: intervals that add up whatever dies, violations, and a command that hears of them."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
import psutil

from process.daemon_under_test import DaemonUnderTest, Event
from process.given import DONE_AT_ONCE

TIERS = [{"name": "strict", "threshold_seconds": 0.2}]
SLOW_UNTIL_LET_GO = """
def handle(message: Message) -> None:
    if not (HERE / "let_go").exists():
        time.sleep(0.6)
    note("handled", message)
"""


def added_up(events: list[Event]) -> Mapping[str, Mapping[str, int]]:
    """Met and missed by tier."""
    tiers: dict[str, Counter[str]] = {}
    for event in events:
        if event["scope"] == "tier":
            sums = tiers.setdefault(event["tier"], Counter())
            sums.update(met=event.get("met", 0), missed=event.get("missed", 0))
            assert event.get("missed", 0) == sum(event.get("missed_by", {}).values())
    return tiers


def counted(events: list[Event]) -> Counter[str]:
    """All that was counted of all queues."""
    sums: Counter[str] = Counter()
    for event in events:
        for counts in (event.get("counts", {}), *event.get("idle", {}).values()):
            sums.update(counts)
    return sums


def test_all_intervals_add_up_to_the_final_statistics_whatever_dies_meanwhile(daemon: DaemonUnderTest) -> None:
    sections: dict[str, dict[str, Any]] = {
        "logging": {"interval_seconds": 1},
        "sla": {"tier": TIERS},
        "queue": {"visibility_seconds": 2},
    }
    daemon.start(DONE_AT_ONCE, **sections)
    send_and_wait(daemon, "first")
    daemon.wait_for("stats.interval", scope="tier")
    observer, worker = daemon.observer(), daemon.worker()
    psutil.Process(observer).kill()
    send_and_wait(daemon, "second")
    daemon.wait_until(lambda: daemon.observers() not in ([], [observer]), "a new observer")
    psutil.Process(worker).kill()
    send_and_wait(daemon, "third")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    send_and_wait(daemon, "fourth")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    intervals, final = daemon.events("stats.interval"), final_of(daemon)
    met_and_missed = {name: {"met": t["met"], "missed": t["missed"]} for name, t in final["tiers"].items()}
    assert added_up(intervals) == met_and_missed
    assert sum(met_and_missed["strict"].values()) > 30
    [of_queue] = final["queues"].values()
    assert counted(intervals) == Counter({name: count for name, count in of_queue.items() if count})


def send_and_wait(daemon: DaemonUnderTest, name: str) -> None:
    """Ten messages, each handled at least once."""
    bodies = {f"{name}-{number}" for number in range(10)}
    daemon.send(*bodies)
    daemon.wait_until(lambda: bodies <= {body for body, _ in daemon.notes("handled")}, f"the {name} messages")


def final_of(daemon: DaemonUnderTest) -> dict[str, Any]:
    """What the parts of it say together."""
    merged: dict[str, Any] = {"tiers": {}, "queues": {}}
    for part in daemon.events("stats.final"):
        for section, of_all in merged.items():
            of_all.update(part.get(section, {}))
    for tier in merged["tiers"].values():
        tier.setdefault("met", 0)
        tier.setdefault("missed", 0)
    return merged


def test_the_last_interval_comes_after_all_workers_and_before_the_final_statistics(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, logging={"interval_seconds": 3600})
    daemon.send("a")
    daemon.wait_noted("handled")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    lines = [orjson.loads(line) for line in (daemon.directory / "log.jsonl").read_text().splitlines()]
    order = [
        (line["event"], line.get("role"))
        for line in lines
        if line["event"] in {"process.exited", "stats.interval", "stats.final"}
    ]
    assert order[:2] == [("process.exited", "worker"), ("process.exited", "autoscaler")]
    assert set(order[2:-2]) == {("stats.interval", None)}
    assert order[-2:] == [("process.exited", "observer"), ("stats.final", None)]
    assert counted(daemon.events("stats.interval"))["done"] == 1


def test_an_observer_that_is_killed_again_and_again_costs_no_message_and_no_worker(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    workers = daemon.workers()
    for number in range(3):
        observer = daemon.observer()
        psutil.Process(observer).kill()
        daemon.wait_for("process.exited", role="observer", count=number + 1)
        daemon.wait_done(daemon.send(str(number)))
    assert daemon.workers() == workers
    assert len(daemon.autoscalers()) == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_a_violation_and_its_end_are_logged_once_and_the_command_hears_of_both(daemon: DaemonUnderTest) -> None:
    command = daemon.directory / "changed.py"
    command.write_text("import sys\nwith open(sys.argv[1], 'a') as heard: heard.write(sys.stdin.read())\n")
    heard = daemon.directory / "heard"
    daemon.start(
        SLOW_UNTIL_LET_GO,
        pool={"slots": 10},
        sla={
            "tier": TIERS,
            "objective": 0.9,
            "fast_window_seconds": 2,
            "slow_window_seconds": 4,
            "restore_seconds": 1,
            "on_change": [sys.executable, str(command), str(heard)],
        },
    )
    daemon.send(*map(str, range(10)))
    violated = daemon.wait_for("sla.violated", tier="strict", process="observer")
    assert (violated["cause"], violated["doing"]) == ("handle", "handler_slow")
    assert violated["late"] >= 5
    daemon.wait_until(lambda: heard.exists() and bool(heard.read_text()), "what the command heard first")
    observer = daemon.observer()
    psutil.Process(observer).kill()
    daemon.let_go()
    restored = daemon.wait_for("sla.restored", tier="strict")
    assert restored["since"] == violated["since"]
    assert restored["late"] == 10
    daemon.wait_until(lambda: heard.exists() and len(heard.read_text().splitlines()) == 2, "what the command heard")
    changes = [orjson.loads(line) for line in heard.read_text().splitlines()]
    assert [change["event"] for change in changes] == ["sla.violated", "sla.restored"]
    assert changes[0]["since"] == violated["since"]
    assert len(daemon.events("sla.violated", reminder=False)) == 1


def test_what_comes_late_while_there_is_no_observer_is_a_violation_too(daemon: DaemonUnderTest) -> None:
    away = {"backoff_initial_seconds": 2, "backoff_max_seconds": 2, "young_death_seconds": 60}
    daemon.start(SLOW_UNTIL_LET_GO, pool={"slots": 10, **away}, sla={"tier": TIERS, "objective": 0.9})
    psutil.Process(daemon.observer()).kill()
    daemon.wait_for("process.backoff", role="observer")
    daemon.send(*map(str, range(8)))
    daemon.wait_for("message.breached", count=8)
    assert daemon.observers() == [], "nobody looked"
    assert daemon.wait_for("sla.violated", tier="strict")["late"] == 8
    psutil.Process(daemon.observer()).kill()
    daemon.wait_for("process.ready", role="observer", count=3)
    daemon.let_go()
    daemon.wait_done(daemon.send("in time"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert [event["late"] for event in daemon.events("sla.violated")] == [8], "said once"


def test_messages_that_nobody_could_receive_for_too_long_are_a_violation(daemon: DaemonUnderTest) -> None:
    daemon.start(
        "\nfrom punctuald import Unavailable\n"
        "def handle(message: Message) -> None:\n"
        "    if not (HERE / 'let_go').exists():\n"
        "        raise Unavailable('database', 'away')\n",
        sla={"tier": TIERS, "fast_window_seconds": 2, "slow_window_seconds": 4, "restore_seconds": 1},
        scaling={"backlog_interval_seconds": 1},
    )
    daemon.send(*map(str, range(8)))
    violated = daemon.wait_for("sla.violated")
    assert violated["overdue"] >= 5
    assert (violated["cause"], violated["doing"]) == ("downstream", "downstream_down")
    daemon.let_go()
    daemon.wait_for("sla.restored")
