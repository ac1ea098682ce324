"""What a test lets go wrong in a memory source."""

from __future__ import annotations

import asyncio

from punctuald.errors import SourceError
from punctuald.model import Failure, Metric


class MemoryFaults:
    """Faults that wait to happen, and the time that a call takes. Sources that share a broker share one of these.

    ``latency_seconds`` is a whole call's, half of it before the broker does what is asked and half after: a lease, say,
    has begun when its message is still on the way. It may be changed at any time.
    """

    def __init__(self, *, latency_seconds: float = 0.0) -> None:
        self.latency_seconds = latency_seconds
        self._outage: SourceError | None = None
        self._errors: dict[Metric, list[SourceError]] = {}
        self._lost_answers: dict[Metric, list[SourceError]] = {}
        self._refusals: dict[str, list[tuple[str, bool]]] = {}

    def fail_next(self, call: Metric, error: SourceError, *, done: bool = False) -> None:
        """Let the next request of this kind (one of the ``REQUEST_`` counters) raise; several queue up.

        With ``done`` the broker does what was asked and only its answer is lost.
        """
        (self._lost_answers if done else self._errors).setdefault(call, []).append(error)

    def begin_outage(self, error: SourceError) -> None:
        """Let every request raise this, until `end_outage`."""
        self._outage = error

    def end_outage(self) -> None:
        """All is well again."""
        self._outage = None

    def refuse(self, receipt_handle: str, *, code: str = "InternalError", retryable: bool = True) -> None:
        """Let the next batch with this handle report it as failed, and not do it."""
        self._refusals.setdefault(receipt_handle, []).append((code, retryable))

    async def on_the_way_there(self, call: Metric) -> None:
        """Pass the first half of the latency, then raise what is due for a request of this kind, if anything."""
        await self._pass_half()
        self.strike(call)

    async def on_the_way_back(self, call: Metric) -> None:
        """Pass the second half of the latency, then lose the answer, if that is due."""
        await self._pass_half()
        _raise_first(self._lost_answers, call)

    def strike(self, call: Metric) -> None:
        """Raise what is due for a request of this kind, if anything, taking no time."""
        if self._outage is not None:
            raise self._outage
        _raise_first(self._errors, call)

    def refusal(self, receipt_handle: str) -> Failure | None:
        """The failure that is due for one entry of a batch, if any."""
        due = self._refusals.get(receipt_handle)
        if not due:
            return None
        code, retryable = due.pop(0)
        return Failure(receipt_handle, code, "refused on demand", retryable)

    async def _pass_half(self) -> None:
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds / 2)


def _raise_first(due: dict[Metric, list[SourceError]], call: Metric) -> None:
    errors = due.get(call)
    if errors:
        raise errors.pop(0)
