"""Row seven: a backlog of batch events in front of urgent ones, in the order of their coming and by priority.

Four handlers at once in each of them, so that only the order differs: a script that takes what comes first, and the
daemon with one worker. A tier would be chosen by the hour of sending; here events name theirs, for nobody wants to wait
for eight o'clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.strategies.consumers import Contender, Daemon, Place, script
from benchmarks.strategies.row import TIERS_SECONDS, Row, TierRow
from benchmarks.strategies.traffic import Event, fill, produce, sender, steady
from benchmarks.strategies.trickle import QUEUE, WARM_UP, wait
from punctuald.demo.queues import connect, create_queue
from punctuald.demo.servers import MINISTACK, EmbeddedServer

BACKLOG = 1_600
"""Of 50 ms, for four handlers: 20 s of work."""

URGENT_EVENTS, URGENT_INTERVAL_SECONDS = 40, 0.5
ONE_WORKER: Mapping[str, float] = {"min_workers": 1, "max_workers": 1}


@dataclass(frozen=True, slots=True)
class Order(Contender):
    """One way to work; with ``apart`` each tier has a queue of its own, named as it is."""

    apart: bool = False

    def queue_of(self, event: Event) -> str:
        """The name of the queue that it is sent to."""
        return event.tier if self.apart and event.tier in TIERS_SECONDS else QUEUE


FAR_AHEAD = Daemon({**ONE_WORKER, "prefetch_limit": 2_000}, {"lookahead_seconds": 60})
"""SQS gives what it likes, and knows no priority: what is to be overtaken has to be in the worker's hands."""

ORDERS = (
    Order("7a. Tiers, first come, first served", script("long_poll")),
    Order("7b. punctuald, default settings", Daemon(ONE_WORKER), own=True),
    Order("7c. punctuald, receiving ahead", FAR_AHEAD, own=True),
    Order(
        "7d. punctuald, a queue for each tier",
        Daemon(ONE_WORKER, more_queues=tuple(TIERS_SECONDS)),
        own=True,
        apart=True,
    ),
)


def events() -> tuple[Sequence[Event], Sequence[Event]]:
    """The backlog, and what comes while it is worked off."""
    backlog = steady(BACKLOG, 0.0, "batch_mode")
    peak = steady(URGENT_EVENTS, URGENT_INTERVAL_SECONDS, "peak_hours", first=BACKLOG)
    off = steady(URGENT_EVENTS, URGENT_INTERVAL_SECONDS, "off_hours", first=BACKLOG + URGENT_EVENTS)
    return backlog, [*peak, *off]


def measure(order: Order, directory: Path) -> TierRow:
    """Some thirty seconds. ministack, because moto looks through the whole backlog at each receive."""
    directory.mkdir()
    backlog, urgent = events()
    with EmbeddedServer(MINISTACK) as server:
        urls = {name: create_queue(server.endpoint_url, name) for name in (QUEUE, *TIERS_SECONDS)}
        place = Place(server.endpoint_url, urls[QUEUE], directory)
        sqs = connect(server.endpoint_url)
        send = sender(sqs, lambda event: urls[order.queue_of(event)])
        with order.consumer(place):
            send(WARM_UP)
            wait(lambda: WARM_UP.number in place.handled(), "the first event")
            fill(sqs, urls[order.queue_of(backlog[0])], backlog)
            produce(urgent, send)
            wait(lambda: len(place.handled()) > len(backlog) + len(urgent), "all events handled")
        handled = place.handled().values()
    rows = {tier: Row(tier, [each.seconds for each in handled if each.tier == tier]) for tier in TIERS_SECONDS}
    return TierRow(order.name, rows, order.own)
