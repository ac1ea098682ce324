"""After how many receives the source itself takes a message away."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from punctuald.delivery.error_back_off import ErrorBackOff
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.tasks import Tasks
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import WorkerContext
from punctuald.errors import SourceError

ASK_AGAIN_SECONDS = 300.0
REFUTED_SECONDS = 10.0
"""An answer that was refuted is asked for again, but not by every message that refutes it."""


FIRST_ANSWER_SECONDS = 2.0
"""A queue that does not answer must not hold up longer what waits for this."""


class Redrive:
    """Asked for beside the first receive, again every five minutes, and when an answer was refuted.

    ``max_receives`` None = no limit is known, and everything is handled as if there were none.
    """

    def __init__(self, options: QueueOptions, context: WorkerContext) -> None:
        self._source = options.source
        self._clock = context.clock
        self._back_off = ErrorBackOff("redrive_policy", options, context)
        self._tasks = Tasks()
        self._timer = Timer(context.clock, self._ask_now)
        self._waiting = Timer(context.clock, lambda: None)
        self._asked_mono = -inf
        self.max_receives: int | None = None

    def start(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask for the first time. Calls ``then`` when there is an answer or a failure, and at the latest after
        `FIRST_ANSWER_SECONDS`."""
        self._waiting = Timer(self._clock, then)
        self._waiting.by(self._clock.mono() + FIRST_ANSWER_SECONDS)
        self._tasks.start(self._ask_first(then))

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._waiting.stop()
        self._tasks.cancel()

    def refuted(self) -> None:
        """The source did otherwise than it said."""
        self._timer.by(max(self._clock.mono(), self._asked_mono + REFUTED_SECONDS))

    def is_last_receive(self, item: InFlight) -> bool:
        """Whether the source takes the message away instead of bringing it once more."""
        return self.max_receives is not None and item.message.receive_count >= self.max_receives

    def is_used_up(self, item: InFlight) -> bool:
        """Whether it was tried as often as it may be, repeats in place included."""
        return self.max_receives is not None and item.message.tries >= self.max_receives

    def _ask_now(self) -> None:
        if not self._tasks:
            self._tasks.start(self._ask())

    async def _ask_first(self, then: Callable[[], None]) -> None:
        await self._ask()
        self._waiting.stop()
        then()

    async def _ask(self) -> None:
        self._asked_mono = self._clock.mono()
        try:
            policy = await self._source.redrive_policy()
        except SourceError as error:
            self._timer.by(self._asked_mono + max(REFUTED_SECONDS, self._back_off.failed(error)))
            return
        self._back_off.ended()
        self.max_receives = policy.max_receives
        self._timer.by(self._asked_mono + ASK_AGAIN_SECONDS)
