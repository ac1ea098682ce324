"""Sends telemetry events to one SQS queue that is in several regions: to the first one that takes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from punctuald.clock import Clock, SystemClock
from punctuald.demo.sender import ATTEMPTS, Pause, Place, QueueSender, SendReceipt, pause_seconds
from punctuald.demo.telemetry import TelemetryEvent
from punctuald.errors import SourceError, SourceUnavailable

BACK_AFTER_SECONDS = 10.0
"""A region that failed is not tried again for so long."""


class RegionsSender:
    """Sends to the first of several places that takes it: moves over when one fails, and back when that may be over.
    What a place that answers refuses for no fault of ours is sent to the next one, and after the last to all once more.

    ``open_at`` opens the queue at a place; ``on_moved`` hears where the events go from now on, and why.
    """

    def __init__(
        self,
        places: Sequence[Place],
        open_at: Callable[[Place], QueueSender],
        *,
        clock: Clock | None = None,
        on_moved: Callable[[Place, SourceError | None], None] = lambda _place, _error: None,
        pause: Pause = time.sleep,
    ) -> None:
        self._places = places
        self._open_at = open_at
        self._clock = clock or SystemClock()
        self._on_moved = on_moved
        self._pause = pause
        self._senders: dict[Place, QueueSender] = {}
        self._failed_mono: dict[Place, float] = {}
        self._active = places[0]

    def send(self, events: Sequence[TelemetryEvent]) -> SendReceipt:
        """As `QueueSender.send`; raises what the last one raised where no place answers."""
        receipt = self._to_all(SendReceipt((), len(events), again=tuple(events)))
        for attempt in range(1, ATTEMPTS):
            if not receipt.again:
                break
            self._pause(pause_seconds(attempt))
            try:
                receipt = self._to_all(receipt)
            except SourceError:  # some may have been sent before, which an error would not say
                continue
        return receipt

    def _to_all(self, receipt: SendReceipt) -> SendReceipt:
        """Offer what is left of it to each place in turn."""
        error: SourceError | None = None
        answered = False
        for place in self._in_order():
            try:
                receipt = _together(receipt, self._sender_at(place).send(receipt.again))
            except SourceError as failure:
                error = failure
                self._failed_mono[place] = self._clock.mono()
                continue
            if not answered:
                self._goes_to(place, error)
            answered = True
            if not receipt.again:
                return receipt
        if not answered:
            raise error or SourceUnavailable("there is nowhere to send to", code="NoPlace")
        return receipt

    def _goes_to(self, place: Place, error: SourceError | None) -> None:
        if place != self._active:
            self._active = place
            self._on_moved(place, error)

    def _in_order(self) -> list[Place]:
        """Those that failed a moment ago come last."""
        now_mono = self._clock.mono()
        rests = {place for place, mono in self._failed_mono.items() if now_mono - mono < BACK_AFTER_SECONDS}
        return sorted(self._places, key=lambda place: place in rests)

    def _sender_at(self, place: Place) -> QueueSender:
        if place not in self._senders:
            self._senders[place] = self._open_at(place)
        return self._senders[place]


def _together(before: SendReceipt, rest: SendReceipt) -> SendReceipt:
    """``rest`` is what became of those that were to be sent again."""
    unsent = before.unsent - len(before.again) + rest.unsent
    refusal = (rest.refusal or before.refusal) if unsent else ""
    return SendReceipt((*before.sent_ids, *rest.sent_ids), unsent, refusal, rest.again)
