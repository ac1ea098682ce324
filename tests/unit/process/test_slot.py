"""A slot runs what is most urgent, says what it runs, and hands the outcome on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from doubles.delivery_bench import Bench
from punctuald.delivery.drain import Drain
from punctuald.errors import Reject
from punctuald.handler import Handler
from punctuald.handler.invoke import BatchHandler, MessageHandler
from punctuald.model import Counter, Message
from punctuald.process.slot import RUN_OVERDUE_SECONDS, Slot, Work
from punctuald.stats.board import Board
from punctuald.stats.layout import Layout

PATIENCE_SECONDS = 10.0
QUICK_SECONDS = 0.00001
"""A slot takes ten such messages at once."""


class SlotBench:
    """One slot with a real buffer, board and settler, and the handler of a test.

    ``fetches``: one for each queue, in the place of what the one queue's receiver lends.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        time_limit_seconds: float = 0,
        fetches: Sequence[Callable[[], bool]] = (),
        **terms: Any,
    ) -> None:
        self.bench = Bench(**terms)
        board = Board(Layout(queues=("orders",), tiers=("peak_hours", "batch_mode"), handler_slots=1, workers=1))
        stats = board.writer(0)
        stats.attach(1, 0.0)
        self.view = board.reader(0)
        self.failures: list[str] = []
        work = [
            Work(handler, self.bench.settler, fetch, time_limit_seconds)
            for fetch in fetches or [self.bench.self_service.fetch]
        ]
        self.slot = Slot(0, self.bench.buffer, work, stats, self.bench.clock, self._failed, self.bench.crashes.append)

    def _failed(self, error: BaseException, message: Message) -> None:
        self.failures.append(f"{message.id}: {error}")

    def run(
        self, *messages: Message, meanwhile: Callable[[], object] = lambda: None, handled: int | None = None
    ) -> None:
        """Let the slot handle ``messages`` to the end."""
        self.bench.receive(*messages)
        self.slot.start()
        try:
            meanwhile()
            self._wait_until_idle(len(messages) if handled is None else handled)
        finally:
            self.bench.buffer.close()
            self.slot._thread.join(PATIENCE_SECONDS)
            if (watch := self.bench.buffer._watch._thread) is not None:
                watch.join(PATIENCE_SECONDS)  # else it bars the forks of the next test
        assert self.slot.ended
        self.bench.settler.hurry()
        self.bench.settle_due()

    def _wait_until_idle(self, handled: int) -> None:
        pause, tries = threading.Event(), 0
        while self.slot.handled < handled and tries < PATIENCE_SECONDS * 1000:
            pause.wait(0.001)
            tries += 1
        assert self.slot.handled == handled

    def until_idle_slots(self, count: int) -> None:
        """Wait until so many slots wait for a message."""
        pause, tries = threading.Event(), 0
        while self.bench.room.idle_slots < count and tries < PATIENCE_SECONDS * 1000:
            pause.wait(0.001)
            tries += 1
        assert self.bench.room.idle_slots == count

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
    on.bench.recorder.mean = QUICK_SECONDS  # so one slot takes all of them at once
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
    on.bench.recorder.mean = QUICK_SECONDS
    on.run(on.message("a"), on.message("b"))
    assert taken == []


def test_each_message_of_a_run_is_on_the_board_while_it_runs_and_has_its_own_time() -> None:
    seen: list[str | None] = []

    def handle(_message: Message) -> None:
        running = on.slot.running
        seen.append(None if running is None else running.message_id)
        on.bench.manual.advance(0.5)

    on = SlotBench(MessageHandler(handle))
    on.bench.recorder.mean = QUICK_SECONDS
    on.run(on.message("a", age=1), on.message("b"))
    assert seen == ["a", "b"]
    assert [(sample.buffer_seconds, sample.run_seconds) for sample in on.bench.recorder.samples] == [
        (0.0, 0.5),
        (0.5, 0.5),
    ]


# --- where slots fetch for themselves


