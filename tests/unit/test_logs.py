"""One object a line, whatever the fields hold, and a log that is gone stops nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from punctuald import logs


@pytest.fixture(autouse=True)
def _own_logging(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Needs ``capfd`` before it: logging keeps a copy of stdout as it is at the first configuration."""
    capfd.readouterr()
    before, descriptors = structlog.get_config(), list[int]()
    monkeypatch.setattr(logs, "_descriptor", descriptors)
    monkeypatch.setattr(logs, "_identity", {})
    yield
    structlog.configure(**before)
    for descriptor in descriptors:
        os.close(descriptor)


def written(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_line_is_one_object_that_begins_with_time_level_and_event(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    structlog.get_logger().info("room.happened", count=3)
    (line,) = written(capfd)
    assert list(line) == ["timestamp", "level", "event", "count"]
    assert (line["level"], line["event"], line["count"]) == ("info", "room.happened", 3)
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written_and_a_reload_changes_the_level(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = structlog.get_logger()
    logs.configure(level="warning", line_format="json")
    log.info("too.quiet")
    logs.configure(level="debug", line_format="json")
    log.debug("loud.enough")
    assert [line["event"] for line in written(capfd)] == ["loud.enough"]


def test_a_process_is_named_in_each_of_its_lines_by_its_latest_name_only(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    logs.identify(process="supervisor", boot=1)
    logs.identify(process="worker", worker=2)
    structlog.get_logger().info("room.happened")
    (line,) = written(capfd)
    assert (line["process"], line["worker"]) == ("worker", 2)
    assert "boot" not in line


@pytest.mark.parametrize("value", ["\ud800", 1 << 80, {1: "\udfff"}, Path("some/file"), b"bytes", {1, 2}])
def test_no_field_can_make_a_line_fail(value: object, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    structlog.get_logger().info("room.happened", value=value, after="still here")
    (text,) = capfd.readouterr().out.splitlines()
    assert '"value"' in text
    assert "still here" in text


def test_a_traceback_keeps_its_end_which_says_what_happened(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    structlog.get_logger().error("room.failed", exc_info=ValueError("x" * 5000 + " the end"))
    (line,) = written(capfd)
    assert len(line["traceback"]) == 2500
    assert line["traceback"].endswith("the end")
    assert "exception" not in line


def test_lines_for_people_are_no_json(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="console")
    structlog.get_logger().info("room.happened", count=3)
    text = capfd.readouterr().out
    assert "room.happened" in text
    assert not text.startswith("{")


def test_without_a_terminal_auto_means_json(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="auto")
    structlog.get_logger().info("room.happened")
    assert written(capfd)[0]["event"] == "room.happened"


def test_what_a_handler_prints_goes_to_stderr_and_the_log_stays_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", line_format="json")
    stdout = os.dup(1)
    try:
        logs.keep_stdout_for_logs()
        os.write(1, b"a handler's print\n")
        structlog.get_logger().info("room.happened")
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
    captured = capfd.readouterr()
    assert captured.err == "a handler's print\n"
    assert orjson.loads(captured.out)["event"] == "room.happened"


def test_when_whoever_read_the_log_is_gone_logging_goes_on_into_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    logger = logs.DescriptorLogger(writer)
    logger.info(b"nobody reads this")
    logger.info("nor this")
    assert str(Path(f"/proc/self/fd/{writer}").readlink()) == os.devnull
    os.close(writer)
