"""A program that a handler starts has the signals that it would have under a shell."""

from __future__ import annotations

from pathlib import Path

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

STARTS_PROGRAMS = """
def signals_of_a_program(name):
    command = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
    (HERE / name).write_text(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout)

signals_of_a_program("at_import")
SLEEPER = subprocess.Popen(["sleep", "97531"])

def handle(message: Message) -> None:
    signals_of_a_program("in_a_slot")
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        program = subprocess.Popen(["sleep", "97532"])
        program.send_signal(number)
        assert program.wait(20) == -number
    SLEEPER.terminate()
    assert SLEEPER.wait(20) == -signal.SIGTERM
    note("ended", message)
"""
STANDARD_SIGNALS = (1 << 31) - 1  # those above are real-time ones, of which glibc has two (make leaves them ignored)


@on_both_loops
def test_a_program_of_a_handlers_hears_every_signal_and_ignores_none(daemon: DaemonUnderTest) -> None:
    daemon.start(STARTS_PROGRAMS)
    daemon.wait_done(daemon.send("parcel"))
    daemon.wait_noted("ended")
    for name in ("at_import", "in_a_slot"):
        _, blocked, _, ignored = Path(daemon.directory / name).read_text().split()
        assert (int(blocked, 16), int(ignored, 16) & STANDARD_SIGNALS) == (0, 0)
