"""The real side: messages sent at the drawn instants, a daemon that handles them, a ledger of what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import orjson

from benchmarks.comparison.emulator import BATCH, SEND
from benchmarks.figures import quantile
from benchmarks.peers.floor import BareClient
from benchmarks.replayed.outcome import Handled
from benchmarks.replayed.plan import Plan
from benchmarks.rig import CLOCK, Event, Rig, RigError
from punctuald.demo.line_follower import LineFollower

TOGETHER_SECONDS = 0.003  # what is due within so little goes in one request: early by less than a clock tick of most
FINISH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class RealRun:
    """``handled`` by message; ``late_seconds``: how much later than drawn each one reached the queue."""

    handled: Sequence[Handled]
    late_seconds: Sequence[float]
    events: Sequence[Event]
    final: Event

    @property
    def start_seconds(self) -> float:
        """The 95th percentile of the workers' starts, from fork to ready."""
        return quantile(
            [e["start_seconds"] for e in self.events if e["event"] == "process.ready" and "worker" in e], 0.95
        )


def run_real(plan: Plan, running: Rig, client: BareClient, queue_url: str, ledger: Path) -> RealRun:
    """Send everything, wait for the last to be handled, stop the daemon. Raises `RigError` if one is not."""
    if CLOCK.utc() > plan.begin_utc:
        raise RigError("the daemon was ready only after the replay's begin")
    _send(plan, client, queue_url)
    book = _Book(ledger)
    expected = plan.traffic.messages
    running.wait_for(lambda: book.count() >= expected, FINISH_SECONDS, f"{expected} messages handled")
    final = running.stop()
    handled = [book.handled[number] for number in range(expected)]
    late = [message.sent_utc - due for message, due in zip(handled, plan.due_utc, strict=True)]
    return RealRun(handled, late, tuple(running.refresh()), final)


def _send(plan: Plan, client: BareClient, queue_url: str) -> None:
    due, bodies = plan.due_utc, plan.bodies
    number = 0
    while number < len(due):
        if (early_seconds := due[number] - CLOCK.utc()) > 0:
            sleep(early_seconds)
        until, first = CLOCK.utc() + TOGETHER_SECONDS, number
        while number < len(due) and number - first < BATCH and due[number] <= until:
            number += 1
        entries = [{"Id": str(index), "MessageBody": bodies[index]} for index in range(first, number)]
        answer = client.call(SEND, orjson.dumps({"QueueUrl": queue_url, "Entries": entries}))
        if answer.get("Failed"):
            raise RigError(f"the emulator refused messages: {answer['Failed']}")


class _Book:
    """The handlers' ledger; of a message that was handled twice the first time counts."""

    def __init__(self, path: Path) -> None:
        self._follower = LineFollower(path)
        self.handled: dict[int, Handled] = {}

    def count(self) -> int:
        """Messages handled so far."""
        for line in self._follower.new_lines():
            number, sent, started, finished = line.split()
            self.handled.setdefault(int(number), Handled(float(sent), float(started), float(finished)))
        return len(self.handled)
