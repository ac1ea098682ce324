"""Chaos: workers are killed with SIGKILL while messages keep coming. What may happen, and what must not?

`python -m chaos.kill_nine [--transport NAME] [SECONDS]`: a worker drawn at random dies each 2 s under 200 messages a
second. At the end every message was handled; twice only where a killed worker had it; the statistics never went back;
each death is told.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.figures import Figure, Result, publish
from benchmarks.rig import CLOCK, QUEUE, Event, Rig, Setup, rig
from punctuald.demo.ledger import LEDGER_VARIABLE
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.sender import QueueSender
from punctuald.demo.servers import MINISTACK, REGION, EmbeddedServer
from punctuald.demo.telemetry import HANDLER_SECONDS_VARIABLE, TelemetryFeed
from punctuald.source.sqs.errors import EndpointText

SECONDS = 60.0
BATCH = 10
BATCH_INTERVAL_SECONDS = 0.05  # 200 messages a second
KILL_INTERVAL_SECONDS = 2.0
SNAPSHOT_INTERVAL_SECONDS = 1.0
WORKERS = 4
VISIBILITY_SECONDS = 4
CATCH_UP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the ledger: a handler finished."""

    pid: int
    finished_mono: float


@dataclass(slots=True)
class Havoc:
    """What was done to the daemon, and what came of it."""

    sent_ids: list[str] = field(default_factory=list)
    killed_mono: dict[int, float] = field(default_factory=dict)  # by pid
    attempts: Mapping[str, Sequence[Attempt]] = field(default_factory=dict)  # by event id, in order
    events: Sequence[Event] = ()

    @property
    def lost(self) -> list[str]:
        """Sent, and never handled."""
        return [event_id for event_id in self.sent_ids if event_id not in self.attempts]

    @property
    def repeated(self) -> dict[str, Sequence[Attempt]]:
        """Handled more than once."""
        return {event_id: attempts for event_id, attempts in self.attempts.items() if len(attempts) > 1}

    @property
    def unexcused(self) -> dict[str, Sequence[Attempt]]:
        """Repeated although no killed worker had them in its hands."""
        return {
            event_id: attempts
            for event_id, attempts in self.repeated.items()
            if not all(self._died_in_hand(attempt) for attempt in attempts[:-1])
        }

    def _died_in_hand(self, attempt: Attempt) -> bool:
        # Handled, and killed before SQS heard of it. An acknowledgement takes less than a lease: later is no excuse.
        killed_mono = self.killed_mono.get(attempt.pid)
        return killed_mono is not None and killed_mono - attempt.finished_mono < VISIBILITY_SECONDS

    @property
    def unexplained_deaths(self) -> list[str]:
        """Kills that the log does not tell, and deaths in it that nobody ordered."""
        told = {event["pid"]: event for event in self.events if event["event"] == "process.exited"}
        untold = [f"{pid}: killed, not told" for pid in self.killed_mono if not _tells_of_a_kill(told.get(pid))]
        others = (event for pid, event in told.items() if pid not in self.killed_mono)
        return untold + [f"{event['pid']}: {event['cause']}" for event in others if event["status"] != 0]

    @property
    def went_back(self) -> list[str]:
        """Statistics that were lower in a snapshot than in the one before."""
        shots = [dict(_totals(event)) for event in self.events if event["event"] in {"stats.snapshot", "stats.final"}]
        return [
            f"{name}: {before[name]} → {after.get(name)}"
            for before, after in pairwise(shots)
            for name in before
            if after.get(name, -1) < before[name]
        ]

    @property
    def snapshots(self) -> int:
        """How many were compared."""
        return sum(event["event"] in {"stats.snapshot", "stats.final"} for event in self.events)

    @property
    def charges(self) -> list[str]:
        """Everything that must not have happened."""
        return [
            *(f"lost: {event_id}" for event_id in self.lost),
            *(f"handled twice without need: {event_id} {attempts}" for event_id, attempts in self.unexcused.items()),
            *(f"death: {text}" for text in self.unexplained_deaths),
            *(f"statistics went back: {text}" for text in self.went_back),
        ]


def _tells_of_a_kill(event: Event | None) -> bool:
    return event is not None and event["status"] == -signal.SIGKILL and not event["asked"]


def _totals(event: Event) -> Iterator[tuple[str, float]]:
    """All numbers of a snapshot that can only grow."""
    for queue, counts in event["queues"].items():
        yield from ((f"{queue}.{name}", count) for name, count in counts.items())
    for tier, summary in event["tiers"].items():
        yield from ((f"{tier}.{name}", summary[name]) for name in ("met", "missed"))
        for stage, values in summary["stages"].items():
            yield from ((f"{tier}.{stage}.{name}", values[name]) for name in ("count", "max_seconds"))


