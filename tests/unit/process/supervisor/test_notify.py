"""systemd's notification protocol, word by word."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.process.supervisor.notify import LONGEST_STATUS, Notifier


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


@pytest.fixture
def notifier(systemd: socket.socket) -> Iterator[Notifier]:
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname()})
    yield notifier
    _hang_up(notifier)


def _hang_up(notifier: Notifier) -> None:
    assert notifier._socket is not None  # lives as long as the daemon, so it has no way to close it
    notifier._socket.close()


def test_each_word_is_one_datagram_as_the_protocol_has_it(notifier: Notifier, systemd: socket.socket) -> None:
    notifier.ready("2 workers ready")
    notifier.status("busy")
    notifier.reloading(12.5)
    notifier.stopping("stopping: asked to stop")
    assert [systemd.recv(4096).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=2 workers ready",
        "STATUS=busy",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "STOPPING=1\nSTATUS=stopping: asked to stop",
    ]


def test_an_address_that_begins_with_an_at_is_in_the_abstract_namespace() -> None:
    name = f"punctuald-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        notifier = Notifier({"NOTIFY_SOCKET": "@" + name})
        notifier.status("busy")
        assert listening.recv(4096) == b"STATUS=busy"
        _hang_up(notifier)


def test_where_nobody_listens_it_says_nothing() -> None:
    notifier = Notifier({})
    notifier.ready("ready")
    assert notifier._socket is None


def test_a_listener_that_went_away_does_not_stop_the_daemon(notifier: Notifier, systemd: socket.socket) -> None:
    Path(systemd.getsockname()).unlink()
    notifier.ready("ready")
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(4096)


@pytest.mark.parametrize(
    ("environ", "fed_at"),
    [
        ({"WATCHDOG_USEC": "1000000"}, [0.0, 0.5, 1.0, 1.5, 2.0]),
        ({"WATCHDOG_USEC": "30000000"}, [0.0, 1.0, 2.0]),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, [0.0, 1.0, 2.0]),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, []),
        ({"WATCHDOG_USEC": "soon"}, []),
        ({}, []),
    ],
)
def test_the_watchdog_is_fed_each_second_or_at_half_its_time_and_only_if_it_is_ours(
    environ: dict[str, str], fed_at: list[float], systemd: socket.socket
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname(), **environ})
    systemd.setblocking(False)
    heard = []
    for quarter in range(9):
        notifier.watchdog(quarter / 4)
        try:
            assert systemd.recv(4096) == b"WATCHDOG=1"
        except BlockingIOError:
            continue
        heard.append(quarter / 4)
    _hang_up(notifier)
    assert heard == fed_at


def test_a_text_of_several_lines_is_one_line_of_the_protocol_and_not_endless(
    notifier: Notifier, systemd: socket.socket
) -> None:
    notifier.status("failed: 2 mistakes\nREADY=1\n" + "x" * 5_000)
    text = systemd.recv(8_192).decode()
    assert text.startswith("STATUS=failed: 2 mistakes READY=1 x")
    assert "\n" not in text
    assert len(text) == len("STATUS=") + LONGEST_STATUS


def test_a_listener_that_stays_away_is_told_of_once_in_five_minutes(systemd: socket.socket) -> None:
    clock = ManualClock()
    notifier = Notifier({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "1000000"}, clock)
    Path(systemd.getsockname()).unlink()
    with capture_logs() as log:
        for _ in range(400):
            clock.advance(1.0)
            notifier.watchdog(clock.mono())
    _hang_up(notifier)
    assert [(line["event"], line["log_level"], line["suppressed"]) for line in log] == [
        ("notify.failed", "warning", 0),
        ("notify.failed", "warning", 299),
    ]
