"""A slot runs what is most urgent, says what it runs, and hands the outcome on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from doubles.delivery_bench import Bench
from punctuald.errors import Reject
from punctuald.handler import Handler
from punctuald.handler.invoke import BatchHandler, MessageHandler
from punctuald.model import Counter, Message
from punctuald.process.slot import RUN_OVERDUE_SECONDS, Slot, Work
from punctuald.stats.board import Board
from punctuald.stats.layout import Layout

PATIENCE_SECONDS = 10.0


class SlotBench:
    """One slot with a real buffer, board and settler, and the handler of a test."""

    def __init__(self, handler: Handler, *, time_limit_seconds: float = 0, **terms: Any) -> None:
        self.bench = Bench(**terms)
        board = Board(Layout(queues=("orders",), tiers=("peak_hours", "batch_mode"), handler_slots=1, workers=1))
        stats = board.writer(0)
        stats.attach(1, 0.0)
        self.view = board.reader(0)
        self.failures: list[str] = []
        work = Work(handler, self.bench.settler, time_limit_seconds)
        self.slot = Slot(0, self.bench.buffer, [work], stats, self.bench.clock, self._failed)

    def _failed(self, error: BaseException, message: Message) -> None:
        self.failures.append(f"{message.id}: {error}")

    def run(
        self, *messages: Message, meanwhile: Callable[[], object] = lambda: None, handled: int | None = None
    ) -> None:
        """Let the slot handle ``messages`` to the end."""
        self.bench.receive(*messages)
        self.slot.start()
        threads = [thread for thread in threading.enumerate() if thread.name == "slot-0"]
        try:
            meanwhile()
            self._wait_until_idle(len(messages) if handled is None else handled)
        finally:
            self.bench.buffer.close()
            threads[0].join(PATIENCE_SECONDS)
        assert self.slot.ended
        self.bench.settler.hurry()
        self.bench.settle_due()

    def _wait_until_idle(self, handled: int) -> None:
        pause, tries = threading.Event(), 0
        while self.slot.handled < handled and tries < PATIENCE_SECONDS * 1000:
            pause.wait(0.001)
            tries += 1
        assert self.slot.handled == handled

    def message(self, message_id: str, *, age: float = 0.0) -> Message:
        return self.bench.message(message_id, age=age)


def test_what_is_handled_is_acknowledged_and_the_most_urgent_goes_first() -> None:
    seen: list[str] = []
    on = SlotBench(MessageHandler(lambda message: seen.append(message.id)))
    on.run(on.message("fresh"), on.message("late", age=10))
    assert seen == ["late", "fresh"]
    assert on.slot.handled == 2
    assert {message.id for batch in on.bench.source.acknowledged for message in batch} == {"late", "fresh"}
    assert on.bench.counted(Counter.DONE) == 2


def test_a_failure_is_told_and_the_slot_goes_on() -> None:
    def handle(message: Message) -> None:
        if message.id == "bad":
            raise ValueError("boom")

    on = SlotBench(MessageHandler(handle))
    on.run(on.message("bad", age=2), on.message("good"))
    assert on.failures == ["bad: boom"]
    assert (on.bench.counted(Counter.FAILED), on.bench.counted(Counter.DONE)) == (1, 1)


def test_each_message_of_a_batch_gets_its_own_outcome() -> None:
    on = SlotBench(BatchHandler(lambda messages: {messages[0].id: Reject("no such order")}), batch_size=10)
    on.run(on.message("bad", age=2), on.message("good"))
    assert [(message.id, reason) for message, reason in on.bench.source.dead_lettered] == [("bad", "no such order")]
    assert on.bench.counted(Counter.DONE) == 1


def test_while_it_runs_the_board_and_the_worker_know_what_it_is_at() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def handle(_message: Message) -> None:
        begun.set()
        may_end.wait(PATIENCE_SECONDS)

    on = SlotBench(MessageHandler(handle), time_limit_seconds=5)
    seen: list[object] = []

    def look() -> None:
        assert begun.wait(PATIENCE_SECONDS)
        now_mono = on.bench.clock.mono()
        running = on.slot.running
        assert running is not None
        seen.extend([running.message_id, on.view.busy_slots])
        seen.extend(on.slot.is_stuck(now_mono + seconds) for seconds in (5.9, 6.1))
        may_end.set()

    on.run(on.message("m1"), meanwhile=look)
    assert seen == ["m1", 1, False, True]
    assert on.slot.running is None
    assert on.view.busy_slots == 0
    assert not on.slot.is_stuck(10**9)


def test_without_a_time_limit_nothing_is_ever_stuck() -> None:
    stuck: list[bool] = []
    on = SlotBench(MessageHandler(lambda _: stuck.append(on.slot.is_stuck(10**9))))
    on.run(on.message("m1"))
    assert stuck == [False]


def test_what_waits_behind_a_slow_message_goes_back_and_what_is_done_is_settled() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def handle(message: Message) -> None:
        if message.id == "slow":
            begun.set()
            may_end.wait(PATIENCE_SECONDS)

    on = SlotBench(MessageHandler(handle))
    on.bench.recorder.mean = 0.00001  # so one slot takes all of them at once
    others: list[str] = []

    def look() -> None:
        assert begun.wait(PATIENCE_SECONDS)
        on.bench.manual.advance(RUN_OVERDUE_SECONDS)
        others.extend(item.id for item in on.bench.buffer.take(PATIENCE_SECONDS))
        tries, pause = 0, threading.Event()
        while on.bench.hands.pending > 2 and tries < PATIENCE_SECONDS * 100:
            pause.wait(0.01)
            tries += 1
        assert {item.id for item in on.bench.hands.pending_items()} == {"slow", "behind"}
        may_end.set()

    messages = [on.message("quick", age=2), on.message("slow", age=1), on.message("behind")]
    on.run(*messages, meanwhile=look, handled=2)
    assert others == ["behind"]
    acknowledged = {message.id for batch in on.bench.source.acknowledged for message in batch}
    assert acknowledged == {"quick", "slow"}


def test_a_run_that_is_not_overdue_is_left_alone() -> None:
    taken: list[str] = []

    def handle(_message: Message) -> None:
        on.slot.let_go()
        taken.extend(item.id for item in on.bench.take_all())

    on = SlotBench(MessageHandler(handle))
    on.bench.recorder.mean = 0.00001
    on.run(on.message("a"), on.message("b"))
    assert taken == []


def test_each_message_of_a_run_is_on_the_board_while_it_runs_and_has_its_own_time() -> None:
    seen: list[str | None] = []

    def handle(_message: Message) -> None:
        running = on.slot.running
        seen.append(None if running is None else running.message_id)
        on.bench.manual.advance(0.5)

    on = SlotBench(MessageHandler(handle))
    on.bench.recorder.mean = 0.00001
    on.run(on.message("a", age=1), on.message("b"))
    assert seen == ["a", "b"]
    assert [(sample.buffer_seconds, sample.run_seconds) for sample in on.bench.recorder.samples] == [
        (0.0, 0.5),
        (0.5, 0.5),
    ]
