"""What a limit of their queue means for messages that are here and could start but for it."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.delivery.in_flight import InFlight, InFlightTable, State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.prefetch_budget import PrefetchBudget

from .group_order import GroupOrder


class Limited:
    """They stay ready, with their leases renewed, and take no room from other queues. ``release_group`` gives one back
    with its group, ``changed`` is called when more or less may start or be asked for."""

    def __init__(
        self,
        options: QueueOptions,
        table: InFlightTable,
        groups: GroupOrder,
        budget: PrefetchBudget,
        *,
        release_group: Callable[[InFlight], None],
        changed: Callable[[], None],
    ) -> None:
        self._options = options
        self._table = table
        self._groups = groups
        self._budget = budget
        self._release_group = release_group
        self._notify_changed = changed
        if options.limit is not None:
            options.limit.on_change.append(self._changed)

    def release_paused(self) -> None:
        """At a stop, where the queue is paused: what has not started would not start here any more."""
        if self._options.limit is None or not self._options.limit.paused:
            return
        for item in self._table.unsettled():
            if item.state in {State.READY, State.HELD}:
                self._release_group(item)

    def beyond(self, seconds_left: float) -> list[InFlight]:
        """What is ready and does not start within so long, however many slots are free: those with the latest
        deadlines."""
        limit = self._options.limit
        if limit is None or not limit.is_apart:
            return []
        ready = [item for item in self._table.unsettled() if item.state is State.READY]
        in_time = min(len(ready), limit.starts_within(seconds_left) * self._options.batch_size)
        return sorted(ready, key=lambda item: item.deadline_mono)[in_time:]

    def _changed(self) -> None:
        ready = [item for item in self._table.unsettled() if item.state is State.READY]
        if self._options.is_apart:
            self._budget.free(ready)
        else:
            self._budget.take([item for item in ready if not (item.is_suspect or self._groups.is_held_up(item))])
        self._notify_changed()
