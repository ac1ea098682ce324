"""One queue in two regions: each is drained by itself, whatever becomes of the other."""

from __future__ import annotations

import os
import signal
import time

import pytest

from doubles.source.region_gate import Way
from process.given import DONE_AT_ONCE
from process.regions.conftest import LATE, TwoRegions
from punctuald.clock import SystemClock

CLOCK = SystemClock()
AWAY = [Way.REFUSED, Way.BLACK_HOLE, Way.SILENT, Way.ERRORS, Way.SLOW]
SECONDS_AWAY = float(os.environ.get("REGION_AWAY_SECONDS", "6"))
"""`make chaos` has it away for a minute."""
BACK_WITHIN_SECONDS = 8.0
FAILS_ONCE = """
def handle(message: Message) -> None:
    if message.tries == 1:
        raise ValueError("once")
    note("handled", message)
"""
STAGES = ("queue_seconds", "ready_seconds", "handle_seconds", "settle_seconds")
SAYS_REGION = """
def handle(message: Message) -> None:
    note(f"{message.queue}/{message.region}", message)
    note("handled", message)
"""


def test_messages_of_both_regions_are_handled_and_deleted_where_they_came_from(regions: TwoRegions) -> None:
    regions.start(SAYS_REGION)
    regions.east.send("e1", "e2")
    regions.west.send("w1")
    regions.wait_done("e1", "e2", "w1")
    daemon = regions.daemon
    assert [body for body, _ in daemon.notes("orders/eu-west-1")] == ["w1"]
    daemon.wait_for("message.done", queue="orders@us-east-1", count=2)
    daemon.wait_for("message.done", queue="orders@eu-west-1")
    daemon.wait_until(lambda: regions.east.is_empty() and regions.west.is_empty(), "both queues to be empty")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


@pytest.mark.parametrize("way", AWAY)
def test_a_region_that_is_away_makes_no_message_of_the_other_late_and_is_back_soon(
    regions: TwoRegions, way: Way
) -> None:
    """On a machine that is shared the handlers' own time is not ours, but three seconds are a lot."""
    regions.start(DONE_AT_ONCE, sla=LATE)
    daemon, east, west = regions.daemon, regions.east, regions.west
    east.send("before")
    regions.wait_done("before")
    east.gate.set(way)
    begun_mono, number = CLOCK.mono(), 0
    while CLOCK.mono() - begun_mono < SECONDS_AWAY:
        west.send(f"w{number}")
        east.send(f"e{number}")
        number += 1
        time.sleep(0.2)
    regions.wait_done(*west.sent)
    known = set(regions.done())
    east.gate.set(Way.OPEN)
    back_mono = CLOCK.mono()
    daemon.wait_until(lambda: bool(set(regions.done()) - known), "a message of the region's return")
    back_seconds = CLOCK.mono() - back_mono
    assert back_seconds < BACK_WITHIN_SECONDS
    regions.wait_done(*east.sent)
    daemon.wait_until(lambda: east.is_empty() and west.is_empty(), "both queues to be empty")
    assert daemon.events("message.breached", queue=west.label) == []
    assert daemon.events("source.unavailable", queue=west.label) == []
    assert daemon.wait_for("source.unavailable", queue=east.label, call="receive")
    worst = max(sum(event[stage] for stage in STAGES) for event in daemon.events("message.done", queue=west.label))
    print(f"{way.name}: away {SECONDS_AWAY:g} s, back in {back_seconds:.2f} s, the other's worst {worst:.2f} s")  # noqa: T201


def test_what_a_handler_raises_and_rejects_is_told_and_counted_by_region(regions: TwoRegions) -> None:
    regions.start(FAILS_ONCE)
    regions.west.send("w")
    regions.wait_done("w")
    failed = regions.daemon.wait_for("handler.failed", queue=regions.west.label)
    regions.daemon.wait_for("message.retried", queue=regions.west.label, message_id=failed["message_id"])
    regions.daemon.signal(signal.SIGTERM)
    assert regions.daemon.wait_exit() == 0
    [counts] = [event["queues"] for event in regions.daemon.events("stats.final")]
    assert (counts[regions.west.label]["failed"], counts[regions.west.label]["done"]) == (1, 1)


def test_it_is_ready_while_one_region_is_away_from_the_start(regions: TwoRegions) -> None:
    regions.east.gate.set(Way.BLACK_HOLE)
    regions.start(DONE_AT_ONCE)
    regions.west.send("w")
    regions.wait_done("w")
    assert regions.daemon.wait_for("queue.unavailable", queue=regions.east.label)
    regions.east.gate.set(Way.OPEN)
    regions.east.send("e")
    regions.wait_done("e")
    assert regions.daemon.wait_for("queue.available", queue=regions.east.label)


def test_over_boto3_a_region_that_is_away_keeps_nothing_of_the_other_waiting_either(regions: TwoRegions) -> None:
    regions.start(DONE_AT_ONCE, {"transport": "boto3"})
    transports = regions.daemon.events("source.transport", transport="boto3")
    assert {event["queue"] for event in transports} == {regions.east.label, regions.west.label}
    regions.east.gate.set(Way.SILENT)
    regions.east.send("e")
    for number in range(10):
        regions.west.send(f"w{number}")
        regions.wait_done(f"w{number}")
    regions.daemon.wait_for("source.unavailable", queue=regions.east.label, call="receive")
    assert sorted(regions.done()) == [f"w{number}" for number in range(10)]
    regions.east.gate.set(Way.OPEN)
    regions.wait_done("e")
    assert regions.daemon.events("message.breached", queue=regions.west.label) == []
    assert regions.daemon.events("source.unavailable", queue=regions.west.label) == []
