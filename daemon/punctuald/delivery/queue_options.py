"""How one queue is drained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.policy.delivery.due_time import DueTime
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.retry import ERROR_LONGEST_SECONDS, REGION_LONGEST_SECONDS, RetryLimits
from punctuald.policy.receive.region_room import RegionRoom
from punctuald.ports import Source

NO_DUE_TIME = DueTime()
NO_RETRY_LIMITS = RetryLimits()


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """One queue as this package sees it; the fields mean what the settings of the same name mean.

    ``batch_size`` is how many messages one call of the handler gets: 1 unless it is a batch handler.
    ``index`` is its place in the configuration, ``pinned_tier`` the index of the tier that the queue names, if any.
    ``visibility_seconds`` "auto" follows the measured service time. ``wait_seconds`` 0 means short polling, one empty
    receive each ``poll_interval_seconds``. ``retry_limits`` are those of a source that keeps no count of receives.
    Where it is one region of a queue that is in several, ``region`` is what it may have of the worker's room, and
    ``deduplication_attribute`` has the producer's id ("": the message's own, if it has one). ``limit`` says how many
    may start, None = as many as there are slots; ``weight`` is the setting of that name.
    """

    index: int
    source: Source
    event_time: EventTime
    pinned_tier: int | None = None
    batch_size: int = 1
    wait_seconds: float = 4.0
    poll_interval_seconds: float = 0.1
    visibility_seconds: int | Literal["auto"] = "auto"
    ack_linger_seconds: float = 0.2
    lookahead_seconds: float = 0.2
    retry_initial_seconds: float = 1.0
    retry_max_seconds: float = 900.0
    wait_hold_seconds: float = 900.0
    retry_limits: RetryLimits = NO_RETRY_LIMITS
    due_time: DueTime = NO_DUE_TIME
    region: RegionRoom | None = None
    deduplication_attribute: str = ""
    limit: StartLimit | None = None
    weight: int = 1

    @property
    def longest_back_off_seconds(self) -> float:
        """How long to wait at most before a source that failed is asked again."""
        return ERROR_LONGEST_SECONDS if self.region is None else REGION_LONGEST_SECONDS

    @property
    def name(self) -> str:
        """The queue's name in the configuration."""
        return self.source.name

    @property
    def is_apart(self) -> bool:
        """Whether its messages wait for a limit, and not for a handler slot alone."""
        return self.limit is not None and self.limit.is_apart

    @property
    def is_shut(self) -> bool:
        """Whether none of its messages starts in this worker until the supervisor says otherwise."""
        return self.limit is not None and self.limit.is_shut
