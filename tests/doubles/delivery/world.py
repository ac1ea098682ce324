"""Carries out a schedule: queues in memory, real deliveries on virtual time, and all that can be seen of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from math import inf
from typing import Any, cast

from doubles.delivery.ledger import Broker, Sent
from doubles.delivery.schedule import (
    CallsFail,
    EntryFails,
    Event,
    Handling,
    LeaseIsCut,
    Outage,
    Schedule,
    Send,
    Stop,
    WorkerSpec,
)
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.source.witnessed_source import WitnessedSource
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import Fate, InFlight
from punctuald.errors import SourceUnavailable
from punctuald.model import Message, Metric, Outcome
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.stats.board.tables.suspects import Suspects
from punctuald.testing.virtual_loop import VirtualLoop

AWAY = SourceUnavailable("no route", code="ConnectTimeout")


class Worker:
    """One worker's delivery, and its part of the ledger."""

    def __init__(self, number: int, spec: WorkerSpec, world: World) -> None:
        self.number = number
        self.spec = spec
        self.world = world
        self.stop_began_mono = inf
        self.stopped = False
        self.items: dict[InFlight, None] = {}
        self.sources = [
            WitnessedSource(MemoryQueueSource(broker.queue, lambda _: None, broker.faults), world.clock)
            for broker in world.brokers
        ]
        self.runner = VirtualRunner(spec.slots, world.clock, self._seconds, self._outcome, together=spec.batch_size > 1)
        self.bench = WorkerBench(
            world.clock,
            self.runner,
            *self.sources,
            prefetch_limit=spec.prefetch_limit,
            batch_size=spec.batch_size,
            deaths_of=world.deaths_of,
            lone_deaths_of=world.lone_deaths_of,
            turn=world.suspects.turn(number + 1),
        )
        self.handled: dict[str, list[Outcome]] = defaultdict(list)
        self._current: dict[str, Handling] = {}

    @property
    def cap(self) -> int:
        """The most that its prefetch budget can be."""
        return max(self.spec.slots * self.spec.batch_size, self.spec.prefetch_limit)

    @property
    def stop_began(self) -> bool:
        """Whether it stops, or has stopped."""
        return self.stop_began_mono < inf

    def received(self, broker: Broker) -> list[Message]:
        """What it got of one queue."""
        return self.sources[self.world.brokers.index(broker)].received

    def gave_back_at_its_stop(self, broker: Broker, message: Message) -> bool:
        """Whether its stop is why this delivery did not run; also where it could not be told, or came after all."""
        releases = [
            call.begun_mono
            for call in self.sources[self.world.brokers.index(broker)].named("release")
            if any(each.receipt_handle == message.receipt_handle for each in call.messages)
        ]
        return self.stop_began and all(mono >= self.stop_began_mono for mono in releases)

    async def stop(self, event: Stop) -> None:
        self.stop_began_mono = self.world.clock.mono()
        await self.bench.stop(event.drain_seconds, event.last_poll_seconds)
        self.stopped = True

    def _seconds(self, message: Message) -> float:
        sent = self.world.sent_of(message)
        self.world.on_start(sent)
        handling = sent.tries[len(sent.starts)] if len(sent.starts) < len(sent.tries) else Handling()
        sent.starts.append((self.number, message))
        self._current[message.id] = handling
        return handling.seconds

    def _outcome(self, message: Message) -> Outcome:
        outcome = self._current[message.id].outcome
        self.world.sent_of(message).outcomes.append(outcome)
        self.handled[message.id].append(outcome)
        return outcome


