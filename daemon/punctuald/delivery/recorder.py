"""Where this room writes down what happened, and what it asks back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.model import Counter, Sample


class Recorder(Protocol):
    """The worker's own slot of the board. Called from every thread of the worker at once."""

    def count(self, queue: int, counter: Counter, n: int = 1) -> None:
        """Add ``n`` to one counter of one queue."""
        ...

    def arrivals(self, sent_utcs: Sequence[float]) -> None:
        """Messages reached the broker at these times, on its clock; told at the first delivery only."""
        ...

    def group(self, queue: int, group: str, now_mono: float) -> None:
        """A message of this group came in, from the queue with index ``queue``."""
        ...

    def broker_ahead(self, seconds: float) -> None:
        """The broker's clock is ahead of this machine's by ``seconds`` (below 0: behind)."""
        ...

    def saturated(self, receiver: object, *, yes: bool) -> None:
        """Whether ``receiver`` brings full tens one after the other, as many as this worker can do."""
        ...

    def sample(self, samples: Sequence[Sample]) -> None:
        """Where messages' time went, one each."""
        ...

    def p99_run_seconds(self) -> float | None:
        """What 99 of 100 recent handler runs stayed under; None while nothing ran."""
        ...

    def mean_run_seconds(self) -> float | None:
        """The mean of recent handler runs; None while nothing ran."""
        ...
