from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from punctuald.clock import ManualClock
from punctuald.config import Settings, load
from punctuald.demo.daemon_process import DaemonProcess
from punctuald.demo.kafka.demo_topic import DemoTopic
from punctuald.demo.kinesis.demo_stream import DemoStream
from punctuald.demo.ledger import Tally, record
from punctuald.demo.produce import Schedule
from punctuald.demo.queues import DemoQueue
from punctuald.demo.run import DemoPlan, SendingError, configuration, run_demo
from punctuald.demo.sender import SendReceipt
from punctuald.demo.telemetry import TelemetryEvent
from punctuald.demo.verdict import DemoResult
from punctuald.errors import ConfigurationError


def settings(plan: DemoPlan, directory: Path) -> Settings:
    path = directory / "config.toml"
    path.write_text(configuration(plan, DemoQueue("http://127.0.0.1:4566")))
    return load(path, {})


def test_the_daemon_accepts_the_demos_configuration(tmp_path: Path) -> None:
    plan = DemoPlan(Schedule(1, 0.0), min_workers=2, max_workers=3, objective=0.95, tier="batch_mode")
    read = settings(plan, tmp_path)
    assert (read.pool.min_workers, read.pool.max_workers, read.sla.objective) == (2, 3, 0.95)
    (queue,) = read.queues
    assert (queue.name, queue.dead_letter_queue, queue.tier) == ("telemetry", "telemetry-dlq", "batch_mode")
    assert (queue.handler, queue.event_time_field) == ("punctuald.demo.telemetry:handle", "event_time")


def test_the_daemon_accepts_the_configuration_of_a_demo_of_kafka(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(configuration(DemoPlan(Schedule(1, 0.0), tier="batch_mode"), DemoTopic("127.0.0.1:9092")))
    (topic,) = load(path, {}).topics
    assert (topic.name, topic.brokers, topic.dead_letter_topic) == ("telemetry", "127.0.0.1:9092", "telemetry.dead")
    assert (topic.group_protocol, topic.client, topic.tier) == ("auto", {"fetch.wait.max.ms": 20}, "batch_mode")
    assert (topic.handler, topic.event_time_field) == ("punctuald.demo.telemetry:handle", "event_time")


def test_the_daemon_accepts_the_configuration_of_a_demo_of_kinesis(tmp_path: Path) -> None:
    path, url = tmp_path / "config.toml", "http://127.0.0.1:4566"
    path.write_text(configuration(DemoPlan(Schedule(1, 0.0), tier="batch_mode"), DemoStream(url)))
    (stream,) = load(path, {}).streams
    assert (stream.stream_name, stream.start, stream.dead_letter_queue) == ("telemetry", "earliest", "telemetry-dlq")
    assert {stream.endpoint_url, stream.dynamodb_endpoint_url, stream.dead_letter_endpoint_url} == {url}
    assert (stream.handler, stream.event_time_field, stream.tier) == (
        "punctuald.demo.telemetry:handle",
        "event_time",
        "batch_mode",
    )


def test_a_tier_that_needs_quoting_stays_a_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tier"):
        settings(DemoPlan(Schedule(1, 0.0), tier='x"\n[pool]'), tmp_path)


class ObedientDaemon(DaemonProcess):
    """A daemon without a process: it handles what is sent at once, and writes the log that a real one would."""

    def __init__(self, log: Path, *, measured: int) -> None:
        self._log = log
        self._measured = measured
        self._tell("daemon.ready", workers=1)
        self._tell("process.ready", process="worker", worker=0, pid=1)

    @property
    def exit_status(self) -> int | None:
        return None

    def stop(self, timeout_seconds: float) -> int:  # noqa: ARG002  # as the real one is called
        tier = {"threshold_seconds": 3.0, "met": self._measured, "missed": 0, "compliance": 1.0, "budget_left": 1.0}
        queue = {"redelivered": 0, "request_receive": 4}
        self._tell("stats.final", tiers={"peak_hours": {**tier, "stages": {}}}, queues={"telemetry": queue})
        return 0

    def _tell(self, event: str, **fields: object) -> None:
        line = orjson.dumps({"timestamp": "2023-11-14T22:13:20Z", "event": event, **fields})
        with self._log.open("ab") as file:
            file.write(line + b"\n")


def demo_with(monkeypatch: pytest.MonkeyPatch, directory: Path, *, swallowed: int) -> DemoResult:
    """Run a demo of five events of which the daemon swallows some."""

    @contextmanager
    def obedient_daemon(_config: Path, log: Path, _environ: Mapping[str, str]) -> Iterator[DaemonProcess]:
        yield ObedientDaemon(log, measured=5 - swallowed)

    def send(events: Sequence[TelemetryEvent]) -> SendReceipt:
        ids = tuple(event.id for event in events)
        for event_id in ids[swallowed:]:
            record(directory / "ledger.txt", event_id, pid=1, finished_mono=0.0)
        return SendReceipt(ids, 0)

    monkeypatch.setattr("punctuald.demo.run.running_daemon", obedient_daemon)
    plan = DemoPlan(Schedule(events=5, interval_seconds=0.0, burst=5), finish_timeout_seconds=0.0)
    queue = DemoQueue("http://127.0.0.1:4566")
    return run_demo(plan, queue, send, directory=directory, environ={}, clock=ManualClock())


def test_a_run_is_judged_by_the_ledger_and_the_final_statistics(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = demo_with(monkeypatch, tmp_path, swallowed=0)
    assert result.tally == Tally(sent=5, processed=5, duplicates=0, lost=0, unknown=0)
    assert result.failures == ()
    assert [size.workers for size in result.pool_sizes] == [1]
    assert result.final.requests == {"receive": 4}


def test_an_event_that_the_daemon_swallowed_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert demo_with(monkeypatch, tmp_path, swallowed=2).failures == ("2 of 5 events were lost",)


def test_what_an_earlier_run_left_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "daemon.log").write_text("left by an earlier run\n")
    record(tmp_path / "ledger.txt", "left-by-an-earlier-run", pid=1, finished_mono=0.0)
    assert demo_with(monkeypatch, tmp_path, swallowed=0).tally.unknown == 0
    assert "earlier" not in (tmp_path / "daemon.log").read_text()


def test_events_that_cannot_be_sent_end_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    @contextmanager
    def obedient_daemon(_config: Path, log: Path, _environ: Mapping[str, str]) -> Iterator[DaemonProcess]:
        yield ObedientDaemon(log, measured=0)

    monkeypatch.setattr("punctuald.demo.run.running_daemon", obedient_daemon)
    with pytest.raises(SendingError, match=r"0 of 2 events sent: 2 events were refused: no room"):
        run_demo(
            DemoPlan(Schedule(events=2, interval_seconds=0.0, burst=2)),
            DemoQueue("http://127.0.0.1:4566"),
            lambda events: SendReceipt((), len(events), "no room"),
            directory=tmp_path,
            environ={},
            clock=ManualClock(),
        )
