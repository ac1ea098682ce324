"""`punctuald doctor` on an embedded SQS."""

from __future__ import annotations

import json
import os
import re
import shlex
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from doubles.process.status_of_a_daemon import status_of
from doubles.source.broker_ahead import BrokerAhead
from punctuald.app.doctor import daemon_facts
from punctuald.cli import status_of as exit_status_of
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import REGION
from punctuald.source.kinesis.api.client import make_client
from punctuald.source.sqs.names import dead_letter_name

Doctor = Callable[..., tuple[int, str]]


class Bench:
    """A queue with a dead-letter queue, and the configuration of a daemon that drains it."""

    def __init__(self, directory: Path, endpoint_url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.name = f"doctor-{uuid.uuid4().hex[:8]}"
        self.endpoint_url = endpoint_url
        self.config = directory / "config.toml"
        self.sqs = connect(endpoint_url)
        self._capsys = capsys
        (directory / "shop.py").write_text("def handle(message): pass\n")

    def create(self, receives: int = 10, **attributes: str) -> str:
        """``receives`` 0: without a dead-letter queue."""
        url = create_queue(self.endpoint_url, self.name, dead_letter=receives)
        if receives:
            dead = self.sqs.get_queue_url(QueueName=dead_letter_name(self.name))["QueueUrl"]
            self.sqs.set_queue_attributes(QueueUrl=dead, Attributes={"MessageRetentionPeriod": "1209600"})
        if attributes:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return url

    def configure(self, *lines: str, before: str = "", endpoint_url: str = "") -> None:
        where = f'endpoint_url = "{endpoint_url or self.endpoint_url}"\nregion = "{REGION}"\n'
        table = f'{before}\n[[queue]]\nname = "{self.name}"\nhandler = "shop:handle"\n{where}'
        self.config.write_text(table + "".join(f"{line}\n" for line in lines))

    def doctor(self, *options: object) -> tuple[int, str]:
        arguments = ["doctor", "-c", str(self.config), *map(str, options)]
        status = exit_status_of(arguments)
        captured = self._capsys.readouterr()
        assert captured.err == ""
        return status, captured.out

    def mend(self, code: str) -> None:
        """Do what is said of that finding, for each command of it, without being asked."""
        for command in self.found()[code]["mend"].split(" && "):
            words = shlex.split(command)
            assert words[:2] == ["punctuald", "queue"]
            assert exit_status_of([*words[1:], *(["--yes"] if words[2] == "tune" else [])]) == 0, (
                self._capsys.readouterr()
            )
            self._capsys.readouterr()

    def found(self, *options: object) -> dict[str, Mapping[str, Any]]:
        """All findings by their code."""
        _, out = self.doctor("--json", *options)
        return {each["code"]: each for subject in json.loads(out)["examined"] for each in subject["findings"]}


@pytest.fixture
def bench(tmp_path: Path, moto_endpoint: str, capsys: pytest.CaptureFixture[str]) -> Bench:
    made = Bench(tmp_path, moto_endpoint, capsys)
    made.configure()
    return made


@pytest.fixture
def daemon(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has a daemon answer, which this process is."""

    def answer(**more: Any) -> None:
        said = status_of(bench.name, "peak_hours", pid=os.getpid(), **more)
        monkeypatch.setattr(daemon_facts, "ask", lambda *_, **__: said)

    return answer


def test_a_healthy_set_up_is_one_line_and_status_0(bench: Bench, daemon: Callable[..., None]) -> None:
    bench.create()
    daemon()
    status, out = bench.doctor()
    assert (status, out) == (0, "healthy: nothing to mend of 6 things looked at\n")


def test_what_nobody_has_measured_is_a_note_and_status_0(bench: Bench) -> None:
    bench.create()
    status, out = bench.doctor()
    assert status == 0
    assert f"not known of {bench.name}: no daemon answers" in " ".join(out.split())
    assert out.splitlines()[-1] == "2 notes"


def test_a_warning_is_status_1_and_says_what_mends_it(bench: Bench, daemon: Callable[..., None]) -> None:
    bench.create(receives=3)
    daemon()
    status, out = bench.doctor()
    assert status == 1
    assert "warning maxReceiveCount is 3 [redrive.few_receives]" in out
    assert (
        f"do: punctuald queue tune {bench.name} --region {REGION} --endpoint-url {bench.endpoint_url} "
        f"--dead-letter-queue {dead_letter_name(bench.name)} --max-receive-count 5"
    ) in " ".join(out.replace("\\", " ").split())


def test_an_error_is_status_3(bench: Bench) -> None:
    status, out = bench.doctor()
    assert status == 3
    assert "[source.missing]" in out
    assert f"do: punctuald queue create {bench.name} --region {REGION}" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_what_is_printed_for_scripts_says_the_same(bench: Bench) -> None:
    status, out = bench.doctor("--json")
    document = json.loads(out)
    assert (status, document["level"]) == (3, "error")
    [queue] = [each for each in document["examined"] if each["subject"] == f"queue {bench.name}"]
    assert (queue["level"], queue["findings"][0]["code"]) == ("error", "source.missing")
    assert {each["level"] for each in document["examined"] if each["subject"].startswith("tier")} == {"ok"}


def test_each_part_of_a_bad_set_up_is_found(bench: Bench, daemon: Callable[..., None]) -> None:
    bench.create(receives=0, VisibilityTimeout="0", MessageRetentionPeriod="3600")
    bench.configure(
        'handler_path = "nowhere"',
        "visibility_seconds = 4000",
        "wait_seconds = 0",
        'dead_letter_queue = "deed"',
        before="[pool]\nmin_workers = 2\nmax_workers = 512\n"
        "[[sla.tier]]\nname = 'peak_hours'\nthreshold_seconds = 0.1\n"
        "[[sla.tier]]\nname = 'rest'\nthreshold_seconds = 1",
    )
    daemon(p99_seconds=250.0, pss_bytes=1 << 40, state="unavailable", text="access is denied")
    assert bench.found().keys() >= {
        "handler.broken",
        "source.unreachable",
        "redrive.none",
        "redrive.target_missing",
        "visibility.zero",
        "visibility.long",
        "retention.short",
        "polls.cost",
        "handling.near_its_limit",
        "handling.longer_than_a_stop",
        "handling.longer_than_the_tier",
        "tiers.never_in_force",
        "tiers.below_the_linger",
        "memory.workers",
        "in_flight.limit",
    }


def test_what_it_says_to_do_mends_it(bench: Bench, daemon: Callable[..., None]) -> None:
    """From nothing at all: first there is no queue, then what is made has none of the faults that are made here."""
    daemon()
    bench.mend("source.missing")
    url = bench.sqs.get_queue_url(QueueName=bench.name)["QueueUrl"]
    bench.sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": "", "VisibilityTimeout": "0", "MessageRetentionPeriod": "3600"}
    )
    bench.sqs.delete_queue(QueueUrl=bench.sqs.get_queue_url(QueueName=dead_letter_name(bench.name))["QueueUrl"])
    for code in ("redrive.none", "visibility.zero", "retention.short"):
        bench.mend(code)
    assert bench.found().keys() == {"retry.short"}


def test_a_log_goes_before_what_the_daemon_says(bench: Bench, daemon: Callable[..., None], tmp_path: Path) -> None:
    bench.create()
    daemon(p99_seconds=250.0)
    log = tmp_path / "daemon.log"
    interval = {"event": "stats.interval", "queue": bench.name, "histograms": {"handle": [[1000, 5]]}}
    log.write_text(json.dumps(interval))
    assert bench.doctor("--log", log)[0] == 0
    assert bench.doctor()[0] == 1


def test_a_log_that_says_nothing_is_one_line_and_status_78(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "empty.log"
    log.touch()
    assert exit_status_of(["doctor", "-c", str(bench.config), "--log", str(log)]) == 78
    assert capsys.readouterr().err.startswith(f"{log}: has no `stats.interval` event")


def test_a_clock_that_is_off_is_found_by_the_answers_dates(bench: Bench) -> None:
    bench.create()
    with BrokerAhead(bench.endpoint_url, 90) as broker:
        bench.configure(endpoint_url=broker.url)
        finding = bench.found()["clock.skewed"]
    assert re.fullmatch(r"this machine's clock is (89|90|91)(\.\d)? s behind AWS's", finding["text"])
    assert finding["level"] == "warning"


def test_a_url_of_another_region_is_found(bench: Bench) -> None:
    bench.create()
    bench.config.write_text(
        f'[[queue]]\nname = "{bench.name}"\nhandler = "shop:handle"\nendpoint_url = "{bench.endpoint_url}"\n'
        f'url = "https://sqs.eu-west-1.amazonaws.com/123/{bench.name}"\n'
    )
    finding = bench.found()["address.region"]
    assert finding["text"] == f"its url is in eu-west-1, and calls go to {REGION}"


def test_a_configuration_that_is_refused_is_status_78(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.config.write_text("[pool]\nslots = 0\n")
    assert exit_status_of(["doctor", "-c", str(bench.config)]) == 78
    assert "pool.slots: 0 is too small" in capsys.readouterr().err


def test_another_server_gets_the_same_said_of_it(
    tmp_path: Path, ministack_endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path, ministack_endpoint, capsys)
    bench.configure()
    url = bench.create()
    healthy = bench.found().keys()
    bench.sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"MessageRetentionPeriod": "7200", "VisibilityTimeout": "0"}
    )
    assert healthy == {"handling.unknown", "memory.unknown"}
    assert bench.found().keys() - healthy == {"retention.short", "visibility.zero"}


def test_streams_and_topics_are_looked_at_with_their_own_rules(bench: Bench, roto_endpoint: str) -> None:
    kinesis = make_client(REGION, roto_endpoint)
    kinesis.create_stream(StreamName=bench.name, ShardCount=2)
    kinesis.close()
    at = f'endpoint_url = "{roto_endpoint}"\ndynamodb_endpoint_url = "{roto_endpoint}"\nregion = "{REGION}"\n'
    bench.config.write_text(
        f'[[topic]]\nname = "away"\nbrokers = "127.0.0.1:9"\nhandler = "shop:handle"\ndead_letter_topic = "dead"\n'
        f'[[stream]]\nname = "{bench.name}"\nhandler = "shop:handle"\n{at}'
    )
    status, out = bench.doctor("--json")
    found = {each["subject"]: [f["code"] for f in each["findings"]] for each in json.loads(out)["examined"]}
    assert status == 3
    assert found["topic away"] == ["source.unreachable", "retry.short"]
    assert found[f"stream {bench.name}"] == ["stream.few_shards", "redrive.none"]
