"""What is counted, measured and logged of each message that was settled or lost."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from logging import DEBUG
from typing import Any

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs import logger, present
from punctuald.model import Metric, Samples
from punctuald.policy.log_lines.rate import REMINDER_SECONDS, LogRate

from .misses import Misses
from .settlement import COUNT_DONE, Settlement

log = logger()


class OutcomeRecord:
    """Writes to the board and to the log; never a body, never a receipt handle.

    Of messages that are done in time `WorkerContext.sample_gap` draws which is the next to have a line at level info
    (1 = the very next one), so that one without a line costs nothing. All others have a line each, within the limits
    of `WorkerContext.limited`. ``logger`` takes the lines of those that are done instead of the process's own log.
    """

    def __init__(self, context: WorkerContext, logger: Any = None) -> None:
        self._stats = context.stats
        self._log = (
            logger or log.bind()
        )  # bound once, as logging is set up now: looking that up each time costs as much as a message
        self._tier_names = context.tier_names
        self._misses = Misses(context)
        self._limited = context.limited
        self._clock = context.clock
        self._gap = context.sample_gap
        self._unlogged = self._gap()
        self._undeliverable: dict[tuple[int, str], LogRate] = {}  # by queue and event
        context.limited.also(self._unlogged_refusals)

    def settled(self, settlements: Sequence[Settlement], now_mono: float) -> None:
        """The source confirmed them."""
        done = [settlement.item for settlement in settlements if settlement.metric is COUNT_DONE]
        if done:
            self._done(done, now_mono)
        if len(done) < len(settlements):
            for settlement in settlements:
                if settlement.metric is not COUNT_DONE:
                    self._stats.count(settlement.item.queue, settlement.metric)
                    self._log_outcome(settlement)

    def _log_outcome(self, settlement: Settlement) -> None:
        item, metric = settlement.item, settlement.metric
        if metric in {Metric.RETRIED, Metric.FAILED}:
            self._log_retried(item, metric, settlement.reason, settlement.after_seconds, in_place=False)
        elif metric is Metric.NOT_DEAD_LETTERED:
            self._limited.warning(
                "message.not_dead_lettered",
                **self._identity(item),
                after_seconds=settlement.after_seconds,
                reason=settlement.reason,
            )
        elif metric is Metric.REJECTED:
            self._limited.warning("message.rejected", **self._identity(item), reason=settlement.reason)
        elif metric is Metric.BOUNCED:
            self._log_bounced(item, settlement.reason, settlement.after_seconds)
        elif metric is Metric.COPY_DROPPED:
            self._limited.info("message.duplicate_of_another_region", **self._identity(item))
        elif metric is Metric.DISCARDED:
            self._limited.info("message.discarded", **self._identity(item), reason=settlement.reason)

    def held(self, item: InFlight, reason: str, after_seconds: float) -> None:
        """Its handler wants it later, and it waits here."""
        self._stats.count(item.queue, Metric.HELD)
        self._log.debug("message.held", **self._identity(item), after_seconds=after_seconds, reason=reason)

    def bounced(self, item: InFlight, reason: str, after_seconds: int) -> None:
        """Its handler wants it later, and it goes back with its whole group, which counts as released."""
        self._stats.count(item.queue, Metric.BOUNCED)
        self._log_bounced(item, reason, after_seconds)

    def _log_bounced(self, item: InFlight, reason: str, after_seconds: int) -> None:
        self._limited.info("message.bounced", **self._identity(item), after_seconds=after_seconds, reason=reason)

    def tried_again_in_place(self, item: InFlight, metric: Metric, reason: str, after_seconds: float) -> None:
        """It failed, stays in flight at the head of its group, and is tried again."""
        self._stats.count(item.queue, metric)
        self._log_retried(item, metric, reason, after_seconds, in_place=True)

    def _log_retried(
        self, item: InFlight, metric: Metric, reason: str, after_seconds: float, *, in_place: bool
    ) -> None:
        """A handler that asked for another time is as it should be; one that raised anything else is not."""
        log_retried = self._limited.warning if metric is Metric.FAILED else self._limited.info
        log_retried(
            "message.retried",
            **self._identity(item),
            outcome=metric.name.lower(),
            after_seconds=after_seconds,
            reason=reason,
            in_place=in_place,
        )

    def uncounted(self, item: InFlight, illness: str, *, in_place: bool) -> None:
        """Its worker had run out of something while it ran, and it runs elsewhere, or once more here."""
        self._limited.info("message.uncounted", **self._identity(item), reason=illness, in_place=in_place)

    def not_run_at_last_receive(self, item: InFlight) -> None:
        """``item`` goes back without having run, and the source will dead-letter it: no other worker gets to run it."""
        self._limited.error("message.not_run_at_last_receive", **self._identity(item))

    def lease_lost(self, item: InFlight, call: str, code: str) -> None:
        """Others may have ``item`` now. Logged once for each lease, by the first call that finds out."""
        if item.lease_lost:
            return
        item.lease_lost = True
        self._stats.count(item.queue, Metric.LEASE_LOST)
        self._limited.warning("message.lease_lost", **self._identity(item), call=call, code=code)

    def done_may_run_again(self, item: InFlight) -> None:
        """Its handler is done, and others may have ``item`` before it is deleted."""
        self._limited.warning("message.done_may_run_again", **self._identity(item))

    def no_dead_letter_queue(self, item: InFlight, reason: str) -> None:
        """A message was rejected and there is no dead-letter queue: logged at once, and now and then as it lasts."""
        suppressed = self._refusals(item, "message.no_dead_letter_queue").suppressed(self._clock.mono())
        if suppressed is not None:
            self._log.error(
                "message.no_dead_letter_queue", **self._identity(item), reason=reason, suppressed=suppressed
            )

    def dead_letter_refused(self, item: InFlight, reason: str, text: str) -> None:
        """A message was rejected and the dead-letter queue will never take it: logged as the other."""
        suppressed = self._refusals(item, "message.dead_letter_refused").suppressed(self._clock.mono())
        if suppressed is not None:
            self._log.error(
                "message.dead_letter_refused", **self._identity(item), reason=reason, text=text, suppressed=suppressed
            )

    def _refusals(self, item: InFlight, event: str) -> LogRate:
        return self._undeliverable.setdefault((item.queue, event), LogRate(1, REMINDER_SECONDS))

    def _unlogged_refusals(self, now_mono: float, after_seconds: float) -> dict[str, int]:
        """A line is due every five minutes; what is left when none has come by then is logged apart."""
        after_seconds = REMINDER_SECONDS if after_seconds else 0.0
        counts: Tally[str] = Tally()
        for (_, event), rate in self._undeliverable.items():
            counts[event] += rate.unlogged(now_mono, after_seconds)
        return +counts

    def _done(self, items: Sequence[InFlight], now_mono: float) -> None:
        """Record ``items``, which are of one queue, for they were settled in one call."""
        self._stats.count(items[0].queue, Metric.DONE, len(items))
        all_met = now_mono <= min([item.deadline_mono for item in items])
        for tier in {item.tier_target.tier for item in items}:
            self._sample([item for item in items if item.tier_target.tier == tier], tier, now_mono, all_met=all_met)
        logging_all = self._log.is_enabled_for(DEBUG)  # asked once: an unwanted line costs as much as all else here
        if not logging_all and self._unlogged > len(items) and all_met:
            self._unlogged -= len(items)
            return
        for item in items:
            if now_mono > item.deadline_mono:
                self._log_late(item, now_mono)
            elif self._is_sampled():
                self._log.info("message.done", **self._identity(item), **_stages(item, now_mono))
            elif logging_all:
                self._log.debug("message.done", **self._identity(item), **_stages(item, now_mono))

    def _sample(self, items: Sequence[InFlight], tier: int, now_mono: float, *, all_met: bool) -> None:
        samples = samples_of(items, tier, now_mono)
        if not all_met:
            samples = samples._replace(missed_by=self._misses.causes(items, samples, now_mono))
        self._stats.sample(samples)
        slowest_seconds = max(samples.handle_seconds)
        slowest = items[samples.handle_seconds.index(slowest_seconds)]
        self._stats.slow_run(slowest.queue, slowest_seconds, slowest.id)

    def _log_late(self, item: InFlight, now_mono: float) -> None:
        suppressed = self._limited.suppressed("message.breached", "warning")  # before a line is made: it costs much
        if suppressed is not None:
            [cause] = self._misses.causes([item], samples_of([item], item.tier_target.tier, now_mono), now_mono)
            self._log.warning(
                "message.breached",
                **self._identity(item),
                cause=cause.name.lower(),
                **_stages(item, now_mono),
                suppressed=suppressed,
            )

    def _is_sampled(self) -> bool:
        self._unlogged -= 1
        if self._unlogged >= 1:
            return False
        self._unlogged += self._gap()
        return True

    def _identity(self, item: InFlight) -> dict[str, Any]:
        return {
            "queue": item.options.name,
            "message_id": item.id,
            "tier": self._tier_names[item.tier_target.tier],
            "receive_count": item.message.receive_count,
            **present(tenant=item.message.tenant),
        }


def samples_of(items: Sequence[InFlight], tier: int, settled_mono: float) -> Samples:
    """Where the time of ``items``, which were handled and are all of one queue and tier, went.

    Up to the receive on the broker's clock, from then on on the monotonic one. From its due time on, if it has one.
    """
    return Samples(
        items[0].queue,
        tier,
        [item.tier_target.produce_seconds for item in items],
        [item.queue_seconds for item in items],
        [item.started_mono - item.ready_from_mono for item in items],
        [item.finished_mono - item.started_mono for item in items],
        [settled_mono - item.finished_mono for item in items],
        [settled_mono <= item.deadline_mono for item in items],
        missed_by=(),
    )


def _stages(item: InFlight, settled_mono: float) -> dict[str, float]:
    return {
        "produce_seconds": round(item.tier_target.produce_seconds, 3),
        "queue_seconds": round(item.queue_seconds, 3),
        "ready_seconds": round(item.started_mono - item.ready_from_mono, 3),
        "handle_seconds": round(item.finished_mono - item.started_mono, 3),
        "settle_seconds": round(settled_mono - item.finished_mono, 3),
    }
