"""A managed process that ended: what it was running is suspect, and settings of yesterday hold up nobody."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from punctuald.clock import ManualClock, SystemClock
from punctuald.policy.pool.fleet import FleetRules, State
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Dump, Ill, Recycle
from punctuald.process.exit_status import ExitStatus
from punctuald.process.supervisor.children import Death, reap
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter

PATIENCE_SECONDS = 10.0
RULES = FleetRules(
    drain_timeout_seconds=30,
    fast_timeout_seconds=10,
    backoff_initial_seconds=0.5,
    backoff_max_seconds=30,
    young_death_seconds=60,
    fatal_after_young_deaths=3,
    heartbeat_timeout_seconds=20,
)


@dataclass
class Life:
    """What is left of one worker's life."""

    process: ManagedProcess
    board: Board
    log: list[Any]
    could_not_start: bool

    @property
    def deaths(self) -> int:
        return self.board.suspects.deaths("order 7")

    @property
    def exited(self) -> Any:
        return next(line for line in self.log if line["event"] == "process.exited")


def live(main: Callable[[RowWriter], int], *, ready: bool = True, reports: bool = False, in_force: int = 1) -> Life:
    """Let a worker be forked, live as ``main`` says, die and be reaped."""
    board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=2, workers=1))

    def child(_channel: ChildEnd) -> int:
        stats = board.writer(0)
        stats.attach(os.getpid(), 0.0)
        return main(stats)

    generation = generation_of(child, board)
    process = ManagedProcess(0, "worker", SystemClock())
    with capture_logs() as log:
        process.start(generation, 0, child, [])
        if ready:
            process.became_ready(0.1)
        if reports:
            process.suspect(["order 7"])
        could_not_start = process.ended(death_of(process.pid), in_force)
    return Life(process, board, log, could_not_start=could_not_start)


def generation_of(child_main: ChildMain, board: Board | None = None) -> Generation:
    board = board or Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=2, workers=1))
    return Generation(1, RULES, 1, 1, board, (board,), lambda _index: child_main, child_main, lambda: None)


def death_of(pid: int) -> Death:
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_mono:
        for death in reap():
            if death.pid == pid:
                return death
        time.sleep(0.005)
    raise AssertionError("the child did not end")


def exits_while_it_runs(status: int) -> Callable[[RowWriter], int]:
    def child_main(stats: RowWriter) -> int:
        stats.handler_slot(1).start("order 7", 0, 1.0)
        return status

    return child_main


def releases_what_it_runs(stats: RowWriter) -> int:
    stats.handler_slot(1).start("order 7", 0, 1.0)
    stats.handler_slot(1).stop()
    return 0


@pytest.mark.parametrize("status", [0, 3, ExitStatus.CRASHED])
def test_whatever_the_status_says_what_it_was_running_is_suspect_and_it_died_young(status: int) -> None:
    life = live(exits_while_it_runs(status))
    assert life.deaths == 1
    assert (life.process.slot.state, life.exited["log_level"]) == (State.BACKOFF, "error")
    assert len(life.exited["held_messages"]) == 1


def test_a_worker_that_ends_in_order_makes_nothing_suspect_and_did_not_die() -> None:
    life = live(releases_what_it_runs)
    assert life.deaths == 0
    assert (life.process.slot.state, life.exited["log_level"]) == (State.EMPTY, "info")
    assert life.exited["held_messages"] == []


def test_what_it_reported_as_stuck_is_not_counted_twice() -> None:
    life = live(exits_while_it_runs(ExitStatus.CRASHED), reports=True)
    assert life.deaths == 1
    assert len(life.exited["held_messages"]) == 1


def test_what_it_reported_as_stuck_is_suspect_though_it_has_released_it() -> None:
    assert live(releases_what_it_runs, reports=True).deaths == 1


def test_a_start_that_fails_backs_off_even_with_status_0() -> None:
    assert live(lambda _: 0, ready=False).process.slot.state is State.BACKOFF


