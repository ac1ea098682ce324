"""docs/from-a-script.md: its script and its daemon, run as they are printed on one queue."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from printed_examples import ROOT, read_page
from process.documents.terminal import Terminal
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import TEST_CREDENTIALS
from punctuald.source.sqs.names import dead_letter_name

PAGE = read_page("docs/from-a-script.md")
SCRIPT, DAEMON, BOTH, COMPARED = PAGE.commands
QUEUE = "telemetry"
READINGS = 30


class Move:
    """The page's files in a directory, and its queue, on which readings are sent. ``session``: a login's directory."""

    def __init__(self, directory: Path, endpoint_url: str, session: str) -> None:
        self.directory = directory
        self.url = create_queue(endpoint_url, QUEUE, dead_letter=5)
        self.client = connect(endpoint_url)
        self._environ = {**TEST_CREDENTIALS, "AWS_ENDPOINT_URL_SQS": endpoint_url, "XDG_RUNTIME_DIR": session}
        self.sent = 0
        PAGE.write_files(directory)

    def terminal(self, commands: str) -> Terminal:
        """One where ``commands`` are run."""
        return Terminal(self.directory, commands, **self._environ)

    def send_readings(self, count: int = READINGS) -> None:
        """One device each, so that each is a row of its own."""
        for number in range(self.sent, self.sent + count):
            body = json.dumps({"device": f"device-{number}", "at": 0, "value": number})
            self.client.send_message(QueueUrl=self.url, MessageBody=body)
        self.sent += count

    def all_are_stored(self) -> bool:
        """Every reading that was sent."""
        if not (self.directory / "readings.db").exists():
            return False
        with closing(sqlite3.connect(self.directory / "readings.db", timeout=30)) as database:
            tables = database.execute("select count(*) from sqlite_master").fetchone()[0]
            stored: int = database.execute("select count(*) from readings").fetchone()[0] if tables else 0
        return stored == self.sent

    def lines(self, name: str) -> list[Mapping[str, Any]]:
        """The whole lines of a file of JSON lines."""
        path = self.directory / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def done_by_the_daemon(self) -> int:
        """Messages in all its intervals."""
        return sum(line.get("count", 0) for line in self.lines("daemon.jsonl") if line["event"] == "stats.interval")

    def counted_by_the_script(self) -> int:
        """Messages in all its lines of latencies."""
        return sum(line["count"] for line in self.lines("latencies.jsonl"))


@pytest.fixture
def move(tmp_path: Path, moto_endpoint: str) -> Iterator[Move]:
    with TemporaryDirectory(prefix="run-") as session:  # short: a socket's path has 107 bytes
        made = Move(tmp_path, moto_endpoint, session)
        yield made
    dead = made.client.get_queue_url(QueueName=dead_letter_name(QUEUE))["QueueUrl"]
    for url in (made.url, dead):
        made.client.delete_queue(QueueUrl=url)


def test_the_script_handles_all_messages_and_writes_its_latencies(move: Move) -> None:
    with move.terminal(SCRIPT) as script:
        move.send_readings()
        script.wait_until(move.all_are_stored, "every reading in the table")
        script.end(signal.SIGTERM)

    assert move.counted_by_the_script() >= READINGS  # moto may give a message to two threads at a time
    assert all(0 <= line["p50_seconds"] <= line["p99_seconds"] for line in move.lines("latencies.jsonl"))


def test_the_daemon_handles_all_messages_and_rejects_what_is_no_reading(move: Move) -> None:
    move.client.send_message(QueueUrl=move.url, MessageBody="no reading")
    move.send_readings()

    with move.terminal(DAEMON) as daemon:
        daemon.wait_until(move.all_are_stored, "every reading in the table")
        daemon.end(signal.SIGTERM)

    assert move.done_by_the_daemon() >= READINGS
    [rejected] = [line for line in move.lines("daemon.jsonl") if line["event"] == "message.rejected"]
    assert "JSONDecodeError" in rejected["reason"]
    assert {line["tier"] for line in move.lines("daemon.jsonl") if "tier" in line} <= {"by_day", "by_night"}


def test_script_and_daemon_share_a_queue_and_their_latencies_are_compared(move: Move) -> None:
    """Readings are sent until both had some: to which of them SQS gives a message is its own affair."""

    def both_had_some() -> bool:
        move.send_readings(10)
        both.wait_until(move.all_are_stored, "every reading in the table")
        return move.done_by_the_daemon() > 0 and move.counted_by_the_script() > 0

    with move.terminal(BOTH) as both:
        both.wait_until(both_had_some, "messages handled by each of them")
        both.end(signal.SIGTERM)
    with move.terminal(COMPARED) as compared:
        assert compared.wait_end() == 0

    script, daemon = move.counted_by_the_script(), move.done_by_the_daemon()
    assert script + daemon >= move.sent
    assert f"script: {script} messages" in compared.shown
    assert f"daemon: {daemon} messages" in compared.shown
    assert "  settle: " in compared.shown


def test_each_option_of_the_script_has_its_row() -> None:
    options = re.findall(r'add_argument\("(--[\w-]+)"', PAGE.files["consumer.py"])

    assert [option for option in options if f"| `{option} " not in PAGE.text] == []
    assert len(options) == 5


def test_each_setting_of_the_page_is_one() -> None:
    settings = (ROOT / "config.toml").read_text(encoding="utf-8")
    table = PAGE.text[PAGE.text.index("## Option by option") : PAGE.text.index("## Latencies before and after")]
    named = set(re.findall(r"`(?:\[\w+\] )?([a-z]+_[a-z_]+)(?: = [^`]+)?`", table))

    assert [name for name in sorted(named) if f"\n{name} = " not in settings] == []
    assert len(named) > 8
