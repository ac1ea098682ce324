"""What one worker's regions of a queue may have of its room, by what each of them brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .region_share import LIVE_SECONDS, RegionState, after_failure, after_receive, most_in_hand, most_slots


class RegionRooms:
    """Of all regions of one queue, in the order of preference; ``weights`` are 0 where it goes by that."""

    def __init__(self, weights: Sequence[int]) -> None:
        self.states = [RegionState(weight) for weight in weights]
        self.in_hand: list[Callable[[], int]] = [int for _ in weights]
        self._peaks = [(0, 0.0) for _ in weights]

    def counted(self) -> list[int]:
        """How many messages each region has here."""
        return [count() for count in self.in_hand]

    def needed(self, in_hand: Sequence[int], now_mono: float) -> list[int]:
        """The most that each region had of late: handlers that end together leave nothing in hand for a moment."""
        for number, messages in enumerate(in_hand):
            most, since_mono = self._peaks[number]
            if messages >= most or now_mono - since_mono > LIVE_SECONDS:
                self._peaks[number] = messages, now_mono
        return [most for most, _ in self._peaks]

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

    def counts(self, in_hand: Callable[[], int]) -> None:
        """``in_hand`` says how many messages of it are here."""
        self._rooms.in_hand[self._number] = in_hand

    def failed(self, now_mono: float) -> None:
        """A receive failed."""
        self._rooms.states[self._number] = after_failure(self._state, now_mono)

    def received(self, late: Sequence[bool], now_mono: float) -> None:
        """A receive was answered, maybe with nothing: of each message whether it is late already."""
        self._rooms.states[self._number] = after_receive(self._state, late, now_mono)

    def left(self, budget: int, asked: int, now_mono: float, at_once: int = 0) -> int:
        """How many messages more it may ask for, of a budget of so many for all; ``asked`` are under way. Handlers can
        be at so many ``at_once``: one that catches up may have enough for the slots that are left to it."""
        in_hand = self._rooms.counted()
        needed = self._rooms.needed(in_hand, now_mono)
        most = most_in_hand(self._rooms.states, self._number, needed, budget, now_mono)
        if self._state.catches_up(now_mono):
            most = max(most, most_slots(self._rooms.states, self._number, needed, at_once, now_mono))
        return max(0, most - in_hand[self._number] - asked)

    def most_slots(self, slots: int, now_mono: float) -> int:
        """How many handlers may be at its messages at once."""
        if not self._state.catches_up(now_mono):
            return slots
        needed = self._rooms.needed(self._rooms.counted(), now_mono)
        return most_slots(self._rooms.states, self._number, needed, slots, now_mono)

    @property
    def _state(self) -> RegionState:
        return self._rooms.states[self._number]
