"""How a queue's limits are divided among workers: what the supervisor says, and what each worker answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from punctuald.policy.limits.division import Part
from punctuald.policy.limits.ticks import PLACES

from .frame_checks import LARGEST_WHOLE, Check, name, number, or_none, whole, wholes


@dataclass(frozen=True, slots=True)
class Share:
    """Down: this worker's part of what the queue may do. None = no limit; 0 = nothing, the others have it all."""

    queue: str
    concurrency: int | None  # messages that run at the same time
    rate_per_second: float | None  # handlers that start in a second, in all workers together
    places: tuple[int, ...] = ()  # whose ticks of that rate are this worker's: see `policy.limits.ticks`
    number: int = 0  # grows with each one that the worker is sent

    @property
    def part(self) -> Part:
        """The same as `policy` has it."""
        return Part(self.concurrency, self.rate_per_second, frozenset(self.places))


@dataclass(frozen=True, slots=True)
class ShareTaken:
    """Up: the worker keeps to this from now on, and others may have what it had beyond it. It knows the `Share` of that
    ``number``, and none later; what runs beyond its part is in its ``concurrency`` until it has ended."""

    queue: str
    concurrency: int | None
    rate_per_second: float | None
    places: tuple[int, ...]
    number: int

    @property
    def part(self) -> Part:
        """The same as `policy` has it."""
        return Part(self.concurrency, self.rate_per_second, frozenset(self.places))


PART: Mapping[str, Check] = {
    "queue": name,
    "concurrency": or_none(whole(0, LARGEST_WHOLE)),
    "rate_per_second": or_none(number(LARGEST_WHOLE)),
    "places": wholes(0, PLACES - 1, PLACES),
    "number": whole(0, LARGEST_WHOLE),
}
"""What the fields of both may hold."""
