"""What decides how many workers there are: ours, a fixed number, a plan made beforehand, or a rival's law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from punctuald.model import Arrivals


@dataclass(frozen=True, slots=True)
class DepthSample:
    """What the source said of its length: ``age_seconds`` old, and noisy."""

    visible: int
    in_flight: int
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Sight:
    """All that can be seen at one tick. Values called «true» are exact, as no real scaler knows them; some rivals get
    them.

    - ``now_seconds`` of the trace, ``now_utc``; ``tick_seconds`` since the last tick.
    - ``ordered``: the last target; ``ready``: take messages; ``draining``: finish what they run.
    - ``busy_slots``: now, the ``draining_busy_slots`` included.
    - ``depth``: the source's attributes; None = not known.
    - ``sent``, ``completed``, ``failed``: true counts in the tick (``completed``: started to their end, so by the time
      of starting; ``failed``: of these). ``visible``, ``in_flight``: true depth now.
    - ``concurrency``: mean number of messages sent and not finished over the tick (of its steps' ends).
    - ``arrivals``: (UTC second of sending, first deliveries received), over the last 900 s, the oldest first.
    - ``newest_sent_utc``: of the newest first delivery received.
    - ``mean_service_seconds``, ``service_p995_seconds``: over the last minute and the last ten; None = none yet.
    - ``next_threshold_seconds`` holds after ``seconds_to_next_edge``.
    - ``start_seconds``: the 95th percentile of the last 50 starts.
    - ``limited_slots``: what the queue's limits let its messages use; None = it has none.
    """

    now_seconds: float
    now_utc: float
    tick_seconds: float
    ordered: int
    ready: int
    draining: int
    busy_slots: int
    draining_busy_slots: int
    slots: int
    max_workers: int
    depth: DepthSample | None
    sent: int
    completed: int
    failed: int
    visible: int
    in_flight: int
    concurrency: float
    arrivals: Arrivals
    newest_sent_utc: float | None
    mean_service_seconds: float | None
    service_p995_seconds: float | None
    threshold_seconds: float
    next_threshold_seconds: float | None
    seconds_to_next_edge: float | None
    start_seconds: float
    limited_slots: float | None = None


class Scaler(Protocol):
    """One law of scaling, with whatever it remembers: make a new one for each run."""

    @property
    def name(self) -> str:
        """As tables show it."""
        ...

    @property
    def tick_seconds(self) -> float:
        """Time between two calls; a multiple of the set-up's step."""
        ...

    def workers(self, sight: Sight) -> int:
        """How many workers there should be; kept within the set-up's bounds by the simulation."""
        ...


@dataclass(frozen=True, slots=True)
class Static:
    """Always the same number."""

    count: int
    tick_seconds: float = 3600.0

    @property
    def name(self) -> str:
        """As tables show it."""
        return f"static {self.count}"

    def workers(self, sight: Sight) -> int:  # noqa: ARG002 - it does not look
        """See `Scaler.workers`."""
        return self.count


@dataclass(frozen=True, slots=True)
class Planned:
    """A number for each ``tick_seconds`` of the trace, made beforehand; the last one holds on."""

    name: str
    plan: Sequence[int]
    tick_seconds: float = 1.0

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        return self.plan[min(int(sight.now_seconds / self.tick_seconds + 1e-9), len(self.plan) - 1)]
