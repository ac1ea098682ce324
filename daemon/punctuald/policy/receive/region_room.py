"""What one worker's regions of a queue may have of its room, by what each of them brings."""

from __future__ import annotations

from collections.abc import Sequence

from .region_share import RegionState, after_failure, after_receive, late_slots, places, share


class RegionRooms:
    """Of all regions of one queue, in the order of preference; ``weights`` are 0 where it goes by that."""

    def __init__(self, weights: Sequence[int]) -> None:
        self.states = [RegionState(weight) for weight in weights]

    def of(self, number: int) -> RegionRoom:
        """The room of the region of that number."""
        return RegionRoom(self, number)


class RegionRoom:
    """Of one region: it hears what its receives came to, and says how much it may have."""

    def __init__(self, rooms: RegionRooms, number: int) -> None:
        self._rooms = rooms
        self._number = number

    @property
    def is_away(self) -> bool:
        """Whether its last receive failed: the next one is to find out whether it is back, and no more."""
        return self._state.is_away

    @property
    def is_catching_up(self) -> bool:
        """Whether it brings what became late while it was away."""
        return self._state.is_late

    def failed(self) -> None:
        """A receive failed."""
        self._rooms.states[self._number] = after_failure(self._state)

    def received(self, late: Sequence[bool], now_mono: float) -> None:
        """A receive was answered, maybe with nothing: of each message whether it is late already."""
        self._rooms.states[self._number] = after_receive(self._state, late, now_mono)

    def left(self, budget: int, in_hand: int, now_mono: float) -> int:
        """How many messages more it may have, of a budget of so many for all; ``in_hand`` are asked for or here."""
        part = share(self._rooms.states, self._number, now_mono)
        return budget if part == 1.0 else max(0, places(budget, part) - in_hand)

    def most_slots(self, slots: int, now_mono: float) -> int:
        """How many handlers may be at its messages at once."""
        if not self._state.is_late:
            return slots
        return late_slots(slots, share(self._rooms.states, self._number, now_mono))

    @property
    def _state(self) -> RegionState:
        return self._rooms.states[self._number]
