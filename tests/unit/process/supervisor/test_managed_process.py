"""A managed process that ended: what it was running is suspect, and settings of yesterday hold up nobody."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.process import settings_generation
from patience import wait_until
from punctuald.clock import ManualClock, SystemClock
from punctuald.policy.pool.fleet import Event, State
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Cleared, Dump, Ill, Importing, Recycle, Stuck, Up
from punctuald.process.death import Death
from punctuald.process.exit_status import ExitStatus
from punctuald.process.supervisor.children import reap
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter

PATIENCE_SECONDS = 10.0
RULES = replace(settings_generation.RULES, young_death_seconds=60)


@dataclass
class Life:
    """What is left of one worker's life."""

    process: ManagedProcess
    board: Board
    log: list[Any]
    could_not_start: bool

    @property
    def deaths(self) -> int:
        return self.board.tables.suspects.deaths("order 7")

    @property
    def lone_deaths(self) -> int:
        return self.board.tables.suspects.lone_deaths("order 7")

    @property
    def exited(self) -> Any:
        return next(line for line in self.log if line["event"] == "process.exited")


def live(main: Callable[[RowWriter], int], *says: Up, ready: bool = True, in_force: int = 1) -> Life:
    """Let a worker be forked, live as ``main`` says, die and be reaped."""
    board = board_of_one()

    def child(channel: ChildEnd) -> int:
        stats = board.writer(0)
        stats.attach(os.getpid(), 0.0)
        for frame in says:
            channel.send(frame)
        return main(stats)

    generation = generation_of(child, board)
    process = ManagedProcess(0, "worker", SystemClock())
    with capture_logs() as log:
        process.start(generation, 0, child, [])
        if ready:
            process.became_ready(0.1)
        death = death_of(process.pid)
        process.hear()
        could_not_start = process.ended(death, in_force)
    return Life(process, board, log, could_not_start=could_not_start)


def board_of_one() -> Board:
    return Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=2, workers=1, batch_size=3))


def generation_of(child_main: ChildMain, board: Board | None = None) -> Generation:
    return settings_generation.generation(board or board_of_one(), child_main, rules=RULES)


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


def exits_while_it_runs_two(stats: RowWriter) -> int:
    stats.handler_slot(0).start("order 6", 0, 1.0)
    stats.handler_slot(1).start("order 7", 0, 1.0)
    return 3


def exits_while_it_runs_a_batch(stats: RowWriter) -> int:
    stats.handler_slot(1).start("order 7", 0, 1.0, ["order 8", "order 9", "the one that there is no room for"])
    return 3


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
    life = live(exits_while_it_runs(ExitStatus.CRASHED), Stuck(("order 7",)))
    assert life.deaths == 1
    assert len(life.exited["held_messages"]) == 1


def test_what_it_reported_as_stuck_is_suspect_though_it_has_released_it() -> None:
    assert live(releases_what_it_runs, Stuck(("order 7",))).deaths == 1


def test_it_died_of_a_message_for_sure_only_if_that_ran_alone() -> None:
    assert live(exits_while_it_runs(3)).lone_deaths == 1
    beside_another = live(exits_while_it_runs_two)
    assert (beside_another.deaths, beside_another.lone_deaths) == (1, 0)


def test_a_batch_that_it_died_in_is_suspect_as_a_whole() -> None:
    suspects = live(exits_while_it_runs_a_batch).board.tables.suspects
    assert [suspects.deaths(f"order {number}") for number in (6, 7, 8, 9)] == [0, 1, 1, 1]
    assert [suspects.lone_deaths(f"order {number}") for number in (7, 8, 9)] == [0, 0, 0]


def test_a_batch_that_it_was_stuck_in_is_suspect_as_a_whole_and_none_of_it_for_sure() -> None:
    suspects = live(releases_what_it_runs, Stuck(("order 7", "order 8"))).board.tables.suspects
    assert [suspects.deaths(f"order {number}") for number in (7, 8)] == [1, 1]
    assert [suspects.lone_deaths(f"order {number}") for number in (7, 8)] == [0, 0]


def test_what_ran_alone_to_its_end_is_no_suspect_any_more() -> None:
    life = live(releases_what_it_runs, Stuck(("order 7",)), Cleared(("order 7", "one that never was")))
    assert (life.deaths, life.lone_deaths) == (0, 0)


def test_a_worker_that_we_killed_because_its_stop_took_too_long_says_nothing_for_sure() -> None:
    def child(_channel: ChildEnd) -> int:
        stats = board.writer(0)
        stats.attach(os.getpid(), 0.0)
        stats.handler_slot(0).start("order 7", 0, 1.0)
        while True:
            time.sleep(60)

    board = board_of_one()
    process = ManagedProcess(0, "worker", SystemClock())
    process.start(generation_of(child, board), 0, child, [])
    wait_until(lambda: bool(board.reader(0).running()))
    process.order(Event.KILL)
    process.ended(death_of(process.pid), 1)
    assert (board.tables.suspects.deaths("order 7"), board.tables.suspects.lone_deaths("order 7")) == (1, 0)


