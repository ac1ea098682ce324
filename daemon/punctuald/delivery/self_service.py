"""Handler slots that fetch their next ten themselves, where handing them over would cost more than handling them."""

from __future__ import annotations

import threading

from punctuald.policy.intake import worth_self_service

from .fetch import Fetch
from .recorder import Recorder
from .settler import Settler

UNUSED_SECONDS = 0.05
"""Nobody fetched for so long: all slots are busy, and the receiver goes on."""

CALLS_AVERAGED = 4
"""One call that took long among many that did not is another program's doing, and no reason to wake anybody."""


class SelfService:
    """The receiver's part of one queue, lent to whichever slot comes by with nothing to do.

    To wake a thread costs as much as several messages of some microseconds, so between receive, handler and
    acknowledgement none is woken: the slot does it all, and the receiver sleeps. (Leader/Followers: Schmidt et al.,
    Pattern-Oriented Software Architecture 2.) It ends with the first receive that brings less than ten or fails, and
    when calls take long in the mean of the last few.

    A call that hangs holds up one slot of each queue, never the last one: ``allowed`` says whether there are more slots
    than queues.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        settler: Settler,
        recorder: Recorder,
        allowed: bool,
    ) -> None:
        self._fetch = fetch
        self._settler = settler
        self._recorder = recorder
        self._allowed = allowed
        self._ended = threading.Event()
        self._fetching = threading.Lock()
        self._open = False
        self._used = False
        self._stopping = False
        self._waited_seconds = 0.0  # of the last calls, in the mean

    def begin(self) -> None:
        """From now on slots may fetch. Before the messages are handed to them which make it worth it: else the slot
        that takes those could come by too early."""
        if not self._allowed:
            return
        self._ended.clear()
        self._waited_seconds = 0.0
        self._open = True
        self._recorder.saturated(self, yes=True)
        if self._stopping:  # asked last: whoever stops sets it first, and ends this afterwards
            self._end()

    def wait_until_ended(self) -> None:
        """For the receiver, which nobody needs meanwhile."""
        while self._open:
            self._used = False
            if self._ended.wait(UNUSED_SECONDS):
                self._ended.clear()  # of an end that another begin overtook: waiting must be waiting again
            elif not self._used:
                self._end()

    def fetch(self) -> bool:
        """One receive from the thread of a slot that has nothing to do; whether it brought something."""
        if not self._open or not self._fetching.acquire(blocking=False):
            return False
        try:
            self._settler.help()
            return self._fetch_if_open()
        finally:
            self._fetching.release()

    def stop(self) -> None:
        """No new receive; what the one under way brings is given back."""
        self._stopping = True
        self._end()

    def wait_fetched(self, timeout_seconds: float) -> bool:
        """Whether a fetch under way ended within ``timeout_seconds``."""
        ended = self._fetching.acquire(timeout=timeout_seconds)
        if ended:
            self._fetching.release()
        return ended

    def _fetch_if_open(self) -> bool:
        if not self._open:  # it ended while acknowledgements were carried out
            self._settler.help_ends()
            return False
        self._used = True
        received = self._fetch(at_least=1, is_stopping=lambda: self._stopping, taken_here=True)
        if received is None:
            self._end()
            return False
        count = len(received.messages)
        self._waited_seconds += (received.waited_seconds - self._waited_seconds) / CALLS_AVERAGED
        if not worth_self_service(count, self._waited_seconds, self._recorder.mean_run_seconds()):
            self._end()
        return count > 0

    def _end(self) -> None:
        self._open = False
        self._recorder.saturated(self, yes=self._open)  # a begin may have come in between
        self._settler.help_ends()
        self._ended.set()
