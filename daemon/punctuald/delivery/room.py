"""How much may be asked for just now: one account for all receivers of a worker."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from punctuald.policy.intake import capacity, room

from .inflight import Hands
from .recorder import Recorder
from .terms import QueueTerms


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
        self._waiting: dict[int, tuple[QueueTerms, bool]] = {}
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
        with self._freed:
            self._waiting[terms.index] = (terms, quiet)
            try:
                while not self._closed:
                    claim = self._claim(terms, quiet=quiet)
                    if claim is not None:
                        return claim
                    self._freed.wait()
            finally:
                del self._waiting[terms.index]
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
        """Something is not pending any more."""
        with self._freed:
            self._wake()

    def close(self) -> None:
        """No more receiving: whoever waits gets None."""
        with self._freed:
            self._closed = True
            self._freed.notify_all()

    def _wake(self) -> None:
        # At full load this runs once a message; without asking first, each would wake every receiver for a 0.
        if any(self._free(terms, quiet=quiet) for terms, quiet in self._waiting.values()):
            self._freed.notify_all()

    def _claim(self, terms: QueueTerms, *, quiet: bool) -> Claim | None:
        asked = self._free(terms, quiet=quiet)
        if asked == 0:
            return None
        claim = Claim(asked, reserved=0 if quiet else asked)
        self._reserved += claim.reserved
        return claim

    def _free(self, terms: QueueTerms, *, quiet: bool) -> int:
        places = capacity(self._slots * terms.batch_size, self._recorder.mean_run_seconds(), terms.lookahead_seconds)
        held = self._hands.pending + (0 if quiet else self._reserved)
        return room(places, held, self._idle_slots)
