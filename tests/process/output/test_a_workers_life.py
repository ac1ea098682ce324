"""What handlers' modules print from their import to the end of their process."""

from __future__ import annotations

import signal

from process.daemon_under_test import DaemonUnderTest

PRINTS_ALL_ITS_LIFE = """
import atexit

def last():
    print("at exit")
    subprocess.run(["echo", "a program at exit"], check=True)
    print("without an end", end="")

atexit.register(last)
os.write(1, b"x" * 3_000_000 + b"\\nimported\\n")

def on_start(worker):
    print("started")

def on_stop(worker):
    print("stopped")

def handle(message: Message) -> None:
    print("handled")
"""
WHOLE_LIFE = ["imported", "started", "handled", "stopped", "at exit", "a program at exit", "without an end"]


def test_all_its_life_is_in_the_log_and_nobody_waits_for_a_reader(daemon: DaemonUnderTest) -> None:
    daemon.start(PRINTS_ALL_ITS_LIFE, logging={"handler_output_lines_per_second": 100_000})
    daemon.wait_done(daemon.send("one"))
    daemon.wait_for("handler.output", line="imported")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    lines = [event["line"] for event in daemon.events("handler.output")]
    assert sorted(line for line in lines if not line.startswith("x")) == sorted(WHOLE_LIFE)
    assert sum(len(line) for line in lines if line.startswith("x")) == 3_000_000
    assert not daemon.events("process.end_failed")
