"""Why messages were late: what this worker knows of each is put together, and the policy names the cause."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.worker_context import WorkerContext
from punctuald.model import Samples
from punctuald.policy.delivery.downstream import agreed
from punctuald.policy.delivery.miss_cause import (
    NEVER,
    Lateness,
    MissCause,
    Span,
    causes_of_their_own,
    miss_cause,
    overlap_seconds,
)


class Misses:
    """Asked for late messages only, so that what is on time costs nothing here."""

    def __init__(self, context: WorkerContext) -> None:
        self._outages = context.source_outages
        self._downstreams = context.downstreams
        self._short_of_workers = context.short_of_workers
        self._known: dict[int, tuple[int, Span]] = {}  # by queue: changes of the reports, and what followed from them

    def causes(self, items: Sequence[InFlight], samples: Samples, settled_mono: float) -> list[MissCause]:
        """One for each of ``items`` that is late; they are of one queue, and ``samples`` are theirs."""
        queue = items[0].queue
        rows = zip(
            samples.produce_seconds,
            samples.queue_seconds,
            samples.ready_seconds,
            samples.handle_seconds,
            samples.settle_seconds,
            strict=True,
        )
        late = [(item, row) for item, row, met in zip(items, rows, samples.met, strict=True) if not met]
        downstream, short = self._downstream(queue), self._short_of_workers()
        if downstream is NEVER and short is NEVER and not self._outages.any_of(queue):
            return causes_of_their_own([row for _, row in late], [item.message.tries > 1 for item, _ in late])
        return [self._cause(item, row, settled_mono, downstream, short) for item, row in late]

    def _cause(
        self, item: InFlight, stage_seconds: Sequence[float], settled_mono: float, downstream: Span, short: Span
    ) -> MissCause:
        sent_mono = item.received_mono - item.queue_seconds
        return miss_cause(
            Lateness(
                late_seconds=settled_mono - item.deadline_mono,
                stage_seconds=stage_seconds,
                outage_seconds=self._outages.seconds(item.queue, sent_mono, settled_mono),
                downstream_seconds=overlap_seconds(downstream, sent_mono, item.started_mono),
                tried_before=item.message.tries > 1,
                short_seconds=overlap_seconds(short, sent_mono, item.received_mono),
            )
        )

    def _downstream(self, queue: int) -> Span:
        """When what the queue's handlers call was away, the last time. Worked out anew only where a report changed."""
        changes = self._downstreams.changes()
        known = self._known.get(queue)
        if known is not None and known[0] == changes:
            return known[1]
        state = agreed(self._downstreams.reports(queue)[1])
        span = Span(state.down_mono, inf if state.is_down else state.up_mono) if state.down_mono else NEVER
        self._known[queue] = changes, span
        return span
