"""What the source does with messages by itself: takes one away after so many receives, and hides new ones."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from punctuald.delivery.error_back_off import ErrorBackOff
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.tasks import Tasks
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import SourceOutages, WorkerContext
from punctuald.errors import SourceError

ASK_AGAIN_SECONDS = 300.0
REFUTED_SECONDS = 10.0
"""An answer that was refuted is asked for again, but not by every message that refutes it."""

FIRST_ANSWER_SECONDS = 1.0
"""The first receive waits for it so long at most."""


class Redrive:
    """Asked for before the first receive, again every five minutes, and when an answer was refuted.

    ``max_receives`` None = no limit is known, and everything is handled as if there were none. ``delay_seconds`` is the
    queue's own delay, 0 until it is known.
    """

    def __init__(self, options: QueueOptions, context: WorkerContext) -> None:
        self._source = options.source
        self._clock = context.clock
        no_message_waits_for_it = SourceOutages()
        self._back_off = ErrorBackOff("redrive_policy", options, context, no_message_waits_for_it)
        self._tasks = Tasks()
        self._timer = Timer(context.clock, self._ask_now)
        self._asked_mono = -inf
        self._receive: Callable[[], None] | None = None
        self._receive_timer = Timer(context.clock, self._begin_to_receive)
        self.max_receives: int | None = None
        self.delay_seconds = 0.0

    def start(self, receive: Callable[[], None]) -> None:
        """Ask for the first time. ``receive`` begins to receive: with the answer, or soon without one, so that the
        first messages are judged by these rules as well, and a source that doesn't say them is received from."""
        self._receive = receive
        self._receive_timer.by(self._clock.mono() + FIRST_ANSWER_SECONDS)
        self._ask_now()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._receive_timer.stop()
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

    async def _ask(self) -> None:
        self._asked_mono = self._clock.mono()
        try:
            rules = await self._source.rules()
        except SourceError as error:
            self._timer.by(self._asked_mono + max(REFUTED_SECONDS, self._back_off.failed(error, self._asked_mono)))
        else:
            self._back_off.ended()
            self.max_receives, self.delay_seconds = rules.max_receives, rules.delay_seconds
            self._timer.by(self._asked_mono + ASK_AGAIN_SECONDS)
        self._begin_to_receive()

    def _begin_to_receive(self) -> None:
        receive, self._receive = self._receive, None
        if receive is not None:
            self._receive_timer.stop()
            receive()
