"""A supervisor over real forks: whatever its children write, leave unread or close, it goes on."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psutil
import pytest

from captured_logs import capture_logs
from doubles.process import settings_generation
from doubles.process.lent_signals import lent_signals
from punctuald.clock import SystemClock
from punctuald.policy.pool.fleet import FleetRules
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Dump, OnTime, Ready, Recycle, Target
from punctuald.process.notify import Notifier
from punctuald.process.signals import SignalQueue
from punctuald.process.supervisor import supervisor as supervisor_module
from punctuald.process.supervisor import wait as wait_module
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.process.supervisor.supervisor import Supervisor
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

SUPERVISOR = os.getpid()  # not getppid: a child that has lost it must signal nobody else
PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.005
RULES = replace(settings_generation.RULES, backoff_initial_seconds=0.01, backoff_max_seconds=0.05)
GARBAGE = [
    b"{}\n",
    b"[]\n",
    b"\n\n\n",
    b"\x00\xff\xfe\x80\n",
    b'{"kind":"target","workers":-5,"generation":1}\n',
    b'{"kind":"stuck","message_ids":[null]}\n',
    b'{"kind":"misconfigured"}\n',
    b"[" * 100_000 + b"\n",
    b"x" * 10_000_000 + b"\n",
]


@pytest.fixture(autouse=True)
def _signals_come_back() -> Iterator[None]:
    with lent_signals(supervisor_module):
        yield


class CountingClock(SystemClock):
    """How often it was looked at tells how often the supervisor's loop went round."""

    def __init__(self) -> None:
        self.looks = 0
        self.stood_still_seconds = 0.0

    def mono(self) -> float:
        self.looks += 1
        return time.monotonic() + self.stood_still_seconds


@dataclass
class Run:
    """What is left of a daemon."""

    status: int
    log: list[Any]
    clock: CountingClock
    reports: list[str]

    def lines(self, event: str, **fields: Any) -> list[Any]:
        return [
            line for line in self.log if line["event"] == event and all(line.get(k) == v for k, v in fields.items())
        ]


def supervise(
    worker: Callable[[int, ChildEnd], None],
    *,
    workers: int = 1,
    max_workers: int | None = None,
    autoscaler: Callable[[int, ChildEnd], int] | None = None,
    observer: Callable[[ChildEnd], int] | None = None,
    rules: FleetRules = RULES,
    clock: CountingClock | None = None,
) -> Run:
    """Run a daemon whose workers live as ``worker`` says and then wait to be ended, until one stops the daemon.

    ``autoscaler`` is given how many workers there should be at its start.
    """
    most = max_workers or workers
    board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=2 * most))

    def worker_main(index: int) -> ChildMain:
        return lambda channel: until_ended(lambda: worker(index, channel))

    def autoscaler_main(target: int) -> ChildMain:
        return lambda channel: until_ended() if autoscaler is None else autoscaler(target, channel)

    def observer_main() -> ChildMain:
        return lambda channel: observe(channel) if observer is None else observer(channel)

    def build(number: int, _previous: Generation | None) -> Generation:
        made = settings_generation.generation(board, number=number, rules=rules, min_workers=workers, max_workers=most)
        return replace(made, worker_main=worker_main, autoscaler_main=autoscaler_main, observer_main=observer_main)

    clock, reports = clock or CountingClock(), list[str]()
    with capture_logs() as log:
        supervisor = Supervisor(build, clock, Notifier({}), lambda _generation, event: reports.append(event))
        return Run(supervisor.run(), log, clock, reports)


def observe(channel: ChildEnd) -> int:
    return until_ended(lambda: channel.send(Ready(0.0)))


def until_ended(live: Callable[[], None] = lambda: None) -> int:
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    live()
    signal.alarm(int(PATIENCE_SECONDS))  # a supervisor that is broken must not leave us behind
    while True:
        signal.pause()


def stop_the_daemon() -> None:
    os.kill(SUPERVISOR, signal.SIGTERM)


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < give_up_mono:
        time.sleep(LOOK_SECONDS)


