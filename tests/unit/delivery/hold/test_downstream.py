"""What handlers call is away: nothing is received, all in flight is held, and one message at a time asks."""

from __future__ import annotations

import asyncio

from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import State
from punctuald.model import DONE, Message, Metric, Outcome, OutcomeKind

AWAY = Outcome(OutcomeKind.UNAVAILABLE, "connection refused", downstream="postgres")


class Database:
    """Is there or not; ``asked`` are the moments at which handlers called it."""

    def __init__(self, clock: ManualClock) -> None:
        self.is_up = True
        self.asked: list[float] = []
        self._clock = clock

    def verdict(self, _: Message) -> Outcome:
        self.asked.append(self._clock.mono())
        return DONE if self.is_up else AWAY


def bodies(count: int, first: int = 0) -> list[str]:
    return [f"m{number}" for number in range(first, first + count)]


@on_virtual_time
async def test_an_outage_costs_no_message_a_receive_and_none_is_dead_lettered(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, max_receives=1), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(60.0, *bodies(30))
    receives, in_flight = len(bench.source.receives), len(bench.in_hand)
    await asyncio.sleep(240.0)
    assert (len(bench.source.receives), len(bench.in_hand)) == (receives, in_flight)
    database.is_up = True
    await asyncio.sleep(60.0)
    assert (bench.counted(Metric.DONE), bench.dead_letters(), bench.left()) == (30, [], [])
    assert {message.tries for _, message in bench.runner.started} == {1}


@on_virtual_time
async def test_one_message_at_a_time_asks_less_and_less_often(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(300.0, *bodies(8))
    probes = [at for at in database.asked if at > database.asked[0] + 0.5]
    gaps = [round(later - earlier) for earlier, later in zip(probes, probes[1:], strict=False)]
    assert gaps[:5] == [2, 4, 8, 16, 30]
    assert set(gaps[5:]) == {30}
    asked_by = [message.body for at, message in bench.runner.started if at > probes[0] - 0.2]
    assert len(set(asked_by[:3])) == 3, "each time another one"
