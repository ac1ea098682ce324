"""One queue of a schedule and all that was ever sent to it: what its broker knows, and what was seen of it."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field

from doubles.delivery.schedule import Handling, QueueSpec, Send
from punctuald.clock import ManualClock
from punctuald.model import Message, Outcome
from punctuald.source.memory.faults import MemoryFaults
from punctuald.source.memory.queue import MemoryQueue

LONGEST_LEASE_SECONDS = 50_000.0


@dataclass(eq=False)
class Sent:
    """One message of the schedule, and what became of it. ``suspect``: a fault took it, or its group, out of a hand."""

    id: str
    body: str
    group: str | None
    tries: tuple[Handling, ...]
    predecessors: list[Sent]
    starts: list[tuple[int, Message]] = field(default_factory=list)  # by which worker
    outcomes: list[Outcome] = field(default_factory=list)
    suspect: bool = False
    poison: bool = False
    found_dead: bool = False
    refused: bool = False


class Broker:
    """One queue, shared by all workers."""

    def __init__(self, index: int, spec: QueueSpec, clock: ManualClock) -> None:
        self.spec = spec
        self.clock = clock
        self.dead = MemoryQueue(f"dead{index}", clock, fifo=spec.fifo)
        self.queue = MemoryQueue(
            f"q{index}",
            clock,
            fifo=spec.fifo,
            dead_letter_queue=self.dead if spec.has_dead_letter_queue else None,
            max_receive_count=spec.max_receives,
        )
        self.faults = MemoryFaults(latency_seconds=spec.latency_seconds)
        self.sent: dict[str, Sent] = {}
        self.had_outage = False
        self.lost_answers = False
        self.failed_deletions = False  # to dead-letter is to copy, then to delete: what comes between leaves two
        self._dead: Tally[str] = Tally()

    def send(self, event: Send) -> None:
        group = event.group or "one" if self.spec.fifo else None
        body = f"{self.queue.name}-{len(self.sent) + 1}"
        predecessors = [each for each in self.sent.values() if group is not None and each.group == group]
        sent_id = self.queue.send(body, group=group)
        sent = Sent(sent_id, body, group, event.tries, predecessors, poison=event.poison, found_dead=event.found_dead)
        self.sent[sent.id] = sent

    def is_gone(self, sent: Sent) -> bool:
        return self.queue.is_gone(f"{sent.id}#1")

    def let_leases_end(self) -> None:
        """What the next receive of anybody would do with what was received too often, it does."""
        self.clock.advance(LONGEST_LEASE_SECONDS)
        self.queue.take(1_000, 1)

    def dead_letters(self) -> Tally[str]:
        """The bodies of what is in the dead-letter queue; asked once, at the end."""
        self._dead = self._dead or Tally(entry.body for entry in self.dead.take(1_000, 1))
        return self._dead

    def suspect(self, sent: Sent) -> None:
        """What a fault did to one message of a group, it did to the order of all."""
        sent.suspect = True
        for other in self.sent.values():
            if sent.group is not None and other.group == sent.group:
                other.suspect = True
