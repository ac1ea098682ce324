"""Order within a group: one message at a time, the next only after the one before it is settled."""

from __future__ import annotations

from collections import deque

from .inflight import InFlight

GroupKey = tuple[int, str]


class Groups:
    """For each group in our hands: its head, which may run, and those that wait behind it. Not thread safe."""

    def __init__(self) -> None:
        self._heads: dict[GroupKey, InFlight] = {}
        self._waiting: dict[GroupKey, deque[InFlight]] = {}

    def enter(self, item: InFlight) -> bool:
        """Whether ``item`` may start now; otherwise it waits here behind the others of its group."""
        if item.group is None:
            return True
        if item.group not in self._heads:
            self._heads[item.group] = item
            return True
        self._waiting.setdefault(item.group, deque()).append(item)
        return False

    def advance(self, head: InFlight) -> InFlight | None:
        """``head`` is through: the next of its group, which may start now."""
        group = head.group
        if group is None or self._heads.get(group) is not head:
            return None
        waiting = self._waiting.get(group)
        if not waiting:
            self._end(group)
            return None
        self._heads[group] = waiting.popleft()
        return self._heads[group]

    def break_off(self, item: InFlight) -> list[InFlight]:
        """``item`` comes again later: everything behind it, taken out, in order, for it must not overtake."""
        group = item.group
        if group is None:
            return []
        waiting = list(self._waiting.get(group, ()))
        if self._heads.get(group) is item:
            self._end(group)
            return waiting
        if item not in waiting:
            return []
        place = waiting.index(item)
        self._waiting[group] = deque(waiting[:place])
        return waiting[place + 1 :]

    def waits(self, item: InFlight) -> bool:
        """Whether it waits behind another one of its group."""
        return item.group is not None and item in self._waiting.get(item.group, ())

    def take_waiting(self) -> list[InFlight]:
        """Everything that waits behind a head, taken out, each group in order."""
        waiting = [item for group in self._waiting.values() for item in group]
        self._waiting.clear()
        return waiting

    def _end(self, group: GroupKey) -> None:
        del self._heads[group]
        self._waiting.pop(group, None)
