"""Due times that handlers ask for, by `Wait` and `Retry(after_seconds)`: the tier counts from there."""

from __future__ import annotations

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.worker_context import WorkerContext
from punctuald.policy.delivery.due_time import AskedDue


class DueClock:
    """Of one queue. What is asked for is entered on the board at once, also where the message stays here: it may come
    back all the same, because its worker stops or dies."""

    def __init__(self, options: QueueOptions, context: WorkerContext) -> None:
        self._source = options.source
        self._clock = context.clock
        self._table = context.due_table

    def asked(self, item: InFlight, seconds: float) -> None:
        """Its handler wants ``item`` to run again in ``seconds``."""
        item.count_from(self._clock.mono() + seconds)
        self._table.enter(item.id, AskedDue(self.broker_utc(item.ready_from_mono), has_run=True))

    def goes_back(self, item: InFlight) -> None:
        """``item`` waits at its source. If it came early and has not run, it will arrive for the first time then."""
        if item.is_early and item.message.receive_count == 1:
            self._table.enter(item.id, AskedDue(self.broker_utc(item.ready_from_mono), has_run=False))

    def has_come(self, item: InFlight) -> bool:
        """Whether the time of ``item``, which came early, is there, or can't be waited for any longer."""
        now_mono = self._clock.mono()
        if item.ran_before_stop and item.ready_from_mono > now_mono:
            item.count_from(now_mono)
        return item.ready_from_mono <= now_mono

    def is_first(self, item: InFlight) -> bool:
        """Whether the arrival of ``item``, whose time has come, was not counted before. It is from now on."""
        if item.message.receive_count == 1:
            return True
        asked = self._table.asked_of(item.id)
        if asked is None or asked.has_run:
            return False
        self._table.enter(item.id, asked._replace(has_run=True))
        return True

    def broker_utc(self, mono: float) -> float:
        """This moment on the broker's clock."""
        return self._clock.utc() + self._source.broker_ahead_seconds + mono - self._clock.mono()
