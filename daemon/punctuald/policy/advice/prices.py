"""What calls and workers cost: one list for whatever speaks of money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """For a million calls to a standard or a FIFO queue of SQS, as AWS lists them for us-east-1 (2026) after each
    month's free million; ``queues``: of some queues by their names, 0 for a topic, say, whose calls nobody charges.
    ``worker_hour``: what one worker costs an hour, its share of the machine; None = not known."""

    currency: str = "USD"
    standard: float = 0.40
    fifo: float = 0.50
    worker_hour: float | None = None
    queues: Mapping[str, float] = field(default_factory=dict)

    def of(self, queue: str) -> float:
        """For a million calls to this queue."""
        return self.queues.get(queue, self.fifo if ".fifo" in queue else self.standard)


LIST_PRICES = Prices()
