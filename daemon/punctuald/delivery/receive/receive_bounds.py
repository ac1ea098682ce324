"""How many messages of one queue may be asked for, and how long they are to be hidden, whatever room there is."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from punctuald.delivery.limits.held_part import Ahead
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.run.runner import Runner
from punctuald.delivery.worker_context import WorkerContext
from punctuald.policy.delivery.lease import visibility_seconds
from punctuald.policy.delivery.service_times import ServiceTimes
from punctuald.policy.receive.prefetch import ROUND_TRIPS_AHEAD, drainable, one_after_the_other

from .redrive import Redrive


class ReceiveBounds:
    """``by_downstream`` says how many may be asked for while what handlers call is away, or comes back (None = all);
    ``receive_seconds``, how long a receive takes from a backlog."""

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        runner: Runner,
        redrive: Redrive,
        service_times: ServiceTimes,
        by_downstream: Callable[[], int | None],
        receive_seconds: Callable[[], float],
    ) -> None:
        self._options = options
        self._context = context
        self._runner = runner
        self._redrive = redrive
        self._service_times = service_times
        self._by_downstream = by_downstream
        self._receive_seconds = receive_seconds

    def allowed(self) -> int | None:
        """How many messages may be asked for now; None = as many as there is room for."""
        by_downstream, limit = self._by_downstream(), self._options.limit
        if limit is None or not limit.is_apart:
            return by_downstream
        by_limit = self._by_limit(limit)
        return by_limit if by_downstream is None else min(by_downstream, by_limit)

    def most_in_flight(self) -> int | None:
        """How many messages may be in flight; None = as many as the budget allows. Fewer where each message comes only
        once, because a stop must be able to finish them."""
        if self._redrive.max_receives != 1:
            return None
        slots, p99_seconds = self._runner.slots * self._options.batch_size, self._service_times.p99_seconds()
        drain_seconds = self._context.drain_timeout_seconds / (2 if self._options.source.ordered else 1)
        return drainable(slots, p99_seconds, drain_seconds)

    def most_at_once(self) -> int:
        """How many messages one receive may bring: any number, but for a group's that come only once."""
        if self._redrive.max_receives != 1 or not self._options.source.ordered:
            return self._options.source.limits.largest_receive
        return one_after_the_other(self._service_times.p99_seconds(), self._context.drain_timeout_seconds)

    def lease_seconds(self) -> int:
        """For how long what comes is to be hidden from others."""
        return visibility_seconds(self._service_times.p99_seconds(), self._options.visibility_seconds)

    def _by_limit(self, limit: StartLimit) -> int:
        return limit.askable(
            Ahead(
                self._context.prefetch_limit,
                max(self._options.lookahead_seconds, ROUND_TRIPS_AHEAD * self._receive_seconds()),
                self._service_times.mean_seconds,
                self._options.batch_size,
                shows_need=self._options.source.limits.longest_lease_seconds == inf,
            )
        )
