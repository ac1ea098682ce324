"""Signals as a queue: handlers only enqueue, the main loop reads.

`signal.set_wakeup_fd` makes CPython's C-level handler write each signal's number into a socket, so even a signal that
arrives between two bytecodes of anything is kept, in order, and wakes a `select`. The Python-level handlers do nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import ClassVar

_ALL = signal.valid_signals()
_EARLY = (signal.SIGHUP, signal.SIGUSR1)
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
"""What the interpreter ignores from its start, so that a write says what went wrong instead of ending the process."""


NEVER = (signal.SIGTTIN, signal.SIGTTOU)
"""For the supervisor, which may be a background job. The terminal sends SIGTTOU where such a one writes and
`stty tostop` is set: its default action would stop the daemon, and with a handler the write would be tried again for
ever. Held back, it lets the write through. Both may also come from scripts of former versions, which meant something by
them."""

FOR_THE_SUPERVISOR = (signal.SIGHUP, signal.SIGUSR1, *NEVER, signal.SIGQUIT)
"""Of no meaning to children: whoever sends such a one to all processes of the daemon means the supervisor."""


def neutralise(numbers: Iterable[signal.Signals]) -> None:
    """Make these signals do nothing. Not by SIG_IGN, which every program that a handler executes would inherit."""
    for number in numbers:
        signal.signal(number, _enqueued_by_the_wakeup_fd)


def _enqueued_by_the_wakeup_fd(_number: int, _frame: FrameType | None) -> None:
    """A Python-level handler must exist, or the default action (die) would be taken."""


class SignalQueue:
    """The signals of this process, to be read from `fileno`.

    It lives until it is closed, even without references: if it were collected, signals would still be written to its
    descriptor's number, which would be closed or, worse, belong to another file.
    """

    _listening: ClassVar[SignalQueue | None] = None

    def __init__(self, wanted: Iterable[signal.Signals], *, never: Iterable[signal.Signals] = ()) -> None:
        """``never``: those that are held back as long as it listens."""
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)
        self._wanted = frozenset(wanted)
        self._never = frozenset(never)
        self.listen()

    def listen(self) -> None:
        """Receive signals, those held back since the fork included (see `held_back`). Call it again after others may
        have changed the process's signal set-up: uvloop sets the wake-up descriptor, and user code may change all."""
        SignalQueue._listening = self
        # A full socket means that hundreds of signals wait already: the loop will wake and act without one more.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in self._wanted:
            signal.signal(number, _enqueued_by_the_wakeup_fd)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._never)

    def take_over(self, early: SignalQueue) -> None:
        """Receive what came to the queue before this one, which is of no use any more."""
        for number in early.read():
            signal.raise_signal(number)
        early.hang_up()

    def fileno(self) -> int:
        """For selectors."""
        return self._reader.fileno()

    def read(self) -> list[signal.Signals]:
        """All that arrived since the last call, oldest first."""
        with contextlib.suppress(BlockingIOError):
            return [signal.Signals(number) for number in self._reader.recv(4096) if number in self._wanted]
        return []

    def close(self) -> None:
        """Stop listening; the signals' default actions come back."""
        signal.set_wakeup_fd(-1)
        for number in self._wanted:
            signal.signal(number, signal.SIG_DFL)
        self._let_in_the_held_back()
        self.hang_up()
        SignalQueue._listening = None

    def _let_in_the_held_back(self) -> None:
        for number in self._never:
            before = signal.signal(number, signal.SIG_IGN)  # the kernel forgets what came of it meanwhile
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
            signal.signal(number, before)

    def hang_up(self) -> None:
        """Close its descriptors and leave the process's signals as they are: another queue has them now."""
        self._reader.close()
        self._writer.close()


def listen_early() -> SignalQueue:
    """Keep those signals for the daemon that come before it acts on any: they would end it. Those that are to end it
    still do."""
    return SignalQueue(_EARLY, never=NEVER)


def ignore_as_python_does() -> None:
    """Once code of the user's was imported, which may have changed that (many scripts set SIGPIPE to its default)."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Hold all signals back while the with-block runs.

    A child inherits the parent's wake-up socket: a SIGTERM that hit it between fork and its own set-up would be read
    by the *parent*, as if somebody had stopped the daemon. So neither gets signals until the child has its own queue.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_parents_signals() -> None:
    """In a fresh child: forget the parent's wake-up socket and handlers, then listen again."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if signal.getsignal(number) is _enqueued_by_the_wakeup_fd:
            signal.signal(number, signal.SIG_DFL)


def end_forks_of_handlers() -> None:
    """Separate children that a handler forks from us: they get neither our signal handlers nor our wake-up socket.

    Otherwise a SIGTERM to such a child would be read by the worker as its own. The thread that forks holds signals back
    meanwhile, and so does the child, in which only that thread lives on: else a signal that hits the child before it
    has left our wake-up socket would still be written there.

    Call this before any user code is imported. CPython calls functions registered to run before a fork in reverse
    order, so ours is the last call before the fork and the first after it.
    """
    forking = _ForkingThread()
    os.register_at_fork(
        before=forking.hold_back, after_in_parent=forking.let_in, after_in_child=forking.let_in_to_stranger
    )


class _ForkingThread(threading.local):
    """The state of a thread that forks: each thread has its own signal mask, and several threads may fork at once."""

    def __init__(self) -> None:
        self._before: set[int] = set()

    def hold_back(self) -> None:
        """Just before the fork."""
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, ())  # kept before anything can be interrupted
        signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)

    def let_in(self) -> None:
        """In the parent; also where the fork failed."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def let_in_to_stranger(self) -> None:
        """In the child."""
        leave_parents_signals()
        self.let_in()
