"""What each command asks, what it prints of the answer, and its status."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import orjson
import pytest

from doubles.process.answering import answering
from doubles.status_documents import document
from punctuald.cli import status_of
from punctuald.cli.control import daemon_of
from punctuald.cli.control.terminal import WIDEST, terminal_width
from punctuald.process.exit_status import ExitStatus
from punctuald.view.terminal.printable import NO_LIMIT

DONE = {"text": "it is done"}
RUNNING = {"slot": 2, "queue": "orders", "message_id": "a\x1b[2Jb", "seconds": 71.25}
DUMPED = {
    "workers": [
        {
            "worker": 0,
            "pid": 11,
            "state": "ready",
            "running": [RUNNING],
            "stacks": "Thread 1:\n  File x",
            "error": None,
        },
        {"worker": 1, "pid": 12, "state": "draining", "running": [], "stacks": "", "error": "no stacks: it is stopped"},
    ]
}


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["scale", "4"], {"verb": "scale", "workers": 4}),
        (["scale", "auto"], {"verb": "scale", "workers": None}),
        (["pause", "orders"], {"verb": "pause", "queue": "orders"}),
        (["pause"], {"verb": "pause", "queue": None}),
        (["resume", "orders"], {"verb": "resume", "queue": "orders"}),
        (["resume"], {"verb": "resume", "queue": None}),
        (["drain"], {"verb": "drain"}),
        (["reload"], {"verb": "reload"}),
    ],
)
def test_an_order_is_asked_and_what_became_of_it_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], question: dict[str, Any]
) -> None:
    with answering(tmp_path / "s", DONE) as daemon:
        assert status_of([*words, "--socket", str(tmp_path / "s")]) == ExitStatus.OK
    assert daemon.asked == [question]
    assert capsys.readouterr() == ("it is done\n", "")


@pytest.mark.parametrize("words", [["scale", "4"], ["reload"], ["status"], ["workers"], ["why"], ["dump"]])
def test_what_the_daemon_refuses_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with answering(tmp_path / "s", "the daemon is stopping"):
        assert status_of([*words, "--socket", str(tmp_path / "s")]) == ExitStatus.FAILED
    assert capsys.readouterr() == ("", "the daemon is stopping\n")


@pytest.mark.parametrize("workers", ["four", "-1", "1.5", "", "\u0664", "1000000000"])
def test_what_is_no_number_of_workers_is_wrong_usage(capsys: pytest.CaptureFixture[str], workers: str) -> None:
    assert status_of(["scale", "--socket", "/nowhere/s", "--", workers]) == 2
    assert "is neither a number of workers nor auto" in capsys.readouterr().err


def test_the_status_is_a_page_or_the_document_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(tmp_path / "s", document()):
        assert status_of(["status", "--socket", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().out.startswith("punctuald 0.1.0  on vm1  pid 4711  running  up 12.3")
    with answering(tmp_path / "t", document()):
        assert status_of(["status", "--json", "--socket", str(tmp_path / "t")]) == 0
    assert orjson.loads(capsys.readouterr().out) == document()


def test_workers_are_a_table_or_their_part_of_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(tmp_path / "s", document()):
        assert status_of(["workers", "--socket", str(tmp_path / "s")]) == 0
    assert "5d3f0c1a-0003" in capsys.readouterr().out
    with answering(tmp_path / "t", document()):
        assert status_of(["workers", "--json", "--socket", str(tmp_path / "t")]) == 0
    assert orjson.loads(capsys.readouterr().out) == document()["workers"]


def test_a_dump_has_what_runs_and_the_stacks_of_each_worker_and_steers_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(tmp_path / "s", DUMPED):
        assert status_of(["dump", "--socket", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "== worker 0, pid 11, ready",
        "slot 2 runs 'orders a\\x1b[2Jb' for 71.2 s",
        "Thread 1:",
        "  File x",
        "== worker 1, pid 12, draining",
        "no stacks: it is stopped",
    ]
    with answering(tmp_path / "t", DUMPED):
        assert status_of(["dump", "--json", "--socket", str(tmp_path / "t")]) == 0
    assert orjson.loads(capsys.readouterr().out) == DUMPED


@pytest.mark.parametrize(
    "command", ["status", "workers", "why", "scale_3", "pause", "resume", "reload", "drain", "dump"]
)
def test_where_no_daemon_is_the_places_that_were_looked_at_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    assert status_of([*command.split("_"), "-c", str(tmp_path / "config.toml")]) == ExitStatus.FAILED
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"no daemon of {tmp_path}/config.toml answers at {tmp_path}/config-")
    assert line.endswith(": is it running, with this -c or --socket?")


def test_a_daemon_that_hangs_is_said_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        monkeypatch.setattr(daemon_of.ask_daemon, "__defaults__", (0.05,))
        assert status_of(["status", "--socket", str(tmp_path / "s")]) == ExitStatus.FAILED
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"{tmp_path}/s: no answer within 0.05 s: the daemon hangs, or its machine does"


def test_another_users_daemon_is_said_to_be_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert status_of(["status", "--socket", str(tmp_path / "s")]) == ExitStatus.FAILED
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"{tmp_path}/s: Permission denied: the socket is its daemon's user's; ask as that user, or as root"


def test_a_page_that_goes_to_a_pipe_is_as_wide_as_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert terminal_width() == NO_LIMIT


def test_a_page_is_as_wide_as_its_terminal_within_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, width in ((30, 60), (100, 100), (400, WIDEST)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert terminal_width() == width
