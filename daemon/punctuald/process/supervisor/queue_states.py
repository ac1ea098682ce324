"""Of which queues workers can't have messages just now, by what each of them said last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.process.channel.frames import Available, Unavailable

_AVAILABLE = ""


@dataclass(slots=True)
class _Outage:
    """Why a queue is unavailable, as one of the workers said last."""

    text: str
    since_mono: float
    logged_mono: float

    def seconds(self, now_mono: float) -> float:
        """For how long."""
        return round(now_mono - self.since_mono, 3)


class QueueStates:
    """A queue is unavailable while any worker says so: they find out one after the other, both ways.

    A worker that ends takes its word with it, unless nobody else has said anything of the queue since: its successor
    will, and until then the last word holds.
    """

    def __init__(self, queues: Collection[str], clock: Clock) -> None:
        self._queues = queues
        self._clock = clock
        self._limited = LimitedLog(logger(), EventRates(), clock.mono)  # a queue that is throttled comes and goes
        self._words: dict[str, dict[int, str]] = {}  # by queue and pid: why it is unavailable, or `_AVAILABLE`
        self._unavailable: dict[str, _Outage] = {}

    @property
    def unavailable(self) -> list[str]:
        """The queues, by name."""
        return sorted(self._unavailable)

    @property
    def reasons(self) -> dict[str, str]:
        """Why each of these is unavailable, as one of the workers said last."""
        return {queue: self._unavailable[queue].text for queue in self.unavailable}

    @property
    def available(self) -> frozenset[str]:
        """Those that a worker answers for, and of which none says otherwise."""
        return frozenset(self._words) - self._unavailable.keys()

    def keep(self, queues: Collection[str]) -> None:
        """These are the queues in force; of others nothing is said any more."""
        self._queues = queues
        for queue in self._words.keys() - set(queues):
            del self._words[queue]
            self._unavailable.pop(queue, None)

    def ready(self, pid: int) -> None:
        """The worker has all of its queues, but for those of which it said otherwise."""
        for queue in self._queues:
            if pid not in self._words.get(queue, ()):
                self._say(pid, queue, _AVAILABLE)

    def changed(self, pid: int, frame: Unavailable | Available) -> None:
        """The worker says that it can't receive from a queue, or can again."""
        self._say(pid, frame.queue, frame.text or "unavailable" if isinstance(frame, Unavailable) else _AVAILABLE)

    def ended(self, pid: int) -> None:
        """The worker is gone."""
        for queue, words in self._words.items():
            if words.pop(pid, None) is not None and words:
                self._look(queue)

    def end(self) -> None:
        """The daemon ends."""
        self._limited.end()

    def _say(self, pid: int, queue: str, word: str) -> None:
        if queue in self._queues:  # a child's word is not to be trusted: what it makes up would never be forgotten
            self._words.setdefault(queue, {})[pid] = word
            self._look(queue)

    def _look(self, queue: str) -> None:
        why = next((text for text in self._words[queue].values() if text != _AVAILABLE), None)
        outage = self._unavailable.get(queue)
        if why is None and outage is not None:
            del self._unavailable[queue]
            self._limited.info("queue.available", queue=queue, seconds=outage.seconds(self._clock.mono()))
        elif why is not None and outage is None:
            now_mono = self._clock.mono()
            self._unavailable[queue] = _Outage(why, now_mono, now_mono)
            self._limited.warning("queue.unavailable", queue=queue, text=why)
        elif why is not None and outage is not None:
            outage.text = why

    def remind(self) -> None:
        """To be called now and then: an outage that lasts has a line every five minutes."""
        self._limited.look()
        now_mono = self._clock.mono()
        for queue, outage in self._unavailable.items():
            if now_mono - outage.logged_mono >= REMINDER_SECONDS:
                outage.logged_mono = now_mono
                self._limited.warning(
                    "queue.still_unavailable", queue=queue, text=outage.text, seconds=outage.seconds(now_mono)
                )
