"""Has the source do what became of a batch of messages, and sees to whatever it says of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Counter, Failure, Message, Release
from punctuald.policy.retry import error_backoff_seconds

from .buffer import Buffer
from .inflight import Fate, Hands, InFlight
from .ledger import Ledger
from .outage import Jitter, Outage
from .settlement import FATES, Action, Settlement
from .terms import QueueTerms

NO_DEAD_LETTER_QUEUE = "NoDeadLetterQueue"
THROUGH = frozenset({Fate.ACKNOWLEDGED, Fate.DEAD_LETTERED})
"""After these a message does not come again, so its group may go on."""


class CarryOut:
    """One call to the source, in the thread that calls. No lock is held meanwhile.

    ``post`` takes what has to be done later, and when; ``put_off`` a batch whose call failed as a whole, and for how
    many seconds; ``give_back`` the rest of a group that is broken off; ``forget`` what has left our hands.
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        hands: Hands,
        buffer: Buffer,
        ledger: Ledger,
        forget: Callable[[Sequence[InFlight]], None],
        outages: dict[Action, Outage],
        clock: Clock,
        jitter: Jitter,
        post: Callable[[Sequence[Settlement], float], None],
        put_off: Callable[[Action, Sequence[Settlement], float], None],
        give_back: Callable[[Sequence[InFlight]], None],
    ) -> None:
        self._terms = terms
        self._hands = hands
        self._buffer = buffer
        self._ledger = ledger
        self._forget = forget
        self._outages = outages
        self._clock = clock
        self._jitter = jitter
        self._post = post
        self._put_off = put_off
        self._give_back = give_back
        self._told_no_dead_letter_queue = False

    def __call__(self, batch: Sequence[Settlement]) -> None:
        """All of one action, and as many as one call takes."""
        action = batch[0].action
        # The handles as of now: a redelivery may replace them while the call is under way.
        messages = [settlement.item.message for settlement in batch]
        try:
            failures = self._call(action, batch, messages)
        except (SourceUnavailable, SourceMisconfigured) as error:
            self._put_off(action, batch, self._outages[action].failed(error))
            return
        self._outages[action].ended()
        if failures:
            batch, messages = self._without_refused(batch, messages, failures)
        self._conclude(FATES[action], batch, messages)

    def _without_refused(
        self, batch: Sequence[Settlement], messages: Sequence[Message], failures: Sequence[Failure]
    ) -> tuple[list[Settlement], list[Message]]:
        failure_of = {failure.receipt_handle: failure for failure in failures}
        done: list[Settlement] = []
        for settlement, message in zip(batch, messages, strict=True):
            failure = failure_of.get(message.receipt_handle)
            if failure is None:
                done.append(settlement)
            else:
                self._refused(settlement, message, failure)
        return done, [message for message in messages if message.receipt_handle not in failure_of]

    def _call(self, action: Action, batch: Sequence[Settlement], messages: Sequence[Message]) -> list[Failure]:
        source = self._terms.source
        match action:
            case Action.ACKNOWLEDGE:
                return source.acknowledge(messages)
            case Action.RELEASE:
                pairs = zip(messages, batch, strict=True)
                return source.release([Release(message, settlement.after_seconds) for message, settlement in pairs])
            case Action.DEAD_LETTER:
                return source.dead_letter(messages[0], batch[0].reason)

    def _conclude(self, fate: Fate, done: Sequence[Settlement], messages: Sequence[Message]) -> None:
        items = [settlement.item for settlement in done]
        gone = self._hands.remove(zip(items, messages, strict=True), fate)
        if len(gone) < len(items):
            left = set(gone)
            self._settle_newer_copies([settlement for settlement in done if settlement.item not in left])
            done = [settlement for settlement in done if settlement.item in left]
        self._ledger.settled(done, self._clock.mono())
        self._let_go(gone, through=fate in THROUGH)

    def _refused(self, settlement: Settlement, settled: Message, failure: Failure) -> None:
        item, now_mono = settlement.item, self._clock.mono()
        if item.message is not settled:
            self._post([settlement], now_mono)
        elif failure.code == NO_DEAD_LETTER_QUEUE:
            self._release_rejected(settlement)
        elif failure.retryable and item.lease_until_mono > now_mono:
            settlement.attempts += 1
            self._post([settlement], now_mono + error_backoff_seconds(settlement.attempts, self._jitter()))
        elif self._hands.remove([(item, settled)], Fate.LEASE_LOST):
            self._ledger.lease_lost(item, settlement.action, failure.code)
            self._let_go([item], through=False)
        else:
            self._post([settlement], now_mono)

    def _settle_newer_copies(self, settlements: Sequence[Settlement]) -> None:
        # The older handle worked, but SQS may go by the newer one only. Moved already: then just delete the copy.
        for settlement in settlements:
            settlement.attempts += 1
            if settlement.action is Action.DEAD_LETTER:
                settlement.action = Action.ACKNOWLEDGE
        self._post(settlements, self._clock.mono())

    def _release_rejected(self, settlement: Settlement) -> None:
        """Nowhere to put it: give it back for as long as allowed. Deleting it is what nobody asked for."""
        if not self._told_no_dead_letter_queue:
            self._told_no_dead_letter_queue = True
            self._ledger.no_dead_letter_queue(settlement.item, settlement.reason)
        seconds = round(self._terms.retry_max_seconds)
        release = Settlement(settlement.item, Action.RELEASE, Counter.RETRIED, settlement.reason, seconds)
        self._post([release], self._clock.mono())

    def _let_go(self, items: Sequence[InFlight], *, through: bool) -> None:
        self._forget(items)
        for item in items:
            if item.group is not None:
                self._give_back(self._buffer.settled(item, through=through))
