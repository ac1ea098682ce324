"""Which of the dead letters that came are sent again, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.policy.queues.batches import Parcel
from punctuald.policy.queues.selection import Filter, is_chosen
from punctuald.queue_tools.received import Letter

from .destinations import Destinations
from .letters import entry_for, origin_of, size_of
from .sending import Item
from .tally import Tally


class Sorting:
    """Of one run, which began at ``begun_utc`` by the broker's clock; what it finds it counts in ``tally``."""

    def __init__(self, destinations: Destinations, filters: Sequence[Filter], begun_utc: float, tally: Tally) -> None:
        self._destinations = destinations
        self._filters = filters
        self._begun_utc = begun_utc
        self._tally = tally
        self._stuck_groups: set[str] = set()

    def parcel(self, letter: Letter) -> Parcel[Item] | None:
        """The letter as it is sent; None = it stays. Raises `SourceError`."""
        message, tally = letter.message, self._tally
        if message.sent_utc > self._begun_utc:
            tally.came_later.add(message.id)
        elif not is_chosen(message, self._filters):
            tally.left_out.add(message.id)
        elif message.group in self._stuck_groups:
            tally.behind.add(message.id)
        else:
            return self._addressed(letter)
        return None

    def refuse(self, letter: Letter, reason: str) -> None:
        """It stays, and with it all that is behind it in its group."""
        self._tally.refused[letter.message.id] = reason
        if letter.message.group is not None:
            self._stuck_groups.add(letter.message.group)

    def without_followers(self, batch: Sequence[Parcel[Item]]) -> list[Parcel[Item]]:
        """Of parcels that were made before a message of their group was refused."""
        free = [parcel for parcel in batch if parcel.group not in self._stuck_groups]
        self._tally.behind |= {parcel.item.message_id for parcel in batch if parcel.group in self._stuck_groups}
        return free

    def _addressed(self, letter: Letter) -> Parcel[Item] | None:
        target = self._destinations.of(origin_of(letter, self._destinations.sources))
        if target.problem:
            self.refuse(letter, target.problem)
            return None
        entry = entry_for(letter, to_fifo=target.fifo)
        return Parcel(Item(letter, entry), target.url, letter.message.group, size_of(entry))
