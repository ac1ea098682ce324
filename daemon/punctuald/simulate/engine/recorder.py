"""What happened over time: one entry a step."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Recorder:
    """At the end of each step: the target, the processes, the ready workers, busy slots, and what waits."""

    ordered: list[int] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    busy_slots: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def note(self, ordered: int, alive: int, ready: int, busy_slots: int, waiting: int) -> None:
        """One step has passed."""
        self.ordered.append(ordered)
        self.alive.append(alive)
        self.ready.append(ready)
        self.busy_slots.append(busy_slots)
        self.waiting.append(waiting)
