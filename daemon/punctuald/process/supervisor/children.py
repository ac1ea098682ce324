"""Forking children, signalling them, and reaping them when they have ended."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, Protocol

from punctuald.logs import logger
from punctuald.process import fault_stacks, prctl
from punctuald.process.channel.channel import ChildEnd, ParentEnd, open_channel
from punctuald.process.death import Death
from punctuald.process.ending.ending import end_process
from punctuald.process.ending.inherited import leave_parents_exit_functions
from punctuald.process.exit_status import ExitStatus
from punctuald.process.signals import end_forks_of_handlers, held_back, leave_parents_signals
from punctuald.process.standard_streams import flush_standard_streams

log = logger()

_LOOK_SECONDS = 0.0005


class Closable(Protocol):
    """A descriptor of the parent's that a child must not keep open."""

    def close(self) -> None:
        """Close it in this process."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """A live child."""

    pid: int
    channel: ParentEnd


Fork = Callable[[str, Callable[[ChildEnd], int], Iterable[Closable]], Child]
"""As `fork_child`; may raise OSError."""


def fork_child(name: str, child_main: Callable[[ChildEnd], int], inherited: Iterable[Closable]) -> Child:
    """Fork a child that runs ``child_main`` and exits with what it returns.

    ``inherited`` are the parent's own descriptors. Signals stay held back in the child until its child_main listens
    (`SignalQueue`), and both processes' buffers are empty at the fork, so nothing is written twice.

    Raises OSError where the machine has no room for one more: EMFILE or ENFILE (descriptors), EAGAIN (processes),
    ENOMEM. Nothing is left of the attempt then.
    """
    parent_end, child_end = open_channel()
    parent_pid = os.getpid()
    with held_back():
        pid = _fork_or_close(parent_end, child_end)
        if pid == 0:
            _live(name, child_main, child_end, parent_pid, (parent_end, *inherited))
    child_end.close()
    return Child(pid, parent_end)


def _fork_or_close(*ends: Closable) -> int:
    try:
        flush_standard_streams()
        return os.fork()
    except OSError:
        for end in ends:
            end.close()
        raise


def live_as_adopted(
    name: str, child_main: Callable[[ChildEnd], int], channel: ChildEnd, supervisor_pid: int, forked_by: int
) -> NoReturn:
    """As a child that `fork_child` forks, in one that a zygote forked by way of ``forked_by``, which is about to end.

    What a module registered for the exit when the zygote imported it is this process's own.
    """
    while os.getppid() == forked_by:  # the death signal is that of whoever is the parent when it is asked for
        time.sleep(_LOOK_SECONDS)
    if _is_hung_up(channel):  # nobody waited for our pid: another process has our place
        os._exit(ExitStatus.CRASHED)
    _live(name, child_main, channel, supervisor_pid, (), of_a_zygote=True)


def _is_hung_up(channel: ChildEnd) -> bool:
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLRDHUP)
    return bool(poll.poll(0))


def _live(
    name: str,
    child_main: Callable[[ChildEnd], int],
    channel: ChildEnd,
    parent_pid: int,
    parents: Iterable[Closable],
    *,
    of_a_zygote: bool = False,
) -> NoReturn:
    """The child's life. Never returns into the supervisor's stack, and runs no exit function of the parent's."""
    status: int = ExitStatus.CRASHED
    try:
        for descriptor in parents:
            descriptor.close()
        _tie_to_parent(name, parent_pid)
        _leave_the_terminal()
        leave_parents_signals()
        if not of_a_zygote:  # else the zygote did, before code of the user's was imported
            end_forks_of_handlers()
            leave_parents_exit_functions()
        fault_stacks.show_when_signalled()
        gc.enable()
        status = child_main(channel)
    except BaseException:  # nothing further out can catch it: log whatever it was, and exit
        log.exception("process.crashed", name=name)
    finally:
        end_process(status, lambda status: _leave(status, parent_pid))


def _leave(status: int, parent_pid: int) -> NoReturn:
    try:
        _end_group_of_an_orphan(parent_pid)
    finally:
        os._exit(status)


def _tie_to_parent(name: str, parent_pid: int) -> None:
    """SIGTERM when the supervisor dies, so that what is in flight is finished or released (prctl(2))."""
    prctl.die_with_parent(signal.SIGTERM)
    prctl.set_name(name)
    if os.getppid() != parent_pid:  # it died between the fork and the prctl
        os._exit(ExitStatus.CRASHED)


def _leave_the_terminal() -> None:
    """Lead a process group of our own, so that whatever handlers start can be ended with us.

    Of a session of our own, too: else what we write to a terminal would be a background job's, which `stty tostop`
    stops, and a program of a handler's that reads would take what a person types.
    """
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.close(null)


def _end_group_of_an_orphan(parent_pid: int) -> None:
    """Where the supervisor is gone, nobody else ends what handlers started."""
    if os.getppid() != parent_pid and os.getpgrp() == os.getpid():
        with contextlib.suppress(ValueError):  # not the main thread: a step of the end hangs there
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def reap() -> list[Death]:
    """All children that have ended; never waits."""
    deaths: list[Death] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return deaths
        if pid == 0:
            return deaths
        deaths.append(Death(pid, os.waitstatus_to_exitcode(status)))


def freeze_for_forks() -> None:
    """Call once before the first fork: what is loaded is moved out of the collector's sight (gc.freeze docs).

    A collection writes to the header of every object it visits, and each write copies a page in each child. The
    collector stays off in the parent, which makes no cycles worth collecting, and on in the children.
    """
    gc.disable()
    gc.collect()
    gc.freeze()


def send_signal(pid: int, number: signal.Signals) -> None:
    """Signal a child that we have not reaped yet: its pid can't have been given to another process."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        log.debug("process.gone_already", pid=pid, signal=number.name)
