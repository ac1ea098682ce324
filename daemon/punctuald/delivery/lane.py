"""One queue's way through a worker: receiver, settler and keeper, wired to what all queues share.

Locks: `Room`, `Buffer`, `Hands`, and each `Settler`'s and `Keeper`'s own. Every one is a leaf: under it nothing is
called but the clock and, under `Room`'s and `Buffer`'s, the recorder and `Watch.arm`, which
waits for nothing of this room; so there is no order to get wrong. No lock is held during a call to a source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from punctuald.clock import Clock
from punctuald.errors import SourceMisconfigured
from punctuald.model import Message
from punctuald.policy.sla import Calendar

from .admission import Admission
from .buffer import Buffer
from .fetch import Fetch
from .inflight import Hands, InFlight
from .keeper import Keeper
from .ledger import Ledger
from .outage import Jitter, Outage
from .receive import Receive
from .receiver import Receiver
from .recorder import Recorder
from .relief import Relief
from .room import Room
from .self_service import SelfService
from .settlement import Action
from .settler import Settler
from .terms import QueueTerms

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Signals:
    """Whom a lane tells. Called from its threads, so these only set flags or write to a pipe."""

    on_first_receive: Callable[[], None]
    on_misconfigured: Callable[[SourceMisconfigured], None]
    on_crash: Callable[[BaseException], None]  # a thread of ours ended by a fault of our own: the worker must not go on


class Shared:
    """What all queues of one worker have in common."""

    def __init__(
        self,
        *,
        slots: int,
        queues: int,
        tier_names: Sequence[str],
        calendar: Calendar,
        recorder: Recorder,
        clock: Clock,
        jitter: Jitter,
        sample_gap: Callable[[], float],
        deaths_of: Callable[[str], int],
        poison_deaths: int,
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self.slots = slots
        self.queues = queues
        self.calendar = calendar
        self.recorder = recorder
        self.clock = clock
        self.jitter = jitter
        self.deaths_of = deaths_of
        self.poison_deaths = poison_deaths
        self.hands = Hands()
        self.room = Room(slots, self.hands, recorder)
        self.buffer = Buffer(self.room, recorder, clock, on_crash)
        self.ledger = Ledger(recorder, tier_names, sample_gap)


RELIEFS = 3
"""Receivers of a queue beside the first: four calls of ten in 10 ms are 4,000 messages a second, a worker's limit."""


SETTLERS = 3
"""Threads that settle: the second and third begin only where a whole ten waits while a call is under way."""


