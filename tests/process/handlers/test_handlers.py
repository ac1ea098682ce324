"""Handlers that misbehave in ways a handler can get over."""

from __future__ import annotations

import os
import signal

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

FORKS = """
def handle(message: Message) -> None:
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        (HERE / "status").write_text(str(status))
    note("parent" if child else "child", message)
"""
FORKS_A_SLEEPER = """
def sleep_in_a_fork():
    child = os.fork()
    if not child:
        (HERE / "new").write_text(str(os.getpid()))
        (HERE / "new").rename(HERE / "sleeper")
        time.sleep(60)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def handle(message: Message) -> None:
    if message.body == "fork":
        (HERE / "status").write_text(str(sleep_in_a_fork()))
    note("handled", message)
"""
WRITES_GARBAGE = """
import socket, struct

GARBAGE = {"object": b"{}", "list": b"[]", "binary": bytes(range(128, 256)), "endless": b"x" * 10_000_000}

def supervisors_line():
    # Of all sockets in this process the one whose pair the supervisor made.
    for number in os.listdir("/proc/self/fd"):
        try:
            line = socket.socket(fileno=os.dup(int(number)))
        except OSError:  # gone, or no socket
            continue
        if line.family == socket.AF_UNIX:
            maker, _, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if maker == os.getppid():
                return line

def handle(message: Message) -> None:
    if message.body in GARBAGE:
        line = supervisors_line()
        line.settimeout(20)
        line.sendall(GARBAGE[message.body] + b"\\n")
    note("handled", message)
"""
RAISES_AT_FIRST = """
class Wild(BaseException):
    pass

def interrupt():
    raise KeyboardInterrupt

def go_wild():
    raise Wild("out")

WILD = {"exit": sys.exit, "interrupt": interrupt, "wild": go_wild}

def handle(message: Message) -> None:
    note("begun", message)
    if message.receive_count == 1:
        WILD[message.body]()
"""
PARSES = """
def handle(message: Message) -> None:
    message.json()
"""


def test_a_fork_that_returns_from_the_handler_settles_nothing(daemon: DaemonUnderTest) -> None:
    daemon.start(FORKS)
    [message_id] = daemon.send("parcel")
    daemon.wait_done([message_id])
    daemon.wait_done(daemon.send("another"))  # the worker is sound
    worker = daemon.worker()
    assert daemon.notes("parent") == [("parcel", worker), ("another", worker)]
    assert [body for body, _ in daemon.notes("child")] == ["parcel", "another"]
    assert (daemon.directory / "status").read_text() == "0"
    assert len(daemon.events("message.done", message_id=message_id)) == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    counts = daemon.wait_for("stats.final")["queues"][daemon.queue]
    assert (counts["received"], counts["done"], counts["request_acknowledge"]) == (2, 2, 2)


@on_both_loops
def test_whatever_is_raised_fails_its_message_only(daemon: DaemonUnderTest) -> None:
    daemon.start(RAISES_AT_FIRST)
    worker = daemon.worker()
    ids = daemon.send("exit", "interrupt", "wild")
    for message_id in ids:
        assert daemon.wait_for("message.retried", message_id=message_id)["outcome"] == "failed"
        assert daemon.wait_for("message.done", message_id=message_id)["receive_count"] >= 2
    assert {failed["error"] for failed in daemon.events("handler.failed")} == {
        "SystemExit",
        "KeyboardInterrupt",
        "Wild",
    }
    # A long poll may be given the message again before the answer to its release is read: counted, and not run.
    assert sorted(daemon.notes("begun")) == [(body, worker) for body in ("exit", "interrupt", "wild") for _ in range(2)]


def test_a_body_that_is_no_json_is_dead_lettered_with_the_reason(daemon: DaemonUnderTest) -> None:
    daemon.start(PARSES)
    [message_id] = daemon.send("{half")
    body, reason = daemon.dead_letter()
    assert body == "{half"
    assert reason.startswith("the body is not JSON")
    assert daemon.wait_for("message.rejected", message_id=message_id)["reason"] == reason


@on_both_loops
def test_a_sigterm_to_what_a_handler_forked_ends_that_and_not_its_worker(daemon: DaemonUnderTest) -> None:
    daemon.start(FORKS_A_SLEEPER)
    worker = daemon.worker()
    ids = daemon.send("fork")
    sleeper = daemon.directory / "sleeper"
    daemon.wait_until(sleeper.exists, "the handler's own child")
    os.kill(int(sleeper.read_text()), signal.SIGTERM)
    daemon.wait_done(ids + daemon.send("parcel"))
    assert os.WTERMSIG(int((daemon.directory / "status").read_text())) == signal.SIGTERM
    assert sorted(daemon.notes("handled")) == [("fork", worker), ("parcel", worker)]  # in two slots: in either order
    assert daemon.events("worker.drained") == daemon.events("process.exited") == []


def test_what_a_handler_writes_to_the_supervisors_line_ends_nothing(daemon: DaemonUnderTest) -> None:
    daemon.start(WRITES_GARBAGE, pool={"slots": 1})  # one after the other: a pipe may take a line bit by bit
    worker = daemon.worker()
    daemon.wait_done(daemon.send("object", "list", "binary", "endless"))
    daemon.wait_for("process.frame_refused", pid=worker)
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.workers() == [worker]
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert len(daemon.events("process.frame_refused")) == 1
    [lost] = daemon.events("process.frames_lost", pid=worker)
    assert (lost["refused"], lost["unsent"]) == (4, 0)
