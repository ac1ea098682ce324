"""A receive without waiting, by others than the queue's first receiver."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.errors import SourceError
from punctuald.model import Counter

from .admission import Admission
from .receive import Receive, Received
from .recorder import Recorder
from .room import Room
from .terms import QueueTerms


class Fetch:
    """Asks for as much as there is room for, and lets in what comes. Safe for threads."""

    def __init__(
        self, terms: QueueTerms, *, room: Room, receive: Receive, admission: Admission, recorder: Recorder
    ) -> None:
        self._terms = terms
        self._room = room
        self._receive = receive
        self._admission = admission
        self._recorder = recorder

    def __call__(self, *, at_least: int, is_stopping: Callable[[], bool], taken_here: bool = False) -> Received | None:
        """What came; None where there is no room for ``at_least`` messages, or the source failed.

        To tell of an outage, and to wait, is the first receiver's: it will see it too. ``is_stopping`` is asked when
        the answer is there: then it is given back. ``taken_here``: see `Buffer.put`.
        """
        claim = self._room.claim(self._terms, quiet=False)
        if claim is None:
            return None
        try:
            return None if claim.asked < at_least else self._ask(claim.asked, is_stopping, taken_here=taken_here)
        except SourceError:
            self._recorder.count(self._terms.index, Counter.SOURCE_ERROR)
            return None
        finally:
            self._room.end(claim)

    def _ask(self, asked: int, is_stopping: Callable[[], bool], *, taken_here: bool) -> Received:
        received = self._receive(asked, 0.0)
        messages, visibility_seconds = received.messages, received.visibility_seconds
        self._admission.admit(messages, visibility_seconds, stopping=is_stopping(), taken_here=taken_here)
        return received
