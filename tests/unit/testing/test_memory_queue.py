"""`MemoryQueue`: a test sends, moves the clock, and sees what the daemon would have made of it."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from itertools import pairwise

import pytest

from punctuald import Discard, Message, Reject, Retry
from punctuald.testing import DeadLetter, ManualClock, MemoryQueue, Result


def done(message: Message) -> None:
    """Nothing to do."""


def fail(message: Message) -> None:
    raise ValueError(message.body)


def fail_at_first(message: Message) -> None:
    if message.tries == 1:
        raise ValueError(message.body)


def raising(error: Exception) -> Callable[[Message], None]:
    def handle(message: Message) -> None:  # noqa: ARG001
        raise error

    return handle


def seen(results: list[Result]) -> list[tuple[str, str, int]]:
    return [(result.message.body, result.kind.value, result.tries) for result in results]


def test_what_is_done_is_gone() -> None:
    queue = MemoryQueue()
    queue.send("a", "b")

    assert seen(queue.drain(done)) == [("a", "done", 1), ("b", "done", 1)]
    assert (queue.left, queue.dead_letters, queue.drain(done)) == (0, (), [])


def test_what_is_discarded_is_gone_too() -> None:
    queue = MemoryQueue()
    queue.send("a")

    assert seen(queue.drain(raising(Discard("spam")))) == [("a", "discard", 1)]
    assert (queue.left, queue.dead_letters) == (0, ())


def test_a_retry_comes_back_when_its_wait_is_over_and_not_before() -> None:
    queue = MemoryQueue()
    queue.send("a")
    queue.drain(raising(Retry(after_seconds=30)))

    queue.clock.advance(29)
    too_early = queue.drain(done)
    queue.clock.advance(1)

    assert (too_early, seen(queue.drain(done))) == ([], [("a", "done", 2)])


def test_a_failure_comes_back_after_the_usual_back_off_which_doubles() -> None:
    queue = MemoryQueue(retry_initial_seconds=10, retry_max_seconds=25)
    queue.send("a")
    tries: list[float] = []

    def handle(message: Message) -> None:
        tries.append(queue.clock.mono())
        fail(message)

    queue.drain(handle)
    queue.clock.advance(60)
    queue.drain(handle)

    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits == pytest.approx([10, 20, 25])


def test_without_luck_the_back_off_is_half_as_long() -> None:
    queue = MemoryQueue(retry_initial_seconds=10, jitter=0)
    queue.send("a")
    queue.drain(fail_at_first)
    queue.clock.advance(5)

    assert seen(queue.drain(fail_at_first)) == [("a", "done", 2)]


def test_the_queue_moves_what_it_delivered_as_often_as_it_may_and_gives_no_reason() -> None:
    queue = MemoryQueue(max_receive_count=2)
    queue.send("a")
    queue.drain(fail)
    queue.clock.advance(3600)

    assert seen(queue.drain(fail)) == [("a", "failed", 2)]
    assert (queue.left, queue.dead_letters) == (0, (DeadLetter("a", "", None, {}),))


def test_what_is_rejected_is_a_dead_letter_with_its_reason_and_its_attributes() -> None:
    queue = MemoryQueue()
    queue.send("a", attributes={"customer": "acme"})
    queue.drain(raising(Reject("no such customer")))

    assert queue.dead_letters == (DeadLetter("a", "no such customer", None, {"customer": "acme"}),)
    assert queue.left == 0


def test_without_a_dead_letter_queue_what_is_rejected_comes_again() -> None:
    queue = MemoryQueue(has_dead_letter_queue=False, retry_max_seconds=100)
    queue.send("a")
    queue.drain(raising(Reject("no such customer")))
    queue.clock.advance(100)

    assert seen(queue.drain(done)) == [("a", "done", 2)]
    assert queue.dead_letters == ()


def test_a_failed_head_of_an_ordered_group_holds_its_group_back_and_no_other() -> None:
    queue = MemoryQueue(ordered=True)
    queue.send("a1", "a2", group="a")
    queue.send("b1", group="b")

    assert seen(queue.drain(fail_at_first_if("a1"))) == [("a1", "failed", 1), ("b1", "done", 1)]
    queue.send("a3", group="a")
    assert queue.drain(done) == []
    queue.clock.advance(1)
    assert seen(queue.drain(done)) == [("a1", "done", 2), ("a2", "done", 1), ("a3", "done", 1)]


def fail_at_first_if(body: str) -> Callable[[Message], None]:
    return lambda message: fail_at_first(message) if message.body == body else None


def test_a_head_that_failed_at_its_last_try_is_a_dead_letter_and_its_group_goes_on() -> None:
    queue = MemoryQueue(ordered=True, max_receive_count=2)
    queue.send("a1", "a2", group="a")

    def handle(message: Message) -> None:
        if message.body == "a1":
            fail(message)

    queue.drain(handle)
    queue.clock.advance(1)

    assert seen(queue.drain(handle)) == [("a1", "failed", 2), ("a2", "done", 1)]
    [letter] = queue.dead_letters
    assert (letter.body, letter.group) == ("a1", "a")
    assert letter.reason == "failed at its last try, number 2: ValueError: a1"


def test_a_head_is_held_for_hours_without_losing_its_lease() -> None:
    queue = MemoryQueue(ordered=True)
    queue.send("a1", "a2", group="a")
    queue.drain(raising(Retry(after_seconds=36_000)))
    queue.clock.advance(36_000)

    assert [(result.message.body, result.message.receive_count) for result in queue.drain(done)] == [
        ("a1", 1),
        ("a2", 1),
    ]


def test_each_try_runs_at_its_own_time_where_the_clock_was_moved_far() -> None:
    queue = MemoryQueue()
    queue.send("a")
    shown: list[tuple[float, float]] = []
    begun_mono, begun_utc = queue.clock.mono(), queue.clock.utc()

    def handle(message: Message) -> None:
        shown.append((queue.clock.mono() - begun_mono, message.received_utc - begun_utc))
        if message.tries < 3:
            raise Retry(after_seconds=60)

    queue.drain(handle)
    queue.clock.advance(1_000)
    queue.drain(handle)

    assert shown == [pytest.approx((at, at)) for at in (0, 60, 120)]
    assert queue.clock.mono() == pytest.approx(begun_mono + 1_000)


def test_what_was_sent_later_does_not_run_earlier() -> None:
    queue = MemoryQueue()
    queue.send("early")
    queue.drain(raising(Retry(after_seconds=60)))
    queue.clock.advance(100)
    queue.send("late")
    sent_utc = queue.clock.utc()

    results = queue.drain(done)

    assert seen(results) == [("early", "done", 2), ("late", "done", 1)]
    assert results[1].message.sent_utc == pytest.approx(sent_utc)


def test_a_message_that_a_handler_sends_is_drained_too() -> None:
    queue = MemoryQueue()

    def handle(message: Message) -> None:
        if message.body == "order":
            queue.send("receipt")

    queue.send("order")

    assert seen(queue.drain(handle)) == [("order", "done", 1), ("receipt", "done", 1)]


def test_a_delayed_message_waits_for_its_delay() -> None:
    queue = MemoryQueue()
    queue.send("a", delay_seconds=60)

    assert (queue.drain(done), queue.left) == ([], 1)
    queue.clock.advance(60)
    assert seen(queue.drain(done)) == [("a", "done", 1)]


def test_a_handler_that_moves_the_clock_has_taken_so_long_and_keeps_its_lease() -> None:
    queue = MemoryQueue(clock=ManualClock(mono=0.0))
    queue.send("a", "b")

    def handle(message: Message) -> None:  # noqa: ARG001
        queue.clock.advance(600)

    assert seen(queue.drain(handle)) == [("a", "done", 1), ("b", "done", 1)]
    assert queue.clock.mono() == pytest.approx(1_200, abs=0.1)
    assert queue.left == 0


def test_a_batch_handler_drains_in_batches_and_says_of_each_what_came_of_it() -> None:
    queue = MemoryQueue(batch_size=2)
    queue.send("a", "b", "c")
    sizes: list[int] = []

    def handle(messages: list[Message]) -> dict[str, Exception]:
        sizes.append(len(messages))
        return {each.id: Reject("no b") for each in messages if each.body == "b"}

    assert seen(queue.drain(handle)) == [("a", "done", 1), ("b", "reject", 1), ("c", "done", 1)]
    assert (sizes, queue.left, [letter.body for letter in queue.dead_letters]) == ([2, 1], 0, ["b"])


def test_coroutines_drain_it_on_one_event_loop() -> None:
    queue = MemoryQueue()
    queue.send("a", "b")
    loops: list[asyncio.AbstractEventLoop] = []

    async def handle(message: Message) -> None:  # noqa: ARG001
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())

    assert seen(queue.drain(handle)) == [("a", "done", 1), ("b", "done", 1)]
    assert loops[0] is loops[1]


def test_another_handler_may_go_on_but_not_one_of_another_shape() -> None:
    queue = MemoryQueue()
    queue.send("a")
    queue.drain(fail)
    queue.clock.advance(1)

    def of_a_list(messages: list[Message]) -> None:
        """Takes several."""

    with pytest.raises(ValueError, match="handler of a list"):
        queue.drain(of_a_list)
    assert seen(queue.drain(done)) == [("a", "done", 2)]


def test_what_would_never_end_is_an_error() -> None:
    queue = MemoryQueue()
    queue.send("a")

    with pytest.raises(RuntimeError, match=r"50 calls .* 'retry' at try 50"):
        queue.drain(raising(Retry(after_seconds=0)), most_calls=50)


def test_an_ordered_queue_takes_no_message_without_a_group_and_no_delay() -> None:
    queue = MemoryQueue(ordered=True)

    with pytest.raises(ValueError, match="without a group"):
        queue.send("a")
    with pytest.raises(ValueError, match="delay_seconds"):
        queue.send("a", group="a", delay_seconds=1)


@pytest.mark.parametrize(
    "option",
    [
        {"max_receive_count": -1},
        {"batch_size": 11},
        {"retry_initial_seconds": 1_000},
        {"retry_max_seconds": 43_201},
        {"jitter": 1.5},
    ],
)
def test_what_the_configuration_would_refuse_is_refused(option: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        MemoryQueue(**option)  # type: ignore[arg-type]


def test_inside_a_running_event_loop_it_says_what_to_do_instead() -> None:
    queue = MemoryQueue()
    queue.send("a")

    async def test() -> list[Result]:
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread"):
            queue.drain(done)
        return await asyncio.to_thread(queue.drain, done)

    assert seen(asyncio.run(test())) == [("a", "done", 1)]


def test_it_prints_and_leaves_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(logging.DEBUG, logger="asyncio")
    queue = MemoryQueue(ordered=True)
    queue.send("a", "b", group="g")
    queue.drain(fail)
    queue.clock.advance(0.5)
    queue.drain(done)
    del queue
    gc.collect()

    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert list(recwarn) == []
