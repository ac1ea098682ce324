"""Why messages were late: what this worker knows of each is put together, and the policy names the cause."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.worker_context import WorkerContext
from punctuald.policy.delivery.downstream import agreed
from punctuald.policy.delivery.miss_cause import NEVER, Lateness, MissCause, Span, miss_cause, overlap_seconds


class Misses:
    """Asked for late messages only, so that what is on time costs nothing here."""

    def __init__(self, context: WorkerContext) -> None:
        self._outages = context.source_outages
        self._downstreams = context.downstreams
        self._short_of_workers = context.short_of_workers

    def causes(self, items: Sequence[InFlight], settled_mono: float) -> list[MissCause]:
        """One for each of ``items``, which are late and of one queue."""
        if not items:
            return []
        downstream, short = self._downstream(items[0].queue), self._short_of_workers()
        return [self._cause(item, settled_mono, downstream, short) for item in items]

    def _cause(self, item: InFlight, settled_mono: float, downstream: Span, short: Span) -> MissCause:
        sent_mono = item.received_mono - item.queue_seconds
        return miss_cause(
            Lateness(
                late_seconds=settled_mono - item.deadline_mono,
                stage_seconds=(
                    item.tier_target.produce_seconds,
                    item.queue_seconds,
                    item.started_mono - item.ready_from_mono,
                    item.finished_mono - item.started_mono,
                    settled_mono - item.finished_mono,
                ),
                outage_seconds=self._outages.seconds(item.queue, sent_mono, settled_mono),
                downstream_seconds=overlap_seconds(downstream, sent_mono, item.started_mono),
                tried_before=item.message.tries > 1,
                short_seconds=overlap_seconds(short, sent_mono, item.received_mono),
            )
        )

    def _downstream(self, queue: int) -> Span:
        """When what the queue's handlers call was away, the last time."""
        state = agreed(self._downstreams.reports(queue)[1])
        if not state.down_mono:
            return NEVER
        return Span(state.down_mono, inf if state.is_down else state.up_mono)
