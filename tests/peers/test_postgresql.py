"""PostgreSQL is stopped under a load and comes back: no message is dead-lettered for it, and none pays with a receive.

`PUNCTUALD_OUTAGE_SECONDS` says for how long it is away; 20 unless it is set.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.rig import Event, Setup, rig
from chaos.ledger.events import History, Kind, Run, RunEnd
from chaos.ledger.read import read_events, read_runs
from chaos.ledger.verdict import Terms, judge
from chaos.scenarios.runner import post
from chaos.scenarios.scenario import Load
from chaos.sqs.server import TESTS, ServerSetup, SqsServer, sqs_server
from chaos.sqs.stored import QueueSettings
from punctuald.demo.ledger import LEDGER_VARIABLE

psycopg = pytest.importorskip("psycopg", reason="psycopg, a client of PostgreSQL, is not installed")

from peers.postgresql_server import PostgresqlServer, find_programs, postgresql  # noqa: E402  # they need psycopg
from peers.rows import CONNINFO_VARIABLE  # noqa: E402

OUTAGE_SECONDS = float(os.environ.get("PUNCTUALD_OUTAGE_SECONDS", "20"))
PER_SECOND = 100
BEFORE_SECONDS, AFTER_SECONDS = 5.0, 10.0
SEND_INTERVAL_SECONDS = 0.05
DRAIN_SECONDS = 120.0
LEASE_SECONDS = 30  # SQS's own. Of five, some end while it catches up: two cores are too few for the server and us
WAIT_SECONDS = 1
FIRST_ROW_SECONDS = 2.0
UNDER_WAY_SECONDS = 2.0 + WAIT_SECONDS
"""For so long after the stop what was under way may still bring messages."""


@dataclass(frozen=True)
class Outage:
    """What came of it. Times are CLOCK_MONOTONIC."""

    stopped_mono: float
    returned_mono: float
    history: History
    log: Sequence[Event]
    rows: int

    def runs(self, from_mono: float, until_mono: float) -> list[Run]:
        """Those that began in between."""
        return [run for run in self.history.runs if from_mono <= run.started_mono < until_mono]

    @property
    def first_row_mono(self) -> float:
        """When the first good run after its return ended."""
        return min(
            run.ended_mono
            for run in self.history.runs
            if run.end is RunEnd.OK and run.ended_mono is not None and run.ended_mono > self.returned_mono
        )

    def between_down_and_up(self, name: str) -> list[Event]:
        """Lines of the log of that name, from the first word that it is away to the last one that it is back."""
        events = [event["event"] for event in self.log]
        begin, end = events.index("downstream.down"), len(events) - events[::-1].index("downstream.up")
        return [event for event in self.log[begin:end] if event["event"] == name]


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Outage:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed on this machine: no initdb on the path or in /usr/lib/postgresql")
    directory = tmp_path_factory.mktemp("outage")
    queues = [
        QueueSettings("orders", LEASE_SECONDS, max_receive_count=3, dead_letter_queue="orders-dlq"),
        QueueSettings("orders-dlq"),
    ]
    with postgresql(programs) as database, sqs_server(ServerSetup(queues, latency_seconds=0.004), directory) as sqs:
        database.query("CREATE TABLE orders (id bigint PRIMARY KEY)")
        with rig(_setup(sqs, database, directory / "runs.txt"), directory) as daemon:
            stopped_mono, returned_mono = _live_through(sqs, database)
            _wait_until_empty(sqs)
            daemon.stop()
            log = daemon.refresh()
        [[rows]] = database.query("SELECT count(*) FROM orders")
        sqs.expire_all("orders")
        history = History("orders", "orders-dlq", read_events(sqs.events_path), read_runs(directory / "runs.txt"))
    return Outage(stopped_mono, returned_mono, history, log, rows)


def _setup(sqs: SqsServer, database: PostgresqlServer, ledger: Path) -> Setup:
    return Setup(
        sqs.endpoint_url,
        handler="peers.rows:insert",
        handler_path=TESTS,
        queue_name="orders",
        pool={"min_workers": 2, "max_workers": 8, "slots": 4},
        queue={
            "wait_seconds": WAIT_SECONDS,
            "visibility_seconds": LEASE_SECONDS,
            "down_on": '["psycopg.OperationalError"]',
        },
        environment={
            **sqs.environment,
            LEDGER_VARIABLE: str(ledger),
            CONNINFO_VARIABLE: database.conninfo,
            "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
        },
        sections="[scaling]\nbacklog_interval_seconds = 1",
    )


class _Producer:
    """Sends at a steady rate, whatever else is to be done meanwhile."""

    def __init__(self, sqs: SqsServer) -> None:
        self._sqs = sqs
        self._sent = 0
        self._begun_mono = time.monotonic()

    def send_for(self, seconds: float) -> None:
        """Send what is due, until so much time has passed."""
        end_mono = time.monotonic() + seconds
        while (now_mono := time.monotonic()) < end_mono:
            due = int((now_mono - self._begun_mono) * PER_SECOND) - self._sent
            if due > 0:
                load = Load()
                self._sqs.send("orders", [post(number, load) for number in range(self._sent, self._sent + due)])
                self._sent += due
            time.sleep(SEND_INTERVAL_SECONDS)


def _live_through(sqs: SqsServer, database: PostgresqlServer) -> tuple[float, float]:
    """Returns when it was stopped, and when it took connections again."""
    producer = _Producer(sqs)
    producer.send_for(BEFORE_SECONDS)
    stopped_mono = time.monotonic()
    database.stop()
    producer.send_for(stopped_mono + OUTAGE_SECONDS - time.monotonic())
    database.start()
    returned_mono = time.monotonic()
    producer.send_for(AFTER_SECONDS)
    return stopped_mono, returned_mono


def _wait_until_empty(sqs: SqsServer) -> None:
    end_mono = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end_mono:
        counts = sqs.count("orders")
        if not counts["visible"] + counts["in_flight"] + counts["delayed"]:
            return
        time.sleep(0.2)


def test_no_message_is_lost_or_dead_lettered_or_handled_again(outage: Outage) -> None:
    verdict = judge(outage.history, Terms(all_handled=True))
    assert verdict.charges == []
    assert verdict.sent >= PER_SECOND * (BEFORE_SECONDS + OUTAGE_SECONDS)
    assert (verdict.dead_lettered, verdict.left, verdict.handled, outage.rows) == (0, 0, verdict.sent, verdict.sent)


def test_what_is_received_while_it_is_away_is_no_more_than_one_message_a_probe(outage: Outage) -> None:
    from_mono = outage.stopped_mono + UNDER_WAY_SECONDS
    received = [
        event
        for event in outage.history.events
        if event.kind is Kind.RECEIVED and from_mono <= event.mono < outage.returned_mono
    ]
    probes = outage.runs(from_mono, outage.returned_mono)
    assert probes, "nobody asked whether it was back"
    assert len(received) <= len(probes)
    assert max(event.receive_count for event in outage.history.events) == 1


def test_few_runs_are_spent_on_finding_out(outage: Outage) -> None:
    from_mono = outage.stopped_mono + UNDER_WAY_SECONDS
    probes = outage.runs(from_mono, outage.returned_mono)
    assert len(probes) <= 4 + OUTAGE_SECONDS / 15.0
    assert {run.end for run in probes} == {RunEnd.FAILED}


def test_the_first_row_comes_within_two_seconds_of_the_first_probe_since_its_return(outage: Outage) -> None:
    first_probe = min(run.started_mono for run in outage.history.runs if run.started_mono >= outage.returned_mono)
    assert outage.first_row_mono - first_probe <= FIRST_ROW_SECONDS


def test_no_worker_is_ordered_and_none_is_let_go_while_it_is_away(outage: Outage) -> None:
    assert outage.between_down_and_up("process.spawned") == []
    assert outage.between_down_and_up("process.signalled") == []
    assert outage.between_down_and_up("process.exited") == []


def test_the_log_says_that_it_was_away_and_for_how_long(outage: Outage) -> None:
    [down, *_] = [event for event in outage.log if event["event"] == "downstream.down"]
    assert (down["queue"], down["name"]) == ("orders", "psycopg.OperationalError")
    assert not outage.between_down_and_up("handler.failed")
    ups = [event for event in outage.log if event["event"] == "downstream.up"]
    assert sum(event["seconds"] for event in ups) == pytest.approx(
        outage.first_row_mono - outage.stopped_mono, abs=UNDER_WAY_SECONDS
    )
    assert ups[-1]["held"] >= 1


def test_the_daemon_was_ready_all_the_while(outage: Outage) -> None:
    assert [event for event in outage.log if event.get("level") in {"error", "critical"}] == []