def test_a_slot_that_has_nothing_to_do_fetches_and_handles_what_it_fetched() -> None:
    handled: list[tuple[str, str]] = []
    fetched_by: list[str] = []

    def here() -> str:
        return threading.current_thread().name

    on = SlotBench(MessageHandler(lambda message: handled.append((message.id, here()))), slots=20)
    on.bench.recorder.mean = QUICK_SECONDS

    def bring_more() -> None:
        on.bench.source.deliveries.append(on.bench.messages(10, 10))
        on.bench.source.during["receive"] = lambda: fetched_by.append(here())

    on.bench.source.during["receive"] = bring_more
    on.run(*on.bench.messages(0, 10), handled=20)
    assert fetched_by == ["slot-0"]
    assert sorted(handled) == sorted((str(number), "slot-0") for number in range(20))
    assert on.bench.counted(Counter.DONE) == 20


def test_a_slot_handles_all_there_is_before_it_fetches() -> None:
    handled: list[str] = []
    handled_before_fetch: list[int] = []

    def fetch() -> bool:
        handled_before_fetch.append(len(handled))
        return False

    on = SlotBench(MessageHandler(lambda message: handled.append(message.id)), fetches=[fetch])
    on.run(*on.bench.messages(0, 4))  # one after the other: how long they take is not known
    assert set(handled_before_fetch) == {4}


class ScriptedFetches:
    """So many queues, each with so many fetches that bring something; ``asked`` tells who was asked, in order."""

    def __init__(self, *bringing: int) -> None:
        self.asked: list[int] = []
        self._left = list(bringing)

    @property
    def fetches(self) -> list[Callable[[], bool]]:
        return [partial(self._fetch, queue) for queue in range(len(self._left))]

    def _fetch(self, queue: int) -> bool:
        self.asked.append(queue)
        self._left[queue] -= 1
        return self._left[queue] >= 0


@pytest.mark.parametrize(
    ("bringing", "asked"),
    [
        ((2, 2, 2), [1, 2, 0] * 3),
        ((0, 3, 0), [1, 2, 0] * 3 + [1]),
        ((4, 1, 0), [1, 2, 0] * 5),
        ((0, 0, 0), [1, 2, 0]),
    ],
    ids=["all full", "one full", "one fuller", "all empty"],
)
def test_a_slot_fetches_from_all_queues_in_turn_however_full_one_is(
    bringing: tuple[int, ...], asked: list[int]
) -> None:
    script = ScriptedFetches(*bringing)
    on = SlotBench(MessageHandler(lambda _: None), fetches=script.fetches)
    on.run(meanwhile=lambda: on.until_idle_slots(1))
    assert script.asked == asked


def test_a_slot_that_fetched_nothing_waits_and_is_woken_by_what_comes() -> None:
    handled: list[str] = []
    on = SlotBench(MessageHandler(lambda message: handled.append(message.id)), fetches=[lambda: False])

    def bring() -> None:
        on.until_idle_slots(1)
        on.bench.receive(on.message("a"))

    on.run(meanwhile=bring, handled=1)
    assert handled == ["a"]


def test_a_stop_while_a_slot_fetches_ends_it_and_what_it_fetched_goes_back() -> None:
    on = SlotBench(MessageHandler(lambda _: None), slots=20)
    on.bench.recorder.mean = QUICK_SECONDS
    begun = threading.Event()

    def stop() -> None:
        Drain(on.bench.shared, on.bench.lanes, on.bench.clock).begin()
        begun.set()

    def bring_more() -> None:
        on.bench.source.deliveries.append(on.bench.messages(10, 10))
        on.bench.source.during["receive"] = stop

    on.bench.source.during["receive"] = bring_more
    on.run(*on.bench.messages(0, 10), meanwhile=lambda: begun.wait(PATIENCE_SECONDS))
    released = [release.message.id for call in on.bench.source.released for release in call]
    assert sorted(released) == [str(number) for number in range(10, 20)]
    assert len(on.bench.hands) == 0


def test_a_slot_that_ends_by_a_fault_of_our_own_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    on = SlotBench(MessageHandler(lambda _message: None))
    fault = RuntimeError("ours")

    def fail(**_timeout: float) -> list[Any]:
        raise fault

    monkeypatch.setattr(on.bench.buffer, "take", fail)
    on.slot._run()
    assert on.bench.crashes == [fault]
