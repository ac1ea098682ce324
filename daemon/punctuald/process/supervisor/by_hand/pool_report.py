"""Says to the observer how the pool stands, whenever that has changed: it answers those who ask."""

from __future__ import annotations

import os
from math import inf

from punctuald.clock import Clock
from punctuald.policy.pool.fleet import State
from punctuald.process.channel.operator_frames import PoolState
from punctuald.process.supervisor.announcements import Announcements
from punctuald.process.supervisor.companions import Companions
from punctuald.process.supervisor.generations import Generations
from punctuald.process.supervisor.limits.pauses import Pauses
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.process.supervisor.pool import Pool
from punctuald.process.supervisor.queue_states import QueueStates
from punctuald.process.supervisor.stop import DaemonStop

from .orders import OperatorOrders

LONGEST_REASON = 200
"""Characters: so many queues as there may be, each with a server's whole answer, would be no frame any more."""
REPORT_SECONDS = 0.5
"""So often at most: a pool of hundreds that comes up changes with each turn of the loop."""


class PoolReport:
    """``look`` is to be called each turn of the loop."""

    def __init__(
        self,
        generations: Generations,
        pool: Pool,
        queues: QueueStates,
        pauses: Pauses,
        orders: OperatorOrders,
        announcements: Announcements,
        stop: DaemonStop,
        clock: Clock,
    ) -> None:
        self._generations = generations
        self._pool = pool
        self._queues = queues
        self._pauses = pauses
        self._orders = orders
        self._announcements = announcements
        self._stop = stop
        self._clock = clock
        self._started_mono = clock.mono()
        self._said: PoolState | None = None
        self._said_to = 0
        self._said_mono = -inf
        self._looked_too_soon = False

    @property
    def due_mono(self) -> float:
        """When the next `look` is to be, at the latest."""
        return self._said_mono + REPORT_SECONDS if self._looked_too_soon else inf

    def look(self, companions: Companions, target: int, wanted: int) -> None:
        """Send what is new; to a new observer everything."""
        observer, now_mono = companions.observer, self._clock.mono()
        self._looked_too_soon = observer.pid == self._said_to and now_mono - self._said_mono < REPORT_SECONDS
        if not observer.pid or self._looked_too_soon:
            return
        state = self._state([*companions, *self._pool], target, wanted)
        if observer.pid != self._said_to or state != self._said:
            self._said, self._said_to, self._said_mono = state, observer.pid, now_mono
            observer.send(state)

    def _state(self, processes: list[ManagedProcess], target: int, wanted: int) -> PoolState:
        generation = self._generations.in_force
        return PoolState(
            state="draining" if self._stop.event is not None else self._generations.state,
            pid=os.getpid(),
            generation=generation.number,
            started_mono=self._started_mono,
            wanted=wanted,
            target=target,
            scaled_to=self._orders.scaled_to,
            min_workers=generation.min_workers,
            max_workers=generation.max_workers,
            reload_failed=self._announcements.failed_reload,
            processes=tuple(_row(process) for process in processes if process.slot.state is not State.EMPTY),
            unavailable=tuple((queue, why[:LONGEST_REASON]) for queue, why in self._queues.reasons.items()),
            paused=tuple((queue,) for queue in sorted(self._pauses.paused)),
        )


def _row(process: ManagedProcess) -> tuple[str, int, int, str, int, float]:
    slot = process.slot
    return process.role, slot.index, process.pid, slot.state.value, slot.generation, slot.spawned_mono
