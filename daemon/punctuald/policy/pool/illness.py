"""Whether an error says that this process has run out of something, and not what it was raised about.

A process without descriptors fails at whatever it tries, so its errors are no evidence against a message or a server:
it has to be replaced. Whatever another process would run into just the same is no illness: a full disk (ENOSPC,
EDQUOT), a peer that is gone, an EAGAIN of a socket.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

SUCCESSOR_SECONDS = 30.0
"""How long an ill worker waits for its successor. What is short may be shared (processes, memory), and then only its
own end makes room for one."""

MOST_LOOKED_THROUGH = 50
"""Errors of one chain: they may be linked in a circle."""

_FORKING = frozenset({"subprocess", "multiprocessing.popen_fork", "multiprocessing.popen_spawn_posix", "pty"})
"""Modules whose EAGAIN is one of fork(2): no more processes."""

_NO_NEW_THREAD = "can't start new thread"


@dataclass(frozen=True, slots=True)
class Illness:
    """``code`` is an errno's name, or the exception's; ``text`` goes on from «it is …»."""

    code: str
    text: str


_BY_ERRNO = {
    errno.EMFILE: Illness("EMFILE", "out of file descriptors"),
    errno.ENFILE: Illness("ENFILE", "out of file descriptors, as the whole machine is"),
    errno.ENOMEM: Illness("ENOMEM", "out of memory"),
}
_OUT_OF_MEMORY = Illness("MemoryError", "out of memory")
_OUT_OF_THREADS = Illness("EAGAIN", "out of threads")
_OUT_OF_PROCESSES = Illness("EAGAIN", "out of processes")


def illness_of(error: BaseException) -> Illness | None:
    """What the process has run out of, by ``error`` or what it was raised from, for or beside; None = of nothing."""
    return next((illness for each in chain_of(error) if (illness := _own_illness(each)) is not None), None)


def errno_of(error: BaseException) -> str | None:
    """The name of the first errno in the chain of ``error``; None where there is none."""
    codes = (each.errno for each in chain_of(error) if isinstance(each, OSError) and each.errno)
    return next((errno.errorcode[code] for code in codes if code in errno.errorcode), None)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """``error``, then its causes, contexts and the members of groups, each once. Also the contexts that ``from None``
    hides from people: they happened all the same."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) < MOST_LOOKED_THROUGH:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _own_illness(error: BaseException) -> Illness | None:
    if isinstance(error, MemoryError):
        return _OUT_OF_MEMORY
    if isinstance(error, RuntimeError):
        return _OUT_OF_THREADS if str(error) == _NO_NEW_THREAD else None
    if not isinstance(error, OSError):
        return None
    if error.errno == errno.EAGAIN and _raised_in(error) in _FORKING:
        return _OUT_OF_PROCESSES
    return _BY_ERRNO.get(error.errno or 0)


def _raised_in(error: BaseException) -> str:
    """The name of the module."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", ""))


class Course(Enum):
    """What becomes of a message whose handler ran into the illness of its worker."""

    GOES_BACK = auto()  # for another worker to run
    ONCE_MORE = auto()  # here
    HAS_FAILED = auto()  # like any other


def course_of(
    *, comes_again: bool, times_met: int, had_second_chance: bool, workers_ill: int, poison_deaths: int
) -> Course:
    """``comes_again``: the source would bring it again, and all that goes back with it. ``times_met``: how often it ran
    into it in this worker before. ``workers_ill``: in how many workers it did; where these are ``poison_deaths`` (0 =
    no limit) it seems to be the cause itself."""
    if 0 < poison_deaths <= workers_ill:
        return Course.HAS_FAILED
    if not comes_again:
        return Course.HAS_FAILED if had_second_chance else Course.ONCE_MORE
    return Course.HAS_FAILED if times_met else Course.GOES_BACK


def goes_before_its_successor(
    *, is_ready: bool, age_seconds: float, ill_seconds: float, young_death_seconds: float
) -> bool:
    """Whether an ill worker ends without waiting for its successor: one that fell ill before it was of use, or young,
    for a successor that starts at once would be as ill, and back-off is called for; and one whose successor does not
    come."""
    fell_ill_young = age_seconds - ill_seconds < young_death_seconds
    return not is_ready or fell_ill_young or ill_seconds >= SUCCESSOR_SECONDS
