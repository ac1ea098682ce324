"""What the dispatcher needs of whatever runs handlers: threads, an event loop, or virtual time in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from punctuald.policy.pool.handler_slots import HandlerKind

from .micro_batch import MicroBatch

OnEnded = Callable[[Sequence[MicroBatch]], None]
"""Called on the worker's event loop with micro-batches that are over."""


@dataclass(frozen=True, slots=True)
class Running:
    """A message that a handler was called with and has not come back from; ``further_ids`` are those of the same call.

    After ``free_until_mono`` it could not have ended whatever it did; ``held_up``: and another one is the cause, which
    blocks the event loop that both run on.
    """

    queue: str
    message_id: str
    since_mono: float
    time_limit_seconds: float  # 0 = none
    free_until_mono: float = inf
    held_up: bool = False
    further_ids: tuple[str, ...] = ()

    @property
    def message_ids(self) -> tuple[str, ...]:
        """Of all messages of the call."""
        return (self.message_id, *self.further_ids)


class Runner(Protocol):
    """Runs micro-batches; results come back as a call (`OnEnded`, set by `start`)."""

    slots: int
    """How many micro-batches run at once."""

    kind: HandlerKind
    """Of the handlers that it calls."""

    one_by_one: bool
    """Whether each message (or batch of the handler's own) needs a slot to itself."""

    @property
    def idle(self) -> int:
        """How many more micro-batches it takes now."""
        ...

    def start(self, on_ended: OnEnded) -> None:
        """Take micro-batches from now on."""
        ...

    def run(self, batch: MicroBatch) -> None:
        """Take ``batch``; only while `idle` is above 0."""
        ...

    def look(self) -> None:
        """To be called each second: see what can only be seen by looking twice."""
        ...

    def running(self) -> Sequence[Running]:
        """The messages that handlers are working on."""
        ...

    def cancel(self) -> None:
        """The handlers' time is over: end those that can be ended."""
        ...

    def clear_running(self, kept: Sequence[Running]) -> None:
        """What still runs was given back in order: clear it from the board, so that it is not suspected when this
        process ends. Only ``kept`` stays there."""
        ...
