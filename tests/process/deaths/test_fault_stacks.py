"""A process that dies of its own fault, or hangs in an import, shows in which line: on the daemon's own stderr."""

from __future__ import annotations

from process.daemon_under_test import DaemonUnderTest

SEGFAULTS = """
import ctypes

def handle(message: Message) -> None:
    ctypes.string_at(0)
"""
HANGS_IN_ITS_IMPORT = """
time.sleep(600)
handle = print
"""


def test_a_segmentation_fault_in_a_handler_leaves_its_python_stack(daemon: DaemonUnderTest) -> None:
    daemon.start(SEGFAULTS)
    daemon.send("parcel")
    exited = daemon.wait_for("process.exited", status=-11)
    assert exited["cause"] == "killed by SIGSEGV"
    daemon.wait_until(lambda: "Fatal Python error: Segmentation fault" in daemon.told(), "the fault's name")
    daemon.wait_until(
        lambda: f'work.py", line {line_of("ctypes.string_at(0)", daemon)} in handle' in daemon.told(), "line"
    )


def test_an_import_that_hangs_is_named_shows_its_line_and_is_killed(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(HANGS_IN_ITS_IMPORT)
    daemon.configure(pool={"heartbeat_timeout_seconds": 5})
    daemon.launch()
    slow = daemon.wait_for("handler.import_slow")
    assert (slow["handler"], slow["queue"], slow["worker"]) == ("work:handle", daemon.queue, 0)
    assert daemon.wait_for("process.hung")["importing"] == "work:handle"
    assert daemon.wait_for("process.exited")["cause"] == "killed by SIGKILL (ours: still imports work:handle)"
    assert f'work.py", line {line_of("time.sleep(600)", daemon)} in <module>' in daemon.told()


def line_of(text: str, daemon: DaemonUnderTest) -> int:
    lines = (daemon.directory / "work.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)
