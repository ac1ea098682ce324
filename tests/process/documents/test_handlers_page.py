"""The commands of docs/handlers.md, run as printed; what else it prints is run by tests/unit/testing and output/."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from printed_examples import read_page
from process.documents.terminal import Terminal
from punctuald.demo.servers import LOOPBACK

PAGE = read_page("docs/handlers.md")
PRINTED_PORT = "5000"


@pytest.fixture
def free_port() -> str:
    """For the server: the one that is printed may be another's on this machine."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return str(probe.getsockname()[1])


def test_the_daemon_drains_an_emulator_as_printed(tmp_path: Path, free_port: str) -> None:
    server, client = (commands.replace(PRINTED_PORT, free_port) for commands in PAGE.commands)
    PAGE.write_files(tmp_path)

    with Terminal(tmp_path, server) as one:
        one.wait_until(lambda: answers(free_port), "the server answers")
        with Terminal(tmp_path, client) as other:
            other.wait_for('"event":"message.done"')
            assert '"tier":"batch_mode"' in other.shown
            other.end(signal.SIGINT)
            assert '"event":"daemon.stopped"' in other.shown


def test_every_server_of_the_table_is_one_that_the_daemon_was_tried_on() -> None:
    assert [row for row in ("moto", "ministack", "ElasticMQ") if f"| {row} |" not in PAGE.text] == []


def test_ministack_starts_as_printed(tmp_path: Path, free_port: str) -> None:
    assert "`GATEWAY_PORT=5000 ministack`" in PAGE.text

    with Terminal(tmp_path, f"GATEWAY_PORT={free_port} ministack") as server:
        server.wait_until(lambda: answers(free_port), "the server answers")


def answers(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, int(port))) == 0
