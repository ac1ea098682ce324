"""`punctuald run`, where it does not come to run: people read why on stderr, and the journal has it as an event."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from captured_logs import own_logs
from punctuald.cli import run, status_of


@pytest.fixture(autouse=True)
def _own_logging(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Needs ``capfd`` before it: the log goes to stdout as it is at the first configuration."""
    capfd.readouterr()
    with own_logs():
        yield


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout, as systemd would say."""
    stdout = os.fstat(1)
    monkeypatch.setenv("JOURNAL_STREAM", f"{stdout.st_dev}:{stdout.st_ino}")


def break_the_daemon(*_: object) -> int:
    raise ZeroDivisionError("a defect")


def refused(tmp_path: Path) -> int:
    (tmp_path / "config.toml").write_text("nonsense", encoding="utf-8")
    return status_of(["run", "-c", str(tmp_path / "config.toml")])


def test_people_read_what_is_wrong_with_a_configuration_on_stderr(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert refused(tmp_path) == 78
    out, errors = capfd.readouterr()
    assert out == ""
    assert errors.startswith(f"{tmp_path}/config.toml: not valid TOML")


@pytest.mark.usefixtures("journal")
def test_the_journal_has_it_as_an_event_of_its_priority(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refused(tmp_path) == 78
    out, errors = capfd.readouterr()
    event = orjson.loads(out.removeprefix("<2>"))
    assert (event["event"], event["process"], errors) == ("daemon.misconfigured", "supervisor", "")
    assert event["error"].startswith(f"{tmp_path}/config.toml: not valid TOML")


@pytest.mark.usefixtures("journal")
def test_so_it_has_a_defect_of_ours(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "run_daemon", break_the_daemon)
    assert refused(tmp_path) == 70
    out, errors = capfd.readouterr()
    event = orjson.loads(out.removeprefix("<2>"))
    assert (event["event"], errors) == ("daemon.crashed", "")
    assert "ZeroDivisionError: a defect" in event["traceback"]


def test_people_read_that_on_stderr_too(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "run_daemon", break_the_daemon)
    assert refused(tmp_path) == 70
    out, errors = capfd.readouterr()
    assert out == ""
    assert errors.endswith("ZeroDivisionError: a defect\n")
