"""Telling the source what became of each message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest
import structlog

from doubles.delivery_bench import Bench, ScriptedSource
from punctuald.clock import SystemClock
from punctuald.delivery.inflight import Fate
from punctuald.delivery.lane import SETTLERS
from punctuald.delivery.outbox import FULL, HELPED_FULL
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter, Failure, Message, Outcome, OutcomeKind

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
REJECT = Outcome(OutcomeKind.REJECT, "unknown customer")
FAILED = Outcome(OutcomeKind.FAILED, "boom")
PATIENCE_SECONDS = 10.0


def acknowledged(bench: Bench) -> list[list[str]]:
    return [[message.receipt_handle for message in call] for call in bench.source.acknowledged]


def test_rule_3_acknowledgements_go_ten_at_a_time() -> None:
    bench = Bench(slots=35)
    for start in (0, 10, 20):
        bench.receive(*[bench.message(str(number)) for number in range(start, min(start + 10, 25))])
    bench.settler.settle(bench.take_all())
    bench.settle_due()
    assert [len(call) for call in acknowledged(bench)] == [10, 10]
    bench.manual.advance(0.2)
    bench.settle_due()
    assert [len(call) for call in acknowledged(bench)] == [10, 10, 5]
    assert bench.counted(Counter.DONE) == 25


def test_rule_3_a_lone_acknowledgement_lingers_for_company_but_not_past_its_time() -> None:
    bench = Bench(ack_linger_seconds=0.2)
    bench.receive(bench.message("a"))
    bench.settler.settle(bench.take())
    assert not bench.settler.step()
    bench.manual.advance(0.2)
    assert bench.settler.step()


def test_an_acknowledgement_never_lingers_past_a_deadline_that_can_still_be_kept() -> None:
    bench = Bench(ack_linger_seconds=1.0)
    bench.receive(bench.message("a", age=2.85))  # 0.15 s left
    bench.settler.settle(bench.take())
    bench.manual.advance(0.06)
    assert bench.settler.step()
    assert bench.recorder.samples[0].met


def test_a_late_message_does_not_make_a_companion_linger_past_a_deadline_that_can_still_be_kept() -> None:
    bench = Bench(ack_linger_seconds=0.2)
    bench.receive(bench.message("late", age=10), bench.message("tight", age=2.85))  # 0.15 s left
    bench.settler.settle(bench.take_all())
    bench.manual.advance(0.06)
    assert bench.settler.step()
    assert sorted(sample.met for sample in bench.recorder.samples) == [False, True]


def test_messages_that_are_all_late_linger_as_usual() -> None:
    bench = Bench(ack_linger_seconds=0.2)
    bench.receive(bench.message("late", age=10), bench.message("later", age=11))
    bench.settler.settle(bench.take_all())
    bench.manual.advance(0.19)
    assert not bench.settler.step()
    bench.manual.advance(0.02)
    assert bench.settler.step()
    assert len(acknowledged(bench)) == 1


def test_rule_3_an_ordered_source_is_told_at_once() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(bench.message("a", group="g"))
    bench.settler.settle(bench.take())
    assert bench.settler.step()


def test_rule_3_every_failed_entry_is_read_and_only_that_one_is_tried_again() -> None:
    bench = Bench()
    first, second = bench.message("a"), bench.message("b")
    bench.receive(first, second)
    bench.source.refuse(second)
    bench.settle(*bench.take_all())
    assert bench.counted(Counter.DONE) == 1
    bench.manual.advance(20)
    bench.settle_due()
    assert acknowledged(bench) == [[first.receipt_handle, second.receipt_handle], [second.receipt_handle]]
    assert bench.counted(Counter.DONE) == 2


def test_rule_3_an_expired_handle_is_a_lost_lease_counted_logged_and_over() -> None:
    bench = Bench()
    message = bench.message("a")
    bench.receive(message)
    bench.source.refuse(message, code="ReceiptHandleIsInvalid", retryable=False)
    with structlog.testing.capture_logs() as logs:
        bench.settle(*bench.take())
    assert bench.counted(Counter.LEASE_LOST) == 1
    assert [(entry["event"], entry["code"]) for entry in logs] == [("message.lease_lost", "ReceiptHandleIsInvalid")]
    assert len(bench.hands) == 0
    assert bench.recorder.samples == []


def test_rule_4_a_handle_replaced_during_the_acknowledgement_is_acknowledged_again() -> None:
    bench = Bench()
    bench.receive(bench.message("a", handle="old"))
    bench.source.during["acknowledge"] = lambda: bench.receive(bench.message("a", handle="new", count=2))
    bench.settle(*bench.take())
    assert acknowledged(bench) == [["old"], ["new"]]
    assert bench.counted(Counter.DONE) == 1
    assert len(bench.recorder.samples) == 1
    assert len(bench.hands) == len(bench.keeper) == 0


def test_rule_4_a_refused_old_handle_is_no_lost_lease_where_a_newer_one_came() -> None:
    bench = Bench()
    message = bench.message("a", handle="old")
    bench.receive(message)
    bench.source.refuse(message, code="ReceiptHandleIsInvalid", retryable=False)
    bench.source.during["acknowledge"] = lambda: bench.receive(bench.message("a", handle="new", count=2))
    bench.settle(*bench.take())
    assert acknowledged(bench) == [["old"], ["new"]]
    assert (bench.counted(Counter.LEASE_LOST), bench.counted(Counter.DONE)) == (0, 1)


def test_a_dead_lettered_message_is_not_moved_twice_when_a_copy_comes_meanwhile() -> None:
    bench = Bench()
    bench.receive(bench.message("a", handle="old"))
    bench.source.during["dead_letter"] = lambda: bench.receive(bench.message("a", handle="new", count=2))
    bench.settle(*bench.take(), outcome=REJECT)
    assert len(bench.source.dead_lettered) == 1
    assert acknowledged(bench) == [["new"]]
    assert bench.counted(Counter.REJECTED) == 1


@pytest.mark.parametrize("error", [AWAY, SourceMisconfigured("gone", code="QueueDoesNotExist")])
def test_rule_5_while_the_source_is_away_nothing_is_lost(error: SourceUnavailable) -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    bench.source.errors["acknowledge"] = [error] * 3
    with structlog.testing.capture_logs() as logs:
        bench.settle(*bench.take())
        assert len(bench.source.acknowledged) == 1  # the next try waits for its back-off
        assert len(bench.hands) == 1
        for _ in range(3):
            bench.manual.advance(5)
            bench.settle_due()
    assert bench.counted(Counter.DONE) == 1
    assert bench.counted(Counter.SOURCE_ERROR) == 3
    assert [entry["event"] for entry in logs if entry["event"].startswith("source.")] == [
        "source.unavailable",
        "source.recovered",
    ]


def test_rule_5_new_acknowledgements_do_not_storm_a_source_that_is_away() -> None:
    bench = Bench(slots=20)
    bench.receive(*[bench.message(str(number)) for number in range(10)])
    bench.source.errors["acknowledge"] = [AWAY]
    bench.settle(*bench.take_all())
    bench.receive(*[bench.message(str(number)) for number in range(10, 20)])
    bench.settle(*bench.take_all())
    assert len(bench.source.acknowledged) == 1


def test_a_dead_letter_queue_that_is_away_does_not_hold_up_acknowledgements() -> None:
    bench = Bench()
    bench.receive(bench.message("bad"), bench.message("good"))
    bench.source.errors["dead_letter"] = [AWAY]
    bad, good = bench.take_all()
    bench.settle(bad, outcome=REJECT)
    bench.settle(good)
    assert bench.counted(Counter.DONE) == 1
    assert len(bench.hands) == 1


def test_rule_7_after_a_lost_acknowledgement_the_rest_of_the_group_goes_back_too() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    head = bench.message("g1", group="g")
    bench.receive(head, bench.message("g2", group="g"))
    bench.source.refuse(head, code="ReceiptHandleIsInvalid", retryable=False)
    bench.settle(*bench.take_all())
    assert [release.message.id for call in bench.source.released for release in call] == ["g2"]
    assert bench.take_all() == []


def test_rule_7_a_rejected_message_lets_its_group_go_on() -> None:
    bench = Bench(ScriptedSource(ordered=True))
    bench.receive(bench.message("g1", group="g"), bench.message("g2", group="g"))
    bench.settle(*bench.take_all(), outcome=REJECT)
    assert [item.id for item in bench.take_all()] == ["g2"]


@pytest.mark.parametrize(
    ("outcome", "receive_count", "seconds"),
    [
        (Outcome(OutcomeKind.RETRY, "later", 2.5), 1, 3),
        (Outcome(OutcomeKind.RETRY, "much later", 1e9), 1, 43_195),  # what is left of the twelve hours
        (Outcome(OutcomeKind.RETRY), 3, 4),
        (FAILED, 4, 8),
    ],
)
def test_a_message_that_comes_again_comes_when_it_was_asked_for(
    outcome: Outcome, receive_count: int, seconds: int
) -> None:
    bench = Bench(retry_initial_seconds=1, retry_max_seconds=900)
    bench.receive(bench.message("a", count=receive_count))
    bench.settle(*bench.take(), outcome=outcome)
    assert [[release.after_seconds for release in call] for call in bench.source.released] == [[seconds]]
    assert bench.counted(Counter.RETRIED) + bench.counted(Counter.FAILED) == 1
    assert bench.recorder.samples == []


def test_without_a_dead_letter_queue_a_rejected_message_is_given_back_and_said_once() -> None:
    bench = Bench(retry_max_seconds=900)
    messages = [bench.message("a"), bench.message("b")]
    bench.receive(*messages)
    for message in messages:
        bench.source.refuse(message, code="NoDeadLetterQueue", retryable=False)
    with structlog.testing.capture_logs() as logs:
        bench.settle(*bench.take_all(), outcome=REJECT)
    assert sorted(r.after_seconds for call in bench.source.released for r in call) == [900, 900]
    assert [entry["event"] for entry in logs].count("message.no_dead_letter_queue") == 1
    assert bench.counted(Counter.REJECTED) == 0


def test_a_discarded_message_is_deleted_and_counted_with_its_reason() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    with structlog.testing.capture_logs() as logs:
        bench.settle(*bench.take(), outcome=Outcome(OutcomeKind.DISCARD, "a test order"))
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("message.discarded", "a test order")]
    assert bench.counted(Counter.DISCARDED) == 1


def test_the_stages_of_a_sample_add_up_to_the_whole_way() -> None:
    bench = Bench(ack_linger_seconds=0.25)
    bench.receive(bench.message("a", age=0.5))
    bench.manual.advance(0.5)
    items = bench.take()
    bench.manual.advance(1.0)
    bench.settler.settle(items)
    bench.manual.advance(0.25)
    bench.settle_due()
    (sample,) = bench.recorder.samples
    stages = (sample.queue_seconds, sample.buffer_seconds, sample.run_seconds, sample.settle_seconds)
    assert stages == (0.5, 0.5, 1.0, 0.25)
    assert sample.met


def test_a_message_that_took_too_long_is_always_logged_with_its_stages_and_never_with_its_body() -> None:
    bench = Bench()
    bench.receive(bench.message("a", age=3.5))
    with structlog.testing.capture_logs() as logs:
        bench.settle(*bench.take())
    assert [(entry["event"], entry["tier"], entry["queue_seconds"]) for entry in logs] == [
        ("message.breached", "peak_hours", 3.5)
    ]
    assert "the body" not in str(logs)
    assert "handle of a" not in str(logs)
    assert not bench.recorder.samples[0].met


def test_a_message_is_settled_once_even_when_two_ends_meet() -> None:
    bench = Bench()
    bench.receive(bench.message("a"))
    (item,) = bench.take()
    bench.settler.give_back([item])
    bench.settle(item)
    assert (bench.counted(Counter.RELEASED), bench.counted(Counter.DONE)) == (1, 0)
    assert item.fate is Fate.RELEASED


def test_flush_gets_lingering_acknowledgements_out_at_once() -> None:
    bench = Bench(clock=SystemClock(), ack_linger_seconds=60.0)
    bench.receive(bench.message("a", tier="batch_mode"))
    thread = threading.Thread(target=bench.settler.run, daemon=True)
    thread.start()
    bench.settler.settle(bench.take())
    assert bench.settler.flush(bench.clock.mono() + 5)
    assert bench.counted(Counter.DONE) == 1
    bench.settler.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_flush_ends_at_its_deadline_when_the_source_is_away() -> None:
    bench = Bench(clock=SystemClock())
    bench.source.errors["acknowledge"] = [AWAY] * 100
    bench.receive(bench.message("a"))
    bench.settler.settle(bench.take())
    thread = threading.Thread(target=bench.settler.run, daemon=True)
    thread.start()
    assert not bench.settler.flush(bench.clock.mono() + 0.05)
    assert len(bench.hands) == 1
    bench.settler.stop()
    thread.join(5)


def test_a_slot_that_passes_by_takes_one_full_ten_along_and_leaves_the_rest() -> None:
    bench = Bench(slots=20)
    for first in (0, 10):
        bench.receive(*[bench.message(str(number)) for number in range(first, first + 10)])
    items = bench.take_all()
    bench.settler.settle(items[:9])
    assert not bench.settler.help()
    bench.settler.settle(items[9:15])
    assert bench.settler.help()
    assert [len(batch) for batch in bench.source.acknowledged] == [10]
    assert len(bench.hands) == 10


def test_while_slots_help_a_full_ten_waits_for_them_but_not_longer_than_it_may_linger() -> None:
    bench = Bench(slots=20)
    bench.receive(*[bench.message(str(number)) for number in range(10)])
    bench.settler.help()
    bench.settler.settle(bench.take_all())
    assert not bench.settler.step()
    bench.manual.advance(0.2)
    assert bench.settler.step()


def test_where_no_slot_helps_any_more_a_full_ten_is_due_at_once() -> None:
    bench = Bench(slots=20)
    bench.receive(*[bench.message(str(number)) for number in range(10)])
    bench.settler.help()
    bench.settler.settle(bench.take_all())
    bench.settler.help_ends()
    assert bench.settler.step()


def test_more_than_slots_can_take_along_is_due_at_once() -> None:
    bench = Bench(slots=HELPED_FULL)
    for first in range(0, HELPED_FULL, 10):
        bench.receive(*[bench.message(str(number)) for number in range(first, first + 10)])
    bench.settler.help()
    *most, last = bench.take_all()
    bench.settler.settle(most)
    assert not bench.settler.step()
    bench.settler.settle([last])
    assert bench.settler.step()


# --- a call that hangs


class HangingSource(ScriptedSource):
    """Its acknowledgements hang until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self._hanging = threading.Semaphore(0)

    def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        self._hanging.release()
        assert self.let_go.wait(6 * PATIENCE_SECONDS)  # longer than all that a test waits for meanwhile
        return super().acknowledge(messages)

    def one_more_hangs(self) -> bool:
        return self._hanging.acquire(timeout=PATIENCE_SECONDS)