class World:
    """``watch`` is called after each turn of the loop, ``on_start`` before each start of a handler."""

    def __init__(self, clock: ManualClock, schedule: Schedule) -> None:
        self.clock = clock
        self.schedule = schedule
        self.suspects = Suspects()  # for the turn to run one alone
        self.brokers = [Broker(index, spec, clock) for index, spec in enumerate(schedule.queues)]
        self.workers = [Worker(number, spec, self) for number, spec in enumerate(schedule.workers)]
        self.faults: list[Any] = []
        self.on_start: Callable[[Sent], None] = lambda _: None
        self.watch: Callable[[], None] = lambda: None
        self.loop = cast("VirtualLoop", asyncio.get_running_loop())

    def deaths_of(self, message_id: str) -> int:
        """How many workers died with it in their hands."""
        if any(message_id in worker.bench.cleared for worker in self.workers):
            return 0
        found_dead = any(broker.sent[message_id].found_dead for broker in self.brokers if message_id in broker.sent)
        return self.lone_deaths_of(message_id) + found_dead

    def lone_deaths_of(self, message_id: str) -> int:
        """How many workers died of it for sure."""
        return max(3 * broker.sent[message_id].poison for broker in self.brokers if message_id in broker.sent)

    def sent_of(self, message: Message) -> Sent:
        return self.broker_of(message).sent[message.id]

    def broker_of(self, message: Message) -> Broker:
        return next(broker for broker in self.brokers if broker.queue.name == message.queue)

    async def play(self) -> None:
        """From the first start to the end of the last stop."""
        self.loop.on_turn = self._after_turn
        self.loop.set_exception_handler(lambda _loop, context: self.faults.append(context))
        begun_mono, last = self.clock.mono(), self.schedule.last_stop
        for worker in self.workers:
            worker.bench.start()
        stops: list[asyncio.Task[None]] = []
        for event in self.schedule.events:
            if event.at <= last.at:
                await asyncio.sleep(max(0.0, begun_mono + event.at - self.clock.mono()))
                self._happen(event, stops)
        await asyncio.sleep(max(0.0, begun_mono + last.at - self.clock.mono()))
        await asyncio.gather(*stops, *(worker.stop(last) for worker in self.workers if not worker.stop_began))
        await asyncio.sleep(0)  # what was cancelled at the end of the stop takes one turn to end
        await asyncio.sleep(0)
        self.loop.on_turn = lambda: None

    def _after_turn(self) -> None:
        for worker in self.workers:
            for consumer in worker.bench.consumers:
                worker.items.update(dict.fromkeys(consumer.table.all()))
        self.watch()

    def _happen(self, event: Event, stops: list[asyncio.Task[None]]) -> None:
        match event:
            case Send():
                self.brokers[event.queue].send(event)
            case CallsFail():
                broker = self.brokers[event.queue]
                broker.lost_answers |= event.done
                broker.failed_deletions |= event.call is Metric.REQUEST_ACKNOWLEDGE
                for _ in range(event.times):
                    broker.faults.fail_next(event.call, AWAY, done=event.done)
            case EntryFails() | LeaseIsCut():
                self._strike(event)
            case Outage():
                broker = self.brokers[event.queue]
                broker.had_outage = True
                broker.faults.begin_outage(AWAY)
                self.loop.call_later(event.seconds, broker.faults.end_outage)
            case Stop():
                stops += [
                    self.loop.create_task(worker.stop(event))
                    for worker in self.workers
                    if worker.number == event.worker and not worker.stop_began
                ]

    def _strike(self, event: EntryFails | LeaseIsCut) -> None:
        broker = self.brokers[event.queue]
        received = [message for worker in self.workers for message in worker.sources[event.queue].received]
        leased = [message for message in received if broker.queue.leased(message.receipt_handle)]
        if not leased:
            return
        message = leased[event.which % len(leased)]
        if isinstance(event, EntryFails):
            broker.faults.refuse(message.receipt_handle)
            broker.sent[message.id].refused = True
            return
        entry = broker.queue.leased(message.receipt_handle)
        if entry is not None:
            broker.suspect(broker.sent[message.id])
            broker.queue.hide_again(entry, 0.0)

    def fates(self) -> list[tuple[Worker, InFlight, Fate | None]]:
        """Of everything that ever was in a hand."""
        return [(worker, item, item.fate) for worker in self.workers for item in worker.items]
