"""A queue for tests of handlers: what is sent is delivered by the daemon's own code, on a clock that the test moves."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from punctuald.clock import ManualClock
from punctuald.model import NO_ATTRIBUTES
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import REASON_ATTRIBUTE
from punctuald.source.memory.queue import Entry
from punctuald.source.memory.queue import MemoryQueue as Broker

from .calls import BATCH_SIZE
from .messages import text_of
from .result import Result
from .tried_handler import TIME_LIMIT_SECONDS, HandlerOrSpec, TriedHandler, refuse_running_loop, require
from .worker import Worker, WorkerOptions

LONGEST_DELAY_SECONDS = 900
"""SQS's own: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

ALL = 1_000_000_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in the dead-letter queue.

    ``reason`` is `Reject`'s text, or why an ordered group's head was given up; "" where the queue itself moved the
    message because it had been received ``max_receive_count`` times: SQS gives no reason. ``attributes`` are the
    message's own, without the one that carries the reason.
    """

    body: str
    reason: str
    group: str | None
    attributes: Mapping[str, str]


class MemoryQueue:
    """A queue in memory, and a worker of the daemon that drains it when the test calls `drain`.

    ``name`` is what `Message.queue` says. ``clock`` is the clock that the test moves; left out, the queue makes one,
    which is its ``clock``. ``ordered``: as a FIFO queue, where messages of one group run in the order of their sending.
    ``max_receive_count`` is that of the queue's redrive policy: what was received so often and not done is moved to
    the dead-letter queue (1 and more; 0 = no such policy). ``has_dead_letter_queue`` False: there is none; what is
    rejected then stays, and comes again after ``retry_max_seconds``.

    ``batch_size`` (1 to 10), ``time_limit_seconds`` (0.1 to 43,200; of coroutines, in real time), ``handler_path``,
    ``down_on``, ``retry_initial_seconds`` and ``retry_max_seconds`` (0 to 43,200) mean what the settings of the queue
    mean that have these names, and default to what those do. ``jitter`` stands for the random part of the back-off,
    from 0 (the shortest: half of it) to 1 (the default, the longest): a failed message comes again after exactly
    ``retry_initial_seconds``, doubled with each try, at most ``retry_max_seconds``.

    Raises `ValueError` for a number out of its range.

    >>> from punctuald import Retry
    >>> from punctuald.testing import MemoryQueue
    >>> def handle(message):
    ...     if message.tries == 1:
    ...         raise Retry("not yet", after_seconds=30)
    >>> queue = MemoryQueue()
    >>> queue.send({"id": 7})
    >>> [result.kind.value for result in queue.drain(handle)], queue.left
    (['retry'], 1)
    >>> queue.clock.advance(30)
    >>> [result.kind.value for result in queue.drain(handle)], queue.left
    (['done'], 0)
    """

    def __init__(
        self,
        name: str = "test",
        *,
        clock: ManualClock | None = None,
        ordered: bool = False,
        max_receive_count: int = 0,
        has_dead_letter_queue: bool = True,
        batch_size: int = BATCH_SIZE,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
        handler_path: str | Path = ".",
        down_on: Collection[str] = (),
        retry_initial_seconds: float = 1.0,
        retry_max_seconds: float = 900.0,
        jitter: float = 1.0,
    ) -> None:
        require("max_receive_count", max_receive_count, 0, 1_000)  # SQS's own range, and 0
        require("batch_size", batch_size, 1, BATCH_SIZE)
        require("retry_max_seconds", retry_max_seconds, 0, LONGEST_LEASE_SECONDS)
        require("retry_initial_seconds", retry_initial_seconds, 0, retry_max_seconds)
        require("jitter", jitter, 0, 1)
        self.clock = clock if clock is not None else ManualClock()
        self._dead = Broker(f"{name}-dead-letters", self.clock)
        dead = self._dead if has_dead_letter_queue else None
        self._broker = Broker(name, self.clock, ordered, dead, max_receive_count)
        self._options = WorkerOptions(batch_size, retry_initial_seconds, retry_max_seconds, jitter)
        self._time_limit_seconds = time_limit_seconds
        self._handler_path = handler_path
        self._down_on = down_on
        self._worker: Worker | None = None
        self._dead_letters: list[DeadLetter] = []

    @property
    def left(self) -> int:
        """How many messages are not done, discarded or dead-lettered: waiting, delayed, or to come again."""
        unsent = self._worker.unsent if self._worker is not None else 0
        return self._broker.backlog().total + unsent

    @property
    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What is in the dead-letter queue, in the order in which it came there."""
        self._dead_letters += [_dead_letter(entry) for entry in self._dead.take(ALL, inf)]
        return tuple(self._dead_letters)

    def send(
        self,
        *bodies: Any,
        group: str | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
        delay_seconds: float = 0,
    ) -> None:
        """Send a message for each of ``bodies``, at what the clock shows now; a handler may do so too.

        A body is text, or anything that can be written as JSON. ``group`` must be given on an ordered queue, and has no
        meaning on another. ``delay_seconds`` (0 to 900) hides them for so long; SQS has no such delay on an ordered
        queue. Raises `ValueError` and, for a body that can't be written, `TypeError`.

        >>> queue = MemoryQueue(ordered=True)
        >>> queue.send("placed", "paid", group="order 7", attributes={"customer": "acme"})
        >>> [result.message.body for result in queue.drain(lambda message: None)]
        ['placed', 'paid']
        """
        ordered = self._broker.fifo
        if ordered and group is None:
            raise ValueError("an ordered queue takes no message without a group")
        require("delay_seconds", delay_seconds, 0, 0 if ordered else LONGEST_DELAY_SECONDS)
        for text in [text_of(body) for body in bodies]:
            send = partial(
                self._broker.send, text, group=group, attributes=dict(attributes), delay_seconds=delay_seconds
            )
            if self._worker is None:
                send()
            else:
                self._worker.send(send)

    def drain(self, handler: HandlerOrSpec, *, most_calls: int = 1_000) -> list[Result]:
        """Let ``handler`` (as for `run_handler`) have every message that may run by now, until none is left that may.

        Returns what the handler made of each, in the order of the calls: a message that came again has a result for
        each try. What waits for a later time stays. Where the test moved the clock by more than a message had to wait,
        the message runs at its own time, and again if it fails and its next wait is over too; while a handler runs, the
        clock shows that time. A handler that moves the clock itself (``clock.advance(5)``) has taken so long; where the
        work then ends later than the clock showed before the call, the clock stands at that end.

        The first call starts a worker, which goes on at each further call. A further call may bring another handler,
        but one that takes one message can't follow one that takes a list. One handler runs at a time.

        Raises `ValueError` for such a handler; `RuntimeError` inside a running event loop, or where there would be more
        than ``most_calls`` (1 and more) results; and what `run_handler` raises for a handler that can't be used.

        >>> queue = MemoryQueue(max_receive_count=2)
        >>> queue.send("no JSON at all")
        >>> [result.reason[:20] for result in queue.drain(lambda message: message.json())]
        ['the body is not JSON']
        >>> [letter.body for letter in queue.dead_letters]
        ['no JSON at all']
        """
        refuse_running_loop("MemoryQueue.drain")
        require("most_calls", most_calls, 1, inf)
        tried = TriedHandler(handler, self._handler_path, self._time_limit_seconds, self._down_on)
        worker = self._worker or self._start(tried)
        if worker.batch != tried.batch:
            raise ValueError("a handler of one message and a handler of a list can't drain the same queue")
        return worker.run(tried, most_calls)

    def _start(self, tried: TriedHandler) -> Worker:
        self._worker = worker = Worker(self._broker, self.clock, self._options, batch=tried.batch)
        weakref.finalize(self, worker.close)
        return worker


def _dead_letter(entry: Entry) -> DeadLetter:
    attributes = {name: text for name, text in entry.attributes.items() if name != REASON_ATTRIBUTE}
    return DeadLetter(entry.body, entry.attributes.get(REASON_ATTRIBUTE, ""), entry.group, attributes)
