"""Order within a group: one message at a time, the next only after the one before it is completed."""

from __future__ import annotations

from collections import deque

from punctuald.delivery.in_flight import InFlight


class MessageGroups:
    """For each group in flight of one queue: its head, which may start, and its followers, in order."""

    def __init__(self) -> None:
        self._heads: dict[str, InFlight] = {}
        self._followers: dict[str, deque[InFlight]] = {}

    def enter(self, item: InFlight) -> bool:
        """Whether ``item`` may start now; otherwise it waits here behind the others of its group."""
        group = item.group
        if group is None:
            return True
        if group not in self._heads:
            self._heads[group] = item
            return True
        self._followers.setdefault(group, deque()).append(item)
        return False

    def head_of(self, item: InFlight) -> InFlight | None:
        """The head of the group that ``item`` is in; None where that is not in flight."""
        return None if item.group is None else self._heads.get(item.group)

    def followers(self, head: InFlight) -> list[InFlight]:
        """What waits behind it, in order."""
        return [] if head.group is None else list(self._followers.get(head.group, ()))

    def advance(self, head: InFlight) -> InFlight | None:
        """``head`` is completed: the next of its group, which may start now."""
        group = head.group
        if group is None or self._heads.get(group) is not head:
            return None
        followers = self._followers.get(group)
        if not followers:
            self._end(group)
            return None
        self._heads[group] = followers.popleft()
        return self._heads[group]

    def leave(self, item: InFlight) -> list[InFlight]:
        """``item`` is no longer in flight and comes again. Takes out and returns all behind it: none may overtake."""
        group = item.group
        if group is None:
            return []
        followers = list(self._followers.get(group, ()))
        if self._heads.get(group) is item:
            self._end(group)
            return followers
        if item not in followers:
            return []
        place = followers.index(item)
        self._followers[group] = deque(followers[:place])
        return followers[place + 1 :]

    def _end(self, group: str) -> None:
        del self._heads[group]
        self._followers.pop(group, None)