@contextmanager
def started(bench: Bench, source: HangingSource) -> Iterator[None]:
    """With its lane's threads running; whatever hangs is let go at the end, and they end."""
    bench.lane.start()
    try:
        yield
    finally:
        source.let_go.set()
        bench.lane.stop_receiving()
        bench.room.close()
        assert bench.lane.wait_received(PATIENCE_SECONDS)
        assert bench.settler.flush(bench.clock.mono() + PATIENCE_SECONDS)
        bench.lane.end(PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in bench.lane._settling)


def bench_with_tens(source: ScriptedSource, tens: int) -> Bench:
    """So many full tens are in hand; of its receiver nothing more is to be seen."""
    bench = Bench(source, slots=tens * FULL, clock=SystemClock(), wait_seconds=0, poll_interval_seconds=3_600)
    for first in range(0, tens * FULL, FULL):
        bench.receive(*bench.messages(first, FULL))
    return bench


def test_a_full_ten_does_not_wait_for_a_call_that_hangs() -> None:
    source = HangingSource()
    bench = bench_with_tens(source, 2)
    items = bench.take_all()
    with started(bench, source):
        bench.settler.settle(items[:FULL])
        assert source.one_more_hangs()
        bench.settler.settle(items[FULL:])
        assert source.one_more_hangs()
    assert len(bench.hands) == 0
    assert bench.crashes == []


