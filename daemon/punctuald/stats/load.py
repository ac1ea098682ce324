"""What an autoscaler needs to know each second, read so cheaply that it may."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from punctuald.model import Counter

from . import arrivals
from .arrivals import Arrivals
from .attached import AttachedSlots
from .board import Board
from .slot_view import SlotView
from .tier_record import Service, service_reader

CLOCK_AHEAD_SECONDS = 60  # how far the broker's clock may be ahead of ours; a second beyond that is nonsense


@dataclass(frozen=True, slots=True)
class Load:
    """The pool's work up to one moment. Totals count since the daemon began and never go backwards."""

    arrivals: Arrivals  # (second of sending, first deliveries) over the last 900 s, the oldest first
    newest_sent_second: int | None  # of all first deliveries, also where that is more than 900 s ago
    service_seconds_total: float  # run stage of acknowledged messages
    service_count_total: int
    received_total: int
    done_total: int
    answers_total: int  # grows with every receive that the source answered, be it with nothing
    busy_slots: int
    workers_ready: int
    workers_attached: int


class LoadReader:
    """Reads boards into a `Load`. Arrivals and sums are copied only from slots that wrote some since the last time."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._attached = AttachedSlots(boards, _SlotLoad)
        self._arrivals: Arrivals = ()

    def read(self, now_utc: float) -> Load:
        """The load at ``now_utc``."""
        slots = self._attached.read()
        changed = [slot.refresh_arrivals() for slot in slots]
        if any(changed):
            self._arrivals = arrivals.merged(slot.ring for slot in slots)
        begin = bisect_left(self._arrivals, (int(now_utc) - arrivals.WINDOW_SECONDS + 1,))
        end = bisect_left(self._arrivals, (int(now_utc) + CLOCK_AHEAD_SECONDS + 1,))
        services = [slot.service() for slot in slots]
        workers = [slot.view for slot in slots if slot.view.is_worker]
        return Load(
            arrivals=self._arrivals[begin:end],
            newest_sent_second=self._arrivals[end - 1][0] if end else None,
            service_seconds_total=sum(service.seconds for service in services),
            service_count_total=sum(service.count for service in services),
            received_total=sum(slot.view.total(Counter.RECEIVED) for slot in slots),
            done_total=sum(slot.view.total(Counter.DONE) for slot in slots),
            answers_total=sum(
                slot.view.total(Counter.RECEIVED) + slot.view.total(Counter.RECEIVE_EMPTY) for slot in slots
            ),
            busy_slots=sum(view.busy_slots for view in workers),
            workers_ready=sum(view.ready_mono is not None for view in workers),
            workers_attached=sum(view.pid != 0 for view in workers),
        )


class _SlotLoad:
    """One slot, and what it said last."""

    def __init__(self, view: SlotView) -> None:
        self.view = view
        self.ring: list[int] = []
        self._version = 0
        self._service = service_reader(view.words, view.layout)

    def refresh_arrivals(self) -> bool:
        """Copy the ring if it changed; says whether it did."""
        version = self.view.arrivals_version
        if version == self._version:
            return False
        self._version, self.ring = version, self.view.arrivals()
        return True

    def service(self) -> Service:
        return self._service.read()