class Lane:
    """Receivers, settler and keeper of one queue, each a thread of its own once started."""

    def __init__(self, terms: QueueTerms, shared: Shared, signals: Signals) -> None:
        self.terms = terms
        self._signals = signals
        self._clock = shared.clock
        self.keeper = Keeper(
            terms,
            recorder=shared.recorder,
            ledger=shared.ledger,
            outage=_outage("extend", terms, shared),
            clock=shared.clock,
            on_lost=self._lost,
        )
        self.settler = Settler(
            terms,
            hands=shared.hands,
            buffer=shared.buffer,
            room=shared.room,
            ledger=shared.ledger,
            forget=self.keeper.forget,
            outages={action: _outage(action, terms, shared) for action in Action},
            clock=shared.clock,
            jitter=shared.jitter,
            on_more=self._settle_with_one_more,
        )
        self._beginning = threading.Lock()
        self._receiving: list[threading.Thread] = []
        self._settling: list[threading.Thread] = []
        admission = self._admission(shared)
        receive = Receive(terms, shared.recorder, shared.clock)
        fetch = Fetch(terms, room=shared.room, receive=receive, admission=admission, recorder=shared.recorder)
        self.self_service = SelfService(
            fetch,
            settler=self.settler,
            recorder=shared.recorder,
            allowed=shared.slots > shared.queues,
        )
        self._reliefs = self._made_reliefs(fetch, shared)
        self.receiver = self._receiver(receive, admission, shared)
        self._keeping = self._thread("keeper", self.keeper.run)

    def start(self) -> None:
        """Start receiving."""
        self._begin(self._settling, "settler", self.settler.run)
        self._keeping.start()
        self._begin(self._receiving, "receiver", self.receiver.run)

    def stop_receiving(self) -> None:
        """No new receive; the room has to be closed as well."""
        self.receiver.stop()
        self.self_service.stop()
        for relief in self._reliefs:
            relief.stop()

    def wait_received(self, timeout_seconds: float) -> bool:
        """Whether receiving ended within ``timeout_seconds`` after its stop: the last long poll is let end."""
        until_mono = self._clock.mono() + timeout_seconds
        receiving = tuple(self._receiving)  # none comes to it after the stop
        for thread in receiving:
            thread.join(max(0.0, until_mono - self._clock.mono()))
        fetched = self.self_service.wait_fetched(max(0.0, until_mono - self._clock.mono()))
        return fetched and not any(thread.is_alive() for thread in receiving)

    def end(self, timeout_seconds: float) -> None:
        """Stop settling and, last of all, keeping leases."""
        self.settler.stop()
        for thread in tuple(self._settling):
            thread.join(timeout_seconds)
        self.keeper.stop()
        self._keeping.join(timeout_seconds)

    def _admission(self, shared: Shared) -> Admission:
        return Admission(
            self.terms,
            hands=shared.hands,
            buffer=shared.buffer,
            keeper=self.keeper,
            settler=self.settler,
            recorder=shared.recorder,
            calendar=shared.calendar,
            clock=shared.clock,
            deaths_of=shared.deaths_of,
            poison_deaths=shared.poison_deaths,
        )

    def _made_reliefs(self, fetch: Fetch, shared: Shared) -> list[Relief]:
        reliefs: list[Relief] = []
        for _ in range(RELIEFS):
            relief = Relief(
                fetch,
                room=shared.room,
                recorder=shared.recorder,
                following=reliefs[-1] if reliefs else None,
                begin=self._receive_with_one_more,
            )
            reliefs.append(relief)
        return reliefs

    def _receiver(self, receive: Receive, admission: Admission, shared: Shared) -> Receiver:
        return Receiver(
            self.terms,
            room=shared.room,
            receive=receive,
            admission=admission,
            recorder=shared.recorder,
            outage=_outage("receive", self.terms, shared),
            self_service=self.self_service,
            on_too_few=self._reliefs[-1].call,
            on_first_receive=self._signals.on_first_receive,
            on_misconfigured=self._signals.on_misconfigured,
        )

    def _lost(self, item: InFlight, message: Message) -> None:
        # Looked up when called: keeper and settler need one another, and one is made first.
        self.settler.lost(item, message)

    def _receive_with_one_more(self, run: Callable[[], None]) -> None:
        if self._receiving:  # none: not started, but stepped by a test
            self._begin(self._receiving, "relief", run)

    def _settle_with_one_more(self) -> None:
        if 0 < len(self._settling) < SETTLERS:
            self._begin(self._settling, "settler", self.settler.run, most=SETTLERS)

    def _begin(
        self, threads: list[threading.Thread], role: str, work: Callable[[], None], most: int = 1 + RELIEFS
    ) -> None:
        with self._beginning:
            if len(threads) < most:  # asked again here: two may have found one missing
                threads.append(self._thread(f"{role}-{len(threads)}", work))
                threads[-1].start()

    def _thread(self, role: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guarded, args=(role, work), name=f"{role}-{self.terms.index}", daemon=True)

    def _guarded(self, role: str, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # a thread that dies unheard is a queue that nobody drains
            log.critical("delivery.thread_crashed", queue=self.terms.name, thread=role, exc_info=error)
            self._signals.on_crash(error)


def _outage(call: str, terms: QueueTerms, shared: Shared) -> Outage:
    return Outage(call, terms, shared.recorder, shared.clock, shared.jitter)
