"""Each message's history: the three accounts joined, and each run put to the receive that it was for."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chaos.ledger.events import History, Kind, QueueEvent, Run, RunEnd


@dataclass(frozen=True, slots=True)
class Delivery:
    """One receive of a message, and the runs that it led to."""

    received: QueueEvent
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """One message, from its sending on; everything in the order of time."""

    message_id: str
    sent: QueueEvent
    events: Sequence[QueueEvent]
    runs: Sequence[Run]
    deliveries: Sequence[Delivery]
    copies: Sequence[QueueEvent]  # in the dead-letter queue, sent there by the daemon
    killed_mono: Mapping[int, float]

    def of_kind(self, *kinds: Kind) -> list[QueueEvent]:
        """Its events of these kinds."""
        return [event for event in self.events if event.kind in kinds]

    @property
    def good_runs(self) -> list[Run]:
        """Those that ended well, by their end."""
        return sorted((run for run in self.runs if run.end is RunEnd.OK), key=ended_mono)

    @property
    def handled_mono(self) -> float:
        """When it was handled first; infinite if never."""
        return min((ended_mono(run) for run in self.good_runs), default=math.inf)

    @property
    def dead_lettered_mono(self) -> float:
        """When it first came to the dead-letter queue, whoever brought it there; infinite if never."""
        arrivals = [*self.of_kind(Kind.REDRIVEN), *self.copies]
        return min((event.mono for event in arrivals), default=math.inf)

    @property
    def gone(self) -> bool:
        """Whether it left the queue."""
        return bool(self.of_kind(Kind.DELETED, Kind.REDRIVEN))

    def delivery_of(self, run: Run) -> Delivery | None:
        """The receive that led to a run; None for a run that nobody's receive explains."""
        return next((delivery for delivery in self.deliveries if run in delivery.runs), None)


def ended_mono(run: Run) -> float:
    """Infinite for a run that has no end."""
    return math.inf if run.ended_mono is None else run.ended_mono


def message_histories(history: History) -> list[MessageHistory]:
    """Of all messages that were sent to the queue, in the order in which they were."""
    events, runs, copies = _by_message(history), _runs_by_message(history.runs), _copies_by_body(history)
    return [
        MessageHistory(
            sent.message_id,
            sent,
            events[sent.message_id],
            runs[sent.message_id],
            _deliveries(events[sent.message_id], runs[sent.message_id]),
            copies[sent.body],
            history.killed_mono,
        )
        for sent in history.events
        if sent.kind is Kind.SENT and sent.queue == history.queue
    ]


def _by_message(history: History) -> Mapping[str, list[QueueEvent]]:
    """An expiry is written when it is noticed, which is later than it was: hence the sorting."""
    events: defaultdict[str, list[QueueEvent]] = defaultdict(list)
    for event in sorted(history.events, key=lambda event: event.mono):
        if event.queue == history.queue:
            events[event.message_id].append(event)
    return events


def _runs_by_message(runs: Sequence[Run]) -> Mapping[str, list[Run]]:
    by_message: defaultdict[str, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.started_mono):
        by_message[run.message_id].append(run)
    return by_message


def _copies_by_body(history: History) -> Mapping[str, list[QueueEvent]]:
    """A copy has another id than its original; bodies are what no two messages of a scenario share."""
    copies: defaultdict[str, list[QueueEvent]] = defaultdict(list)
    for event in history.events:
        if event.kind is Kind.SENT and event.queue == history.dead_letter_queue:
            copies[event.body].append(event)
    return copies


def _deliveries(events: Sequence[QueueEvent], runs: Sequence[Run]) -> list[Delivery]:
    receives = [event for event in events if event.kind is Kind.RECEIVED]
    led_to: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        before = [event for event in receives if _may_have_led_to(event, run)]
        if before:
            led_to[before[-1].handle].append(run)
    return [Delivery(event, tuple(led_to[event.handle])) for event in receives]


def _may_have_led_to(received: QueueEvent, run: Run) -> bool:
    return received.mono <= run.started_mono and received.pid in {run.pid, None}
