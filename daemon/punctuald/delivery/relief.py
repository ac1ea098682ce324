"""Further receivers of one queue, for when the first can't keep the slots busy alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from punctuald.errors import SourceError
from punctuald.model import Counter
from punctuald.policy.intake import BATCH, worth_another_receiver, worth_staying

from .admission import Admission
from .receive import Receive
from .recorder import Recorder
from .room import Claim, Room
from .terms import QueueTerms


class Relief:
    """Asleep until called; then receives tens without waiting, while that brings them whole and each call takes long.

    It never polls an idle queue and tells of no outage: both are the first receiver's. One that is called and finds the
    slots still idle calls the ``following`` one, so as many are awake as the load needs. ``begin`` starts its thread,
    at the first call: most queues never need one, and each costs its worker memory.
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        room: Room,
        receive: Receive,
        admission: Admission,
        recorder: Recorder,
        following: Relief | None,
        begin: Callable[[Callable[[], None]], None],
    ) -> None:
        self._terms = terms
        self._room = room
        self._receive = receive
        self._admission = admission
        self._recorder = recorder
        self._following = following
        self._begin = begin
        self._begun = False
        self._called = threading.Event()
        self._stopping = False

    def call(self) -> None:
        """There is more than one receiver can bring. Called by one thread only."""
        if not self._begun and not self._stopping:
            self._begun = True
            self._begin(self.run)
        self._called.set()

    def run(self) -> None:
        """Receive whenever called, until `stop`."""
        while self._called.wait() and not self._stopping:
            self._called.clear()
            while self.step():
                self._saturated(yes=True)
            self._saturated(yes=False)

    def step(self) -> bool:
        """One receive, if there is room; whether another one is worth it."""
        claim = None if self._stopping else self._room.claim(self._terms, quiet=False)
        if claim is None:
            return False
        try:
            # For less than a full ten it is not worth a request: the first receiver will have the room in a moment.
            return claim.asked >= BATCH and self._use(claim)
        except SourceError:
            self._recorder.count(self._terms.index, Counter.SOURCE_ERROR)
            return False
        finally:
            self._room.end(claim)

    def stop(self) -> None:
        """No new receive; what the one under way brings is given back."""
        self._stopping = True
        self._called.set()

    def _saturated(self, *, yes: bool) -> None:
        if self._following is None:  # the last one: more than all of them bring, this worker can't have
            self._recorder.saturated(self, yes=yes)

    def _use(self, claim: Claim) -> bool:
        received = self._receive(claim.asked, 0.0)
        count, waited_seconds = len(received.messages), received.waited_seconds
        self._admission.admit(received.messages, received.visibility_seconds, stopping=self._stopping)
        if self._following and worth_another_receiver(count, waited_seconds, self._room.idle_slots):
            self._following.call()
        return worth_staying(count, waited_seconds)
