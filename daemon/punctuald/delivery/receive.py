"""One receive: what it asked for, what it brought, and what it waited for."""

from __future__ import annotations

from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.model import Counter, Message
from punctuald.policy.lease import visibility_seconds

from .recorder import Recorder
from .terms import QueueTerms


class Received(NamedTuple):
    """``waited_seconds`` is what the call took beyond the CPU that this process used meanwhile: where it worked, it
    did not wait for the source but for the GIL."""

    messages: list[Message]
    visibility_seconds: int
    call_seconds: float
    waited_seconds: float


class Receive:
    """Asks one queue. Safe for threads."""

    def __init__(self, terms: QueueTerms, recorder: Recorder, clock: Clock) -> None:
        self._terms = terms
        self._recorder = recorder
        self._clock = clock

    def __call__(self, asked: int, wait_seconds: float) -> Received:
        """Raises `SourceError`."""
        terms, clock = self._terms, self._clock
        visibility = visibility_seconds(self._recorder.p99_run_seconds(), terms.visibility_seconds)
        begun_mono, begun_cpu = clock.mono(), clock.cpu()
        messages = terms.source.receive(asked, wait_seconds, visibility)
        call_seconds = clock.mono() - begun_mono
        if not messages:
            self._recorder.count(terms.index, Counter.RECEIVE_EMPTY)
        waited_seconds = max(0.0, call_seconds - (clock.cpu() - begun_cpu))  # handlers' native threads use CPU too
        return Received(messages, visibility, call_seconds, waited_seconds)
