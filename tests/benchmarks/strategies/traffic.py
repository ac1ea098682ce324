"""What is sent: events with their number, their tier and the moment of their sending, at times fixed beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.rig import CLOCK
from punctuald.policy.delivery.tiers import TIER_ATTRIBUTE

BATCH = 10


@dataclass(frozen=True, slots=True)
class Event:
    """Due ``at_seconds`` after the begin."""

    number: int
    at_seconds: float
    tier: str = "-"

    def body(self) -> str:
        """As sent now."""
        return orjson.dumps({"number": self.number, "tier": self.tier, "sent_utc": CLOCK.utc()}).decode()

    def attributes(self) -> dict[str, Any]:
        """That name its tier, if it has one."""
        return {} if self.tier == "-" else {TIER_ATTRIBUTE: {"DataType": "String", "StringValue": self.tier}}


def steady(events: int, interval_seconds: float, tier: str = "-", first: int = 0) -> Sequence[Event]:
    """One each interval."""
    return [Event(first + number, number * interval_seconds, tier) for number in range(events)]


def produce(events: Iterable[Event], send: Callable[[Event], object]) -> None:
    """Each at its time; late ones without a pause."""
    begin_mono = CLOCK.mono()
    for event in sorted(events, key=lambda each: each.at_seconds):
        time.sleep(max(0.0, begin_mono + event.at_seconds - CLOCK.mono()))
        send(event)


def fill(sqs: Any, queue_url: str, events: Sequence[Event]) -> None:
    """Send them all now, ten in a request."""
    for begin in range(0, len(events), BATCH):
        entries = [
            {"Id": str(event.number), "MessageBody": event.body(), "MessageAttributes": event.attributes()}
            for event in events[begin : begin + BATCH]
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)


def sender(sqs: Any, url_of: Callable[[Event], str]) -> Callable[[Event], object]:
    """Sends one event in a request of its own."""
    return lambda event: sqs.send_message(
        QueueUrl=url_of(event), MessageBody=event.body(), MessageAttributes=event.attributes()
    )
