"""One object a line, whatever the fields hold and whatever the application does to logging."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from captured_logs import own_logs
from punctuald import logs


@pytest.fixture(autouse=True)
def _own_logging(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Needs ``capfd`` before it: the log goes to stdout as it is at the first configuration."""
    capfd.readouterr()
    with own_logs():
        yield


def written(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_line_is_one_object_that_begins_with_time_level_and_event(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    logs.logger().info("room.happened", count=3)
    (line,) = written(capfd)
    assert list(line) == ["timestamp", "level", "event", "count"]
    assert (line["level"], line["event"], line["count"]) == ("info", "room.happened", 3)
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written_and_a_reload_changes_the_level(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = logs.logger().bind(part="one")
    logs.configure(level="warning", line_format="json")
    log.info("too.quiet")
    logs.configure(level="debug", line_format="json")
    log.debug("loud.enough")
    assert [line["event"] for line in written(capfd)] == ["loud.enough"]


def test_every_level_has_its_name_in_the_line(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="debug", line_format="json")
    names = ["debug", "info", "warning", "error", "critical"]
    for name in names:
        logs.logger().at(name, "room.happened")
    assert [line["level"] for line in written(capfd)] == names


def test_a_process_is_named_in_each_of_its_lines_by_its_latest_name_only(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    logs.identify(process="supervisor", boot=1)
    logs.identify(process="worker", worker=2)
    logs.logger().info("room.happened")
    (line,) = written(capfd)
    assert (line["process"], line["worker"]) == ("worker", 2)
    assert "boot" not in line


def test_structlogs_configuration_is_the_applications_and_not_ours(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    before = structlog.get_config()
    structlog.configure(processors=[structlog.stdlib.add_logger_name], logger_factory=lambda *_: None)
    try:
        logs.logger().bind(part="one").info("room.happened")
        assert structlog.get_config()["processors"] == [structlog.stdlib.add_logger_name]
    finally:
        structlog.configure(**before)
    assert written(capfd)[0]["part"] == "one"


@pytest.mark.parametrize("value", ["\ud800", 1 << 80, {1: "\udfff"}, Path("some/file"), b"bytes", {1, 2}])
def test_no_field_can_make_a_line_fail(value: object, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    logs.logger().info("room.happened", value=value, after="still here")
    (text,) = capfd.readouterr().out.splitlines()
    assert '"value"' in text
    assert "still here" in text


def test_a_traceback_keeps_its_end_which_says_what_happened(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    logs.logger().error("room.failed", exc_info=ValueError("x" * 5000 + " the end"))
    (line,) = written(capfd)
    assert len(line["traceback"]) == 2500
    assert line["traceback"].endswith("the end")
    assert "exception" not in line


def test_lines_for_people_are_no_json(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="console")
    logs.logger().info("room.happened", count=3)
    text = capfd.readouterr().out
    assert "room.happened" in text
    assert not text.startswith("{")


def test_without_a_terminal_auto_means_json(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="auto")
    logs.logger().info("room.happened")
    assert written(capfd)[0]["event"] == "room.happened"


@pytest.mark.parametrize(("level", "priority"), [("info", "<6>"), ("warning", "<4>"), ("critical", "<2>")])
def test_under_systemd_a_line_bears_its_priority(
    level: str, priority: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout = os.fstat(1)
    monkeypatch.setenv("JOURNAL_STREAM", f"{stdout.st_dev}:{stdout.st_ino}")
    logs.configure(level="info", line_format="json")
    logs.logger().at(level, "room.happened")
    text = capfd.readouterr().out
    assert text.startswith(priority + "{")
    assert orjson.loads(text.removeprefix(priority))["level"] == level


def test_the_journal_of_somebody_else_asks_for_no_priority(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")  # a service whose stdout leads elsewhere: `… | rotatelogs`
    logs.configure(level="info", line_format="json")
    logs.logger().info("room.happened")
    assert written(capfd)[0]["event"] == "room.happened"
