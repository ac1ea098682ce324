"""Asks one queue for messages, as many as can soon start."""

from __future__ import annotations

import threading
from collections.abc import Callable

from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.policy.intake import next_wait_seconds, pause_seconds, worth_another_receiver, worth_self_service

from .admission import Admission
from .outage import Outage
from .receive import Receive, Received
from .recorder import Recorder
from .room import Claim, Room
from .self_service import SelfService
from .terms import QueueTerms

HAND_OVER_SECONDS = 0.0001
"""Pause before the next receive where a slot was idle: lets go of the GIL, so that the slot starts now.

Without it the slot waits while this thread builds its next request, more than 1 ms of CPU on a way of 6 ms in all.
`time.sleep(0)` is not enough: CPython takes the GIL back before the woken thread has come to ask for it."""


class Receiver:
    """One queue, one thread: an empty queue's long poll holds up nobody else's.

    The first receive does not wait, so that a worker's readiness shows at once. ``on_first_receive`` is called after
    the first that succeeds, ``on_misconfigured`` when the source refuses us before that: a person has to mend it.
    Later the same refusal is an outage (the queue was deleted while we run, and may be made again). ``on_too_few``
    is called when it alone can't keep the slots busy.
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        room: Room,
        receive: Receive,
        admission: Admission,
        recorder: Recorder,
        outage: Outage,
        self_service: SelfService,
        on_too_few: Callable[[], None],
        on_first_receive: Callable[[], None],
        on_misconfigured: Callable[[SourceMisconfigured], None],
    ) -> None:
        self._terms = terms
        self._room = room
        self._receive = receive
        self._admission = admission
        self._recorder = recorder
        self._outage = outage
        self._self_service = self_service
        self._on_too_few = on_too_few
        self._on_first_receive = on_first_receive
        self._on_misconfigured = on_misconfigured
        self._stopping = threading.Event()
        self._received_once = False
        self._quiet = True
        self._wait_seconds = 0.0

    def run(self) -> None:
        """Receive until `stop`. A long poll under way is let end: abandoned, it would still be served, and hide its
        messages from everybody for a whole visibility timeout."""
        while not self._stopping.is_set():
            claim = self._room.wait_for_claim(self._terms, quiet=self._quiet)
            if claim is None:
                return
            self._pause(self._use(claim))
            self._self_service.wait_until_ended()

    def step(self) -> float | None:
        """One receive, if there is room. Returns the seconds to pause before the next; None where there is no room."""
        claim = self._room.claim(self._terms, quiet=self._quiet)
        return None if claim is None else self._use(claim)

    def stop(self) -> None:
        """No new receive; what the one under way brings is given back. The room has to be closed as well."""
        self._stopping.set()

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._stopping.wait(seconds)

    def _use(self, claim: Claim) -> float:
        try:
            return 0.0 if self._stopping.is_set() else self._call(claim)  # `stop` may have come while there was no room
        except SourceUnavailable as error:
            return self._outage.failed(error)
        except SourceMisconfigured as error:
            if self._received_once:
                return self._outage.failed(error)
            self._stopping.set()
            self._on_misconfigured(error)
            return 0.0
        finally:
            self._room.end(claim)

    def _call(self, claim: Claim) -> float:
        received = self._receive(claim.asked, self._wait_seconds)
        self._outage.ended()
        messages, waited_seconds = received.messages, received.waited_seconds
        if worth_self_service(len(messages), waited_seconds, self._recorder.mean_run_seconds()):
            self._self_service.begin()
        self._admission.admit(messages, received.visibility_seconds, stopping=self._stopping.is_set())
        if worth_another_receiver(len(messages), waited_seconds, self._room.idle_slots):
            self._on_too_few()
        return self._learn(received)

    def _learn(self, received: Received) -> float:
        """What this receive says about the next: how long it may wait, and whether to pause before it."""
        if not self._received_once:
            self._received_once = True
            self._on_first_receive()
        self._quiet = not received.messages
        waited_seconds, limit = self._wait_seconds, self._terms.wait_seconds
        self._wait_seconds = next_wait_seconds(waited_seconds, self._quiet, limit)
        if not self._quiet:
            return HAND_OVER_SECONDS if self._room.idle_slots else 0.0
        if limit == 0:
            return self._terms.poll_interval_seconds
        return pause_seconds(waited_seconds, received.call_seconds, limit)
