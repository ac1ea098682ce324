"""The stop of a worker's delivery, in the order that loses nothing, and what became of each message."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from punctuald.clock import Clock

from .inflight import Fate, InFlight
from .lane import Lane, Shared


class Drain:
    """The steps of a stop, for the worker to call one after the other (design, §3):

    `begin` → (handler slots finish what runs) → `wait_received` → `give_up_unfinished` → `flush` → `end` → `fates`.
    Leases are kept until `end`.
    """

    def __init__(self, shared: Shared, lanes: Sequence[Lane], clock: Clock) -> None:
        self._shared = shared
        self._lanes = lanes
        self._clock = clock
        self._watched: tuple[InFlight, ...] = ()

    def begin(self) -> None:
        """Receive no more, give back what did not start, and let no acknowledgement linger. Does not block."""
        for lane in self._lanes:
            lane.stop_receiving()
        self._watched = self._shared.hands.all()
        self._shared.room.close()
        self._shared.buffer.close()
        self._give_back(self._shared.buffer.take_unstarted())
        for lane in self._lanes:
            lane.settler.hurry()

    def wait_received(self, deadline_mono: float) -> bool:
        """Wait until the last long polls ended, so that what they brought is given back too. False at the deadline."""
        ended = [
            lane.wait_received(self._left(deadline_mono)) for lane in self._lanes
        ]  # every one, whatever the first says
        return all(ended)

    def give_up_unfinished(self) -> tuple[InFlight, ...]:
        """Give back what still runs: its time is over. Returns it. An outcome that comes yet is not heard any more."""
        pending = self._shared.hands.pending_items()
        self._give_back(pending)
        return pending

    def flush(self, deadline_mono: float) -> bool:
        """Get every settlement out. False where ``deadline_mono`` came first."""
        emptied = [lane.settler.flush(deadline_mono) for lane in self._lanes]  # every one, whatever the first says
        return all(emptied)

    def end(self, timeout_seconds: float = 1.0) -> None:
        """End the threads, the keepers last. A thread in a call that hangs is left behind: they are daemon threads."""
        for lane in self._lanes:
            lane.end(timeout_seconds)

    def fates(self) -> Mapping[str, Fate]:
        """By message id: what became of everything that was in our hands at the stop, or is still."""
        watched = {*self._watched, *self._shared.hands.all()}
        return {item.id: item.fate or Fate.LEFT_TO_EXPIRE for item in watched}

    def summary(self) -> dict[str, int]:
        """How many met which fate: the fields of one log line."""
        counts = Tally(self.fates().values())
        return {fate.value: counts[fate] for fate in Fate}

    def _give_back(self, items: Sequence[InFlight]) -> None:
        for lane in self._lanes:
            lane.settler.give_back([item for item in items if item.queue == lane.terms.index])

    def _left(self, deadline_mono: float) -> float:
        return max(0.0, deadline_mono - self._clock.mono())
