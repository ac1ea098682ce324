"""How far one partition is done: a log keeps one number for it, and whoever reads it next begins there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class OffsetTracker:
    """The offsets that were delivered and are not done, in the order of their delivery. Pure state.

    Offsets have holes (compaction, transaction markers), so what comes next is the next *delivered* offset, and never a
    number that is waited for.
    """

    def __init__(self) -> None:
        self._order: deque[int] = deque()  # delivered, from the first that is not done
        self._open: set[int] = set()  # of these, those that are not done
        self._next: int | None = None  # one after the last that was delivered
        self.done_up_to: int | None = None  # the last one of those that are done without a gap

    def __len__(self) -> int:
        """How many are delivered and not done."""
        return len(self._open)

    def holds(self, most_open: int, most_beyond: int) -> bool:
        """Whether so many are delivered and not done, or stand behind the first that is not."""
        return len(self._open) >= most_open or len(self._order) >= most_beyond

    def delivered(self, offsets: Iterable[int]) -> None:
        """These came, in this order, after all that came before. What comes a second time and is done already, or came
        already, changes nothing."""
        for offset in offsets:
            if self._next is None or offset >= self._next:
                self._order.append(offset)
                self._open.add(offset)
                self._next = offset + 1

    def was_delivered(self, offset: int | None) -> bool:
        """Whether it came, be it done or not."""
        return offset is not None and self._next is not None and offset < self._next

    def done(self, offsets: Iterable[int]) -> None:
        """These are done; doing it twice is doing it once."""
        self._open.difference_update(offsets)
        order, still_open = self._order, self._open
        while order and order[0] not in still_open:
            self.done_up_to = order.popleft()

    def checkpoint(self, position: int | None = None) -> int | None:
        """Where the next owner has to begin; None where nothing was delivered yet.

        ``position`` is where reading stands: where all that was read is done, what lies before it was nothing to
        deliver (the markers and the aborted records of transactions), and must not be left behind as a lag.
        """
        if self._order:
            return self._order[0]
        known = [offset for offset in (self._next, position) if offset is not None]
        return max(known, default=None)
