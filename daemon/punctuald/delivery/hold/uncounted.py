"""Messages of one queue whose handlers ran into the illness of their worker: that is no evidence against them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.model import Outcome
from punctuald.policy.pool.illness import Course, course_of

from .group_order import GroupOrder

ONCE_MORE_SECONDS = 1.0
"""Until the second chance of a message at its last receive: what runs beside it may let go of something by then."""


class Uncounted:
    """Such a message goes back, with its whole group, without a try, a failure or a suspicion: another worker runs it.

    The source counts its receive all the same. So one at its last receive is tried once more here, before its worker
    goes, and so is one whose group has such a member. ``release`` gives an item back with its whole group,
    hidden for ``polls_seconds``, for long polls of our own that are still under way would receive it again.
    """

    def __init__(
        self,
        context: WorkerContext,
        groups: GroupOrder,
        redrive: Redrive,
        record: OutcomeRecord,
        *,
        release: Callable[[InFlight], None],
        polls_seconds: Callable[[], float],
    ) -> None:
        self._worker = context.illness
        self._clock = context.clock
        self._poison_deaths = context.poison_deaths
        self._groups = groups
        self._redrive = redrive
        self._record = record
        self._release = release
        self._polls_seconds = polls_seconds

    def takes(self, item: InFlight, outcome: Outcome) -> bool:
        """Whether it was held or given back; else it has failed like any other, and its outcome says so."""
        course = self._course(item)
        if course is Course.HAS_FAILED:
            item.outcome = replace(outcome, illness="")
            return False
        once_more = course is Course.ONCE_MORE
        if once_more:
            self._worker.give_second_chance(item.id)
        self._worker.met_by(item.id, outcome.illness)
        self._record.uncounted(item, outcome.illness, in_place=once_more)
        seconds = ONCE_MORE_SECONDS if once_more else self._polls_seconds()
        self._groups.hold(item, self._clock.mono() + seconds)
        if not once_more:
            self._release(item)
        return True

    def _course(self, item: InFlight) -> Course:
        together = [item] if item.group is None else [item, *self._groups.whole_group(item)]
        return course_of(
            comes_again=not any(self._redrive.is_last_receive(each) for each in together),
            times_met=self._worker.times_met(item.id),
            had_second_chance=self._worker.had_second_chance(item.id),
            workers_ill=self._worker.workers_ill(item.id),
            poison_deaths=self._poison_deaths,
        )
