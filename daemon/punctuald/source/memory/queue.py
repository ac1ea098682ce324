"""A queue in memory that behaves as SQS does: leases, redelivery, FIFO groups, delays, lagging counters.

Messages become visible by the clock it is given, so a test with a `ManualClock` turns hours in no time.
"""

from __future__ import annotations

import heapq
from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import inf

from punctuald.clock import Clock
from punctuald.model import NO_ATTRIBUTES, Backlog
from punctuald.source.arrivals import Arrivals


@dataclass(slots=True, eq=False)
class Entry:
    """One message in the queue. ``handle`` is the receipt of its latest delivery, "" before the first."""

    id: str
    body: str
    group: str | None
    attributes: Mapping[str, str]
    sent_utc: float
    sequence: int
    hidden_until_mono: float = 0.0
    hiding: int = 0  # which of the queue's hidings is this message's latest
    receive_count: int = 0
    handle: str = ""


@dataclass(slots=True)
class MemoryQueue:
    """The shared state of one queue, for one event loop's use.

    A message received more than ``max_receive_count`` times goes to ``dead_letter_queue`` instead (0 = never).
    The counters of `backlog` are up to ``staleness_seconds`` old. A new message without a delay of its own is hidden
    for ``delay_seconds``.
    """

    name: str
    clock: Clock
    fifo: bool = False
    dead_letter_queue: MemoryQueue | None = None
    max_receive_count: int = 0
    staleness_seconds: float = 0.0
    delay_seconds: float = 0.0
    arrivals: Arrivals = field(default_factory=Arrivals)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _visible: list[tuple[int, Entry]] = field(default_factory=list)  # heap in the order of sending
    _hidden: list[tuple[float, int, Entry]] = field(default_factory=list)  # heap by time; outdated ones are skipped
    _blocked_groups: Tally[str] = field(default_factory=Tally)  # hidden messages of each group
    _sequences: count[int] = field(default_factory=lambda: count(1))
    _hidings: count[int] = field(default_factory=lambda: count(1))
    _last_backlog: Backlog | None = None

    @property
    def most_receives(self) -> int:
        """After how many receives a message is moved to the dead-letter queue, 0 = never."""
        return self.max_receive_count if self.dead_letter_queue is not None else 0

    def send(
        self,
        body: str,
        *,
        group: str | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
        delay_seconds: float | None = None,
    ) -> str:
        """Put a message in, hidden for its delay, or else for the queue's; its id."""
        sequence = next(self._sequences)
        entry = Entry(f"{self.name}-{sequence}", body, group, dict(attributes), self.clock.utc(), sequence)
        self._entries[entry.id] = entry
        delay_seconds = self.delay_seconds if delay_seconds is None else delay_seconds
        if delay_seconds > 0:
            self._hide(entry, delay_seconds)
        else:
            heapq.heappush(self._visible, (sequence, entry))
        self.arrivals.announce()
        return entry.id

    def take(self, limit: int, visibility_seconds: float) -> list[Entry]:
        """Lease up to ``limit`` visible messages, oldest first; of a FIFO group none while an earlier one is out."""
        self._show_expired()
        taken = list(self._takeable(limit))
        for entry in taken:
            entry.receive_count += 1
            entry.handle = f"{entry.id}#{entry.receive_count}"
            self._hide(entry, visibility_seconds)
        return taken

    def leased(self, handle: str) -> Entry | None:
        """The message that this receipt still holds, or None: its lease ran out, or it is a later delivery's now."""
        self._show_expired()
        entry = self._entries.get(_message_id(handle))
        if entry is None or entry.handle != handle or entry.hidden_until_mono <= self.clock.mono():
            return None
        return entry

    def is_gone(self, handle: str) -> bool:
        """Whether the receipt is of a message that was deleted, which deleting again leaves as it is."""
        identity, _, sequence = _message_id(handle).rpartition("-")
        issued = identity == self.name and sequence.isdigit()
        return issued and _message_id(handle) not in self._entries

    def delete(self, entry: Entry) -> None:
        """Take a leased message out for good."""
        del self._entries[entry.id]
        self._unblock(entry)
        self.arrivals.announce()

    def hide_again(self, entry: Entry, seconds: float) -> None:
        """Set a leased message's visibility timeout to ``seconds`` from now; 0 shows it at once."""
        self._unblock(entry)
        self._hide(entry, seconds)
        self._show_expired()
        self.arrivals.announce()

    def next_visible_mono(self) -> float:
        """When the next hidden message becomes visible, if nothing happens before; infinity if none is hidden."""
        while self._hidden and not self._is_current(self._hidden[0]):
            heapq.heappop(self._hidden)
        return self._hidden[0][0] if self._hidden else inf

    def backlog(self) -> Backlog:
        """The three counts, as they were at most ``staleness_seconds`` ago."""
        now_mono = self.clock.mono()
        last = self._last_backlog
        if last is None or now_mono - last.read_mono >= self.staleness_seconds:
            last = self._last_backlog = self._count(now_mono)
        return Backlog(last.visible, last.in_flight, last.delayed, now_mono)

    def _takeable(self, limit: int) -> Iterator[Entry]:
        """Pop them off the heap; what a blocked group holds goes back on."""
        blocked = {group for group, hidden in self._blocked_groups.items() if hidden} if self.fifo else set()
        passed_over: list[tuple[int, Entry]] = []
        while limit and self._visible:
            sequence, entry = heapq.heappop(self._visible)
            if entry.group in blocked:
                passed_over.append((sequence, entry))
            elif not self._move_to_dead_letter_queue(entry):
                limit -= 1
                yield entry
        for item in passed_over:
            heapq.heappush(self._visible, item)

    def _move_to_dead_letter_queue(self, entry: Entry) -> bool:
        if self.dead_letter_queue is None or not 0 < self.most_receives <= entry.receive_count:
            return False
        del self._entries[entry.id]
        self.dead_letter_queue.send(entry.body, group=entry.group, attributes=entry.attributes)
        return True

    def _hide(self, entry: Entry, seconds: float) -> None:
        entry.hidden_until_mono = self.clock.mono() + seconds
        entry.hiding = next(self._hidings)
        heapq.heappush(self._hidden, (entry.hidden_until_mono, entry.hiding, entry))
        if entry.group is not None:
            self._blocked_groups[entry.group] += 1

    def _unblock(self, entry: Entry) -> None:
        if entry.group is not None:
            self._blocked_groups[entry.group] -= 1

    def _show_expired(self) -> None:
        now_mono = self.clock.mono()
        while self._hidden and self._hidden[0][0] <= now_mono:
            hidden = heapq.heappop(self._hidden)
            if self._is_current(hidden):
                entry = hidden[2]
                self._unblock(entry)
                heapq.heappush(self._visible, (entry.sequence, entry))

    def _is_current(self, hidden: tuple[float, int, Entry]) -> bool:
        _, hiding, entry = hidden
        return entry.hiding == hiding and entry.id in self._entries

    def _count(self, now_mono: float) -> Backlog:
        hidden = [entry for entry in self._entries.values() if entry.hidden_until_mono > now_mono]
        in_flight = sum(1 for entry in hidden if entry.receive_count)
        return Backlog(len(self._entries) - len(hidden), in_flight, len(hidden) - in_flight, now_mono)


def _message_id(handle: str) -> str:
    return handle.rpartition("#")[0]
