"""Tells the source what became of each message: deleted, given back, or moved to the dead-letter queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import inf

from punctuald.clock import Clock
from punctuald.model import Message

from .buffer import Buffer
from .carry_out import CarryOut
from .inflight import Fate, Hands, InFlight
from .ledger import Ledger
from .outage import Jitter, Outage
from .outbox import FULL, HELPED_FULL, Outbox
from .room import Room
from .settlement import ACKNOWLEDGE, Action, Settlement, acknowledge_at_mono, given_back, settlement_of
from .terms import QueueTerms


class Settler:
    """One queue's way out. One each, so that a queue whose calls hang does not hold up the others.

    All of it may be called from any thread, `run` from several at once: so many calls to the source may be under way.
    The lock is held for the outbox only, never during a call to the source or to another object of this room.
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        hands: Hands,
        buffer: Buffer,
        room: Room,
        ledger: Ledger,
        forget: Callable[[Sequence[InFlight]], None],
        outages: dict[Action, Outage],
        clock: Clock,
        jitter: Jitter,
        on_more: Callable[[], None],
    ) -> None:
        self._hands = hands
        self._buffer = buffer
        self._room = room
        self._forget = forget
        self._clock = clock
        self._jitter = jitter
        self._on_more = on_more
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._emptied = threading.Condition(self._lock)
        self._outbox = Outbox()
        self._under_way = 0
        self._idle_threads = 0
        self._wakes_at_mono = inf
        self._linger_seconds = 0.0 if terms.source.ordered else terms.ack_linger_seconds
        self._stopped = False
        self._carry_out = CarryOut(
            terms,
            hands=hands,
            buffer=buffer,
            ledger=ledger,
            forget=forget,
            outages=outages,
            clock=clock,
            jitter=jitter,
            post=self._post,
            put_off=self._put_off,
            give_back=self.give_back,
        )

    def settle(self, items: Sequence[InFlight]) -> None:
        """Handlers are through with ``items``, each with its outcome."""
        now_mono = self._clock.mono()
        finished = self._hands.finish(items)
        for item in finished:
            if item.finished_mono is None:
                item.finished_mono = now_mono
        self._post([settlement_of(item, self._jitter, now_mono) for item in finished], now_mono)
        self._room.freed()

    def give_back(self, items: Sequence[InFlight]) -> None:
        """``items`` did not start, or won't finish here: let others have them at once, in this order."""
        if not items:
            return
        now_mono = self._clock.mono()
        self._post([given_back(item) for item in self._hands.finish(items)], now_mono)
        self._room.freed()

    def lost(self, item: InFlight, lost: Message) -> None:
        """The lease under the handle of ``lost`` is over. A message that has not started is let go: others have it.

        One that runs is left running, for it can't be stopped half-way, and its acknowledgement is tried all the same:
        SQS takes it as long as nobody else has received the message.
        """
        rest = self._buffer.withdraw(item)
        if rest is None:
            return
        if self._hands.remove([(item, lost)], Fate.LEASE_LOST):
            self._forget([item])
        else:  # a redelivery came in between: ours again, but taken out of the buffer, and its group broken off
            rest = [item, *rest]
        self.give_back(rest)

    def step(self) -> bool:
        """One call to the source, if one is due; False where none is."""
        with self._work:
            now_mono = self._clock.mono()
            batch = self._outbox.take(now_mono)
            self._under_way += len(batch)
            more = bool(batch) and self._outbox.next_due_mono() <= now_mono
            if more:
                self._work.notify()
        if more:
            self._on_more()  # a second batch need not wait for this one's way to the source and back
        return self._carry_out_taken(batch)

    def help(self) -> bool:
        """Carry out one full ten of acknowledgements, if there is one, from the thread of a slot that passes by.

        From here on until `help_ends` only more than that, or what lingered its time, wakes a thread of our own.
        """
        with self._work:
            self._outbox.full = HELPED_FULL
            batch = self._outbox.take_full(self._clock.mono())
            self._under_way += len(batch)
        return self._carry_out_taken(batch)

    def help_ends(self) -> None:
        """No slot passes by any more in the next moments."""
        if self._outbox.full == FULL:  # as nearly always: asked without the lock
            return
        with self._work:
            self._outbox.full = FULL
            self._wake_by(self._outbox.next_due_mono())

    def run(self) -> None:
        """Work until `stop`."""
        while self._wait_for_work():
            self.step()

    def stop(self) -> None:
        """End `run`. What is still in here then is left to expire, so `flush` comes first."""
        with self._work:
            self._stopped = True
            self._work.notify_all()

    def flush(self, deadline_mono: float) -> bool:
        """Linger no more, and wait for `run` to get everything out. False where ``deadline_mono`` came first."""
        self.hurry()
        with self._work:
            seconds = max(0.0, deadline_mono - self._clock.mono())
            return self._emptied.wait_for(lambda: not self._outbox and not self._under_way, seconds)

    def hurry(self) -> None:
        """Linger no more."""
        with self._work:
            self._linger_seconds = 0.0
            self._outbox.hurry(self._clock.mono())
            nobody_there = bool(self._outbox) and not self._idle_threads
            self._work.notify_all()
        if nobody_there:
            self._on_more()

    def _wait_for_work(self) -> bool:
        with self._work:
            while not self._stopped:
                due_mono, now_mono = self._outbox.next_due_mono(), self._clock.mono()
                if due_mono <= now_mono:
                    return True
                self._wakes_at_mono = self._looks_again_mono(due_mono, now_mono)
                self._idle_threads += 1
                self._work.wait(None if self._wakes_at_mono == inf else self._wakes_at_mono - now_mono)
                self._idle_threads -= 1
            return False

    def _looks_again_mono(self, due_mono: float, now_mono: float) -> float:
        """When the thread wakes by itself. Where slots take full tens along, whatever comes to linger before that is
        due after it: were it woken for the first of each ten, it would find them gone."""
        helped = self._outbox.full == HELPED_FULL and self._linger_seconds > 0
        return min(due_mono, now_mono + self._linger_seconds) if helped else due_mono

    def _post(self, settlements: Sequence[Settlement], due_mono: float) -> None:
        if not settlements:
            return
        patient = [each for each in settlements if each.action is ACKNOWLEDGE and not each.attempts]
        with self._work:
            if self._linger_seconds == 0:
                patient = []
            if patient:
                self._linger(patient, due_mono)
            if len(patient) < len(settlements):
                lingering = set(patient)
                for settlement in settlements:  # in their order: a group comes back in it
                    if settlement not in lingering:
                        self._outbox.add(settlement, due_mono)
            next_due_mono = self._outbox.next_due_mono()
            self._wake_by(next_due_mono)
            nobody_there = next_due_mono <= due_mono and not self._idle_threads
        if nobody_there:
            self._on_more()  # all are in a call, which may hang

    def _linger(self, settlements: Sequence[Settlement], now_mono: float) -> None:
        """Together, until the first of them is due: they were settled together."""
        first_mono = min([settlement.item.deadline_mono for settlement in settlements])
        if first_mono <= now_mono:  # late already: nothing is won by hurrying for it, but perhaps for others
            deadlines_mono = [settlement.item.deadline_mono for settlement in settlements]
            first_mono = min([mono for mono in deadlines_mono if mono > now_mono], default=first_mono)
        self._outbox.linger(settlements, acknowledge_at_mono(first_mono, self._linger_seconds, now_mono))

    def _wake_by(self, due_mono: float) -> None:
        """Called with the lock held."""
        if due_mono < self._wakes_at_mono:
            self._wakes_at_mono = -inf  # one wake-up is enough, until the thread looks again
            self._work.notify()

    def _carry_out_taken(self, batch: list[Settlement]) -> bool:
        if not batch:
            return False
        self._carry_out(batch)
        self._room.freed()
        with self._work:
            self._under_way -= len(batch)
            if not self._outbox and not self._under_way:
                self._emptied.notify_all()
        return True

    def _put_off(self, action: Action, batch: Sequence[Settlement], seconds: float) -> None:
        """The call as a whole did not happen: nothing of this kind is tried before, and nothing is lost."""
        again_mono = self._clock.mono() + seconds
        with self._work:
            self._outbox.hold(action, again_mono)
            for settlement in batch:
                settlement.attempts += 1
                self._outbox.add(settlement, again_mono)
