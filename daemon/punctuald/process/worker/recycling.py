"""What a worker has done and how it has grown, measured; and whether it is to be replaced for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.policy.pool.recycling import RecyclingRules, WorkerAge, recycle_reason


class Recycling:
    """Of one worker, with these ``pools``. ``jitter`` (0 to 1) is drawn once for it."""

    def __init__(
        self,
        rules: RecyclingRules,
        jitter: float,
        *,
        pools: Sequence[HandlerPool],
        clock: Clock,
        forked_mono: float,
        own_memory_bytes: Callable[[], int],
        open_descriptors: Callable[[], int],
    ) -> None:
        self._rules = rules
        self._jitter = jitter
        self._clock = clock
        self._forked_mono = forked_mono
        self._pools = pools
        self._own_memory_bytes = own_memory_bytes
        self._open_descriptors = open_descriptors
        self._baseline: WorkerAge | None = None

    @property
    def age_seconds(self) -> float:
        """Since the fork."""
        return self._clock.mono() - self._forked_mono

    @property
    def handled(self) -> int:
        """How many messages, whatever became of them."""
        return sum(pool.dispatcher.handled for pool in self._pools)

    def take_baseline(self) -> None:
        """When it is ready and has run nothing yet: whatever it gains from here on is its handlers'."""
        self._baseline = self._age()

    def reason(self) -> str | None:
        """See `recycle_reason`. Raises `OSError`: to look into /proc takes a descriptor."""
        return recycle_reason(self._age(), self._rules, self._jitter)

    def _age(self) -> WorkerAge:
        rules, begun = self._rules, self._baseline
        return WorkerAge(
            messages=self.handled,
            seconds=self.age_seconds,
            memory_bytes=self._own_memory_bytes() if rules.growth_bytes or rules.memory_bytes else None,
            baseline_bytes=None if begun is None else begun.memory_bytes,
            descriptors=self._open_descriptors() if rules.descriptors else 0,
            baseline_descriptors=None if begun is None else begun.descriptors,
        )
