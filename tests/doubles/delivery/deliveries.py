"""Messages in flight that came from nowhere, for parts that only look at them; and places on a board that is a list."""

from __future__ import annotations

from collections.abc import Sequence

from doubles.delivery.worker_bench import CALENDAR
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import READY, RUNNING, InFlight, move_all
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

OPTIONS = QueueOptions(0, MemoryQueueSource(MemoryQueue("orders", ManualClock()), lambda _: None), EventTime())


def delivery(message_id: str, group: str | None = None) -> InFlight:
    """Received just now; its deadline is 3 s away."""
    message = Message(message_id, "orders", "the body", f"handle of {message_id}", 0.0, 0.0, group=group)
    return InFlight(message, OPTIONS, CALENDAR.target_of(0), 0.0, 30.0)


def micro_batch(*message_ids: str) -> MicroBatch:
    """As a dispatcher gives it to a runner."""
    items = [delivery(message_id) for message_id in message_ids]
    move_all(items, READY)
    move_all(items, RUNNING)
    return MicroBatch(items, 0, 0.0, 1)


class Words:
    """See `RunningWords`: what one handler says that it runs, and all that it said."""

    def __init__(self) -> None:
        self.now = ""
        self.said: list[str] = []

    def start(
        self,
        message_id: str,
        queue: int,  # noqa: ARG002  # the port's
        now_mono: float,  # noqa: ARG002
        further_ids: Sequence[str] = (),
    ) -> None:
        self.now = " ".join([message_id, *further_ids])
        self.said.append(self.now)

    def stop(self) -> None:
        self.now = ""