@pytest.mark.parametrize("name", ["EAGAIN", "ENOMEM", "EMFILE"])
def test_a_fork_that_fails_costs_that_start_and_is_tried_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generation, clock = generation_of(lambda _: 0), ManualClock()
    process = ManagedProcess(0, "worker", clock)
    with capture_logs() as log, monkeypatch.context() as patch:
        patch.setattr("os.fork", refusing(getattr(errno, name)))
        process.start(generation, 0, lambda _: 0, [])
    assert (process.slot.state, process.pid, process.channel) == (State.BACKOFF, 0, None)
    assert [(line["event"], line["error"], line["wait_seconds"]) for line in log] == [
        ("process.start_failed", name, RULES.backoff_initial_seconds)
    ]
    clock.advance(RULES.backoff_initial_seconds)
    process.watch(clock.mono())
    assert process.slot.state is State.EMPTY
    process.start(generation, 0, lambda _: 0, [])
    process.ended(death_of(process.pid), 1)


def test_forks_that_fail_wait_ever_longer_and_are_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    generation, clock, waits = generation_of(lambda _: 0), ManualClock(), []
    process = ManagedProcess(0, "worker", clock)
    monkeypatch.setattr("os.fork", refusing(errno.EAGAIN))
    for _ in range(10):
        process.start(generation, 0, lambda _: 0, [])
        assert process.slot.due_mono is not None
        waits.append(process.slot.due_mono - clock.mono())
        clock.advance(waits[-1])
        process.watch(clock.mono())
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert (waits[-1], process.slot.state) == (RULES.backoff_max_seconds, State.EMPTY)


def refusing(number: int) -> Callable[[], int]:
    def refused() -> int:
        raise OSError(number, os.strerror(number))

    return refused


def test_of_a_childs_garbage_the_first_has_a_line_and_its_end_tells_how_much_it_was() -> None:
    def child_main(channel: ChildEnd) -> int:
        os.write(channel.fileno(), b"{}\n[]\n\xff\n")
        channel.send(Recycle("age"))
        return 0

    process = ManagedProcess(0, "worker", SystemClock())
    with capture_logs() as log:
        process.start(generation_of(child_main), 0, child_main, [])
        death = death_of(process.pid)
        assert process.hear() == [Recycle("age")]
        assert process.hear() == []
        process.ended(death, 1)
    lines = {line["event"]: line for line in log if line["event"].startswith("process.frame")}
    assert list(lines) == ["process.frame_refused", "process.frames_lost"]
    assert lines["process.frame_refused"]["error"] == "unknown kind"
    assert (lines["process.frames_lost"]["refused"], lines["process.frames_lost"]["unsent"]) == (3, 0)


def test_where_nobody_lives_there_is_nothing_to_hear_and_nobody_to_tell() -> None:
    process = ManagedProcess(0, "worker", SystemClock())
    process.send(Dump())
    assert process.hear() == []


@pytest.mark.parametrize(
    ("ready", "in_force", "could_not_start"), [(False, 1, True), (True, 1, False), (False, 2, False)]
)
def test_a_start_that_is_not_possible_yet_speaks_of_the_settings_that_it_was_tried_with(
    *, ready: bool, in_force: int, could_not_start: bool
) -> None:
    assert live(lambda _: ExitStatus.NOT_YET, ready=ready, in_force=in_force).could_not_start is could_not_start


def test_a_start_under_settings_that_are_gone_keeps_nobody_waiting() -> None:
    assert live(lambda _: ExitStatus.MISCONFIGURED, ready=False).process.slot.state is State.BACKOFF
    outdated = live(lambda _: ExitStatus.MISCONFIGURED, ready=False, in_force=2)
    assert outdated.process.slot.state is State.EMPTY
    assert "process.backoff" not in {line["event"] for line in outdated.log}


def test_a_message_over_which_a_worker_fell_ill_counts_once_for_it_and_is_no_suspect() -> None:
    board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=2, workers=1))
    process = ManagedProcess(0, "worker", SystemClock())
    for workers_ill in (1, 2):
        process.start(generation_of(lambda _: 0, board), 0, lambda _: 0, [])
        process.note(Ill(("order 7",)))
        process.note(Ill(("order 7", "order 8")))
        assert board.ills.deaths("order 7") == board.ills.deaths("order 8") == workers_ill
        process.ended(death_of(process.pid), 1)
    assert board.suspects.deaths("order 7") == 0
