"""The ready heap: what is received and not started, over all queues of a worker, most urgent first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.policy.intake import run_length, slots_to_wake

from .groups import Groups
from .inflight import InFlight
from .ready import ReadyHeap
from .recorder import Recorder
from .room import Room
from .watch import Watch


class Buffer:
    """Receivers put messages in, handler slots take them out.

    Its lock is held for heap operations only; nothing of another object is called under it but
    the clock and the recorder.
    """

    def __init__(self, room: Room, recorder: Recorder, clock: Clock, on_crash: Callable[[BaseException], None]) -> None:
        self._room = room
        self._recorder = recorder
        self._clock = clock
        self._ready = threading.Condition()
        self._heaps: dict[int, ReadyHeap] = {}  # by queue: a batch is of one queue
        self._groups = Groups()
        self._waiting_slots = 0
        self._closed = False
        self._watch = Watch(self._look, on_crash)
        self._overdue: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """How many could start now, if there were a slot."""
        with self._ready:
            return sum(len(heap) for heap in self._heaps.values())

    def put(self, items: Sequence[InFlight], *, taken_here: bool = False) -> list[InFlight]:
        """Let ``items`` run when their turn comes; returns those refused, which is all of them once it is closed.

        ``taken_here``: the thread that calls is a slot's, and takes from them in a moment.
        """
        with self._ready:
            if self._closed:
                return list(items)
            startable = [item for item in items if item.group is None or self._groups.enter(item)]
            self._add(startable)
            self._wake_for(len(startable), taken_here=taken_here)
        return []

    def put_back(self, items: Sequence[InFlight]) -> list[InFlight]:
        """What a slot took and did not start: let another one have it. Returns those refused, as `put` does."""
        with self._ready:
            if self._closed:
                return list(items)
            self._add(items)
            self._ready.notify(len(items))
        return []

    def watched(self, let_go: Callable[[], None]) -> None:
        """Call ``let_go`` every few milliseconds while slots have several messages each: one of them may be slow."""
        self._overdue.append(let_go)

    def look_again(self) -> None:
        """A moment after `put`: wake a slot for each message that still waits to start."""
        with self._ready:
            if self._waiting_slots and not self._closed:
                self._ready.notify(sum(map(len, self._heaps.values())))

    def take(self, timeout_seconds: float | None = None) -> list[InFlight]:
        """The most urgent message and, up to its queue's batch size, the most urgent others of the same queue.

        Where one at a time is handled, others too, as many as take no time worth sharing with another slot. Waits up to
        ``timeout_seconds`` (None = for ever) for the first. Empty when that passed, or once it is closed.
        """
        with self._ready:
            taken = self._pick()
            if taken or timeout_seconds == 0 or self._closed:
                return taken
        self._room.slot_waits()
        try:
            return self._wait_and_pick(timeout_seconds)
        finally:
            self._room.slot_starts()

    def settled(self, item: InFlight, *, through: bool) -> list[InFlight]:
        """``item`` has left our hands. Returns what has to go back with it: nothing, or the rest of its group.

        ``through``: it will not come again, so the next of its group may start. Otherwise the source has to bring the
        group again from ``item`` on; what we hold of it would overtake.
        """
        with self._ready:
            if not through:
                return self._groups.break_off(item)
            following = self._groups.advance(item)
            if following is None:
                return []
            if self._closed:
                return [following, *self._groups.break_off(following)]
            self._add([following])
            self._ready.notify()
            return []

    def withdraw(self, item: InFlight) -> list[InFlight] | None:
        """Take out one that must not start any more. Returns what has to go back with it; None if it did start."""
        with self._ready:
            heap = self._heaps.get(item.queue)
            is_ready = heap is not None and heap.discard(item)
            if not is_ready and not self._groups.waits(item):
                return None
            return self._groups.break_off(item)

    def close(self) -> None:
        """Nothing starts any more: wakes every waiting slot."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        self._watch.stop()

    def take_unstarted(self) -> list[InFlight]:
        """Everything that did not start, taken out; each group in order."""
        with self._ready:
            ready = [item for heap in self._heaps.values() for item in heap.pop_all()]
            return ready + self._groups.take_waiting()

    def _wait_and_pick(self, timeout_seconds: float | None) -> list[InFlight]:
        with self._ready:
            self._waiting_slots += 1
            self._ready.wait_for(lambda: self._closed or any(self._heaps.values()), timeout_seconds)
            self._waiting_slots -= 1
            return self._pick()

    def _pick(self) -> list[InFlight]:
        """Called with the lock held."""
        now_mono = self._clock.mono()
        heap = None if self._closed else self._most_urgent(now_mono)
        if heap is None:
            return []
        batch_size = heap.batch_size
        taken = heap.pop(now_mono, batch_size if batch_size > 1 else run_length(self._recorder.mean_run_seconds()))
        for item in taken:
            item.started_mono = now_mono
        if len(taken) > 1 and batch_size == 1:
            self._watch.arm()  # they are begun one by one, and behind a slow one they must not wait
        return taken

    def _wake_for(self, startable: int, *, taken_here: bool) -> None:
        """Called with the lock held."""
        if not self._waiting_slots:
            return
        waking = slots_to_wake(startable, self._recorder.mean_run_seconds())
        if taken_here and waking:
            waking -= 1
        self._ready.notify(waking)
        if waking < min(startable, self._waiting_slots):
            self._watch.arm()

    def _look(self) -> None:
        """What nobody was woken for: by now somebody should have it."""
        for let_go in self._overdue:
            let_go()
        self.look_again()

    def _most_urgent(self, now_mono: float) -> ReadyHeap | None:
        filled = [heap for heap in self._heaps.values() if heap]
        if len(filled) <= 1:  # as nearly always: comparing costs as much as taking
            return filled[0] if filled else None
        urgencies = [(best, place) for place, heap in enumerate(filled) if (best := heap.best(now_mono)) is not None]
        return filled[min(urgencies)[1]]

    def _add(self, items: Sequence[InFlight]) -> None:
        """All of one queue."""
        if not items:
            return
        heap = self._heaps.get(items[0].queue)
        if heap is None:
            heap = self._heaps[items[0].queue] = ReadyHeap(items[0].terms.batch_size)
        heap.add(items)