def test_however_much_hangs_no_more_threads_settle_than_there_may_be() -> None:
    source = HangingSource()
    tens = SETTLERS + 2
    bench = bench_with_tens(source, tens)
    items = bench.take_all()
    with started(bench, source):
        for first in range(0, SETTLERS * FULL, FULL):
            bench.settler.settle(items[first : first + FULL])
            assert source.one_more_hangs()
        for first in range(SETTLERS * FULL, tens * FULL, FULL):
            bench.settler.settle(items[first : first + FULL])
        assert len(bench.lane._settling) == SETTLERS
    assert len(bench.hands) == 0
    assert bench.crashes == []


class OvertakenLock:
    """Lets somebody else go first, once, just where one is about to take ``lock``."""

    def __init__(self, lock: AbstractContextManager[object], overtake: Callable[[], None]) -> None:
        self._lock = lock
        self._overtake: Callable[[], None] | None = overtake

    def __enter__(self) -> None:
        overtake, self._overtake = self._overtake, None
        if overtake is not None:
            overtake()
        self._lock.__enter__()

    def __exit__(self, *raised: object) -> None:
        self._lock.__exit__(None, None, None)


def test_two_that_find_the_last_settler_missing_at_the_same_time_begin_only_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = HangingSource()
    bench = bench_with_tens(source, 0)
    with started(bench, source):
        while len(bench.lane._settling) < SETTLERS - 1:
            bench.lane._settle_with_one_more()
        lock = OvertakenLock(bench.lane._beginning, bench.lane._settle_with_one_more)
        monkeypatch.setattr(bench.lane, "_beginning", lock)
        bench.lane._settle_with_one_more()
        assert len(bench.lane._settling) == SETTLERS
