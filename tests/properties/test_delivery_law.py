"""The law of delivery, over random stories: handlers, faults, several workers, stops at any moment.

Each message that comes into a hand leaves it by exactly one fate, no group runs out of order, no more is in flight than
the budget allows, leases are ahead of their expiry, no receive is burned, and a stop leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from hypothesis import given, settings

from captured_logs import capture_logs
from doubles.delivery.ledger import Broker, Sent
from doubles.delivery.schedule import Schedule, schedules
from doubles.delivery.world import Worker, World
from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import Fate, State
from punctuald.model import OutcomeKind

STORIES = int(os.environ.get("DELIVERY_STORIES", "45"))
PATIENCE_SECONDS = 60.0  # a back-off after errors takes 20 s at most, one of a queue that is down 30 s
AGAIN = {OutcomeKind.RETRY, OutcomeKind.FAILED, OutcomeKind.UNAVAILABLE}
DELETED = {Fate.ACKNOWLEDGED, Fate.DEAD_LETTERED}
NOT_RUN = "message.not_run_at_last_receive"


class Law:
    """Notes what breaks it: an assertion within the engine's own calls would only be one more fault to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.broken: list[str] = []
        self.looked_mono = 0.0
        self.not_waiting_mono: dict[Broker, float] = {}
        world.on_start = self.on_start
        world.watch = self.after_turn
        for worker in world.workers:
            for source in worker.sources:
                source.on_ask = lambda most, worker=worker: self.on_ask(worker, most)  # type: ignore[misc]

    def hold(self, holds: bool, says: Callable[[], str]) -> None:
        if not holds and len(self.broken) < 10:
            self.broken.append(f"{self.world.clock.mono() - 1_000:.3f}: {says()}")

    # --- at any time

    def on_start(self, sent: Sent) -> None:
        broker = next(each for each in self.world.brokers if sent.id in each.sent)
        if sent.suspect or broker.had_outage:
            return
        before = [each.body for each in sent.predecessors if not broker.is_gone(each)]
        self.hold(not before, lambda: f"{sent.body} starts before {before}")
        self.hold(not broker.is_gone(sent), lambda: f"{sent.body} starts again though it is completed")

    def on_ask(self, worker: Worker, most: int) -> None:
        """Each of the other queues may bring one receive more, where it had brought nothing before."""
        pending, allowed = worker.bench.pool.budget.pending, worker.cap + 10 * (len(self.world.brokers) - 1)
        self.hold(pending + most <= allowed, lambda: f"asks for {most} beside {pending} of {allowed}")

    def after_turn(self) -> None:
        if self.world.clock.mono() == self.looked_mono:
            return
        self.looked_mono = self.world.clock.mono()
        for worker in self.world.workers:
            items = [item for consumer in worker.bench.consumers for item in consumer.table.all()]
            pending = worker.bench.pool.budget.pending
            counted = sum(item.takes_room for item in items)
            self.hold(pending == counted, lambda: f"{pending} pending, {counted} take room")  # noqa: B023
            wrong = [item.id for item in items if item.takes_room and item.state not in {State.READY, State.RUNNING}]
            self.hold(not wrong, lambda: f"takes room: {wrong}")  # noqa: B023
            if not any(broker.spec.fifo for broker in self.world.brokers):
                most = worker.cap + 10 * len(self.world.brokers)
                self.hold(pending <= most, lambda: f"{pending} pending, {most} at most")  # noqa: B023
            self._leases_are_ahead(worker)
            running = [item for item in items if item.state is State.RUNNING]
            alone = len(running) == 1 or not any(item.is_suspect for item in running)
            self.hold(alone, lambda: f"a suspect runs among {[item.message.body for item in running]}")  # noqa: B023
        for broker in self.world.brokers:
            self._nothing_waits_while_all_are_idle(broker)

    def _nothing_waits_while_all_are_idle(self, broker: Broker) -> None:
        serving = [worker for worker in self.world.workers if not worker.stop_began]
        idle = not any(len(consumer.table) for worker in serving for consumer in worker.bench.consumers)
        now_mono, backlog = self.world.clock.mono(), broker.queue.backlog()
        waiting = backlog.visible and not (broker.spec.fifo and backlog.in_flight)  # those hold up their groups
        if not (serving and idle and waiting) or broker.had_outage or broker.lost_answers:
            self.not_waiting_mono[broker] = now_mono
        waited = now_mono - self.not_waiting_mono.get(broker, now_mono)
        self.hold(waited < PATIENCE_SECONDS, lambda: f"messages of {broker.queue.name} wait and nobody asks")

    def _leases_are_ahead(self, worker: Worker) -> None:
        if worker.stopped:
            return
        for broker, consumer in zip(self.world.brokers, worker.bench.consumers, strict=True):
            for item in consumer.table.all():
                handle, sent = item.message.receipt_handle, broker.sent[item.id]
                if item.state < State.SETTLING and not sent.suspect and not broker.had_outage:
                    leased = broker.queue.leased(handle) is not None
                    self.hold(leased, lambda: f"{handle} is in flight, its lease is over")  # noqa: B023

    # --- at the end

    def at_the_end(self, logs: list[dict[str, object]]) -> None:
        not_run = {str(entry["message_id"]) for entry in logs if entry["event"] == NOT_RUN}
        self.hold(not self.world.faults, lambda: f"faults of our own: {self.world.faults}")
        for worker in self.world.workers:
            self._one_fate_each(worker)
        for broker in self.world.brokers:
            broker.let_leases_end()
            self._nothing_is_lost(broker)
            self._nothing_runs_twice_without_a_cause(broker)
            self._no_receive_is_burned(broker, not_run)
        self._nothing_is_left_on_the_loop()

    def _one_fate_each(self, worker: Worker) -> None:
        told = worker.bench.drain.fates()
        for item in worker.items:
            over = item.state is State.GONE
            self.hold(over == (item.fate is not None), lambda: f"{item.id}: {item.state.name}, {item.fate}")  # noqa: B023
            self.hold(over or told.get(item.id) is Fate.LEFT_TO_EXPIRE, lambda: f"{item.id} is not told of")  # noqa: B023
            if item.fate is Fate.ACKNOWLEDGED:
                kinds = {outcome.kind for outcome in worker.handled[item.id]}
                self.hold(
                    bool(kinds - AGAIN),
                    lambda: f"{item.id} was deleted unhandled: {kinds}",  # noqa: B023
                )
            if item.fate in DELETED:
                broker = self.world.broker_of(item.message)
                self.hold(broker.is_gone(broker.sent[item.id]), lambda: f"{item.id} was not deleted")  # noqa: B023

    def _nothing_is_lost(self, broker: Broker) -> None:
        acknowledged = {
            item.id for _, item, fate in self.world.fates() if fate is Fate.ACKNOWLEDGED
        } | self._answers_lost(broker)
        dead = broker.dead_letters()
        for sent in broker.sent.values():
            gone = broker.is_gone(sent)
            self.hold(not gone or sent.id in acknowledged or sent.body in dead, lambda: f"{sent.body} is lost")  # noqa: B023
            if not (
                broker.lost_answers or broker.had_outage or sent.suspect or sent.refused or broker.failed_deletions
            ):
                self.hold(dead[sent.body] + (not gone) <= 1, lambda: f"{sent.body} is in two places")  # noqa: B023

    def _answers_lost(self, broker: Broker) -> set[str]:
        """What was deleted, with an answer that never came: what is handled counts, then."""
        if not broker.lost_answers:
            return set()
        return {sent.id for sent in broker.sent.values() if any(each.kind not in AGAIN for each in sent.outcomes)}

    def _nothing_runs_twice_without_a_cause(self, broker: Broker) -> None:
        given_up = {
            item.id
            for worker, item, fate in self.world.fates()
            if worker.stop_began and fate in {Fate.RELEASED, Fate.LEFT_TO_EXPIRE, Fate.LEASE_LOST, None}
        }
        for sent in broker.sent.values():
            if sent.suspect or broker.had_outage or sent.id in given_up:
                continue
            failed = sum(outcome.kind in AGAIN for outcome in sent.outcomes)
            rejected_in_vain = not broker.spec.has_dead_letter_queue and any(
                outcome.kind is OutcomeKind.REJECT for outcome in sent.outcomes
            )
            self.hold(
                len(sent.starts) <= failed + 1 or rejected_in_vain,
                lambda: f"{sent.body} ran {len(sent.starts)} times and failed {failed} times",  # noqa: B023
            )

    def _no_receive_is_burned(self, broker: Broker, not_run: set[str]) -> None:
        """Whatever is dead-lettered was seen by a handler at each of its receives, but those that a stop gave back."""
        if broker.had_outage or broker.lost_answers:
            return
        dead = broker.dead_letters()
        for sent in broker.sent.values():
            if sent.body not in dead or sent.suspect or sent.poison:
                continue
            came = any(message.id == sent.id for worker in self.world.workers for message in worker.received(broker))
            seen = bool(sent.starts) or sent.id in not_run or not came  # it came to a poll that was abandoned at a stop
            self.hold(seen, lambda: f"{sent.body} is dead-lettered and nobody saw it")  # noqa: B023
            ran = {message.receipt_handle for _, message in sent.starts}
            burned = {
                message.receipt_handle
                for worker in self.world.workers
                for message in worker.received(broker)
                if message.id == sent.id and not worker.gave_back_at_its_stop(broker, message)
            } - ran
            self.hold(not burned, lambda: f"{burned} did not run, and {sent.body} is dead-lettered")  # noqa: B023

    def _nothing_is_left_on_the_loop(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        self.hold(not tasks, lambda: f"tasks: {tasks}")
        timers = [call for call in self.world.loop.scheduled() if "punctuald.delivery" in _module_of(call)]
        self.hold(not timers, lambda: f"timers: {timers}")


def _module_of(call: Callable[..., object]) -> str:
    return type(getattr(call, "__self__", call)).__module__ + "." + getattr(call, "__module__", "")


def play(schedule: Schedule) -> list[str]:
    """What of the law one story breaks."""
    clock = ManualClock()

    async def tell() -> list[str]:
        world = World(clock, schedule)
        law = Law(world)
        await world.play()
        law.at_the_end(logs)  # type: ignore[arg-type]
        return law.broken

    with capture_logs() as logs:
        return run(tell(), clock)


@settings(max_examples=STORIES, derandomize=True)
@given(schedules())
def test_the_law_of_delivery_holds_in_every_story(schedule: Schedule) -> None:
    assert play(schedule) == []
