"""How what a receive brought comes into our hands: to run, as a newer handle, as poison, or to be given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from punctuald.clock import Clock
from punctuald.model import Counter, Message, Outcome, OutcomeKind
from punctuald.policy.sla import Calendar

from .buffer import Buffer
from .inflight import Hands, InFlight
from .keeper import Keeper
from .promises import Promises
from .recorder import Recorder
from .settler import Settler
from .terms import QueueTerms

WAY_HERE_SECONDS = 1.0
"""The source's answer takes a moment to get here under load, which is no difference between two clocks."""

log = structlog.get_logger()


class Admission:
    """The way in of one queue. ``deaths_of`` tells how many workers died with the message of that id in their hands;
    ``poison_deaths`` of them make it poison (0 = never).
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        hands: Hands,
        buffer: Buffer,
        keeper: Keeper,
        settler: Settler,
        recorder: Recorder,
        calendar: Calendar,
        clock: Clock,
        deaths_of: Callable[[str], int],
        poison_deaths: int,
    ) -> None:
        self._terms = terms
        self._hands = hands
        self._buffer = buffer
        self._keeper = keeper
        self._settler = settler
        self._recorder = recorder
        self._promises = Promises(calendar, terms.pinned_tier, terms.event_time)
        self._clock = clock
        self._deaths_of = deaths_of
        self._poison_deaths = poison_deaths

    def admit(
        self, messages: Sequence[Message], visibility_seconds: int, *, stopping: bool, taken_here: bool = False
    ) -> None:
        """Take ``messages``, received just now. ``stopping``: give back at once what is new.

        ``taken_here``: see `Buffer.put`.
        """
        if not messages:
            return
        received_mono = self._clock.mono()
        lease_until_mono = received_mono + visibility_seconds
        self._compare_clocks(messages)
        self._count(messages, received_mono)
        promise_of, terms = self._promises.of, self._terms
        taken = [InFlight(message, terms, promise_of(message), received_mono, lease_until_mono) for message in messages]
        fresh, renewed = self._hands.take(taken)
        self._keeper.keep(fresh, lease_until_mono)
        if renewed:
            self._keeper.keep(renewed, lease_until_mono)
            self._tell_duplicates(renewed)
        if stopping:
            self._settler.give_back(fresh)
        else:
            self._start(fresh, taken_here=taken_here)

    def _compare_clocks(self, messages: Sequence[Message]) -> None:
        """What time a message was received is told on the broker's clock, and it was just now."""
        for message in messages[:1]:
            ahead_seconds = message.received_utc - self._clock.utc()
            self._recorder.broker_ahead(ahead_seconds if abs(ahead_seconds) > WAY_HERE_SECONDS else 0.0)

    def _count(self, messages: Sequence[Message], received_mono: float) -> None:
        index = self._terms.index
        self._recorder.count(index, Counter.RECEIVED, len(messages))
        # Two clocks may say that a message was received before it was sent; nothing is newer than now.
        first = [min(message.sent_utc, message.received_utc) for message in messages if message.receive_count == 1]
        self._recorder.arrivals(first)
        if len(first) < len(messages):
            self._recorder.count(index, Counter.REDELIVERED, len(messages) - len(first))
        for message in messages:
            if message.group is not None:
                self._recorder.group(index, message.group, received_mono)

    def _tell_duplicates(self, items: Sequence[InFlight]) -> None:
        self._recorder.count(self._terms.index, Counter.DUPLICATE_IN_HAND, len(items))
        for item in items:
            log.info(
                "message.duplicate_in_hand",
                queue=self._terms.name,
                message_id=item.id,
                receive_count=item.message.receive_count,
            )

    def _start(self, fresh: Sequence[InFlight], *, taken_here: bool) -> None:
        limit, deaths_of = self._poison_deaths, self._deaths_of
        poisonous = [item for item in fresh if deaths_of(item.id) >= limit] if limit else []
        if poisonous:
            self._reject(poisonous)
            fresh = [item for item in fresh if item not in poisonous]
        self._settler.give_back(self._buffer.put(fresh, taken_here=taken_here))

    def _reject(self, items: Sequence[InFlight]) -> None:
        self._recorder.count(self._terms.index, Counter.POISON, len(items))
        for item in items:
            reason = f"found in the hands of {self._deaths_of(item.id)} dead workers"
            item.outcome = Outcome(OutcomeKind.REJECT, reason)
        self._settler.settle(items)
