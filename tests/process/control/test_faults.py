"""Whatever is the matter with daemon, observer or client: one clear line, and nothing late by it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest

from process.daemon_under_test import PATIENCE_SECONDS, DaemonUnderTest
from process.given import DONE_AT_ONCE
from punctuald.process.control.protocol import question_line
from punctuald.process.control.server import MOST_CLIENTS

AS_NOBODY = """
import os, sys
import punctuald.cli.control.status  # which nobody else may be able to read
from punctuald.cli import status_of
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sys.exit(status_of(sys.argv[1:]))
"""
TIERS = [{"name": "strict", "threshold_seconds": 5}]
LOAD_SECONDS = 3.0


def test_without_a_daemon_each_place_that_was_looked_at_is_named(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    asked = daemon.command("status")
    assert (asked.returncode, asked.stdout) == (1, "")
    [line] = asked.stderr.splitlines()
    assert line.startswith(f"no daemon of {daemon.config_path} answers at {daemon.control.path} or ")
    assert line.endswith(": is it running, with this -c or --socket?")


def test_a_socket_that_a_killed_daemon_left_is_no_daemon(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.kill()
    assert daemon.control.path.exists()
    daemon.wait_until(lambda: "no daemon of " in daemon.command("scale", "2").stderr, "nobody to listen any more")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_users_daemon_is_said_to_be_that(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    for folder in (daemon.directory, *daemon.directory.parents[:2]):
        folder.chmod(0o755)
    asked = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "status", "--socket", str(daemon.control.path)],
        env=daemon.usual_environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert asked.returncode == 1
    assert asked.stderr.endswith("Permission denied: the socket is its daemon's user's; ask as that user, or as root\n")


def test_an_observer_that_hangs_costs_its_answers_and_no_message(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    observer = daemon.observer()
    os.kill(observer, signal.SIGSTOP)
    asked = daemon.command("status")
    assert asked.returncode == 1
    assert asked.stderr == f"{daemon.control.path}: no answer within 5 s: the daemon hangs, or its machine does\n"
    daemon.wait_done(daemon.send("parcel"))
    os.kill(observer, signal.SIGCONT)
    assert daemon.command("status").returncode == 0


def test_an_observer_that_is_killed_loses_nothing_and_orders_work_again_at_once(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 3})
    daemon.scale(2)
    observer = daemon.observer()
    psutil.Process(observer).kill()
    assert daemon.command("scale", "3").returncode == 0
    daemon.wait_until(lambda: len(daemon.workers()) == 3, "three workers")
    daemon.wait_until(lambda: daemon.ask("status")["pool"]["scaled_to"] == 3, "the order in the document")
    daemon.wait_done(daemon.send("parcel"))


def test_clients_that_never_read_make_nothing_late_and_others_are_answered(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 2}, sla={"tier": TIERS})
    whole = question_line("status", {})
    with ExitStack() as clients:
        for number in range(MOST_CLIENTS + 8):
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            daemon.wait_until(partial(is_connected, client, daemon.control.path), "room in the line of clients")
            client.sendall(whole if number % 2 else whole[:9])
        ids: list[str] = []
        begun_mono = time.monotonic()
        while time.monotonic() - begun_mono < LOAD_SECONDS:
            ids += daemon.send(*(f"parcel-{len(ids)}-{number}" for number in range(10)))
        assert daemon.ask("status")["state"] == "running"
        daemon.wait_done(ids)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    final = daemon.events("stats.final")[-1]["tiers"]["strict"]
    assert (final["met"], final.get("missed", 0)) == (len(ids), 0)


def is_connected(client: socket.socket, path: Path) -> bool:
    client.settimeout(PATIENCE_SECONDS)
    try:
        client.connect(str(path))
    except BlockingIOError:  # the line is full
        return False
    return True


def test_a_client_of_an_earlier_version_is_shown_how_to_ask(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.connect(str(daemon.control.path))
        client.sendall(b"ready\n")  # as clients asked before there was a protocol
        assert b"a question is a line of JSON" in client.recv(4096)