@pytest.mark.parametrize(
    ("event", "reason", "cause"),
    [
        (Event.KILL, "asked to end at once", "killed by SIGKILL (ours: asked to end at once)"),
        (None, "", "killed by SIGKILL (out of memory, or by hand)"),
    ],
)
def test_only_a_kill_that_was_not_ours_is_for_memory_or_by_hand(event: Event | None, reason: str, cause: str) -> None:
    process = ManagedProcess(0, "worker", SystemClock())
    process.start(generation_of(waits_for_its_end), 0, waits_for_its_end, [])
    if event is None:
        os.kill(process.pid, signal.SIGKILL)
    else:
        process.order(event, reason)
    with capture_logs() as log:
        process.ended(death_of(process.pid), 1)
    assert [line["cause"] for line in log if line["event"] == "process.exited"] == [cause]


def test_an_import_that_takes_long_is_named_once_and_then_what_is_killed_for_it() -> None:
    def imports(channel: ChildEnd) -> int:
        channel.send(Importing("orders", "shop:handle"))
        channel.send(Importing("invoices", "bills:handle"))
        return waits_for_its_end(channel)

    clock = ManualClock()
    process = ManagedProcess(0, "worker", clock)
    with capture_logs() as log:
        process.start(generation_of(imports), 0, imports, [])
        hear_until(process, lambda: process.imports == "bills:handle")
        for _ in range(21):
            process.watch(clock.mono())
            clock.advance(1.0)
        process.watch(clock.mono())
        process.ended(death_of(process.pid), 1)
    told = [line for line in log if line["event"] in {"handler.import_slow", "process.hung", "process.exited"}]
    assert [line["event"] for line in told] == ["handler.import_slow", "process.hung", "process.exited"]
    slow, hung, exited = told
    assert (slow["queue"], slow["handler"], slow["killed_after_seconds"]) == ("invoices", "bills:handle", 20)
    assert (slow["seconds"], slow["log_level"]) == (10.0, "warning")
    assert (hung["importing"], exited["cause"]) == (
        "bills:handle",
        "killed by SIGKILL (ours: still imports bills:handle)",
    )


def test_a_worker_that_lives_imports_nothing_any_more() -> None:
    def lives(channel: ChildEnd) -> int:
        channel.send(Importing("orders", "shop:handle"))
        board.writer(0).attach(os.getpid(), 1.0)
        return waits_for_its_end(channel)

    board, clock = board_of_one(), ManualClock()
    process = ManagedProcess(0, "worker", clock)
    with capture_logs() as log:
        process.start(generation_of(lives, board), 0, lives, [])
        hear_until(process, lambda: process.imports != "" and bool(board.reader(0).heartbeat_mono))
        clock.advance(15.0)
        process.watch(clock.mono())
        process.order(Event.KILL)
        process.ended(death_of(process.pid), 1)
    assert "handler.import_slow" not in {line["event"] for line in log}


def waits_for_its_end(_channel: ChildEnd) -> int:
    while True:
        time.sleep(60)


def hear_until(process: ManagedProcess, is_so: Callable[[], bool]) -> None:
    def heard() -> bool:
        process.hear()
        return is_so()

    wait_until(heard)


def test_a_dead_worker_has_no_turn() -> None:
    def child(_channel: ChildEnd) -> int:
        turn = board.tables.suspects.turn(os.getpid())
        turn.take(1.0)
        return 0 if turn.take(1.1) else 1

    board = board_of_one()
    process = ManagedProcess(0, "worker", SystemClock())
    process.start(generation_of(child, board), 0, child, [])
    death = death_of(process.pid)
    other = board.tables.suspects.turn(process.pid + 1)
    assert (death.status, [other.take(1.2), other.take(1.3)]) == (0, [False, False])
    process.ended(death, 1)
    assert [other.take(1.4), other.take(1.5)] == [False, True]


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
    def child(channel: ChildEnd) -> int:
        channel.send(Ill(("order 7",)))
        channel.send(Ill(("order 7", "order 8")))
        return 0

    board = board_of_one()
    process = ManagedProcess(0, "worker", SystemClock())
    for workers_ill in (1, 2):
        process.start(generation_of(child, board), 0, child, [])
        death = death_of(process.pid)
        process.hear()
        assert [board.tables.ills.deaths(name) for name in ("order 7", "order 8")] == [workers_ill] * 2
        process.ended(death, 1)
    assert board.tables.suspects.deaths("order 7") == 0
