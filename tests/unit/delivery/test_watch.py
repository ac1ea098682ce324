"""What nobody was woken for is looked after a few milliseconds later, and nobody looks while nothing is left."""

from __future__ import annotations

import threading

from punctuald.delivery.watch import Watch

PATIENCE_SECONDS = 10.0


def crashes_are_failures(error: BaseException) -> None:
    raise error


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watch"]


def test_armed_it_looks_and_stopped_it_ends() -> None:
    before, looked = watchers(), threading.Event()
    watch = Watch(looked.set, crashes_are_failures)
    watch.arm()
    (thread,) = [each for each in watchers() if each not in before]
    assert looked.wait(PATIENCE_SECONDS)
    watch.stop()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_it_falls_asleep_and_is_woken_again() -> None:
    asleep, looked = threading.Event(), threading.Event()
    watch = Watch(looked.set, crashes_are_failures)
    for _ in range(2):
        watch.arm()
        assert looked.wait(PATIENCE_SECONDS)
        tries = 0
        while watch._awake and tries < PATIENCE_SECONDS * 100:
            asleep.wait(0.01)
            tries += 1
        assert not watch._awake
        looked.clear()
    watch.stop()


def test_one_that_was_never_armed_has_no_thread() -> None:
    before = watchers()
    Watch(lambda: None, crashes_are_failures).stop()
    assert watchers() == before


def test_a_fault_of_our_own_is_heard() -> None:
    fault, heard, crashes = RuntimeError("a fault of our own"), threading.Event(), []

    def fail() -> None:
        raise fault

    def crashed(error: BaseException) -> None:
        crashes.append(error)
        heard.set()

    Watch(fail, crashed).arm()
    assert heard.wait(PATIENCE_SECONDS)
    assert crashes == [fault]
