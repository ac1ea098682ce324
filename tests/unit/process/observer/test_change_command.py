"""`[sla] on_change`: real programs, run one at a time, and never waited for."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.process.observer.change_command import LONGEST_SECONDS, MOST_WAITING, ChangeCommand

PATIENCE_SECONDS = 20.0
EVENT = {"event": "sla.violated", "tier": "peak_hours", "late": 7}


class Bench:
    """A command written in Python, in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = ManualClock()
        self.command = ChangeCommand([], os.environ, self.clock)

    def runs(self, source: str, **environ: str) -> None:
        script = self.directory / "command.py"
        script.write_text(
            f"import os, signal, sys, time\nfrom pathlib import Path\nHERE = Path({str(self.directory)!r})\n{source}"
        )
        self.command = ChangeCommand([sys.executable, "-S", str(script)], {**os.environ, **environ}, self.clock)

    def until(self, name: str) -> str:
        path = self.directory / name
        self.wait(lambda: path.exists() and path.read_text().endswith("\n"))
        return path.read_text()

    def until_idle(self) -> None:
        self.wait(lambda: not self.command.running)

    def wait(self, condition: Any) -> None:
        give_up_mono = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < give_up_mono
            self.command.look()
            time.sleep(0.005)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.command.close()


def test_the_command_gets_the_event_as_one_line_of_json(bench: Bench) -> None:
    bench.runs("text = sys.stdin.read(); (HERE / 'got').write_text(text)")
    bench.command.put(EVENT)
    bench.until_idle()
    assert orjson.loads(bench.until("got")) == EVENT


def test_without_a_command_nothing_is_run(bench: Bench) -> None:
    bench.command.put(EVENT)
    assert not bench.command.running


def test_changes_that_come_close_together_are_run_one_after_the_other(bench: Bench) -> None:
    bench.runs(
        "assert not (HERE / 'runs').exists(); (HERE / 'runs').touch(); time.sleep(0.05)\n"
        "with (HERE / 'got').open('a') as got: got.write(sys.stdin.read())\n"
        "(HERE / 'runs').unlink()"
    )
    with capture_logs() as log:
        for number in range(3):
            bench.command.put({"number": number})
        bench.until_idle()
    assert [orjson.loads(line)["number"] for line in bench.until("got").splitlines()] == [0, 1, 2]
    assert log == []


def test_a_command_that_fails_is_one_warning_with_the_end_of_what_it_said(bench: Bench) -> None:
    bench.runs("sys.stderr.write('x' * 1_000_000 + ' no such pager'); sys.exit(3)")
    with capture_logs() as log:
        bench.command.put(EVENT)
        bench.until_idle()
    [line] = log
    assert (line["log_level"], line["event"], line["error"]) == ("warning", "sla.on_change_failed", "status 3")
    assert line["stderr"].endswith("x no such pager")
    assert len(line["stderr"]) <= 300


def test_a_command_that_is_not_there_is_one_warning(tmp_path: Path) -> None:
    command = ChangeCommand([str(tmp_path / "nothing")], os.environ, ManualClock())
    with capture_logs() as log:
        command.put(EVENT)
    assert [line["event"] for line in log] == ["sla.on_change_failed"]
    assert not command.running


def test_a_command_that_does_not_end_is_killed_with_all_that_it_started(bench: Bench) -> None:
    bench.runs(
        "child = os.fork()\n"
        "if child: (HERE / 'pids').write_text(f'{os.getpid()} {child}\\n')\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "time.sleep(600)"
    )
    bench.command.put(EVENT)
    processes = [psutil.Process(int(pid)) for pid in bench.until("pids").split()]
    bench.clock.advance(LONGEST_SECONDS)
    with capture_logs() as log:
        bench.until_idle()
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    assert alive == []
    assert [line["error"] for line in log] == ["killed after 30 s"]


def test_what_a_command_leaves_behind_is_ended_with_it(bench: Bench) -> None:
    bench.runs("child = os.fork()\nif child: (HERE / 'pid').write_text(f'{child}\\n')\nelse: time.sleep(600)")
    bench.command.put(EVENT)
    left = psutil.Process(int(bench.until("pid")))
    bench.until_idle()
    assert psutil.wait_procs([left], timeout=PATIENCE_SECONDS)[1] == []


def test_a_slow_command_drops_the_oldest_of_too_many_changes(bench: Bench) -> None:
    bench.runs("time.sleep(600)")
    with capture_logs() as log:
        for number in range(MOST_WAITING + 3):  # one of them runs
            bench.command.put({"number": number})
    assert [line["error"][:7] for line in log] == ["dropped"] * 2


def test_the_end_of_the_observer_is_the_end_of_the_run(bench: Bench) -> None:
    bench.runs("(HERE / 'pid').write_text(f'{os.getpid()}\\n'); time.sleep(600)")
    bench.command.put(EVENT)
    run = psutil.Process(int(bench.until("pid")))
    bench.command.close()
    assert not run.is_running()


def test_the_command_inherits_neither_descriptors_nor_signals_nor_systemds_socket(bench: Bench) -> None:
    bench.runs(
        "ignored = [n for n in range(1, 32) if n not in (9, 19) and signal.getsignal(n) == signal.SIG_IGN]\n"
        "blocked = list(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
        "fds = [int(n) for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "seen = ignored, blocked, [n for n in fds if n > 2], 'NOTIFY_SOCKET' in os.environ\n"
        "(HERE / 'seen').write_text(f'{seen}\\n')",
        NOTIFY_SOCKET="/run/systemd/notify",
    )
    kept_open = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(kept_open, True)
    try:
        bench.command.put(EVENT)
        # Python itself ignores SIGPIPE and SIGXFSZ, and whoever has started us may have had us ignore others.
        ignored = [n for n in range(1, 32) if n not in {9, 19} and signal.getsignal(n) == signal.SIG_IGN]
        assert bench.until("seen") == f"({ignored}, [], [], False)\n"
    finally:
        os.close(kept_open)


def test_a_run_that_closes_its_standard_error_is_not_looked_at_all_the_time(bench: Bench) -> None:
    bench.runs("os.close(2); (HERE / 'closed').write_text('it is\\n'); time.sleep(600)")
    bench.command.put(EVENT)
    bench.until("closed")
    bench.wait(lambda: bench.command.descriptors() == [])
    assert bench.command.running


def test_what_another_run_wrote_is_not_quoted_for_a_change_that_was_not_run(bench: Bench) -> None:
    bench.runs("print('mine', file=sys.stderr, flush=True); (HERE / 'said').write_text('it is\\n'); time.sleep(600)")
    bench.command.put(EVENT)
    bench.command.put(EVENT)
    bench.until("said")
    with capture_logs() as lines:
        bench.command.close()
    assert [(line["error"], line["stderr"]) for line in lines] == [
        ("not run: the observer ends", ""),
        ("killed: the observer ends", "mine"),
    ]


def test_a_program_of_another_user_that_may_not_be_killed_ends_nobody_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    bench.runs("(HERE / 'ran').open('a').write('it is\\n')")
    with capture_logs() as lines:
        for runs in (1, 2):  # the next change is run as well
            bench.command.put(EVENT)
            bench.wait(lambda runs=runs: bench.until("ran").count("it is") == runs)
            bench.until_idle()
    assert lines == []
