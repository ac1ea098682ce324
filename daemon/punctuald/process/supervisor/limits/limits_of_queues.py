"""Divides what an operator allows of each queue among the workers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.limits.claims import Claiming, claimed
from punctuald.policy.limits.division import Part, nothing_of, parts_now, wanted_parts
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.policy.limits.seats import Need, Seating, seated
from punctuald.policy.pool.fleet import State
from punctuald.process.channel.share_frames import ShareTaken
from punctuald.process.supervisor.generation import Generation
from punctuald.process.supervisor.managed_process import ManagedProcess

from .holdings import Holdings
from .limit_rows import LimitRows, Shown

log = logger()


class LimitsOfQueues:
    """``workers`` are those of the pool, be it with a process or without."""

    def __init__(self, workers: Iterable[ManagedProcess], clock: Clock) -> None:
        self._workers = workers
        self._clock = clock
        self._rows = LimitRows()
        self._of_generation: dict[int, dict[str, QueueLimits]] = {}
        self._in_force: dict[str, QueueLimits] = {}
        self._number = 0
        self._holdings: dict[str, Holdings] = {}
        self._ever_limited: set[str] = set()
        self._seating: dict[str, Seating] = {}
        self._claims: dict[str, Mapping[int, Claiming]] = {}
        self._known: dict[int, ManagedProcess] = {}

    def keep(self, generation: Generation) -> None:
        """These settings are in force from now on."""
        self._rows.add(generation)
        self._number = generation.number
        self._of_generation[generation.number] = self._in_force = dict(generation.limits)
        self._ever_limited.update(queue for queue, limits in self._in_force.items() if limits.any)
        for queue in self._in_force:
            if queue not in self._holdings:
                self._holdings[queue] = Holdings(queue, self._clock)
                for process in self._known.values():
                    self._begin(queue, process)

    def started(self, process: ManagedProcess) -> None:
        """A worker was forked."""
        self._known[process.pid] = process
        for queue in self._holdings:
            self._begin(queue, process)

    def taken(self, process: ManagedProcess, frame: ShareTaken) -> None:
        """A worker says what it keeps to from now on."""
        if frame.queue in self._holdings:
            self._holdings[frame.queue].answered(process.pid, frame)

    def look(self) -> None:
        """Give each worker what it may have now. To be called whenever something may have changed."""
        self._forget_the_dead()
        for queue in self._ever_limited:
            limits, holdings = self._in_force.get(queue, NO_LIMITS), self._holdings[queue]
            if limits.any:
                self._divide(queue, limits, holdings)
            else:
                self._forget_seats(queue)
                holdings.give(dict.fromkeys(holdings, nothing_of(NO_LIMITS)))

    def _divide(self, queue: str, limits: QueueLimits, holdings: Holdings) -> None:
        before = self._seating.get(queue, Seating())
        held, now_mono = holdings.held(), self._clock.mono()
        shown = {pid: self._rows.read(self._known[pid], queue) for pid in held}
        now = self._seating[queue] = seated(before, self._needs(held, shown), limits, now_mono)
        if now.seats.keys() != before.seats.keys():
            log.debug("limit.divided", queue=queue, workers=len(now.seats))
        uses = [shown[pid].use(pid, part) for pid, part in held.items()]
        claims = self._claims[queue] = claimed(self._claims.get(queue, {}), uses, now.seats, limits, now_mono)
        wanted = wanted_parts(limits, list(now.seats), {pid: each.claim for pid, each in claims.items()})
        holdings.give(parts_now(limits, held, wanted))

    def _needs(self, held: Mapping[int, Part], shown: Mapping[int, Shown]) -> Sequence[Need]:
        needs = []
        for pid, part in held.items():
            serves = self._known[pid].slot.state is State.READY and shown[pid].receives
            numbers = shown[pid].running, shown[pid].waiting, shown[pid].busy_slots, shown[pid].slots
            needs.append(Need(pid, serves, *numbers, has_part=not part.is_nothing))
        return needs

    def _begin(self, queue: str, process: ManagedProcess) -> None:
        """A worker of settings without that queue has no part of it: it would never answer what it is sent, and keep
        for its whole life what it does not use."""
        limits = self._of_generation.get(process.slot.generation, {}).get(queue)
        if limits is not None:
            self._holdings[queue].started(process, nothing_of(limits))

    def _forget_the_dead(self) -> None:
        alive = {process.pid for process in self._workers if process.pid}
        for pid in self._known.keys() - alive:
            del self._known[pid]
            for holdings in self._holdings.values():
                holdings.ended(pid)
        numbers = {self._number, *(process.slot.generation for process in self._known.values())}
        if self._of_generation.keys() - numbers:
            self._forget_all_but(numbers & self._of_generation.keys())

    def _forget_all_but(self, numbers: Collection[int]) -> None:
        """Of generations that have ended; one that comes into force again is `keep`'s once more."""
        self._rows.keep(numbers)
        self._of_generation = {number: self._of_generation[number] for number in numbers}
        for queue in [each for each, holdings in self._holdings.items() if each not in self._in_force and not holdings]:
            del self._holdings[queue]
            self._ever_limited.discard(queue)
            self._forget_seats(queue)

    def _forget_seats(self, queue: str) -> None:
        self._seating.pop(queue, None)
        self._claims.pop(queue, None)
