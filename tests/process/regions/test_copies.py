"""A producer that sends to two regions, in the real daemon: workers know of one another's copies."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from process.given import DONE_AT_ONCE, HELD
from process.regions.conftest import TwoRegions

BY_ATTRIBUTE = {"deduplication_attribute": "order_id"}
TWO_WORKERS = {"min_workers": 2, "max_workers": 2, "slots": 1}
HOLDS_THE_FIRST = """
def handle(message: Message) -> None:
    note("begun", message)
    if message.region == "us-east-1":
        hold()
    note("handled", message)
"""


def named(order_id: str) -> dict[str, Any]:
    return {"attributes": {"order_id": {"DataType": "String", "StringValue": order_id}}}


def test_a_copy_waits_while_the_first_runs_and_is_dropped_when_that_is_done(regions: TwoRegions) -> None:
    regions.start(HELD, BY_ATTRIBUTE, pool=TWO_WORKERS)
    daemon = regions.daemon
    regions.east.send("in-east", **named("7"))
    daemon.wait_noted("begun")
    [copy] = regions.west.send("in-west", **named("7"))
    daemon.wait_for("message.held", message_id=copy)
    assert [body for body, _ in daemon.notes("begun")] == ["in-east"]
    daemon.let_go()
    daemon.wait_for("message.duplicate_of_another_region", message_id=copy)
    daemon.wait_until(lambda: regions.east.is_empty() and regions.west.is_empty(), "both queues to be empty")
    assert [body for body, _ in daemon.notes("begun")] == ["in-east"]
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    [counts] = [event["queues"][regions.west.label] for event in daemon.events("stats.final")]
    assert counts["copy_dropped"] == 1


def test_a_copy_runs_when_the_worker_that_had_the_first_is_killed(regions: TwoRegions) -> None:
    short_polls = {"wait_seconds": 0}  # a long one of the killed worker would be served, and hide the copy
    regions.start(HOLDS_THE_FIRST, {**BY_ATTRIBUTE, **short_polls}, pool=TWO_WORKERS)
    daemon = regions.daemon
    regions.east.send("in-east", **named("7"))
    daemon.wait_noted("begun")
    [(_, worker)] = daemon.notes("begun")
    os.kill(worker, signal.SIGKILL)
    daemon.wait_for("process.exited", pid=worker)  # else its own poll may take the copy with it
    regions.west.send("in-west", **named("7"))
    regions.wait_done("in-west")
    daemon.let_go()
    daemon.wait_for("message.duplicate_of_another_region", queue=regions.east.label)
    daemon.wait_until(lambda: regions.east.is_empty() and regions.west.is_empty(), "both queues to be empty")
    assert regions.done() == ["in-west"]


@pytest.mark.parametrize("queue", ["orders.fifo"])
def test_a_fifo_queues_own_id_is_enough(regions: TwoRegions) -> None:
    regions.start(DONE_AT_ONCE)
    regions.east.send("in-east", group="a", deduplication_id="7")
    regions.wait_done("in-east")
    regions.daemon.wait_for("message.done")
    regions.west.send("in-west", group="a", deduplication_id="7")
    regions.west.send("another", group="a", deduplication_id="8")
    regions.wait_done("another")
    assert regions.done() == ["in-east", "another"]
