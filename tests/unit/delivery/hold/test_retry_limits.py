"""A source that keeps no count of receives: a record is tried so often or so long in place, and then dead-lettered."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, Handlings
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.source.count_nothing import count_nothing
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.retry import RetryLimits
from punctuald.source.memory.group import MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource


class LogBench:
    """A worker on a log of one partition, on virtual time; ``bad`` fails each time."""

    def __init__(self, clock: ManualClock, limits: RetryLimits, **options: Any) -> None:
        self.log = MemoryLog("t", clock, ("0",))
        self.group = MemoryGroup(self.log)
        self.handlings = Handlings(outcomes={"bad": FAILED})
        self.runner = VirtualRunner(4, clock, self.handlings.seconds_of, self.handlings.outcome_of)
        source = MemoryLogSource(self.group, count_nothing)
        given = {"retry_initial_seconds": 8.0, "retry_max_seconds": 64.0, "wait_seconds": 1.0, **options}
        self.worker = WorkerBench(clock, self.runner, source, retry_limits=limits, **given)

    def starts(self, body: str) -> list[float]:
        """When handlers were called with it, since the first call."""
        [first, *later] = [at_mono for at_mono, message in self.runner.started if message.body == body]
        return [0.0, *(at_mono - first for at_mono in later)]

    @property
    def dead(self) -> list[str]:
        return [letter.body for letter in self.log.dead_letters or []]

    async def run_for(self, seconds: float, *bodies: str, key: str | None = "k") -> None:
        for body in bodies:
            self.log.send(body, key=key)
        self.worker.start()
        await asyncio.sleep(seconds)


@on_virtual_time
async def test_a_record_is_tried_so_often_in_place_and_then_dead_lettered(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(max_tries=3))
    await bench.run_for(7.0, "bad", "next")
    assert (bench.dead, Counter(message.body for _, message in bench.runner.started)) == ([], {"bad": 1})
    await asyncio.sleep(60.0)
    assert len(bench.starts("bad")) == 3
    assert [message.body for _, message in bench.runner.started][-1] == "next", "after it, and not before"
    assert bench.dead == ["bad"]
    assert (bench.group.checkpoint("0"), bench.worker.counted(Metric.REJECTED)) == (2, 1)


@on_virtual_time
async def test_a_record_that_fails_so_long_is_not_tried_again(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(for_seconds=20.0))
    await bench.run_for(200.0, "bad")
    *_, before_last, last = bench.starts("bad")
    assert before_last < 20.0 <= last
    assert bench.dead == ["bad"]


@on_virtual_time
async def test_a_second_try_is_made_however_long_the_first_one_took(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(for_seconds=20.0))
    bench.handlings.seconds["bad"] = 100.0
    await bench.run_for(400.0, "bad")
    assert len(bench.starts("bad")) == 2
    assert bench.dead == ["bad"]


@on_virtual_time
async def test_a_record_that_fails_holds_up_its_own_key_and_no_other(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(max_tries=3))
    bench.log.send("other", key="another key")
    bench.log.send("of no key")
    await bench.run_for(1.0, "bad", "next")
    assert {message.body for _, message in bench.runner.started} == {"bad", "other", "of no key"}
    assert bench.group.checkpoint("0") == 2, "what failed is not done"


@on_virtual_time
async def test_a_record_without_a_key_holds_up_nothing_and_has_the_same_tries(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(max_tries=3))
    await bench.run_for(100.0, "bad", "next", key=None)
    assert [message.body for _, message in bench.runner.started] == ["bad", "next", "bad", "bad"]
    assert bench.dead == ["bad"]


@on_virtual_time
async def test_a_try_that_its_handler_asks_to_repeat_counts(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(max_tries=3))
    bench.handlings.outcomes["bad"] = Outcome(OutcomeKind.RETRY, "not yet", 5.0)
    await bench.run_for(100.0, "bad")
    assert (len(bench.starts("bad")), bench.dead) == (3, ["bad"])


@on_virtual_time
async def test_without_a_dead_letter_topic_its_key_waits_and_the_log_says_so_again_and_again(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = LogBench(clock, RetryLimits(max_tries=2))
        bench.log.dead_letters = None
        bench.log.send("other", key="another key")
        await bench.run_for(1_000.0, "bad", "next")
    said = [entry for entry in logs if entry["event"] == "message.no_dead_letter_queue"]
    assert 3 <= len(said) <= 4, "at once, and every five minutes"
    assert len(bench.starts("bad")) > 10, "never skipped"
    assert {message.body for _, message in bench.runner.started} == {"bad", "other"}
    assert bench.group.checkpoint("0") == 1


@on_virtual_time
async def test_once_it_succeeds_all_that_waited_behind_it_follows(clock: ManualClock) -> None:
    bench = LogBench(clock, RetryLimits(max_tries=2))
    bench.log.dead_letters = None
    bench.handlings.outcomes["bad"] = [FAILED] * 7
    await bench.run_for(1_000.0, "bad", "next", "last")
    assert [message.body for _, message in bench.runner.started] == ["bad"] * 8 + ["next", "last"]
    assert bench.group.checkpoint("0") == 3
