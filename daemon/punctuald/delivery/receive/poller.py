"""Asks one queue for messages, as many as can soon start, with as many receives under way as that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from punctuald.delivery.error_back_off import ErrorBackOff
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.tasks import TaskPool
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import WorkerContext
from punctuald.errors import SourceError
from punctuald.model import Message, Metric
from punctuald.policy.delivery.lease import idle_visibility_seconds
from punctuald.policy.receive.prefetch import ONE, after_answer, next_wait_seconds, pause_seconds

from .availability import Availability
from .prefetch_budget import UNSETTLED_ALLOWED, PrefetchBudget, Reservation

_SMOOTHING = 8
ENDS_LATE_SECONDS = 1.0
"""A long poll may take so much longer than it was asked to."""

OnReceived = Callable[[Sequence[Message], int], None]
"""Called with what came, and for how many seconds it was asked to stay hidden."""


class _Receive(NamedTuple):
    """``room`` for what is asked for is kept free of other consumers until it is here; ``further`` says that it is not
    the only one under way."""

    asked: int
    room: Reservation
    further: bool


class Poller:
    """The first receive does not wait, so that a worker's readiness shows at once; later ones are long polls.

    Only one of those under way is a long poll: the others ask whether there is more just now, and end when there is
    not. ``allowed`` says how many messages may be asked for whatever room there is (None = all), and ``availability``
    hears how each one ended. A refusal (no such queue, no permission) is an outage like others:
    the queue may be made, or the permission given, while we run, and other queues' messages don't wait for that.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        budget: PrefetchBudget,
        *,
        visibility_seconds: Callable[[], int],
        most_in_flight: Callable[[], int | None],
        allowed: Callable[[], int | None],
        most_at_once: Callable[[], int],
        unsettled: Callable[[], int],
        in_hand: Callable[[], int],
        on_received: OnReceived,
        availability: Availability,
    ) -> None:
        self._options = options
        self._context = context
        self._budget = budget
        self._visibility_seconds = visibility_seconds
        self._most_in_flight = most_in_flight
        self._allowed = allowed
        self._most_at_once = most_at_once
        self._unsettled = unsettled
        self._on_received = on_received
        self._availability = availability
        self._back_off = ErrorBackOff("receive", options, context)
        self._largest = options.source.limits.largest_receive
        self._calls: TaskPool[_Receive] = TaskPool(self._receive, self.wake)
        self._pause = Timer(context.clock, self._go_on)
        self._paused = self._stopping = self._saturated = False
        self._receives = ONE
        self._quiet = True  # the last answer brought nothing
        self._brought_all = False  # the last answer brought as much as one can
        self._wait_seconds = 0.0
        self.receive_seconds = 0.0  # how long one takes from a backlog
        self._asked = 0  # messages, of the receives under way together
        if options.region is not None:
            options.region.counts(in_hand)
        if options.limit is not None:
            options.limit.under_way = lambda: self._asked

    def wake(self) -> None:
        """Begin what may be begun: at the start, and whenever there may be room."""
        while not (self._paused or self._stopping) and self._calls.busy < self._receives.allowed and self._begin():
            pass

    def stop(self) -> None:
        """No new receive. A long poll under way is let end: abandoned, it would still be served, and hide its messages
        from everybody for a whole visibility timeout."""
        self._stopping = True
        self._pause.stop()
        self._report_saturated(yes=False)

    @property
    def is_receiving(self) -> bool:
        """Whether a receive is under way."""
        return self._calls.busy > 0

    @property
    def last_seconds(self) -> float:
        """How long the receives under way may last, and bring what is given back meanwhile; 0 where none is."""
        return self._options.wait_seconds + ENDS_LATE_SECONDS if self.is_receiving else 0.0

    async def ended(self, timeout_seconds: float) -> bool:
        """Whether the receives under way ended within ``timeout_seconds``."""
        return await self._calls.wait(timeout_seconds)

    def abandon(self) -> None:
        """Do not wait for an answer that does not come: the process is about to end."""
        self._calls.cancel()

    def _begin(self) -> bool:
        allowed = self._allowed_now()
        asked, further = self._in_its_region(self._room()), self._calls.busy > 0
        if allowed is not None:
            asked = min(asked, allowed)
        # For less than a whole receive another request is not worth it: the first one will have the room in a moment.
        if asked == 0 or (further and asked < self._largest):
            self._wait_for_room()
            self._report_saturated(yes=not self._quiet and allowed is None)
            return False
        room = self._budget.reserve(0 if self._quiet else asked)
        self._asked += asked
        self._calls.start(_Receive(asked, room, further))
        return True

    def _wait_for_room(self) -> None:
        self._budget.wait(self.wake)
        if self._context.holds.is_full:
            self._context.holds.wait(self.wake)

    def _allowed_now(self) -> int | None:
        """One message at least until the source has answered, at first and after an outage: only that shows that the
        queue can be had, and a worker that is allowed nothing would go on to say that it can't."""
        allowed = self._allowed()
        return allowed if allowed is None or self._availability.is_available else max(1, allowed)

    def _room(self) -> int:
        context = self._context
        if self._unsettled() > UNSETTLED_ALLOWED or context.holds.is_full or context.lone_runs.are_under_way:
            return 0
        return self._budget.room(
            self._options.lookahead_seconds,
            self.receive_seconds,
            batch_size=self._options.batch_size,
            largest_receive=min(self._largest, self._most_at_once()),
            most=self._most_in_flight(),
            quiet=self._quiet,
        )

    def _in_its_region(self, asked: int) -> int:
        """Of ``asked``, which there is room for, what this region of the queue may have; one, to find out whether it is
        back."""
        region, context = self._options.region, self._context
        if region is None or asked == 0:
            return asked
        if region.is_away:
            return 0 if self._calls.busy else 1
        size = self._budget.size(
            self._options.lookahead_seconds, self.receive_seconds, batch_size=self._options.batch_size
        )
        at_once = self._budget.slots * self._options.batch_size
        return min(asked, region.left(size, self._asked, context.clock.mono(), at_once))

    async def _receive(self, receive: _Receive) -> None:
        asked, room, further = receive
        region = self._options.region
        wait_seconds = 0.0 if further or (region and region.is_away) else self._wait_seconds
        visibility_seconds = self._visibility_of(wait_seconds)
        begun_mono, in_a_backlog = self._context.clock.mono(), self._brought_all
        try:
            messages = await self._options.source.receive(asked, wait_seconds, visibility_seconds)
        except SourceError as error:
            self._failed(error, begun_mono)
        else:
            call_seconds = self._context.clock.mono() - begun_mono
            self._answered(len(messages))
            if not further:
                self._choose_next_wait(wait_seconds, call_seconds)
            if in_a_backlog and self._brought_all:  # else it may have waited for messages to be sent
                self.receive_seconds += (call_seconds - self.receive_seconds) / _SMOOTHING
            self._on_received(messages, visibility_seconds)
        finally:
            self._asked -= asked
            room.end()

    def _visibility_of(self, wait_seconds: float) -> int:
        """Of a poll that waits so long."""
        visibility_seconds = self._visibility_seconds()
        if wait_seconds == 0 or not self._quiet:
            return visibility_seconds
        return idle_visibility_seconds(visibility_seconds, self._options.visibility_seconds)

    def _failed(self, error: SourceError, begun_mono: float) -> None:
        self._receives = ONE
        if self._options.region is not None:
            self._quiet = True  # it keeps no room from others until it is back
            self._options.region.failed(self._context.clock.mono())
        self._pause_for(self._back_off.failed(error, begun_mono))
        self._availability.failed(error)

    def _answered(self, brought: int) -> None:
        """What this answer says of how many receives should be under way."""
        self._back_off.ended()
        self._availability.answered()
        self._quiet = brought == 0
        if brought == 0:
            self._context.stats.count(self._options.index, Metric.RECEIVE_EMPTY)
            if self._options.region is not None:
                self._options.region.received([], self._context.clock.mono())
        self._brought_all = brought >= self._largest
        if not self._brought_all:
            self._report_saturated(yes=False)
        self._receives = after_answer(
            self._receives, brought, largest_receive=self._largest, slot_is_idle=self._budget.slot_is_idle
        )

    def _choose_next_wait(self, waited_seconds: float, call_seconds: float) -> None:
        limit = self._options.wait_seconds
        self._wait_seconds = next_wait_seconds(waited_seconds, self._quiet, limit)
        if self._quiet and limit == 0:
            self._pause_for(self._options.poll_interval_seconds)
        elif self._quiet:
            self._pause_for(pause_seconds(waited_seconds, call_seconds, limit))

    def _pause_for(self, seconds: float) -> None:
        if seconds > 0 and not self._stopping:
            self._paused = True
            self._pause.by(self._context.clock.mono() + seconds)

    def _go_on(self) -> None:
        self._paused = False
        self.wake()

    def _report_saturated(self, *, yes: bool) -> None:
        if yes is not self._saturated:
            self._saturated = yes
            self._context.stats.saturated(self._options.index, yes=yes)
