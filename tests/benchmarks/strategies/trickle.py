"""Rows one to five: 200 events in a minute, one by one, through a consumer that is there before them, or comes late."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rig import CLOCK, RigError
from benchmarks.strategies.consumers import AS_CONFIGURED_BY_DEFAULT, Contender, Place, script
from benchmarks.strategies.row import Row
from benchmarks.strategies.traffic import Event, produce, sender, steady
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import MOTO, EmbeddedServer

EVENTS = 200
INTERVAL_SECONDS = 0.3
"""200 events in a minute. A late consumer begins when the last one was sent, so that its P95 is about that minute:
within the 50 to 169 s that the users had, and a run that one can wait for."""

MINUTE = steady(EVENTS, INTERVAL_SECONDS)
WARM_UP = Event(-1, 0.0)
FINISH_SECONDS = 120.0
LOOK_SECONDS = 0.1
QUEUE = "telemetry"


@dataclass(frozen=True, slots=True)
class Strategy(Contender):
    """``late``: the consumer starts when all was sent."""

    late: bool = False


STRATEGIES = (
    Strategy("1. Sequential, late, polls every 5 s", script("sequential"), late=True),
    Strategy("2. The same, started first", script("sequential")),
    Strategy("3. Four at once, polls every 0.1 s", script("concurrent")),
    Strategy("4. Long polls, batches, prefetch", script("long_poll")),
    Strategy("5. punctuald, default settings", AS_CONFIGURED_BY_DEFAULT, own=True),
)


def measure(strategy: Strategy, directory: Path, events: Sequence[Event] = MINUTE) -> Row:
    """About as long as the sending takes."""
    directory.mkdir()
    log = directory / "server.log"
    with EmbeddedServer(MOTO, log) as server:
        place = Place(server.endpoint_url, create_queue(server.endpoint_url, QUEUE), directory)
        requests = _Requests(log, connect(server.endpoint_url))
        _run(strategy, place, requests, events)
        handled = place.handled()
    seconds = [each.seconds for number, each in sorted(handled.items()) if number >= 0]
    return Row(strategy.name, seconds, requests.made() / len(handled), strategy.own)


def _run(strategy: Strategy, place: Place, requests: _Requests, events: Sequence[Event]) -> None:
    send = sender(requests.sqs, lambda _: place.queue_url)
    with ExitStack() as stack:
        if strategy.late:
            produce(events, send)
        requests.begin()
        stack.enter_context(strategy.consumer(place))
        if not strategy.late:
            send(WARM_UP)  # it is there when this one was handled
            wait(lambda: WARM_UP.number in place.handled(), "the first event")
            produce(events, send)
        numbers = {event.number for event in events}
        wait(lambda: numbers <= place.handled().keys(), f"{len(numbers)} events handled")
        wait(lambda: requests.left(place.queue_url) == 0, "an empty queue")


class _Requests:
    """What others asked of the server, by its own log; what we ask with ``sqs`` is taken off."""

    def __init__(self, log: Path, sqs: Any) -> None:
        self.sqs = sqs
        self._log = log
        self._own = 0
        self._before = 0
        sqs.meta.events.register("before-send.sqs", self._count)

    def begin(self) -> None:
        """From here on."""
        self._before = self.made()

    def made(self) -> int:
        """Since the begin."""
        return self._log.read_bytes().count(b'"POST /') - self._own - self._before

    def left(self, queue_url: str) -> int:
        """Messages that are not deleted yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def _count(self, **_: Any) -> None:
        self._own += 1


def wait(condition: Callable[[], bool], what: str) -> None:
    """Raises `RigError` if it does not come true in time."""
    give_up_mono = CLOCK.mono() + FINISH_SECONDS
    while not condition():
        if CLOCK.mono() > give_up_mono:
            raise RigError(f"{what}: not within {FINISH_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)
