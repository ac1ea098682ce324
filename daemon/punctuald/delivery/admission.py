"""How what a receive brought comes into our hands: to run, as a newer handle, as poison, or to be given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from punctuald.clock import Clock
from punctuald.model import Counter, Message, Outcome, OutcomeKind
from punctuald.policy.sla import Calendar, promise

from .buffer import Buffer
from .inflight import Hands, InFlight
from .keeper import Keeper
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
        self._calendar = calendar
        self._clock = clock
        self._deaths_of = deaths_of
        self._poison_deaths = poison_deaths

    def admit(self, messages: Sequence[Message], visibility_seconds: int, *, stopping: bool) -> None:
        """Take ``messages``, received just now. ``stopping``: give back at once what is new."""
        received_mono = self._clock.mono()
        lease_until_mono = received_mono + visibility_seconds
        fresh: list[InFlight] = []
        self._compare_clocks(messages)
        for message in messages:
            self._count(message, received_mono)
            if not self._is_in_hand(message, lease_until_mono):
                fresh.append(self._take(message, received_mono, lease_until_mono))
        if stopping:
            self._settler.give_back(fresh)
        else:
            self._start(fresh)

    def _compare_clocks(self, messages: Sequence[Message]) -> None:
        """What time a message was received is told on the broker's clock, and it was just now."""
        for message in messages[:1]:
            ahead_seconds = message.received_utc - self._clock.utc()
            self._recorder.broker_ahead(ahead_seconds if abs(ahead_seconds) > WAY_HERE_SECONDS else 0.0)

    def _count(self, message: Message, received_mono: float) -> None:
        self._recorder.count(self._terms.index, Counter.RECEIVED)
        if message.group is not None:
            self._recorder.group(self._terms.index, message.group, received_mono)
        if message.receive_count == 1:
            # Two clocks may say that it was received before it was sent; nothing is newer than now.
            self._recorder.arrival(min(message.sent_utc, message.received_utc))
        else:
            self._recorder.count(self._terms.index, Counter.REDELIVERED)

    def _is_in_hand(self, message: Message, lease_until_mono: float) -> bool:
        item = self._hands.renew(self._terms.index, message, lease_until_mono)
        if item is None:
            return False
        self._keeper.keep(item)
        self._recorder.count(self._terms.index, Counter.DUPLICATE_IN_HAND)
        log.info(
            "message.duplicate_in_hand",
            queue=self._terms.name,
            message_id=message.id,
            receive_count=message.receive_count,
        )
        return True

    def _take(self, message: Message, received_mono: float, lease_until_mono: float) -> InFlight:
        terms = self._terms
        promised = promise(message, self._calendar, pinned_tier=terms.pinned_tier, event_time=terms.event_time)
        item = InFlight(message, terms, promised, received_mono=received_mono, lease_until_mono=lease_until_mono)
        self._hands.add(item)
        self._keeper.keep(item)
        return item

    def _start(self, fresh: Sequence[InFlight]) -> None:
        healthy: list[InFlight] = []
        for item in fresh:
            deaths = self._deaths_of(item.id)
            if self._poison_deaths and deaths >= self._poison_deaths:
                self._reject(item, deaths)
            else:
                healthy.append(item)
        self._settler.give_back(self._buffer.put(healthy))

    def _reject(self, item: InFlight, deaths: int) -> None:
        self._recorder.count(self._terms.index, Counter.POISON)
        item.outcome = Outcome(OutcomeKind.REJECT, f"found in the hands of {deaths} dead workers")
        self._settler.settle([item])
