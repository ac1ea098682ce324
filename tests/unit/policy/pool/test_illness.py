"""What says that a process has run out of something, and what follows for a message that ran into it."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable

import pytest

from punctuald.policy.pool.illness import (
    SUCCESSOR_SECONDS,
    Course,
    course_of,
    errno_of,
    goes_before_its_successor,
    illness_of,
)

NO_DESCRIPTORS = OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def raised(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("nothing was raised")


def text_of(error: BaseException) -> str:
    illness = illness_of(error)
    return "" if illness is None else illness.text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "out of file descriptors"),
        (OSError(errno.ENFILE, "File table overflow"), "out of file descriptors, as the whole machine is"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out of memory"),
        (MemoryError(), "out of memory"),
        (RuntimeError("can't start new thread"), "out of threads"),
    ],
)
def test_what_a_process_can_run_out_of(error: BaseException, text: str) -> None:
    assert text_of(error) == text


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.ECONNREFUSED, "Connection refused"),
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
        OSError("no errno"),
        RuntimeError("can't start new thread at interpreter shutdown"),
        ValueError("boom"),
    ],
)
def test_what_another_process_would_run_into_just_the_same_is_no_illness(error: BaseException) -> None:
    assert illness_of(error) is None


def test_a_fork_that_finds_no_room_is_one_though_a_sockets_eagain_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    error = raised(no_room)
    assert illness_of(error) is None
    monkeypatch.setitem(no_room.__globals__, "__name__", subprocess.__name__)
    assert text_of(raised(no_room)) == "out of processes"


def from_a_cause() -> None:
    raise ConnectionError("database away") from NO_DESCRIPTORS


def beside_it() -> None:
    try:
        raise NO_DESCRIPTORS
    except OSError:
        raise KeyError("cleaning up") from None


def among_others() -> None:
    raise ExceptionGroup("two tasks failed", [ValueError("one"), ExceptionGroup("more", [NO_DESCRIPTORS])])


@pytest.mark.parametrize("call", [from_a_cause, beside_it, among_others])
def test_it_is_found_behind_what_libraries_make_of_it(call: Callable[[], None]) -> None:
    assert text_of(raised(call)) == "out of file descriptors"
    assert errno_of(raised(call)) == "EMFILE"


def test_a_chain_that_is_a_circle_has_an_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert illness_of(one) is None
    assert errno_of(one) is None


def test_a_message_that_ran_into_it_goes_to_another_worker() -> None:
    assert course() is Course.GOES_BACK


def test_one_that_would_not_come_again_is_tried_once_more_and_only_once() -> None:
    assert course(comes_again=False) is Course.ONCE_MORE
    assert course(comes_again=False, times_met=1) is Course.ONCE_MORE, "it came back to us by a poll under way"
    assert course(comes_again=False, times_met=1, had_second_chance=True) is Course.HAS_FAILED


def test_one_that_comes_back_to_the_same_worker_has_failed() -> None:
    assert course(times_met=1) is Course.HAS_FAILED


@pytest.mark.parametrize("comes_again", [True, False])
def test_one_over_which_worker_after_worker_fell_ill_has_failed_like_any_other(*, comes_again: bool) -> None:
    assert course(comes_again=comes_again, workers_ill=2) is not Course.HAS_FAILED
    assert course(comes_again=comes_again, workers_ill=3) is Course.HAS_FAILED
    assert course(comes_again=comes_again, workers_ill=99, poison_deaths=0) is not Course.HAS_FAILED


def course(
    *,
    comes_again: bool = True,
    times_met: int = 0,
    had_second_chance: bool = False,
    workers_ill: int = 0,
    poison_deaths: int = 3,
) -> Course:
    return course_of(
        comes_again=comes_again,
        times_met=times_met,
        had_second_chance=had_second_chance,
        workers_ill=workers_ill,
        poison_deaths=poison_deaths,
    )


def test_a_worker_waits_for_its_successor_but_not_for_ever() -> None:
    assert not goes(ill_seconds=SUCCESSOR_SECONDS - 1)
    assert goes(ill_seconds=SUCCESSOR_SECONDS)


def test_one_that_fell_ill_young_or_before_it_was_ready_leaves_room_for_a_back_off() -> None:
    assert goes(age_seconds=4.0)
    assert goes(is_ready=False)
    assert not goes(age_seconds=10.0, ill_seconds=4.0)


def goes(*, is_ready: bool = True, age_seconds: float = 600.0, ill_seconds: float = 0.0) -> bool:
    return goes_before_its_successor(
        is_ready=is_ready, age_seconds=age_seconds, ill_seconds=ill_seconds, young_death_seconds=5.0
    )
