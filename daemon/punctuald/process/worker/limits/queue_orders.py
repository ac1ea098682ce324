"""What the supervisor says of single queues, on its way to their limits; and what is answered."""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.clock import Clock
from punctuald.delivery.limits.limits_of_worker import LimitsOfWorker
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.model import LimitGauges
from punctuald.policy.limits.division import Part
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.process.channel.frames import Pause, Resume
from punctuald.process.channel.orders import Controls
from punctuald.process.channel.share_frames import Share, ShareTaken
from punctuald.process.worker.supervisor_line import SupervisorLine
from punctuald.stats.board.row_writer import RowWriter


class QueueOrders:
    """``queues`` are all of the worker, by name and in their order, each with its limits."""

    def __init__(self, queues: Mapping[str, QueueLimits], line: SupervisorLine, stats: RowWriter, clock: Clock) -> None:
        self._line = line
        self._stats = stats
        self._indexes = {queue: index for index, queue in enumerate(queues)}
        self._limits = LimitsOfWorker(clock, queues, self._taken, self._show)

    @property
    def controls(self) -> Controls:
        """By frame, what carries it out."""
        return {
            Pause: lambda frame: self._limits.pause(frame.queue),
            Resume: lambda frame: self._limits.resume(frame.queue),
            Share: lambda frame: self._limits.take(frame.queue, frame.number, frame.part),
        }

    def of(self, queue: str) -> StartLimit:
        """The limit of ``queue``."""
        return self._limits.of(queue)

    def look(self) -> None:
        """To be called each second."""
        self._limits.look()

    def _taken(self, queue: str, number: int, part: Part) -> None:
        places = tuple(sorted(part.places))
        self._line.send(ShareTaken(queue, part.concurrency, part.rate_per_second, places, number))

    def _show(self, queue: str, gauges: LimitGauges) -> None:
        self._stats.limits(self._indexes[queue], gauges)