def wreak(directory: Path, seconds: float, *, transport: str = "auto", seed: int = 9) -> Havoc:
    """Run the whole story; ``directory`` gets the daemon's log and the ledger."""
    ledger = directory / "ledger.txt"
    with EmbeddedServer(MINISTACK) as server:
        url = create_queue(server.endpoint_url, QUEUE, visibility_seconds=VISIBILITY_SECONDS)
        setup = Setup(
            server.endpoint_url,
            handler="punctuald.demo.telemetry:handle",
            pool={"min_workers": WORKERS, "max_workers": WORKERS},
            queue={"visibility_seconds": VISIBILITY_SECONDS, "transport": f'"{transport}"'},
            environment={LEDGER_VARIABLE: str(ledger), HANDLER_SECONDS_VARIABLE: "0.01"},
        )
        with rig(setup, directory) as running:
            havoc = Havoc()
            sender = QueueSender(connect(server.endpoint_url), url, EndpointText(QUEUE, REGION, server.endpoint_url))
            _storm(running, sender, havoc, seconds, Random(seed))  # noqa: S311 - a draw that can be repeated
            _catch_up(running, ledger, havoc)
            running.stop()
            havoc.attempts, havoc.events = read_attempts(ledger), running.refresh()
            return havoc


def _storm(running: Rig, sender: QueueSender, havoc: Havoc, seconds: float, random: Random) -> None:
    """Three clocks in one loop: what is due longest is done next."""
    feed, begin_mono = TelemetryFeed(seed=1), CLOCK.mono()
    intervals = {"send": BATCH_INTERVAL_SECONDS, "kill": KILL_INTERVAL_SECONDS, "look": SNAPSHOT_INTERVAL_SECONDS}
    due = {what: begin_mono + interval for what, interval in intervals.items()}
    while CLOCK.mono() < begin_mono + seconds:
        what = min(due, key=due.__getitem__)
        time.sleep(max(0.0, due[what] - CLOCK.mono()))
        due[what] += intervals[what]
        match what:
            case "send":
                havoc.sent_ids += sender.send([feed.next_event() for _ in range(BATCH)]).sent_ids
            case "kill":
                _kill_one(running, havoc, random)
            case "look":
                running.ask_snapshot()


def _kill_one(running: Rig, havoc: Havoc, random: Random) -> None:
    alive = [pid for pid in running.live_pids() if pid not in havoc.killed_mono]
    if alive:
        victim = random.choice(alive)
        os.kill(victim, signal.SIGKILL)
        havoc.killed_mono[victim] = CLOCK.mono()


def _catch_up(running: Rig, ledger: Path, havoc: Havoc) -> None:
    """What the dead held comes back after its visibility timeout."""
    end_mono = CLOCK.mono() + CATCH_UP_SECONDS
    sent = set(havoc.sent_ids)
    while CLOCK.mono() < end_mono and not sent <= read_attempts(ledger).keys():
        time.sleep(0.2)
    time.sleep(VISIBILITY_SECONDS + 1)  # a second delivery of what was handled already would come by now
    running.snapshot()


def read_attempts(ledger: Path) -> dict[str, list[Attempt]]:
    """All attempts by event id, in the order in which they finished."""
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    for line in ledger.read_text().splitlines() if ledger.exists() else ():
        event_id, pid, finished_mono = line.split()
        attempts[event_id].append(Attempt(int(pid), float(finished_mono)))
    return {event_id: sorted(tries, key=lambda attempt: attempt.finished_mono) for event_id, tries in attempts.items()}


def main(arguments: list[str]) -> int:
    """Returns 1 where something happened that must not."""
    parser = ArgumentParser(prog="python -m chaos.kill_nine")
    parser.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    parser.add_argument("--transport", choices=["auto", "fast", "boto3"], default="auto")
    options, console = parser.parse_args(arguments), Console(width=160)
    with TemporaryDirectory(prefix="punctuald-chaos-") as directory:
        havoc = wreak(Path(directory), options.seconds, transport=options.transport)
    figures = [
        Figure("sent", len(havoc.sent_ids)),
        Figure("workers killed", len(havoc.killed_mono)),
        Figure("lost", len(havoc.lost), at_most=0),
        Figure("handled twice, a killed worker had it", len(havoc.repeated) - len(havoc.unexcused)),
        Figure("handled twice without need", len(havoc.unexcused), at_most=0),
        Figure("deaths unexplained", len(havoc.unexplained_deaths), at_most=0),
        Figure("snapshots compared", havoc.snapshots),
        Figure("statistics that went back", len(havoc.went_back), at_most=0),
    ]
    publish(Result("kill_nine", figures, {"charges": havoc.charges}), console)
    for charge in havoc.charges[:20]:
        console.print(charge)
    return 1 if havoc.charges else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
