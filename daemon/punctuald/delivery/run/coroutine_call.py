"""One call of a handler that is a coroutine function."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from punctuald.delivery.in_flight import InFlight
from punctuald.ports import RunningWords

from .current_call import Call, current_call
from .loop_watch import owner_of_step
from .micro_batch import MicroBatch


@dataclass(slots=True, eq=False)
class CoroutineCall:
    """Its messages, and where the board says so."""

    batch: MicroBatch
    items: Sequence[InFlight]
    since_mono: float
    words: RunningWords
    named: Call
    owner: object = field(default_factory=object)  # of its steps; tasks that outlive it must not keep its messages

    @property
    def further_ids(self) -> tuple[str, ...]:
        """Of all its messages but the first."""
        return self.named[2]

    def context(self) -> Context:
        """What it runs in: all that it starts says whose it is, and nothing that it binds leaves it."""
        context = copy_context()
        context.run(owner_of_step.set, self.owner)
        context.run(current_call.set, self.named)
        return context
