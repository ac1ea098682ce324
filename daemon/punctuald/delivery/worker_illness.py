"""What this worker has run out of, if of anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

OnIll = Callable[[str], None]
OnMet = Callable[[str], None]


class WorkerIllness:
    """Found by whoever meets it, a handler or a call of ours; heard by whoever has the worker replaced.

    ``workers_ill`` says how many workers fell ill over the message of that id so far.
    """

    def __init__(self, workers_ill: Callable[[str], int] = lambda _: 0) -> None:
        self.workers_ill = workers_ill
        self.found = ""
        self._on_ill: OnIll = lambda _: None
        self._on_met: OnMet = lambda _: None
        self._met: Counter[str] = Counter()  # by message id; an ill worker receives no more, so these are few
        self._second_chances: set[str] = set()

    def listen(self, on_ill: OnIll, on_met: OnMet) -> None:
        """Have ``on_ill`` called once, when the worker falls ill, and ``on_met`` with each message that meets it."""
        self._on_ill, self._on_met = on_ill, on_met

    def times_met(self, message_id: str) -> int:
        """How often the message's handler ran into it."""
        return self._met[message_id]

    def had_second_chance(self, message_id: str) -> bool:
        """Whether it was tried once more here for that reason."""
        return message_id in self._second_chances

    def give_second_chance(self, message_id: str) -> None:
        """It is tried once more."""
        self._second_chances.add(message_id)

    def met_by(self, message_id: str, illness: str) -> None:
        """Its handler ran into it."""
        self._met[message_id] += 1
        self._on_met(message_id)
        self.fell(illness)

    def fell(self, illness: str) -> None:
        """The worker is ill: ``illness`` says what it is out of."""
        if not self.found:
            self.found = illness
            self._on_ill(illness)
