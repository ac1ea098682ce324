"""A worker's stop: in the order that loses nothing, within its time, and with a line that says what became of all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.process.worker_on_virtual_time import Handlers, WorkerOnVirtualTime, at_work, queue_of
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import DONE, Message, Outcome, OutcomeKind
from punctuald.policy.log_lines.lists import MOST_LISTED
from punctuald.process.channel.frames import Stuck
from punctuald.process.exit_status import ExitStatus
from punctuald.process.worker.stop import (
    CLEAN_UP_SECONDS,
    ENDING_SECONDS,
    LAST_POLL_GRACE_SECONDS,
    SUSPECTED_SECONDS,
)
from punctuald.source.memory.faults import MemoryFaults
from punctuald.source.memory.queue_source import MemoryQueueSource


def drained(log: list[Any]) -> Mapping[str, Any]:
    [line] = [line for line in log if line["event"] == "worker.drained"]
    return dict(line)


@on_virtual_time
async def test_what_does_not_end_in_its_time_goes_back_and_is_not_to_blame(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600, 3)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source, drain_seconds=30)) as on:
            await asyncio.sleep(1)
            begun_mono = clock.mono()
            on.signal(signal.SIGTERM)
            assert await on.ended() == 0
            assert clock.mono() - begun_mono == pytest.approx(30, abs=1)
    line = drained(log)
    assert (line["acknowledged"], line["released"], line["left_to_expire"]) == (1, 1, 0)
    assert line["fates"] == {"orders-1": "released"}
    assert line["seconds"] == pytest.approx(30, abs=1)
    assert (queue.backlog().total, queue.backlog().visible) == (1, 1)
    assert on.handlers.kept == []


@on_virtual_time
async def test_a_stop_is_over_as_soon_as_nothing_is_in_hand_and_no_poll_waits(clock: ManualClock) -> None:
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 2)[1], wait_seconds=0)) as on:
            await asyncio.sleep(1)
            on.signal(signal.SIGTERM)
            await on.ended()
    assert drained(log)["seconds"] == pytest.approx(1, abs=0.3)


@on_virtual_time
async def test_a_last_long_poll_is_let_end_for_it_would_hide_what_it_brings(clock: ManualClock) -> None:
    queue, source = queue_of(clock)
    on = WorkerOnVirtualTime(clock, Handlers(clock), source, drain_seconds=1, longest_wait_seconds=20)
    with capture_logs() as log:
        async with at_work(on):
            await asyncio.sleep(60)  # by now its polls wait for 20 s
            on.signal(signal.SIGTERM)
            await asyncio.sleep(3)
            queue.send("1")  # it comes when the time for handlers is over: it goes back at once
            await on.ended()
    line = drained(log)
    assert (line["abandoned_polls"], line["left_to_expire"]) == (False, 0)
    assert line["seconds"] == pytest.approx(3, abs=0.5)
    assert (queue.backlog().visible, on.handlers.started) == (1, [])


@on_virtual_time
async def test_a_poll_that_does_not_end_is_abandoned_after_its_grace_and_said_to_be(clock: ManualClock) -> None:
    _, source = queue_of(clock)
    on = WorkerOnVirtualTime(clock, Handlers(clock), source, drain_seconds=1, longest_wait_seconds=2)
    with capture_logs() as log:
        async with at_work(on):
            await asyncio.sleep(0.5)
            source.faults.latency_seconds = 3_600
            await asyncio.sleep(10)
            on.signal(signal.SIGTERM)
            await on.ended()
    line = drained(log)
    assert line["abandoned_polls"] is True
    assert line["seconds"] == pytest.approx(2 + LAST_POLL_GRACE_SECONDS, abs=0.5)


@on_virtual_time
async def test_what_is_cancelled_is_given_back_and_may_clean_up_behind_itself_meanwhile(clock: ManualClock) -> None:
    for clean_up_seconds, waited_seconds in ((0.3, 0.3), (3_600.0, ENDING_SECONDS + CLEAN_UP_SECONDS)):
        queue, source = queue_of(clock, 600)
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
            on.handlers.clean_up_seconds = clean_up_seconds
            await asyncio.sleep(1)
            begun_mono = clock.mono()
            on.signal(signal.SIGINT)
            await asyncio.sleep(ENDING_SECONDS + 0.05)  # the last poll is abandoned first: it would get what goes back
            assert queue.backlog().visible == 1
            await on.ended()
            assert clock.mono() - begun_mono == pytest.approx(waited_seconds, abs=0.1)


@on_virtual_time
async def test_a_quick_stop_waits_for_no_poll(clock: ManualClock) -> None:
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1])) as on:
            await asyncio.sleep(60)
            on.signal(signal.SIGINT)
            await on.ended()
    assert drained(log)["seconds"] < 0.5


@on_virtual_time
async def test_what_is_stuck_is_suspect_before_it_is_given_back_and_stays_on_the_board(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600, 600)
    with capture_logs() as log:
        on = WorkerOnVirtualTime(clock, Handlers(clock, slots=1, time_limit_seconds=5), source)
        async with at_work(on):
            await asyncio.sleep(10)
            begun_mono = clock.mono()
            on.signal(signal.SIGTERM)
            while not any(isinstance(frame, Stuck) for frame in on.hear()):
                assert queue.backlog().visible == 1  # what has not been received
                await asyncio.sleep(0.005)
            assert await on.ended() == ExitStatus.CRASHED
            assert clock.mono() - begun_mono < 1  # nobody waits for what will not end
    assert [frame for frame in on.hear() if isinstance(frame, Stuck)] == [Stuck(("orders-1",))]
    assert queue.backlog().visible == 2
    assert drained(log)["released"] == 1
    assert on.handlers.kept is not None
    assert [running.message_id for running in on.handlers.kept] == ["orders-1"]


@on_virtual_time
async def test_of_a_batch_that_is_stuck_all_messages_are_suspect_and_not_the_first_only(clock: ManualClock) -> None:
    _, source = queue_of(clock, 600, 601, 602)
    handlers = Handlers(clock, slots=1, time_limit_seconds=5, together=True)
    on = WorkerOnVirtualTime(clock, handlers, source, batch_size=3)
    with capture_logs() as log:
        async with at_work(on):
            await asyncio.sleep(10)
            on.signal(signal.SIGTERM)
            assert await on.ended() == ExitStatus.CRASHED
    ids = ("orders-1", "orders-2", "orders-3")
    assert [frame for frame in on.hear() if isinstance(frame, Stuck)] == [Stuck(ids)]
    assert tuple(line["message_id"] for line in log if line["event"] == "handler.stuck")[:3] == ids


@on_virtual_time
async def test_a_fault_of_our_own_that_ends_the_worker_makes_nothing_suspect(clock: ManualClock) -> None:
    def broken(_until_mono: float) -> None:
        raise RuntimeError("a fault of our own")

    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 600)[1])
    on.start()
    await asyncio.sleep(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on.bench.drain, "begin", broken)
        on.signal(signal.SIGTERM)
        with pytest.raises(RuntimeError, match="of our own"):
            await on.ended()
    assert on.handlers.kept == ()
    on.close()


@on_virtual_time
async def test_what_is_stuck_in_one_slot_takes_no_time_from_what_runs_in_another(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600, 3)
    on = WorkerOnVirtualTime(clock, Handlers(clock, slots=2, time_limit_seconds=5), source)
    async with at_work(on):
        await asyncio.sleep(8)
        queue.send("4")
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        assert await on.ended() == ExitStatus.CRASHED
        assert [message.body for message in on.handlers.ended] == ["3", "4"]
    assert queue.backlog().total == 1


@on_virtual_time
async def test_what_is_held_beside_a_stuck_handler_is_tried_again_when_its_time_comes(clock: ManualClock) -> None:
    later = Outcome(OutcomeKind.RETRY, "not yet", 12.0)

    def verdict(message: Message) -> Outcome:
        return later if message.body == "0.5" and message.tries == 1 else DONE

    handlers = Handlers(clock, slots=4, time_limit_seconds=5, verdict=verdict)
    groups, groups_source = queue_of(clock, name="groups", fifo=True)
    on = WorkerOnVirtualTime(clock, handlers, queue_of(clock, 600)[1], groups_source)
    groups.send("0.5", group="g")
    groups.send("0.25", group="g")
    async with at_work(on):
        await asyncio.sleep(10)
        on.signal(signal.SIGTERM)
        assert await on.ended() == ExitStatus.CRASHED
        assert [message.body for message in on.handlers.ended] == ["0.5", "0.5", "0.25"]
    assert groups.backlog().total == 0


@on_virtual_time
async def test_acknowledgements_have_the_rest_of_the_drain_time(clock: ManualClock) -> None:
    queue, faults = queue_of(clock, 2)[0], MemoryFaults()
    source = MemoryQueueSource(queue, lambda _: None, faults)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source, visibility_seconds=60)) as on:
            await asyncio.sleep(1)
            faults.begin_outage(SourceUnavailable("no route", code="ConnectTimeout"))
            on.signal(signal.SIGTERM)
            await asyncio.sleep(10)
            faults.end_outage()
            await on.ended()
    assert drained(log)["acknowledged"] == 1
    assert queue.backlog().total == 0


@on_virtual_time
async def test_a_supervisor_that_does_not_note_it_holds_nothing_up(clock: ManualClock) -> None:
    queue, source = queue_of(clock, 600)
    on = WorkerOnVirtualTime(clock, Handlers(clock, slots=1, time_limit_seconds=5), source)
    on.notes_suspects = False
    async with at_work(on):
        await asyncio.sleep(10)
        begun_mono = clock.mono()
        on.parent.close()
        assert await on.ended() == ExitStatus.CRASHED
        assert clock.mono() - begun_mono == pytest.approx(SUSPECTED_SECONDS, abs=0.5)
    assert queue.backlog().visible == 1


@on_virtual_time
async def test_the_line_of_a_stop_does_not_grow_with_what_was_in_hand(clock: ManualClock) -> None:
    many = 2 * MOST_LISTED
    _, source = queue_of(clock, *[600] * many)
    with capture_logs() as log:
        async with at_work(WorkerOnVirtualTime(clock, Handlers(clock, slots=many), source)) as on:
            await asyncio.sleep(30)
            on.signal(signal.SIGINT)
            await on.ended()
    line = drained(log)
    assert line["released"] == many
    assert (len(line["fates"]), line["fates_more"]) == (MOST_LISTED, line["released"] - MOST_LISTED)
