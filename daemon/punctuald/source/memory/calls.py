"""The calls of one memory source: counted, taking their time, failing on demand, refused once it is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from punctuald.errors import SourceUnavailable
from punctuald.model import Failure, Metric
from punctuald.ports import NO_DEAD_LETTER_QUEUE, CountRequests

from .faults import MemoryFaults

Answer = TypeVar("Answer")


class Calls:
    """Makes the calls of one source of the queue or log that ``name`` is the name of."""

    def __init__(self, name: str, count: CountRequests, faults: MemoryFaults) -> None:
        self.faults = faults
        self.closed = False
        self._name = name
        self._count = count

    async def make(self, metric: Metric, effect: Callable[[], Answer]) -> Answer:
        """One request: what ``effect`` does at the broker, and its answer; raises the fault that is due, if any."""
        await self.begin(metric)
        answer = effect()
        await self.faults.on_the_way_back(metric)
        return answer

    async def begin(self, metric: Metric) -> None:
        """The first half of a request: it has reached the broker when this returns."""
        self.refuse_if_closed()
        self._count(metric)
        await self.faults.on_the_way_there(metric)

    def refuse_if_closed(self) -> None:
        """Raise `SourceUnavailable` if the source is closed."""
        if self.closed:
            raise SourceUnavailable(f"queue {self._name!r}: the source is closed", code="Closed")

    def each(self, handles: Iterable[str], do: Callable[[str], Failure | None]) -> list[Failure]:
        """Do one batch's entries, each handle once, but those that are refused on demand; the failures."""
        outcomes = [self.faults.refusal(handle) or do(handle) for handle in dict.fromkeys(handles)]
        return [failure for failure in outcomes if failure is not None]

    def no_dead_letter_queue(self, handle: str) -> Failure:
        """What dead-lettering answers where there is nowhere to go."""
        return Failure(handle, NO_DEAD_LETTER_QUEUE, f"queue {self._name!r} has no dead-letter queue", retryable=False)


def require_at_most(largest: int, number: int, what: str) -> None:
    """Raise `ValueError` if a caller exceeds a limit of the port: a mistake of its own, which no retry mends."""
    if not 0 < number <= largest:
        raise ValueError(f"{number} {what} in one call: 1 to {largest} are allowed")


def bad_handle(handle: str, text: str) -> Failure:
    """The failure of a receipt that holds nothing (any more)."""
    return Failure(handle, "ReceiptHandleIsInvalid", text, retryable=False)
