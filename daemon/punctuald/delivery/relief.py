"""Further receivers of one queue, for when the first can't keep the slots busy alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from punctuald.policy.intake import BATCH, worth_another_receiver, worth_staying

from .fetch import Fetch
from .recorder import Recorder
from .room import Room


class Relief:
    """Asleep until called; then receives tens without waiting, while that brings them whole and each call takes long.

    It never polls an idle queue and tells of no outage: both are the first receiver's. One that is called and finds the
    slots still idle calls the ``following`` one, so as many are awake as the load needs. ``begin`` starts its thread,
    at the first call: most queues never need one, and each costs its worker memory.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        room: Room,
        recorder: Recorder,
        following: Relief | None,
        begin: Callable[[Callable[[], None]], None],
    ) -> None:
        self._fetch = fetch
        self._room = room
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
        # For less than a full ten it is not worth a request: the first receiver will have the room in a moment.
        received = None if self._stopping else self._fetch(at_least=BATCH, is_stopping=lambda: self._stopping)
        if received is None:
            return False
        count, waited_seconds = len(received.messages), received.waited_seconds
        if self._following and worth_another_receiver(count, waited_seconds, self._room.idle_slots):
            self._following.call()
        return worth_staying(count, waited_seconds)

    def stop(self) -> None:
        """No new receive; what the one under way brings is given back."""
        self._stopping = True
        self._called.set()

    def _saturated(self, *, yes: bool) -> None:
        if self._following is None:  # the last one: more than all of them bring, this worker can't have
            self._recorder.saturated(self, yes=yes)
