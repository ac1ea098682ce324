"""The workers: the supervisor's own state machine and plan, on virtual time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from punctuald.policy.pool.fleet import Event, FleetRules, PoolSlot, State, spawned, step
from punctuald.policy.pool.reconcile import InHand, reconcile
from punctuald.policy.scaling.observation import ASSUMED_START_SECONDS
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.stamps import PLACE_MASK, seconds_of, stamp
from punctuald.stats.figures import start_times

from .serving import Serving
from .setup import Setup

NEVER = float("inf")

# No worker dies, hangs or is signalled twice here, so of these rules only the drain's time-out could matter. It is
# never reached, because all handlers end, and drains with them.
RULES = FleetRules(
    drain_timeout_seconds=NEVER,
    fast_timeout_seconds=NEVER,
    backoff_initial_seconds=0.5,
    backoff_max_seconds=30.0,
    young_death_seconds=5.0,
    fatal_after_young_deaths=5,
    heartbeat_timeout_seconds=NEVER,
)


class Pool:
    """The workers of one daemon, the ``number``-th on the queue: a pool slot for each of `Setup.places`."""

    def __init__(self, setup: Setup, serving: Serving, seed: int, number: int, *, alone: bool) -> None:
        self.target = 0
        self.starts = 0
        self.ready = 0
        self.worker_seconds = 0.0  # of those that have ended
        self.start_seconds = ASSUMED_START_SECONDS
        self._setup = setup
        self._serving = serving
        self._places = setup.places(number)
        self._alone = alone
        self._slots = [PoolSlot(index) for index in range(len(self._places))]
        self._starting: list[tuple[int, int]] = []  # (ready at, index), a heap
        self._draining: dict[int, list[int]] = {}  # index: when each of its handler slots is free
        self._leaving: list[tuple[int, int]] = []  # (ended at, index), a heap
        self._recent_starts: deque[float] = deque(maxlen=start_times.KEPT)
        self._rng = np.random.default_rng((seed, 4, number) if number else (seed, 4))
        self._start_time = Lognormal(setup.start_seconds, setup.start_variation)

    @property
    def alive(self) -> int:
        """Processes that exist: starting, ready or draining."""
        return len(self._starting) + self.ready + len(self._leaving)

    @property
    def draining(self) -> int:
        """Workers that were ready and finish what they run."""
        return len(self._draining)

    def busy_slots(self, now: int) -> int:
        """Slots that have work, those of draining workers included."""
        free_later = (now | PLACE_MASK).__lt__  # called in C and not by a generator, for this runs at each step
        return sum(map(free_later, self._own_slots())) + self.draining_busy_slots(now)

    def draining_busy_slots(self, now: int) -> int:
        """Slots of draining workers that have work."""
        free_later = (now | PLACE_MASK).__lt__
        return sum(sum(map(free_later, slots)) for slots in self._draining.values())

    def next_ready(self) -> int | None:
        """When the next worker that starts will be ready."""
        return self._starting[0][0] if self._starting else None

    def follow(self, target: int, now: int) -> None:
        """Start and drain towards ``target``, until there is nothing more to do."""
        self.target = target
        while True:
            plan = reconcile(self._slots, target, 0, self._in_hand(now))
            for index in plan.start:
                self._start(index, now)
            for order_to_drain in plan.drain:
                self._drain(order_to_drain.index, now)
            if not plan.start and not plan.drain:
                return

    def settled(self, target: int) -> bool:
        """Whether ``target`` workers serve or start already."""
        return len(self._starting) + self.ready == target

    def pass_to(self, now: int) -> None:
        """Do everything that is due by ``now``: workers become ready, drained ones end."""
        while self._starting and self._starting[0][0] <= now:
            at, index = heappop(self._starting)
            self._become_ready(index, at)
        while self._leaving and self._leaving[0][0] <= now:
            at, index = heappop(self._leaving)
            self._end(index, at)

    def close(self, now: int) -> None:
        """The end of the run: workers that are alive are counted up to ``now``."""
        alive = [slot for slot in self._slots if slot.state is not State.EMPTY]
        self.worker_seconds += sum(seconds_of(now) - slot.spawned_mono for slot in alive)

    def kill(self, now: int) -> None:
        """All workers end at once, and what they run is not finished."""
        abandoned = [free for slots in self._draining.values() for free in slots]
        ready = [slot.index for slot in self._slots if slot.state is State.READY]
        abandoned += [free for index in ready for free in self._serving.close(self._places[index])]
        self._serving.abandon(abandoned, now)
        self.close(now)
        self._slots = [PoolSlot(slot.index) for slot in self._slots]
        self._starting, self._leaving, self._draining = [], [], {}
        self.target = self.ready = 0

    def _own_slots(self) -> Sequence[int]:
        if self._alone:
            return self._serving.slots
        return [free for free in self._serving.slots if free & PLACE_MASK in self._places]

    def _in_hand(self, now: int) -> dict[int, InHand]:
        first = self._places.start
        busy = Counter((free & PLACE_MASK) - first for free in self._own_slots() if (free & ~PLACE_MASK) > now)
        return {index: InHand(busy_slots=slots) for index, slots in busy.items()}

    def _start(self, index: int, now: int) -> None:
        seconds = float(self._start_time.draw(1, self._rng)[0]) if self._setup.start_seconds else 0.0
        self._slots[index] = spawned(self._slots[index], 0, seconds_of(now), RULES)
        heappush(self._starting, (now + stamp(seconds), index))
        self.starts += 1

    def _drain(self, index: int, now: int) -> None:
        slot = self._slots[index]
        self._slots[index] = step(slot, Event.DRAIN, seconds_of(now), RULES).slot
        if slot.state is State.STARTING:
            # A start can't be interrupted: imports run to their end before a signal is handled.
            ready_at = next(at for at, starting in self._starting if starting == index)
            heappush(self._leaving, (ready_at, index))
            self._starting = sorted(entry for entry in self._starting if entry[1] != index)
            return
        free = self._serving.close(self._places[index])
        self._draining[index] = free
        self.ready -= 1
        heappush(self._leaving, (max(now, *(at & ~PLACE_MASK for at in free)), index))

    def _become_ready(self, index: int, at: int) -> None:
        slot = self._slots[index] = step(self._slots[index], Event.READY, seconds_of(at), RULES).slot
        self.ready += 1
        self._serving.open(self._places[index], self._setup.slots, at)
        self._recent_starts.append(seconds_of(at) - slot.spawned_mono)
        self.start_seconds = start_times.start_seconds(self._recent_starts)

    def _end(self, index: int, at: int) -> None:
        slot = self._slots[index]
        self.worker_seconds += seconds_of(at) - slot.spawned_mono
        self._slots[index] = step(slot, Event.EXITED, seconds_of(at), RULES).slot
        self._draining.pop(index, None)
