"""`punctuald demo`: what it leaves behind where it fails."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from punctuald.cli import demo, status_of
from punctuald.demo.daemon_process import DaemonRunError
from punctuald.demo.kafka import mock_cluster

LATE = "the daemon did not stop within 30 s of SIGTERM"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def _daemon_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, directory: Path, **__: object) -> NoReturn:
        (directory / "daemon.log").write_text("{}\n")
        raise DaemonRunError(LATE)

    monkeypatch.setattr(demo, "run_demo", run)


@pytest.mark.usefixtures("_daemon_that_does_not_stop")
def test_what_explains_a_demo_that_broke_off_is_named(
    moto_endpoint: str, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["demo", "--endpoint-url", moto_endpoint]) == 1
    [kept] = temporary.iterdir()
    assert capsys.readouterr().err.splitlines()[-2:] == [f"configuration, log and ledger: {kept}", LATE]
    assert (kept / "daemon.log").exists()


@pytest.mark.usefixtures("_daemon_that_does_not_stop")
def test_it_is_named_where_somebody_wanted_it_as_well(
    moto_endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["demo", "--endpoint-url", moto_endpoint, "--keep", str(tmp_path)]) == 1
    assert f"configuration, log and ledger: {tmp_path}\n" in capsys.readouterr().err


def test_a_server_that_is_not_there_leaves_nothing_behind(temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["demo", "--endpoint-url", "http://127.0.0.1:9"]) == 1
    assert "configuration, log and ledger" not in capsys.readouterr().err
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("option", [("--server", "moto"), ("--endpoint-url", "http://127.0.0.1:9")])
@pytest.mark.parametrize("source", ["kafka", "kinesis"])
def test_what_is_of_sqs_only_is_refused_for_others_in_one_line(
    source: str, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["demo", "--source", source, *option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: --server and --endpoint-url are for --source sqs")


def test_a_mock_cluster_that_does_not_start_leaves_nothing_behind(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mock_cluster, "__name__", "punctuald.demo.no_such_module")
    assert status_of(["demo", "--source", "kafka"]) == 1
    assert capsys.readouterr().err == "librdkafka's mock cluster ended with status 1\n"
    assert list(temporary.iterdir()) == []
