"""Whatever happens to the log or to stderr: messages are handled, and nothing else."""

from __future__ import annotations

import os
import signal

import pytest

from process.daemon_under_test import DaemonUnderTest

PRINTS = """
import logging

def handle(message: Message) -> None:
    print("handled", message.body, "x" * 2000, flush=True)
    print("handled", message.body, file=sys.stderr, flush=True)
    os.write(1, b"past Python\\n")
    subprocess.run(["sh", "-c", "echo from a program; echo its complaint >&2"], check=True)
    logging.getLogger("work").warning("handled %s", message.body)
    note("handled", message)
"""
BODIES = [str(number) for number in range(20)]
RAW = {"handler_output": "raw"}


def start_unwatched(daemon: DaemonUnderTest, redirections: str, **logging: object) -> None:
    """With its log elsewhere, so that only what handlers note says what it does."""
    daemon.redirections = redirections
    daemon.write_handler(PRINTS)
    daemon.configure(logging=logging)
    daemon.launch()
    daemon.send("first")
    daemon.wait_noted("handled")


def assert_all_is_handled(daemon: DaemonUnderTest) -> None:
    """Each once, and none given back; and it stops as it should."""
    daemon.send(*BODIES)
    daemon.wait_noted("handled", 1 + len(BODIES))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert sorted(body for body, _ in daemon.notes("handled")) == sorted(["first", *BODIES])
    assert daemon.dead_letters_waiting() == 0


@pytest.mark.parametrize("logging", [{}, RAW], ids=["events", "raw"])
@pytest.mark.parametrize("redirections", [">/dev/full 2>&1", ">&-", "2>&-", ">&- 2>&-", "</dev/null >&0 2>&1"])
def test_a_stream_that_takes_nothing_costs_no_message(
    daemon: DaemonUnderTest, redirections: str, logging: dict[str, object]
) -> None:
    start_unwatched(daemon, redirections, **logging)
    assert_all_is_handled(daemon)


@pytest.mark.parametrize("logging", [{}, RAW], ids=["events", "raw"])
@pytest.mark.parametrize("ends", [True, False], ids=["ends", "stands still"])
def test_a_reader_that_reads_no_more_costs_no_message(
    daemon: DaemonUnderTest, ends: bool, logging: dict[str, object]
) -> None:
    fifo = daemon.directory / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    start_unwatched(daemon, f">{fifo} 2>&1", **logging)
    if ends:
        os.close(reader)
    assert_all_is_handled(daemon)
    if not ends:
        os.close(reader)


def test_raw_lines_are_on_stderr_as_they_are(daemon: DaemonUnderTest) -> None:
    daemon.start(PRINTS, logging=RAW)
    daemon.wait_done(daemon.send("one"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    written = (daemon.directory / "errors.txt").read_text().splitlines()
    assert sorted(written) == sorted(
        [f"handled one {'x' * 2000}", "handled one", "past Python", "from a program", "its complaint", "handled one"]
    )
    assert daemon.events("handler.output") == daemon.events("handler.log") == []
