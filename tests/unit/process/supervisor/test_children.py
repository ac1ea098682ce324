"""Fork, and what is left of a child afterwards."""

from __future__ import annotations

import errno
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from punctuald.process.channel.channel import ChildEnd, open_channel
from punctuald.process.channel.frames import Ready, Recycle
from punctuald.process.death import Death
from punctuald.process.exit_status import ExitStatus
from punctuald.process.process_group import suspend
from punctuald.process.supervisor.children import (
    Child,
    Closable,
    fork_child,
    freeze_for_forks,
    reap,
    send_signal,
)

PATIENCE_SECONDS = 10.0


@pytest.fixture
def fork() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def make(child_main: Callable[[ChildEnd], int], *inherited: Closable) -> Child:
        children.append(fork_child("under test", child_main, inherited))
        return children[-1]

    yield make
    for child in children:
        child.channel.close()


def death_of(child: Child) -> Death:
    give_up_mono = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_mono:
        for death in reap():
            if death.pid == child.pid:
                return death
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    raise AssertionError("the child did not end")


def wait_for_end_of_parent(channel: ChildEnd) -> int:
    channel.send(Ready(0.0))
    os.read(channel.fileno(), 1)
    return 0


def test_a_child_exits_with_what_its_body_returns(fork: Callable[..., Child]) -> None:
    assert death_of(fork(lambda _: 7)).status == 7


def test_a_child_is_heard_by_its_parent(fork: Callable[..., Child]) -> None:
    def child_main(channel: ChildEnd) -> int:
        channel.send(Recycle(str(os.getpid())))
        return 0

    child = fork(child_main)
    death_of(child)
    assert child.channel.read() == [Recycle(str(child.pid))]


@pytest.mark.parametrize("error", [ValueError("boom"), KeyboardInterrupt(), MemoryError()])
def test_whatever_a_body_raises_is_a_crash_and_never_the_parents_stack(
    error: BaseException, fork: Callable[..., Child]
) -> None:
    def child_main(_channel: ChildEnd) -> int:
        raise error

    assert death_of(fork(child_main)).status == ExitStatus.CRASHED


def test_a_child_closes_what_is_its_parents(fork: Callable[..., Child]) -> None:
    parent_end, other = open_channel()
    ours = Path(f"/proc/self/fd/{other.fileno()}").readlink()

    def child_main(_channel: ChildEnd) -> int:
        return [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_socket()].count(ours)

    assert death_of(fork(child_main, other)).status == 0
    parent_end.close()
    other.close()


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("os.fork", errno.EAGAIN),
        ("os.fork", errno.ENOMEM),
        ("socket.socketpair", errno.EMFILE),
    ],
)
def test_a_fork_that_fails_says_why_and_leaves_no_descriptor_behind(
    call: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(call, refused)
    before = sorted(Path("/proc/self/fd").iterdir())
    with pytest.raises(OSError, match=os.strerror(number)):
        fork_child("under test", lambda _: 0, [])
    assert sorted(Path("/proc/self/fd").iterdir()) == before


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "disk full"), ValueError("closed")])
def test_a_stream_that_cant_be_written_hinders_no_fork(
    error: Exception, fork: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("sys.stdout.flush", fail)
    assert death_of(fork(lambda _: 7)).status == 7


def test_a_child_that_cant_close_what_is_its_parents_never_gets_into_the_parents_stack(
    fork: Callable[..., Child],
) -> None:
    class Unclosable:
        def close(self) -> None:
            raise OSError(errno.EIO, "no")

    assert death_of(fork(lambda _: 0, Unclosable())).status == ExitStatus.CRASHED


def test_a_child_hears_signals_again_and_is_named(fork: Callable[..., Child]) -> None:
    def child_main(channel: ChildEnd) -> int:
        channel.send(Recycle(Path("/proc/self/comm").read_text().strip()))
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        return 0

    child = fork(child_main)
    assert death_of(child).status == -signal.SIGTERM
    assert child.channel.read() == [Recycle("under test")]


def test_a_child_that_waits_for_its_parent_ends_when_the_parent_hangs_up(fork: Callable[..., Child]) -> None:
    child = fork(wait_for_end_of_parent)
    child.channel.close()
    assert death_of(child).status in {0, ExitStatus.CRASHED}  # it may have been telling us something just then


def test_a_child_leads_a_group_and_a_session_and_has_no_input(fork: Callable[..., Child]) -> None:
    def child_main(_channel: ChildEnd) -> int:
        own = os.getpid() == os.getpgrp() == os.getsid(0)
        return int(not own or os.read(0, 1) != b"")

    assert death_of(fork(child_main)).status == 0


def test_a_suspended_daemon_and_its_children_go_on_together(fork: Callable[..., Child]) -> None:
    def child_main(_channel: ChildEnd) -> int:
        time.sleep(PATIENCE_SECONDS)
        return 0

    child = fork(child_main)
    daemon = os.fork()  # a shell's job: a group of its own, in the session of whoever can continue it
    if daemon == 0:
        try:
            os.setpgid(0, 0)
            suspend([child.pid, 0])
        finally:
            os._exit(0)
    assert os.WIFSTOPPED(os.waitpid(daemon, os.WUNTRACED)[1])
    assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
    os.kill(daemon, signal.SIGCONT)
    assert os.waitstatus_to_exitcode(os.waitpid(daemon, 0)[1]) == 0
    assert os.WIFCONTINUED(os.waitpid(child.pid, os.WCONTINUED)[1])
    send_signal(child.pid, signal.SIGKILL)
    death_of(child)


def test_a_signal_reaches_a_child_and_one_that_is_gone_does_no_harm(fork: Callable[..., Child]) -> None:
    child = fork(wait_for_end_of_parent)
    send_signal(child.pid, signal.SIGKILL)
    assert death_of(child).status == -signal.SIGKILL
    send_signal(child.pid, signal.SIGKILL)


def test_reaping_never_waits_for_the_living(fork: Callable[..., Child]) -> None:
    child = fork(wait_for_end_of_parent)
    assert child.pid not in {death.pid for death in reap()}
    send_signal(child.pid, signal.SIGKILL)
    death_of(child)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (0, "exited"),
        (3, "exited with status 3"),
        (ExitStatus.CRASHED, "crashed, or a handler passed its time limit (status 70)"),
        (ExitStatus.NOT_YET, "could not start yet, or could not go on (status 75)"),
        (ExitStatus.MISCONFIGURED, "misconfigured (status 78)"),
        (-9, "killed by SIGKILL (out of memory, or by hand)"),
        (-11, "killed by SIGSEGV"),
        (-35, "killed by signal 35"),
    ],
)
def test_every_death_has_a_cause_that_people_understand(status: int, cause: str) -> None:
    assert Death(1, status).cause() == cause


def test_a_death_by_our_own_hand_is_neither_for_memory_nor_by_hand() -> None:
    assert Death(1, -9).cause("heartbeat stopped") == "killed by SIGKILL (ours: heartbeat stopped)"


def test_before_the_first_fork_all_objects_are_moved_out_of_the_collectors_sight() -> None:
    try:
        freeze_for_forks()
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
