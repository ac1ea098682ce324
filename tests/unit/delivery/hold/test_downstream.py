"""What handlers call is away: nothing is received, all in flight is held, and one message at a time asks."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import FAILED, REJECTED, DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import State
from punctuald.model import DONE, Message, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.lease import WAITING_SECONDS

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
    gaps = [round(later - earlier) for earlier, later in pairwise(probes)]
    assert gaps[:5] == [2, 4, 8, 16, 30]
    assert set(gaps[5:]) == {30}
    asked_by = [message.body for at, message in bench.runner.started if at > probes[0] - 0.2]
    assert len(set(asked_by[:3])) == 3, "each time another one"


@on_virtual_time
async def test_a_message_that_finds_it_away_alone_waits_alone(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = [AWAY, AWAY]
    await bench.run_for(0.5, "a", *bodies(20))
    assert bench.counted(Metric.DONE) == 20
    await asyncio.sleep(10.0)
    assert (bench.counted(Metric.DONE), bench.counted(Metric.UNAVAILABLE)) == (21, 2)


@on_virtual_time
async def test_it_waits_as_long_as_it_asked_for(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.UNAVAILABLE, "", 50.0)]
    await bench.run_for(49.0, "a")
    assert bench.started == ["a"]
    await asyncio.sleep(2.0)
    assert bench.started == ["a", "a"]


@on_virtual_time
async def test_two_that_are_far_apart_close_nothing(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes |= {"a": [Outcome(OutcomeKind.UNAVAILABLE, "", 100.0)], "b": [AWAY]}
    await bench.run_for(11.0, "a")
    bench.send("b")
    await asyncio.sleep(0.1)
    bench.send("c")
    await asyncio.sleep(0.1)
    assert bench.started == ["a", "b", "c"]


@on_virtual_time
async def test_two_within_ten_seconds_close_the_queue_and_what_waits_to_start_is_held(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=1, lookahead_seconds=5.0), Database(clock)
    bench.handlings.verdict = database.verdict
    await bench.run_for(0.1, "m0")  # so that it is known how long a message takes
    database.is_up = False
    bench.send(*bodies(9, 1))
    with capture_logs() as lines:
        await asyncio.sleep(0.5)
    assert len(bench.started) <= 1 + 3, "two that found out, and one that was begun meanwhile"
    states = {item.message.body: item.state for item in bench.consumer.table.all()}
    assert states == dict.fromkeys(bodies(9, 1), State.HELD)
    [down] = [line for line in lines if line["event"].startswith("downstream")]
    assert down["event"] == "downstream.down"
    assert (down["queue"], down["name"], down["reason"]) == ("q0", "postgres", "connection refused")


@pytest.mark.parametrize("outcome", [DONE, FAILED, REJECTED, Outcome(OutcomeKind.RETRY, "", 60.0)])
def test_any_other_outcome_opens_the_queue_again(outcome: Outcome) -> None:
    @on_virtual_time
    async def opens(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, slots=2)
        bench.handlings.outcomes |= {"m0": [AWAY], "m1": [AWAY], "m2": [outcome]}
        with capture_logs() as lines:
            await bench.run_for(20.0, *bodies(10))
        assert bench.counted(Metric.DONE) >= 9
        [up] = [line for line in lines if line["event"] == "downstream.up"]
        assert 1.0 <= up["seconds"] < 1.5
        assert up["held"] >= 1

    opens()


@on_virtual_time
async def test_what_began_before_it_went_down_proves_nothing(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=4), Database(clock)
    bench.handlings.seconds["slow"] = 0.8
    bench.handlings.verdict = lambda message: DONE if message.body == "slow" else database.verdict(message)
    database.is_up = False
    await bench.run_for(0.99, "slow", *bodies(8))
    assert "slow" in [message.body for message in bench.runner.ended]
    assert len(database.asked) <= 3, "it asks no sooner than a second after"


@on_virtual_time
async def test_a_probe_that_hangs_is_waited_for_half_a_minute_and_then_another_one_asks(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=4), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(0.5, *bodies(6))
    bench.handlings.seconds |= dict.fromkeys(bodies(6), 500.0)
    await asyncio.sleep(10.0)
    started = len(bench.started)
    database.is_up = True
    bench.handlings.seconds.clear()
    await asyncio.sleep(15.0)
    assert len(bench.started) == started
    await asyncio.sleep(30.0)
    assert bench.counted(Metric.DONE) == 5


@on_virtual_time
async def test_it_opens_little_by_little(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=100), Database(clock)
    bench.handlings.verdict = database.verdict
    bench.handlings.usual_seconds = 0.5
    database.is_up = False
    await bench.run_for(2.0, *bodies(100))
    database.is_up = True
    await bench.until(lambda: bench.counted(Metric.DONE) > 0)
    at_once = []
    for _ in range(4):
        await asyncio.sleep(0.5)
        at_once.append(bench.runner.slots - bench.runner.idle)
        await asyncio.sleep(0.5)
    assert at_once == [1, 2, 4, 8]
    await asyncio.sleep(5.0)
    assert bench.counted(Metric.DONE) == 100


@on_virtual_time
async def test_connections_that_broke_in_the_outage_do_not_close_it_again(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=8), Database(clock)
    broken = {f"m{number}" for number in range(3, 40, 4)}

    def verdict(message: Message) -> Outcome:
        if database.is_up and message.body in broken:
            broken.remove(message.body)
            return AWAY
        return database.verdict(message)

    bench.handlings.verdict = verdict
    database.is_up = False
    with capture_logs() as lines:
        await bench.run_for(5.0, *bodies(40))
        database.is_up = True
        await asyncio.sleep(30.0)
    assert not broken
    assert (bench.counted(Metric.DONE), bench.counted(Metric.FAILED)) == (40, 0)
    assert [line["event"] for line in lines if line["event"].startswith("downstream")] == [
        "downstream.down",
        "downstream.up",
    ]


@on_virtual_time
async def test_a_message_that_meets_one_broken_connection_after_the_other_has_not_failed(clock: ManualClock) -> None:
    """While others pass it: each handler thread has a connection of its own, and finds out for itself."""
    bench, database = DeliveryBench(clock, slots=4), Database(clock)
    broken = 4

    def verdict(message: Message) -> Outcome:
        nonlocal broken
        if database.is_up and message.body == "m5" and broken:
            broken -= 1
            return AWAY
        return database.verdict(message)

    bench.handlings.verdict = verdict
    database.is_up = False
    await bench.run_for(5.0, *bodies(200))
    database.is_up = True
    await asyncio.sleep(30.0)
    assert (broken, bench.counted(Metric.DONE), bench.counted(Metric.FAILED)) == (0, 200, 0)
    assert {message.receive_count for _, message in bench.runner.started} == {1}


@on_virtual_time
async def test_what_is_gone_again_while_it_opens_closes_it_within_seconds(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=4), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(3.0, *bodies(40))
    database.is_up = True
    await bench.until(lambda: bench.counted(Metric.DONE) >= 3)
    database.is_up, asked = False, len(database.asked)
    await asyncio.sleep(60.0)
    assert len(database.asked) - asked < 25
    receives = len(bench.source.receives)
    await asyncio.sleep(60.0)
    assert len(bench.source.receives) == receives
    database.is_up = True
    await asyncio.sleep(60.0)
    assert (bench.counted(Metric.DONE), bench.counted(Metric.FAILED)) == (40, 0)


@on_virtual_time
async def test_a_message_that_others_pass_three_times_has_failed(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=3)
    bench.handlings.outcomes["own fault"] = [AWAY] * 100
    bench.start()
    bench.send("own fault")
    for number in range(400):
        bench.send(f"m{number}")
        await asyncio.sleep(0.5)
    assert bench.counted(Metric.FAILED) == 3
    assert bench.dead_letters() == ["own fault"]
    assert bench.counted(Metric.DONE) == 400


@on_virtual_time
async def test_alone_on_its_queue_it_is_never_given_up(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, max_receives=1)
    bench.handlings.outcomes["a"] = [AWAY] * 100
    await bench.run_for(4_000.0, "a")
    assert (bench.counted(Metric.DONE), bench.counted(Metric.FAILED)) == (1, 0)


@on_virtual_time
async def test_a_long_outage_is_no_fault_of_any_message_and_is_recalled_every_five_minutes(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, max_receives=3), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    with capture_logs() as lines:
        await bench.run_for(2_000.0, *bodies(4))
    assert (bench.counted(Metric.FAILED), bench.counted(Metric.LEASE_LOST)) == (0, 0)
    assert bench.others_receive() == [], "their leases were renewed"
    reminders = [line for line in lines if line["event"] == "downstream.still_down"]
    assert [round(line["seconds"] / 300) for line in reminders] == [1, 2, 3, 4, 5, 6]
    assert {(line["name"], line["held"]) for line in reminders} == {("postgres", 4)}
    database.is_up = True
    await asyncio.sleep(60.0)
    assert (bench.counted(Metric.DONE), bench.dead_letters()) == (4, [])


@on_virtual_time
async def test_when_a_lease_can_be_renewed_no_longer_the_message_goes_back_and_is_hidden(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(5.0, "a", "b", "c")
    bench.item("b").received_mono -= WAITING_SECONDS
    bench.item("c").received_mono -= WAITING_SECONDS
    await asyncio.sleep(60.0)
    assert sorted(bench.source.released()) == [("b", 900), ("c", 900)]
    assert bench.in_hand == ["a"]


@on_virtual_time
async def test_other_queues_go_on(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, queues=2), Database(clock)
    bench.handlings.verdict = lambda message: DONE if message.queue == "q1" else database.verdict(message)
    database.is_up = False
    bench.send(*bodies(20), queue=1)
    await bench.run_for(10.0, *bodies(20))
    assert (bench.counted(Metric.DONE, queue=0), bench.counted(Metric.DONE, queue=1)) == (0, 20)


@on_virtual_time
async def test_a_queue_with_nothing_in_hand_is_asked_for_one_message(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=2, wait_seconds=1.0), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(0.5, "m0", "m1")
    for body in ("m0", "m1"):
        bench.take_away(body)
    bench.others_receive()
    await asyncio.sleep(60.0)
    assert bench.in_hand == []
    bench.send(*bodies(10, 10))
    await asyncio.sleep(100.0)
    assert len(bench.in_hand) == 1
    assert all(each.most == 1 for each in bench.source.receives[-3:])


@on_virtual_time
async def test_a_batch_that_finds_it_away_is_held_whole_and_one_of_its_messages_asks(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=1, batch_size=5, max_receives=1), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(0.4, *bodies(5))
    assert len(database.asked) == 5
    await asyncio.sleep(2.0)
    assert len(database.asked) == 6
    database.is_up = True
    await asyncio.sleep(60.0)
    assert (bench.counted(Metric.DONE), bench.dead_letters()) == (5, [])


@on_virtual_time
async def test_a_group_waits_behind_its_head_and_keeps_its_order(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, fifo=True, max_receives=2), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    for group in "gh":
        bench.send(*[f"{group}{number}" for number in range(4)], group=group)
    await bench.run_for(100.0)
    assert {body[1] for body in bench.started} == {"0"}, "heads only"
    database.is_up = True
    await asyncio.sleep(60.0)
    assert bench.dead_letters() == []
    for group in "gh":
        done = [message.body for message in bench.runner.ended if message.body[0] == group]
        assert done[-4:] == [f"{group}{number}" for number in range(4)]
        assert set(done[:-4]) <= {f"{group}0"}


@on_virtual_time
async def test_at_a_stop_what_is_held_goes_back(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, max_receives=3), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(5.0, *bodies(8))
    begun_mono = clock.mono()
    await bench.worker.stop(drain_seconds=30.0)
    assert clock.mono() - begun_mono < 32.0
    assert sorted(bench.others_receive()) == bodies(8)
    assert bench.dead_letters() == []


@on_virtual_time
async def test_what_would_not_come_again_is_kept_to_the_end_of_a_stop_and_run_when_it_is_back(
    clock: ManualClock,
) -> None:
    bench, database = DeliveryBench(clock, max_receives=1), Database(clock)
    bench.handlings.verdict = database.verdict
    database.is_up = False
    await bench.run_for(5.0, *bodies(4))
    stop = asyncio.create_task(bench.worker.stop(drain_seconds=30.0))
    await asyncio.sleep(5.0)
    assert sorted(bench.in_hand) == bodies(4)
    database.is_up = True
    await stop
    assert (bench.counted(Metric.DONE), bench.dead_letters(), bench.left()) == (4, [], [])


@on_virtual_time
async def test_a_time_that_a_handler_named_before_the_outage_does_not_keep_the_queue_closed(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock), Database(clock)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.UNAVAILABLE, "", 900.0)]
    await bench.run_for(20.0, "a")
    bench.handlings.verdict, database.is_up = database.verdict, False
    bench.send(*bodies(5))
    await asyncio.sleep(1.0)
    database.is_up = True
    await asyncio.sleep(10.0)
    assert bench.counted(Metric.DONE) == 5


@on_virtual_time
async def test_what_began_before_the_outage_and_is_done_in_it_convicts_nobody(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, slots=20, max_receives=1), Database(clock)
    slow = {f"slow {number}": 5.0 * number for number in range(1, 17)}
    bench.handlings.seconds |= slow
    bench.handlings.verdict = lambda message: DONE if message.body in slow else database.verdict(message)
    await bench.run_for(1.0, *slow)
    database.is_up = False
    bench.send("a", "b")
    await asyncio.sleep(300.0)
    assert (bench.counted(Metric.DONE), bench.counted(Metric.FAILED), sorted(bench.in_hand)) == (16, 0, ["a", "b"])


@on_virtual_time
async def test_what_goes_back_at_a_stop_is_not_received_by_a_poll_of_our_own(clock: ManualClock) -> None:
    bench, database = DeliveryBench(clock, wait_seconds=20.0, slots=50, max_receives=3), Database(clock)
    bench.handlings.verdict = database.verdict
    await bench.run_for(100.0)  # so that it polls long
    database.is_up = False
    bench.send("a", "b")
    await bench.until(lambda: sorted(bench.in_hand) == ["a", "b"])
    await asyncio.sleep(0.5)
    await bench.worker.stop(drain_seconds=30.0)
    assert [message.receive_count for message in bench.source.received] == [1, 1]
    assert bench.left() == ["a", "b"]


@on_virtual_time
async def test_alone_it_is_held_and_late_and_not_tried_as_fast_as_it_fails(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.handlings.outcomes |= {
        "at once": [Outcome(OutcomeKind.UNAVAILABLE, "", 0.0)] * 1_000,
        "in an hour": [Outcome(OutcomeKind.UNAVAILABLE, "", 3_600.0)],
    }
    await bench.run_for(20.0, "in an hour")
    await bench.run_for(40.0, "at once")
    assert bench.started.count("at once") <= 7
    assert (bench.counted(Metric.BOUNCED), sorted(bench.in_hand)) == (0, ["at once", "in an hour"])
    assert {item.deadline_mono - item.received_mono for item in bench.consumer.table.all()} <= {3.0}, "no appointment"
