"""The queues that a person has paused: every worker hears of them, whenever it starts."""

from __future__ import annotations

from collections.abc import Callable, Collection

from punctuald.logs import logger
from punctuald.process.channel.frames import Down, Pause, Resume

log = logger()


class Pauses:
    """They outlive reloads and deaths of workers, and end with the daemon. ``send_all`` sends a frame to all workers
    that there are."""

    def __init__(self, send_all: Callable[[Down], None]) -> None:
        self._send_all = send_all
        self.paused: frozenset[str] = frozenset()

    def pause(self, queue: str) -> bool:
        """Says whether that is a change."""
        return self._change(queue, self.paused | {queue}, Pause(queue))

    def resume(self, queue: str) -> bool:
        """Says whether that is a change."""
        return self._change(queue, self.paused - {queue}, Resume(queue))

    def worker_started(self, send: Callable[[Down], None]) -> None:
        """A worker was forked, which was not there when it was said. It reads its line before it has any message: when
        it is ready, the first one may run already."""
        for queue in sorted(self.paused):
            send(Pause(queue))

    def keep(self, queues: Collection[str]) -> None:
        """These are the queues in force, for good: what is gone from the configuration is forgotten. Not while a reload
        may be undone: workers of before stand still, and would with nobody who knows it."""
        self.paused &= frozenset(queues)

    def _change(self, queue: str, paused: frozenset[str], frame: Pause | Resume) -> bool:
        if paused == self.paused:
            return False
        self.paused = paused
        log.info("queue.paused" if isinstance(frame, Pause) else "queue.resumed", queue=queue)
        self._send_all(frame)
        return True
