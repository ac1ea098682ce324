"""Values of the last so many seconds."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Number = TypeVar("Number", int, float)


class Recent(Generic[Number]):
    """What was noted less than ``span_seconds`` ago, the newest included."""

    def __init__(self, span_seconds: float) -> None:
        self._span_seconds = span_seconds
        self._noted: deque[tuple[float, Number]] = deque()

    def note(self, now_seconds: float, value: Number) -> None:
        """Add ``value``, of the moment ``now_seconds``."""
        self._noted.append((now_seconds, value))
        while len(self._noted) > 1 and now_seconds - self._noted[0][0] >= self._span_seconds:
            self._noted.popleft()

    @property
    def highest(self) -> Number:
        """The highest."""
        return max(value for _, value in self._noted)

    @property
    def mean(self) -> float:
        """The mean."""
        return sum(value for _, value in self._noted) / len(self._noted)
