"""How much may be asked for just now: one account for all receivers of a worker."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from punctuald.policy.intake import capacity, most_held, room

from .inflight import Hands
from .recorder import Recorder
from .terms import QueueTerms

NOBODY_WAITS = -1
"""No number of pending messages is so small."""


@dataclass(frozen=True, slots=True)
class Claim:
    """``asked`` messages may be asked for, of which ``reserved`` are kept free of other receivers until it is ended."""

    asked: int
    reserved: int


class Room:
    """Who may receive how much, by what is pending, what was asked for already, and how many slots stand idle.

    A *quiet* receiver (its last receive brought nothing) reserves nothing and does not mind others' reservations: its
    long poll on an empty queue would otherwise hold ten places back from a full one for 20 s. What it costs is that
    the hands may for a moment hold ten messages more than their capacity, once for each queue that comes to life.

    Its lock is held for arithmetic only, and nothing but the recorder is called under it.
    """

    def __init__(self, slots: int, hands: Hands, recorder: Recorder) -> None:
        self._slots = slots
        self._hands = hands
        self._recorder = recorder
        self._freed = threading.Condition()
        self._reserved = 0
        self._idle_slots = 0
        self._waiting: list[tuple[QueueTerms, bool]] = []
        self._wake_at = NOBODY_WAITS
        self._closed = False

    @property
    def idle_slots(self) -> int:
        """How many handler slots are waiting for a message."""
        return self._idle_slots

    def claim(self, terms: QueueTerms, *, quiet: bool) -> Claim | None:
        """What this receiver may ask for now; None = not yet."""
        with self._freed:
            return self._claim(terms, quiet=quiet)

    def wait_for_claim(self, terms: QueueTerms, *, quiet: bool) -> Claim | None:
        """What this receiver may ask for, as soon as that is something; None once the room is closed."""
        waiting = (terms, quiet)
        with self._freed:
            self._waiting.append(waiting)
            try:
                while not self._closed:
                    self._wake_at = self._mark()  # before the look: who frees a place after it sees the mark
                    claim = self._claim(terms, quiet=quiet)
                    if claim is not None:
                        return claim
                    self._freed.wait()
            finally:
                self._waiting.remove(waiting)
                self._wake_at = self._mark()
        return None

    def end(self, claim: Claim) -> None:
        """The receive is over and what it brought is pending: its reservation ends."""
        with self._freed:
            self._reserved -= claim.reserved
            self._wake()

    def slot_waits(self) -> None:
        """A handler slot found nothing to do."""
        with self._freed:
            self._idle_slots += 1
            self._wake()

    def slot_starts(self) -> None:
        """A handler slot waits no more."""
        with self._freed:
            self._idle_slots -= 1

    def freed(self) -> None:
        """Something is not pending any more.

        Runs once a message, so without the lock as long as nobody waits for so few to be left.
        """
        if self._hands.pending <= self._wake_at:
            with self._freed:
                self._wake()

    def close(self) -> None:
        """No more receiving: whoever waits gets None."""
        with self._freed:
            self._closed = True
            self._freed.notify_all()

    def _wake(self) -> None:
        # Without asking first, each message that ends would wake every receiver for a 0.
        if any(self._free(terms, quiet=quiet) for terms, quiet in self._waiting):
            self._wake_at = NOBODY_WAITS  # one wake-up is enough, until they have looked
            self._freed.notify_all()

    def _mark(self) -> int:
        return max(
            (most_held(self._places(terms), self._idle_slots) for terms, _ in self._waiting), default=NOBODY_WAITS
        )

    def _claim(self, terms: QueueTerms, *, quiet: bool) -> Claim | None:
        asked = self._free(terms, quiet=quiet)
        if asked == 0:
            return None
        claim = Claim(asked, reserved=0 if quiet else asked)
        self._reserved += claim.reserved
        return claim

    def _free(self, terms: QueueTerms, *, quiet: bool) -> int:
        held = self._hands.occupied_for(terms.index) + (0 if quiet else self._reserved)
        return room(self._places(terms), held, self._idle_slots)

    def _places(self, terms: QueueTerms) -> int:
        return capacity(self._slots * terms.batch_size, self._recorder.mean_run_seconds(), terms.lookahead_seconds)
