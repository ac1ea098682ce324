"""Zygotes of real forks: what the supervisor does with one that is good, late, broken or gone."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn

import pytest

from captured_logs import capture_logs
from doubles.process.settings_generation import numbered
from punctuald.clock import ManualClock
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Recycle
from punctuald.process.supervisor.children import Child, live_as_adopted
from punctuald.process.supervisor.generation import Generation
from punctuald.process.supervisor.preload.zygotes import Zygotes
from punctuald.process.zygote import line as line_module
from punctuald.process.zygote.line import Request, ZygotesEnd
from punctuald.process.zygote.serving import serve

PATIENCE_SECONDS = 10.0
ZygoteMain = Callable[[ZygotesEnd], int]


def good(line: ZygotesEnd) -> NoReturn:
    supervisor_pid = os.getppid()

    def child_main(channel: ChildEnd) -> int:
        channel.send(Recycle(str(os.getppid())))
        return 7

    def live(request: Request, channel: ChildEnd, forked_by: int) -> NoReturn:
        live_as_adopted(request.name, child_main, channel, supervisor_pid, forked_by)

    line.say_ready(supervisor_pid)
    serve(line, live)


def answering(packet: object) -> ZygoteMain:
    def main(line: ZygotesEnd) -> int:
        line.say_ready(os.getppid())
        for _ in line.requests():
            line._send(packet)
        return 0

    return main


def silent(line: ZygotesEnd) -> int:
    line.say_ready(os.getppid())
    time.sleep(3600)
    return 0


def importing(_line: ZygotesEnd) -> int:
    time.sleep(3600)
    return 0


def ends(_line: ZygotesEnd) -> int:
    os._exit(3)


@pytest.fixture(autouse=True)
def _wakes_are_heard() -> Iterator[None]:
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def zygotes(clock: ManualClock) -> Iterator[Zygotes]:
    made = Zygotes(clock)
    yield made
    made.end()
    ctypes.CDLL(None).prctl(36, 0, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: orphans of other tests are init's again


def preloading(main: ZygoteMain, number: int = 1) -> Generation:
    return replace(numbered(number), zygote_main=main)


def follow(zygotes: Zygotes, generation: Generation, *, proven: bool = False) -> bool:
    return zygotes.follow(generation, list, proven=proven)


def wait_until_it_may_start(zygotes: Zygotes, generation: Generation) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not follow(zygotes, generation):
        assert time.monotonic() < give_up
        time.sleep(0.005)


def fork(zygotes: Zygotes, generation: Generation) -> Child:
    return zygotes.fork_of(generation, 0)("under test", lambda _: 5, ())


def status_of(child: Child) -> int:
    _, status = os.waitpid(child.pid, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_worker_of_a_zygote_is_the_supervisors_child_and_talks_to_it(zygotes: Zygotes) -> None:
    generation = preloading(good)
    assert not follow(zygotes, generation)  # its imports are not done
    wait_until_it_may_start(zygotes, generation)
    child = fork(zygotes, generation)
    assert status_of(child) == 7
    assert child.channel.read() == [Recycle(str(os.getpid()))]
    child.channel.close()


def test_without_preload_the_supervisor_forks(zygotes: Zygotes) -> None:
    generation = numbered(1)
    assert follow(zygotes, generation)
    child = fork(zygotes, generation)
    assert status_of(child) == 5
    child.channel.close()


def test_a_fork_for_which_there_is_no_room_is_that_error_and_the_zygote_stays(zygotes: Zygotes) -> None:
    generation = preloading(answering({"errno": errno.EAGAIN}))
    wait_until_it_may_start(zygotes, generation)
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            fork(zygotes, generation)
    assert len(zygotes.lines) == 2


@pytest.mark.parametrize(
    "main", [answering({"pid": -1}), answering({"pid": "one"}), answering("pid"), answering(None), silent]
)
def test_after_an_answer_that_is_none_nobody_waits_for_that_zygote_again(
    zygotes: Zygotes, clock: ManualClock, main: ZygoteMain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "ANSWER_SECONDS", 0.2)
    generation = preloading(main)
    wait_until_it_may_start(zygotes, generation)
    with capture_logs() as logs, pytest.raises(OSError):  # noqa: PT011 - costs this start only, whatever it says
        fork(zygotes, generation)
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["preload.lost"]
    assert zygotes.lines == []
    child = fork(zygotes, generation)  # by the supervisor
    assert status_of(child) == 5
    child.channel.close()
    clock.advance(1)
    follow(zygotes, generation)
    assert len(zygotes.lines) == 2


def test_one_that_ends_while_it_imports_holds_up_no_worker(zygotes: Zygotes) -> None:
    generation = preloading(ends)
    wait_until_it_may_start(zygotes, generation)
    child = fork(zygotes, generation)
    assert status_of(child) == 5
    child.channel.close()


def test_imports_that_take_too_long_are_given_up(zygotes: Zygotes, clock: ManualClock) -> None:
    generation = preloading(importing)
    assert not follow(zygotes, generation)
    clock.advance(generation.rules.heartbeat_timeout_seconds - 0.1)
    assert not follow(zygotes, generation)
    clock.advance(0.2)
    with capture_logs() as logs:
        assert follow(zygotes, generation)
    assert [line["reason"] for line in logs if line["event"] == "preload.lost"] == ["its imports take longer than 20 s"]


def test_the_one_before_is_kept_until_the_new_generation_is_proven(zygotes: Zygotes) -> None:
    old, new = preloading(good), preloading(good, number=2)
    wait_until_it_may_start(zygotes, old)
    wait_until_it_may_start(zygotes, new)
    assert len(zygotes.lines) == 4
    child = fork(zygotes, old)  # rolled back
    assert status_of(child) == 7
    child.channel.close()
    follow(zygotes, new, proven=True)
    assert len(zygotes.lines) == 2
