"""What a person orders at the control socket, by way of the observer, and what is answered."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

from punctuald.errors import ConfigurationError
from punctuald.logs import logger, present
from punctuald.policy.pool.by_hand import scaled
from punctuald.process.channel.operator_frames import Answered, Order, Verb
from punctuald.process.supervisor.generations import Generations
from punctuald.process.supervisor.limits.pauses import Pauses
from punctuald.process.supervisor.stop import DaemonStop

log = logger()


class OperatorOrders:
    """``scaled_to``: how many workers a person asked for; None = as the autoscaler says. It outlives a reload, but no
    restart: the autoscaler is to have the pool again once nobody remembers why it had not.

    ``reload`` raises `ConfigurationError` where the new settings are refused.
    """

    def __init__(self, generations: Generations, pauses: Pauses, stop: DaemonStop, reload: Callable[[], int]) -> None:
        self._generations = generations
        self._pauses = pauses
        self._stop = stop
        self._reload = reload
        self.scaled_to: int | None = None
        self._verbs: Mapping[Verb, Callable[[Order], tuple[bool, str]]] = {
            Verb.SCALE: self._scale,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.DRAIN: self._drain,
            Verb.RELOAD: self._do_reload,
        }

    def carry_out(self, order: Order) -> Answered:
        """Whatever is ordered; never raises."""
        log.info("order.received", verb=order.verb.value, **present(workers=order.workers, queue=order.queue))
        if self._stop.event is not None:
            return Answered(order.number, done=False, text="the daemon is stopping")
        done, text = self._verbs[order.verb](order)
        return Answered(order.number, done, text)

    def _scale(self, order: Order) -> tuple[bool, str]:
        generation = self._generations.in_force
        got = scaled(order.workers, min_workers=generation.min_workers, max_workers=generation.max_workers)
        self.scaled_to = got.workers
        log.info("pool.scaled", **present(workers=got.workers, limit=got.limit))
        if got.workers is None:
            return True, "the autoscaler has the pool again"
        limit = f", which is {got.limit}," if got.limit else ""
        return True, f"{got.workers} worker{'' if got.workers == 1 else 's'}{limit} until `scale auto` or a restart"

    def _pause(self, order: Order) -> tuple[bool, str]:
        return self._queues(order, self._pauses.pause, "paused until `resume` or a restart")

    def _resume(self, order: Order) -> tuple[bool, str]:
        return self._queues(order, self._pauses.resume, "resumed")

    def _queues(self, order: Order, change: Callable[[str], bool], what: str) -> tuple[bool, str]:
        known = self._generations.in_force.board.layout.queues
        if order.queue is not None and not (named := _named(order.queue, known)):
            return False, f"there is no queue {order.queue}; there are: {', '.join(known)}"
        changed = [queue for queue in (known if order.queue is None else named) if change(queue)]
        return True, f"{', '.join(changed)}: {what}" if changed else "nothing changed: it was so already"

    def _drain(self, _: Order) -> tuple[bool, str]:
        self._stop.asked_by(signal.SIGTERM)  # so that another one soon after it is the same stop, and a later one quick
        return True, "draining: what is in flight is finished within drain_timeout_seconds, then the daemon ends"

    def _do_reload(self, _: Order) -> tuple[bool, str]:
        try:
            number = self._reload()
        except ConfigurationError as error:
            return False, f"refused, nothing has changed: {error}"
        return True, f"started: generation {number}"


def _named(queue: str, known: tuple[str, ...]) -> list[str]:
    """The queue of that name; where it is received from in several regions, all of them."""
    return [each for each in known if queue in {each, each.partition("@")[0]}]
