"""What workers say of a queue's limits on their rows of the board."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from punctuald.policy.limits.claims import Use
from punctuald.policy.limits.division import Part
from punctuald.policy.limits.queue_limits import limited_as
from punctuald.process.supervisor.generation import Generation
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.stats.board.board import Board
from punctuald.stats.board.row_reader import RowReader


class Shown(NamedTuple):
    """Of one worker: messages of the queue, in all its regions, that run, and that wait for its limits; slots that can
    run them, those of them that are busy with anything, and all; whether it receives from any of the regions;
    and handlers that it ever started."""

    running: int = 0
    waiting: int = 0
    busy_slots: int = 0
    slots: int = 1
    receives: bool = False
    started: int = 0

    def use(self, worker: int, part: Part) -> Use:
        """What it does with its ``part``."""
        waits = self.waiting > 0 and self.busy_slots < self.slots
        return Use(worker, part, self.running, self.started, waits)


class LimitRows:
    """Each generation has its own board, or shares it with the one before."""

    def __init__(self) -> None:
        self._boards: dict[int, Board] = {}
        self._indexes: dict[int, dict[str, list[int]]] = {}
        self._rows: dict[tuple[int, int], RowReader] = {}

    def add(self, generation: Generation) -> None:
        """There may be workers of this generation from now on."""
        queues = generation.board.layout.queues
        self._boards[generation.number] = generation.board
        indexes: dict[str, list[int]] = {}
        for index, queue in enumerate(queues):
            indexes.setdefault(limited_as(queue), []).append(index)
        self._indexes[generation.number] = indexes

    def keep(self, numbers: Collection[int]) -> None:
        """There are no workers but of these generations."""
        for number in self._boards.keys() - set(numbers):
            del self._boards[number], self._indexes[number]
        self._rows = {place: row for place, row in self._rows.items() if place[0] in self._boards}

    def read(self, process: ManagedProcess, queue: str) -> Shown:
        """What the worker shows now: nothing before it has its row, and of a queue that it does not drain."""
        number, index = process.slot.generation, process.slot.index
        places = self._indexes.get(number, {}).get(queue)
        if not places:
            return Shown()
        row = self._rows.get((number, index))
        if row is None:
            row = self._rows[number, index] = self._boards[number].reader(index)
        if row.pid != process.pid:
            return Shown()
        gauges = [row.limits(place) for place in places]
        running, waiting = sum(each.running for each in gauges), sum(each.waiting for each in gauges if not each.paused)
        started = sum(each.started for each in gauges)
        busy_slots, slots = row.slot_uses()[row.handler_kind(places[0])]
        return Shown(running, waiting, busy_slots, max(1, slots), any(map(row.receives, places)), started)
