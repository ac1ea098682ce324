"""What handlers call is away: what several workers make of it together."""

from __future__ import annotations

import asyncio

from captured_logs import capture_logs
from doubles.delivery.neighbours import Neighbours
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import DONE, Message, Metric, Outcome, OutcomeKind

AWAY = Outcome(OutcomeKind.UNAVAILABLE, "connection refused", downstream="postgres")
SOON = Outcome(OutcomeKind.UNAVAILABLE, "busy", 60.0)


class Database:
    """Is there or not; ``asked`` are the moments at which handlers called it."""

    def __init__(self, clock: ManualClock) -> None:
        self.is_up = True
        self.away = AWAY
        self.asked: list[float] = []
        self._clock = clock

    def verdict(self, message: Message) -> Outcome:
        if message.body.startswith("slow"):
            return DONE
        self.asked.append(self._clock.mono())
        return DONE if self.is_up else self.away


def bodies(count: int, first: int = 0) -> list[str]:
    return [f"m{number}" for number in range(first, first + count)]


@on_virtual_time
async def test_what_one_worker_finds_out_the_others_know_and_only_one_asks(clock: ManualClock) -> None:
    database = Database(clock)
    pool = Neighbours(clock, database.verdict)
    for index in range(4):
        pool.start(index)
    pool.send(*bodies(20))
    await asyncio.sleep(1.0)
    database.is_up, before = False, len(database.asked)
    pool.send(*bodies(100, 20))
    await asyncio.sleep(2.0)
    receives, asked = pool.receives, len(database.asked)
    assert asked - before < 40, "each worker found out at most by what it was at"
    await asyncio.sleep(120.0)
    assert len(database.asked) - asked <= 8, "one a back-off, not one of each worker"
    assert pool.receives - receives <= len(database.asked) - asked
    database.is_up = True
    await asyncio.sleep(60.0)
    assert sum(worker.counted(Metric.DONE) for worker in pool.workers.values()) == 120
    assert max(message.receive_count for source in pool.sources.values() for message in source.received) == 1


@on_virtual_time
async def test_two_workers_that_each_find_it_away_once_close_the_queue(clock: ManualClock) -> None:
    database = Database(clock)
    pool = Neighbours(clock, database.verdict, prefetch_limit=1, lookahead_seconds=0.0)
    database.is_up = False
    with capture_logs() as lines:
        pool.start(0)
        pool.send("a")
        await asyncio.sleep(1.0)
        pool.kill(0)
        pool.start(1)
        pool.send("b")
        await asyncio.sleep(2.0)
    assert [line["event"] for line in lines if line["event"].startswith("downstream")] == ["downstream.down"]


@on_virtual_time
async def test_when_the_one_that_asks_is_gone_the_next_one_does_and_the_outage_is_not_forgotten(
    clock: ManualClock,
) -> None:
    database = Database(clock)
    pool = Neighbours(clock, database.verdict)
    for index in range(3):
        pool.start(index)
    database.is_up = False
    pool.send(*bodies(60))
    await asyncio.sleep(20.0)
    calls = {index: len(pool.started(index)) for index in (1, 2)}
    pool.kill(0)
    await asyncio.sleep(60.0)
    assert len(pool.started(1)) > calls[1]
    assert len(pool.started(2)) == calls[2]
    pool.kill(1)
    pool.kill(2)
    receives = pool.receives
    pool.start(0)
    await asyncio.sleep(20.0)
    assert all(each.most == 1 for each in pool.sources[0].receives), "a new worker knows, and asks with one message"
    assert pool.receives - receives <= 3
    database.is_up = True
    await asyncio.sleep(120.0)
    assert pool.queue.backlog().total == 0


@on_virtual_time
async def test_a_worker_whose_slots_are_busy_lets_the_next_one_ask(clock: ManualClock) -> None:
    database = Database(clock)
    pool = Neighbours(
        clock,
        database.verdict,
        seconds=lambda message: {"slow 0": 5.0}.get(message.body, 600.0 if message.body.startswith("slow") else 0.0625),
        lookahead_seconds=20.0,
        prefetch_limit=8,
    )
    pool.start(0)
    pool.send(*bodies(4))
    await asyncio.sleep(1.0)
    pool.send(*[f"slow {number}" for number in range(5)], *bodies(4, 4))
    await asyncio.sleep(1.0)
    assert len(pool.workers[0].consumer.table.all()) > 4, "there is more than it has slots for"
    database.is_up = False
    pool.start(1)
    pool.send(*bodies(4, 8))
    await asyncio.sleep(10.0)
    asked = len(database.asked)
    await asyncio.sleep(110.0)
    assert len(database.asked) >= asked + 3
    database.is_up = True
    await asyncio.sleep(40.0)
    assert pool.workers[1].counted(Metric.DONE) >= 4


@on_virtual_time
async def test_when_to_ask_again_is_known_to_a_worker_that_did_not_hear_it_itself(clock: ManualClock) -> None:
    database = Database(clock)
    pool = Neighbours(clock, database.verdict)
    database.is_up, database.away = False, SOON
    pool.start(0)
    pool.send(*bodies(2))
    await asyncio.sleep(1.0)
    asked = len(database.asked)
    pool.kill(0)
    pool.start(1)
    pool.send(*bodies(4, 2))
    await asyncio.sleep(55.0)
    assert len(database.asked) == asked
    await asyncio.sleep(10.0)
    assert len(database.asked) == asked + 1


@on_virtual_time
async def test_a_worker_that_stops_finishes_what_it_has_whatever_others_find_out_meanwhile(clock: ManualClock) -> None:
    pool = Neighbours(
        clock,
        lambda message: AWAY if message.body.startswith("x") else DONE,
        seconds=lambda message: 0.0625 if message.body.startswith("x") else 1.0,
        fifo=True,
        wait_seconds=0.0,  # no long poll brings it what is meant for the other one
    )
    stopping = pool.start(0)
    pool.send(*bodies(4), group="g")
    await asyncio.sleep(1.5)
    stop = asyncio.create_task(stopping.stop(drain_seconds=30.0))
    await asyncio.sleep(0.1)
    begun_mono = clock.mono()
    pool.start(1)
    pool.send("x1", group="h")
    pool.send("x2", group="i")
    await stop
    assert clock.mono() - begun_mono < 20.0
    assert (stopping.counted(Metric.DONE), stopping.counted(Metric.RELEASED)) == (4, 0)