def put(path: Path, text: str) -> None:
    """Whoever finds the file finds all of it."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.rename(path)


def readable(channel: ChildEnd | SignalQueue) -> bool:
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def write(channel: ChildEnd, data: bytes) -> None:
    """As a handler would that writes to a descriptor which is not its own."""
    while data:
        try:
            data = data[os.write(channel.fileno(), data) :]
        except BlockingIOError:
            time.sleep(0.001)


def test_a_childs_garbage_ends_nothing_and_what_follows_it_is_heard() -> None:
    def worker(index: int, channel: ChildEnd) -> None:
        if index:  # a successor, which may have come before the stop
            return
        for garbage in GARBAGE:
            write(channel, garbage)
        channel.send(Recycle("age"))
        stop_the_daemon()

    run = supervise(worker)
    assert run.status == 0
    assert [line["worker"] for line in run.lines("process.retiring")] == [0]
    assert all(line["asked"] for line in run.lines("process.exited"))
    assert len(run.lines("process.frame_refused")) == 1
    [lost] = run.lines("process.frames_lost")
    assert (lost["refused"], lost["unsent"]) == (len(GARBAGE) + 2, 0)  # three line ends in a row are three empty lines


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: repr(garbage[:20]))
def test_no_last_words_of_a_dying_child_end_the_daemon(garbage: bytes) -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))
        stop_the_daemon()
        write(channel, garbage[:100_000])
        os._exit(1)

    assert supervise(worker).status == 0


def test_frames_of_the_wrong_child_or_at_the_wrong_time_change_nothing_that_matters() -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        for frame in (Ready(0.1), Ready(0.2), Target(1_000_000, 1), Target(5, 99), Ready(1e9), Recycle("age")):
            channel.send(frame)
        stop_the_daemon()

    assert supervise(worker).status == 0


@pytest.mark.parametrize("ends_by", ["death", "reload"])
def test_an_autoscaler_that_is_started_again_begins_with_what_was_wanted(tmp_path: Path, ends_by: str) -> None:
    def autoscaler(target: int, channel: ChildEnd) -> int:
        channel.send(Ready(0.0))
        if not (first := tmp_path / "first").exists():
            put(first, str(target))
            channel.send(Target(3, 1))
            if ends_by == "death":
                return 1
            wait_until(lambda: len(list(tmp_path.glob("worker-?"))) == 3)
            os.kill(SUPERVISOR, signal.SIGHUP)
            return until_ended()
        put(tmp_path / "second", str(target))
        stop_the_daemon()
        return until_ended()

    def worker(index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))
        put(tmp_path / f"worker-{index}", "")

    run = supervise(worker, max_workers=4, autoscaler=autoscaler)
    assert run.status == 0
    assert [(tmp_path / name).read_text() for name in ("first", "second")] == ["1", "3"]


def test_a_target_of_anyone_but_the_autoscaler_starts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Target(4, 1))
        channel.send(Ready(0.1))

    monkeypatch.setattr(Notifier, "ready", lambda *_: stop_the_daemon())
    run = supervise(worker, max_workers=4)
    assert len(run.lines("process.spawned", role="worker")) == 1


def test_a_stop_in_the_turn_that_wakes_takes_no_longer_than_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, wait_for, stopping = CountingClock(), wait_module.wait_for, tmp_path / "stopping"

    def stand_still(signals: SignalQueue, *args: Any) -> None:
        wait_for(signals, *args)
        if stopping.exists() and readable(signals):
            stopping.unlink()
            clock.stood_still_seconds = 3_600.0

    def worker(_index: int, channel: ChildEnd) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        channel.send(Ready(0.1))
        put(stopping, "")
        stop_the_daemon()

    monkeypatch.setattr(supervisor_module, "wait_for", stand_still)
    run = supervise(worker, rules=replace(RULES, drain_timeout_seconds=0.1), clock=clock)
    assert len(run.lines("clock.stood_still")) == 1
    assert len(run.lines("process.signalled", role="worker", signal="SIGINT")) == 1


def test_a_worker_that_is_to_end_does_not_become_ready_any_more() -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        def say_ready(*_: object) -> None:
            channel.send(Ready(0.1))
            os._exit(0)

        signal.signal(signal.SIGTERM, say_ready)
        stop_the_daemon()

    run = supervise(worker)
    assert run.status == 0
    assert run.lines("process.ready", role="worker") == []


def test_a_child_that_closes_its_line_is_not_waited_for_again_and_again() -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))
        channel.close()
        time.sleep(0.3)
        stop_the_daemon()

    run = supervise(worker)
    assert run.status == 0
    assert run.clock.looks < 1_000  # a loop that does not wait goes round tens of thousands of times


def test_at_sigusr1_every_worker_is_asked_for_its_state(tmp_path: Path) -> None:
    def worker(index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))
        wait_until(lambda: readable(channel))
        put(tmp_path / str(index), repr(channel.read()))

    def autoscaler(_target: int, channel: ChildEnd) -> int:
        channel.send(Ready(0.0))
        os.kill(SUPERVISOR, signal.SIGUSR1)
        wait_until(lambda: len(list(tmp_path.glob("[01]"))) == 2)
        stop_the_daemon()
        return until_ended()

    assert supervise(worker, workers=2, autoscaler=autoscaler).status == 0
    assert [(tmp_path / index).read_text() for index in ("0", "1")] == [repr(([Dump()], False))] * 2


def test_a_worker_that_never_reads_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pair, heard = socket.socketpair, tmp_path / "heard"

    def narrow_pair() -> tuple[socket.socket, socket.socket]:
        pair = make_pair()
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        return pair

    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))
        for _ in range(200):
            os.kill(SUPERVISOR, signal.SIGUSR1)
            time.sleep(0.001)
        heard.write_text(str(len(channel.read()[0])))
        stop_the_daemon()

    monkeypatch.setattr(socket, "socketpair", narrow_pair)
    run = supervise(worker)
    assert run.status == 0
    assert 0 < int(heard.read_text()) < run.reports.count("stats.snapshot"), "its pipe was never full"


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM])
def test_forks_that_fail_cost_those_starts_and_the_daemon_comes_up_when_they_work(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork, failures = os.fork, iter(range(4))

    def sometimes() -> int:
        if next(failures, None) is not None:
            raise OSError(number, os.strerror(number))
        return fork()

    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))

    monkeypatch.setattr(os, "fork", sometimes)
    monkeypatch.setattr(Notifier, "ready", lambda *_: stop_the_daemon())
    run = supervise(worker)
    assert run.status == 0
    assert [line["error"] for line in run.lines("process.start_failed")] == [errno.errorcode[number]] * 4
    assert len(run.lines("process.ready", role="worker")) == 1


def test_a_daemon_that_can_fork_nothing_can_still_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    forks = 0

    def never() -> int:
        nonlocal forks
        forks += 1
        if forks == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        raise OSError(errno.EAGAIN, "no")

    monkeypatch.setattr(os, "fork", never)
    run = supervise(lambda _index, _channel: None)
    assert (run.status, run.lines("process.spawned")) == (0, [])


def test_a_worker_keeps_open_no_line_of_another(tmp_path: Path) -> None:
    def sockets() -> int:
        return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())

    def worker(index: int, channel: ChildEnd) -> None:
        put(tmp_path / str(index), str(sockets()))
        channel.send(Ready(0.1))
        wait_until(lambda: len(list(tmp_path.glob("[012]"))) == 3)
        if index == 0:
            stop_the_daemon()

    assert supervise(worker, workers=3).status == 0
    assert len({path.read_text() for path in tmp_path.glob("[012]")}) == 1


def test_an_observer_that_always_dies_is_started_again_and_nothing_else_notices() -> None:
    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(Ready(0.1))

    def observer(_channel: ChildEnd) -> int:
        starts.write(b"x")
        if starts.tell() == RULES.fatal_after_young_deaths + 2:
            stop_the_daemon()
        os._exit(70)

    with TemporaryFile(buffering=0) as starts:
        run = supervise(worker, observer=observer)
    assert run.status == 0
    assert len(run.lines("process.exited", role="observer", status=70)) >= RULES.fatal_after_young_deaths + 2
    assert run.lines("process.fatal") == run.lines("daemon.failed") == run.lines("reload.rolled_back") == []
    assert len(run.lines("process.spawned", role="worker")) == len(run.lines("process.spawned", role="autoscaler")) == 1


def test_at_a_stop_the_observer_goes_last_and_the_final_statistics_follow() -> None:
    run = supervise(lambda _index, _channel: stop_the_daemon())
    ended = [line["role"] for line in run.lines("process.exited")]
    assert ended == ["worker", "autoscaler", "observer"]
    assert run.reports == ["stats.final"]


def test_an_observer_that_is_missing_at_the_end_is_started_for_its_last_words(tmp_path: Path) -> None:
    slow = replace(RULES, backoff_initial_seconds=PATIENCE_SECONDS, backoff_max_seconds=PATIENCE_SECONDS)
    first = tmp_path / "first"

    def worker(_index: int, _channel: ChildEnd) -> None:
        wait_until(lambda: first.exists() and not psutil.pid_exists(int(first.read_text())))  # reaped
        stop_the_daemon()

    def observer(_channel: ChildEnd) -> int:
        if first.exists():
            return 0
        put(first, str(os.getpid()))
        os._exit(70)

    run = supervise(worker, observer=observer, rules=slow)
    assert [line["status"] for line in run.lines("process.exited", role="observer")] == [70, 0]


def test_the_observers_word_on_the_worst_tier_is_in_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def status(_self: Notifier, text: str) -> None:
        said.append(text)
        if "peak_hours" in text:
            stop_the_daemon()

    for said_with in ("status", "ready"):  # whichever comes first
        monkeypatch.setattr(Notifier, said_with, status)

    def worker(_index: int, channel: ChildEnd) -> None:
        channel.send(OnTime("peak", 0.1, violated=True))  # a worker's word on it does not count
        channel.send(Ready(0.1))

    def observer(channel: ChildEnd) -> int:
        assert channel.offer(OnTime("peak_hours", 0.98765, violated=True))
        return until_ended()

    supervise(worker, observer=observer)
    assert any("peak_hours 98.7 % in time, violated" in status for status in said)
    assert not any("peak 10" in status for status in said)
