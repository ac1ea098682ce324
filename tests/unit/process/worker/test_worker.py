"""A worker from its first receive to its end, on virtual time."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Callable
from math import inf

import pytest

from captured_logs import capture_logs
from doubles.process.worker_on_virtual_time import Handlers, WorkerOnVirtualTime, at_work, queue_of
from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Metric
from punctuald.policy.pool.illness import SUCCESSOR_SECONDS
from punctuald.policy.pool.recycling import RecyclingRules
from punctuald.process.channel.frames import Available, Ceiling, Dump, Ill, Misconfigured, Ready, Recycle, Unavailable
from punctuald.process.exit_status import ExitStatus
from punctuald.source.memory.queue_source import MemoryQueueSource

MIB = 1 << 20
NO_QUEUE = SourceMisconfigured("no such queue", code="QueueDoesNotExist")


@on_virtual_time
async def test_told_to_drain_it_finishes_what_is_in_hand_and_takes_no_more(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 5, 5)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        queue.send("5")
        begun_mono = clock.mono()
        assert await on.ended() == 0
        assert [message.body for _, message in on.handlers.started] == ["5", "5"]
        assert (queue.backlog().total, queue.backlog().visible) == (1, 1)
        assert clock.mono() - begun_mono < 5


@on_virtual_time
async def test_told_to_be_quick_it_gives_back_what_runs(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600, 600)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        await asyncio.sleep(1)
        on.signal(signal.SIGINT)
        begun_mono = clock.mono()
        assert await on.ended() == 0
        assert queue.backlog().visible == 2
        assert on.handlers.was_cancelled
        assert clock.mono() - begun_mono < 1


@on_virtual_time
async def test_told_to_end_before_it_began_it_takes_nothing(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 1)
    on = WorkerOnVirtualTime(clock, Handlers(clock), source)
    on.signal(signal.SIGTERM)
    async with at_work(on):
        assert await on.ended() == 0
        [message] = await MemoryQueueSource(queue, count_nothing).receive(10, 0, 30)
        assert message.receive_count == 1


@on_virtual_time
async def test_what_is_for_the_supervisor_is_nothing_to_it(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT):
            on.signal(number)
        await asyncio.sleep(60)
        assert on.leaving.status is None


@on_virtual_time
async def test_from_the_first_moment_of_its_stop_it_is_not_ready(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 9)[1])) as on:
        ready_monos: list[float | None] = []
        await asyncio.sleep(1)
        ready_monos.append(on.view.ready_mono)
        on.signal(signal.SIGTERM)
        await asyncio.sleep(0.01)
        ready_monos.append(on.view.ready_mono)
        assert [mono is not None for mono in ready_monos] == [True, False]
        assert on.leaving.status == 0


@on_virtual_time
async def test_without_its_supervisor_it_drains_and_says_so_once(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 5)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
            await asyncio.sleep(1)
            on.parent.close()
            assert await on.ended() == 0
    assert queue.backlog().total == 0
    assert [line["event"] for line in log].count("worker.orphaned") == 1


@on_virtual_time
async def test_a_fault_of_ours_ends_it_with_a_line_and_what_is_in_hand_goes_back(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
            await asyncio.sleep(1)
            error = ZeroDivisionError("ours")
            asyncio.get_running_loop().call_exception_handler({"message": "a task failed", "exception": error})
            assert await on.ended() == ExitStatus.CRASHED
    [line] = [line for line in log if line["event"] == "worker.failed"]
    assert (line["log_level"], line["text"], line["exc_info"]) == ("critical", "a task failed", error)
    assert queue.backlog().visible == 1


@on_virtual_time
async def test_the_worst_status_is_the_one_that_it_ends_with(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 5)[1])) as on:
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        await asyncio.sleep(1)
        on.leaving.leave(ExitStatus.MISCONFIGURED)
        on.leaving.leave(ExitStatus.CRASHED)
        on.signal(signal.SIGTERM)
        assert await on.ended() == ExitStatus.MISCONFIGURED


@on_virtual_time
async def test_it_says_that_it_lives_each_second_to_its_last_moment(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 20)[1])) as on:
        for _ in range(5):
            await asyncio.sleep(1)
            assert on.view.heartbeat_mono == pytest.approx(clock.mono(), abs=1.1)
        on.signal(signal.SIGTERM)
        await asyncio.sleep(10)
        assert on.view.heartbeat_mono == pytest.approx(clock.mono(), abs=1.1)
        await on.ended()
        assert on.view.heartbeat_mono == pytest.approx(clock.mono())


@on_virtual_time
async def test_the_board_says_who_it_is_and_how_much_it_handles_at_once_and_how_late_its_loop_was(
    clock: ManualClock,
) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock, slots=7), queue_of(clock)[1])) as on:
        await asyncio.sleep(0.5)
        assert (on.view.pid, on.view.concurrency) == (os.getpid(), 7)
        assert on.view.loop_lag_seconds == pytest.approx(0, abs=0.001)
        clock.advance(1.25)  # as if something had held the loop up: its turn was due after half a second of these
        await asyncio.sleep(0.001)
        assert on.view.loop_lag_seconds == pytest.approx(0.75, abs=0.001)
        await asyncio.sleep(1.5)
        assert on.view.loop_lag_seconds == pytest.approx(0, abs=0.001)


# --- ready


@on_virtual_time
async def test_ready_is_the_first_good_answer_and_is_told_once(clock: ManualClock) -> None:
    _, source = queue_of(clock)
    source.faults.begin_outage(SourceUnavailable("it is down", code="Down"))
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(40)
        assert on.hear() == [Unavailable("orders", "it is down", refused=False)]
        assert not on.view.receives(0)
        assert on.view.ready_mono is None
        source.faults.end_outage()
        await asyncio.sleep(120)
        available, ready = on.hear()[1:]
        assert available == Available("orders")
        assert isinstance(ready, Ready)
        assert ready.start_seconds > 40
        assert on.view.start_seconds == pytest.approx(ready.start_seconds, abs=0.001)


@on_virtual_time
async def test_a_queue_that_is_refused_is_named_and_keeps_the_others_waiting_for_nothing(clock: ManualClock) -> None:
    (queue, good), (_, bad) = queue_of(clock, 1, name="good"), queue_of(clock, name="bad")
    bad.faults.begin_outage(NO_QUEUE)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), bad, good)) as on:
        await asyncio.sleep(0.5)
        unavailable, ready = on.hear()
        assert (unavailable, type(ready)) == (Unavailable("bad", "no such queue", refused=True), Ready)
        await asyncio.sleep(5)
        assert queue.backlog().total == 0
        bad.faults.end_outage()
        await asyncio.sleep(30)
        assert on.hear()[2:] == [Available("bad")]


@on_virtual_time
async def test_only_a_worker_that_all_its_queues_refuse_says_that_a_person_has_to_mend_it_and_it_goes_on_trying(
    clock: ManualClock,
) -> None:
    (_, first), (_, second) = queue_of(clock, name="first"), queue_of(clock, name="second")
    first.faults.begin_outage(NO_QUEUE)
    second.faults.begin_outage(NO_QUEUE)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), first, second)) as on:
        await asyncio.sleep(60)
        assert [type(frame) for frame in on.hear()] == [Unavailable, Unavailable, Misconfigured]
        assert on.leaving.status is None
        second.faults.end_outage()
        await asyncio.sleep(21)
        assert [type(frame) for frame in on.hear()[3:]] == [Available, Ready]


@on_virtual_time
async def test_queues_that_go_away_under_a_worker_that_served_are_no_refusal_of_the_worker(clock: ManualClock) -> None:
    _, source = queue_of(clock)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(5)
        source.faults.begin_outage(NO_QUEUE)
        await asyncio.sleep(60)
        assert on.hear()[1:] == [Unavailable("orders", "no such queue", refused=True)]


@on_virtual_time
async def test_a_queue_that_does_not_answer_keeps_the_others_waiting_for_two_seconds(clock: ManualClock) -> None:
    (_, good), (_, silent) = queue_of(clock, 1), queue_of(clock)
    silent.faults.latency_seconds = inf
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), silent, good)) as on:
        await asyncio.sleep(1.5)
        assert on.hear() == []
        await asyncio.sleep(2)
        [ready] = on.hear()
        assert isinstance(ready, Ready)
        assert 2 < ready.start_seconds <= 3.1
        silent.faults.latency_seconds = 0


@on_virtual_time
async def test_a_worker_that_is_stopped_before_it_was_ready_never_becomes_so(clock: ManualClock) -> None:
    await never_ready(clock, lambda on: on.signal(signal.SIGTERM))


@on_virtual_time
async def test_a_worker_that_falls_ill_before_it_was_ready_never_becomes_so(clock: ManualClock) -> None:
    await never_ready(clock, fall_ill)


async def never_ready(clock: ManualClock, leave: Callable[[WorkerOnVirtualTime], None]) -> None:
    """By ``leave``, while its first poll is under way."""
    _, source = queue_of(clock)
    source.faults.latency_seconds = 1.0
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(1.5)  # after the question for its attributes
        leave(on)
        await on.ended()
        assert not any(isinstance(frame, Ready) for frame in on.hear())
        assert on.view.ready_mono is None


# --- what it is told


@on_virtual_time
async def test_asked_it_logs_its_state_and_goes_on(clock: ManualClock) -> None:
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 1, 60)[1])) as on:
            await asyncio.sleep(5)
            on.parent.send(Dump())
            await asyncio.sleep(5)
            assert on.leaving.status is None
    [state] = [line for line in log if line["event"] == "worker.state"]
    assert (state["ready"], state["retiring"], state["leaving"], state["handled"]) == (True, False, False, 1)
    assert state["running"] == {"orders-2": pytest.approx(5, abs=0.1)}


@on_virtual_time
async def test_an_order_that_it_has_no_means_for_is_said_to_be_refused(clock: ManualClock) -> None:
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
            on.parent.send(Ceiling(3))
            await asyncio.sleep(1)
            assert on.leaving.status is None
    assert [line["order"] for line in log if line["event"] == "worker.order_refused"] == ["ceiling"]


# --- its age


@on_virtual_time
async def test_after_so_many_messages_it_asks_once_to_be_replaced_and_works_on_until_it_is(clock: ManualClock) -> None:
    queue, source = queue_of(clock, *[1] * 20)
    rules = RecyclingRules(after_messages=4)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source, recycling=rules)) as on:
        await asyncio.sleep(60)
        assert [frame for frame in on.hear() if not isinstance(frame, Ready)] == [Recycle("recycled by messages")]
        assert queue.backlog().total == 0


@on_virtual_time
async def test_at_its_age_it_asks_to_be_replaced(clock: ManualClock) -> None:
    rules = RecyclingRules(after_seconds=3_600)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1], recycling=rules)) as on:
        await asyncio.sleep(3_590)
        assert len(on.hear()) == 1
        await asyncio.sleep(20)
        assert on.hear()[1:] == [Recycle("recycled by age")]


@on_virtual_time
async def test_memory_gained_from_the_first_second_on_counts(clock: ManualClock) -> None:
    """1.2 GB in 15 s were not seen where the baseline was taken at the age of 30 s."""
    begun_mono = clock.mono()

    def memory_bytes() -> int:
        return 100 * MIB + round(80 * (clock.mono() - begun_mono)) * MIB

    rules = RecyclingRules(growth_bytes=64 * MIB)
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1], recycling=rules, memory_bytes=memory_bytes)
    async with at_work(on):
        await asyncio.sleep(3)
        assert on.hear()[1:] == [Recycle("recycled by memory")]


@on_virtual_time
async def test_what_a_worker_has_when_it_is_ready_is_no_growth(clock: ManualClock) -> None:
    grown_bytes = 0
    rules = RecyclingRules(growth_bytes=50 * MIB)
    on = WorkerOnVirtualTime(
        clock, Handlers(clock), queue_of(clock)[1], recycling=rules, memory_bytes=lambda: 110 * MIB + grown_bytes
    )
    async with at_work(on):
        await asyncio.sleep(600)
        assert len(on.hear()) == 1
        grown_bytes = 50 * MIB
        await asyncio.sleep(2)
        assert on.hear()[1:] == [Recycle("recycled by memory")]


@on_virtual_time
async def test_at_four_fifths_of_its_descriptors_it_asks_to_be_replaced(clock: ManualClock) -> None:
    opened = 20
    rules = RecyclingRules(descriptors=800)
    on = WorkerOnVirtualTime(
        clock, Handlers(clock), queue_of(clock)[1], recycling=rules, open_descriptors=lambda: opened
    )
    async with at_work(on):
        opened = 799
        await asyncio.sleep(5)
        assert len(on.hear()) == 1
        opened = 800
        await asyncio.sleep(2)
        assert on.hear()[1:] == [Recycle("recycled by descriptors")]


@on_virtual_time
async def test_once_it_leaves_it_does_not_ask_to_be_replaced_any_more(clock: ManualClock) -> None:
    rules = RecyclingRules(after_seconds=10)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 25)[1], recycling=rules)) as on:
        await asyncio.sleep(5)
        on.signal(signal.SIGTERM)
        await on.ended()
        assert [type(frame) for frame in on.hear()] == [Ready]


@on_virtual_time
async def test_a_handler_past_its_time_limit_has_a_line_each_second_and_the_worker_asks_to_be_replaced(
    clock: ManualClock,
) -> None:
    with capture_logs() as log:
        handlers = Handlers(clock, time_limit_seconds=10)
        async with at_work(WorkerOnVirtualTime(clock, handlers, queue_of(clock, 600)[1])) as on:
            await asyncio.sleep(10.5)
            assert len(on.hear()) == 1
            await asyncio.sleep(2)
            assert on.hear()[1:] == [Recycle("handler stuck")]
    [line] = [line for line in log if line["event"] == "handler.stuck"]
    assert (line["queue"], line["message_id"], line["seconds"]) == ("orders", "orders-1", pytest.approx(11.5, abs=0.6))


@on_virtual_time
async def test_what_it_counted_is_on_the_board_at_its_end(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, *[1] * 5)[1])) as on:
        await asyncio.sleep(10)
        on.signal(signal.SIGTERM)
        await on.ended()
        assert on.bench.counted(Metric.DONE) == 5


@on_virtual_time
async def test_a_handler_is_not_charged_for_time_in_which_the_machine_stood_still(clock: ManualClock) -> None:
    _, source = queue_of(clock, 50)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock, time_limit_seconds=10), source)) as on:
        await asyncio.sleep(5)
        clock.advance(30)
        await asyncio.sleep(1)
        assert Recycle("handler stuck") not in on.hear()
        await asyncio.sleep(9)
        assert Recycle("handler stuck") in on.hear(), "it goes on being charged for what it takes itself"


@on_virtual_time
async def test_a_drain_lasts_longer_by_the_time_in_which_the_machine_stood_still(clock: ManualClock) -> None:
    _, source = queue_of(clock, 600)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source, drain_seconds=30)) as on:
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        begun_mono = clock.mono()
        await asyncio.sleep(1)
        clock.advance(45)
        assert await on.ended() == 0
        assert clock.mono() - begun_mono > 45 + 25


def fall_ill(on: WorkerOnVirtualTime) -> None:
    on.bench.context.illness.met_by("order 7", "out of memory")


@on_virtual_time
async def test_an_ill_worker_says_so_once_counts_as_ready_no_longer_and_waits_for_its_successor(
    clock: ManualClock,
) -> None:
    queue, source = queue_of(clock)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(60)
        with capture_logs() as log:
            fall_ill(on)
            fall_ill(on)
        assert [(line["event"], line["reason"]) for line in log] == [("worker.ill", "out of memory")]
        assert on.hear().count(Recycle("out of memory")) == 1
        assert Ill(("order 7",)) in on.hear()
        assert (on.view.ready_mono, on.view.receives(0)) == (None, False)
        await asyncio.sleep(21)  # the poll that was under way
        queue.send("1")
        await asyncio.sleep(5)
        assert on.leaving.status is None
        assert on.handlers.started == []


@on_virtual_time
async def test_an_ill_worker_whose_successor_does_not_come_makes_room_for_it(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
        await asyncio.sleep(60)
        fall_ill(on)
        await asyncio.sleep(SUCCESSOR_SECONDS + 2)
        assert on.leaving.status == ExitStatus.NOT_YET


@on_virtual_time
async def test_an_ill_worker_waits_for_its_successor_only_while_the_machine_is_awake(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
        await asyncio.sleep(60)
        fall_ill(on)
        await asyncio.sleep(5)
        clock.advance(3_600)
        await asyncio.sleep(SUCCESSOR_SECONDS - 10)
        assert on.leaving.status is None
        await asyncio.sleep(10)
        assert on.leaving.status == ExitStatus.NOT_YET


@on_virtual_time
async def test_one_that_falls_ill_young_goes_at_once_so_that_it_is_backed_off_from(clock: ManualClock) -> None:
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
        await asyncio.sleep(2)
        fall_ill(on)
        assert on.leaving.status == ExitStatus.NOT_YET
        assert Recycle("out of memory") not in on.hear()


@on_virtual_time
async def test_our_own_code_that_runs_out_of_memory_is_no_defect(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
            await asyncio.sleep(60)
            context = {"message": "a task failed", "exception": MemoryError()}
            asyncio.get_running_loop().call_exception_handler(context)
            assert await on.ended() == ExitStatus.NOT_YET
    events = [line["event"] for line in log]
    assert "worker.ill" in events
    assert "worker.failed" not in events
    assert queue.backlog().visible == 1


@on_virtual_time
async def test_one_that_cant_even_measure_itself_any_more_is_replaced_in_order(clock: ManualClock) -> None:
    def measured() -> int:
        if clock.mono() - begun_mono > 60:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return 20

    begun_mono = clock.mono()
    rules = RecyclingRules(descriptors=100)
    source = queue_of(clock)[1]
    async with at_work(
        WorkerOnVirtualTime(clock, Handlers(clock), source, recycling=rules, open_descriptors=measured)
    ) as on:
        await asyncio.sleep(70)
        assert on.hear()[-1] == Recycle("out of file descriptors")
        assert on.leaving.status is None
