"""What each worker may hold of one queue's limits, as far as the supervisor can know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from punctuald.clock import Clock
from punctuald.policy.limits.division import Part, join
from punctuald.process.channel.share_frames import Share, ShareTaken
from punctuald.process.supervisor.managed_process import ManagedProcess

AGAIN_SECONDS = 2.0
"""A worker that has not answered is sent its part again: a full line drops its oldest frames."""


class Holding:
    """Of one worker. It may hold what it answered last, and each part that it was sent since."""

    def __init__(self, process: ManagedProcess, begins_with: Part) -> None:
        self._process = process
        self._answered = begins_with
        self._sent: dict[int, Part] = {}
        self._last = (0, begins_with)
        self._sent_mono = 0.0

    @property
    def part(self) -> Part:
        """The most that it may hold."""
        return reduce(join, self._sent.values(), self._answered)

    def give(self, queue: str, part: Part, now_mono: float) -> None:
        """Let it have this from now on."""
        number, last = self._last
        if part != last:
            number += 1
        elif not self._sent or now_mono - self._sent_mono < AGAIN_SECONDS:
            return
        self._last, self._sent[number], self._sent_mono = (number, part), part, now_mono
        places = tuple(sorted(part.places))
        self._process.send(Share(queue, part.concurrency, part.rate_per_second, places, number))

    def answered(self, taken: ShareTaken) -> None:
        """It keeps to that, and knows no later word than the one with that number."""
        if taken.number <= self._last[0]:  # else it was never sent: a child's word is not to be trusted
            self._answered = taken.part
            self._sent = {number: part for number, part in self._sent.items() if number > taken.number}


class Holdings:
    """Of all workers that live, by pid."""

    def __init__(self, queue: str, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._by_pid: dict[int, Holding] = {}

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_pid)

    def __len__(self) -> int:
        return len(self._by_pid)

    def started(self, process: ManagedProcess, begins_with: Part) -> None:
        """A worker was forked, and keeps to that until it hears more."""
        self._by_pid[process.pid] = Holding(process, begins_with)

    def ended(self, pid: int) -> None:
        """It was reaped: nobody holds what it held."""
        self._by_pid.pop(pid, None)

    def held(self) -> dict[int, Part]:
        """The most that each may hold."""
        return {pid: holding.part for pid, holding in self._by_pid.items()}

    def give(self, parts: Mapping[int, Part]) -> None:
        """Let each have its part from now on."""
        now_mono = self._clock.mono()
        for pid, part in parts.items():
            self._by_pid[pid].give(self._queue, part, now_mono)

    def answered(self, pid: int, taken: ShareTaken) -> None:
        """The worker keeps to that from now on."""
        if pid in self._by_pid:
            self._by_pid[pid].answered(taken)
