"""One handler's module in one worker: its hooks, and the queues that wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from punctuald.clock import Clock
from punctuald.delivery.consumer import Consumer
from punctuald.delivery.tasks import Tasks
from punctuald.delivery.worker_illness import WorkerIllness
from punctuald.errors import HandlerUnavailable
from punctuald.handler import Hook, ModuleHooks
from punctuald.logs import logger
from punctuald.logs.exceptions import in_one_line, line_of
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.policy.log_lines.lists import listed
from punctuald.policy.log_lines.rate import LogRate
from punctuald.policy.pool.illness import illness_of

from .readiness import Readiness

SLOW_SECONDS = 30.0
"""A worker is ready without the queues of a module whose ``on_start`` takes longer."""
QUIET_SECONDS = 60.0

CallHook = Callable[[Hook], Awaitable[None]]
"""Calls one in its thread or on its event loop; raises what it raises."""

log = logger()


class ModuleLife:
    """The consumers of the module's queues begin when its ``on_start`` has returned. Until then, where that raises, the
    queues are unavailable and it is called again, with back-off; other modules' queues do not wait for it."""

    def __init__(
        self,
        hooks: ModuleHooks,
        consumers: Sequence[Consumer],
        call: CallHook,
        *,
        readiness: Readiness,
        illness: WorkerIllness,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._hooks = hooks
        self._consumers = consumers
        self._call = call
        self._readiness = readiness
        self._illness = illness
        self._clock = clock
        self._jitter = jitter
        self._tasks = Tasks()
        self._rate = LogRate(1, QUIET_SECONDS)
        self._failures = 0
        self._has_started = self._is_leaving = False
        self._left = asyncio.Event()
        self._tried: asyncio.Future[None] | None = None  # done when ``on_start`` will not be called any more

    @property
    def queues(self) -> list[str]:
        """By name."""
        return [consumer.options.name for consumer in self._consumers]

    def start(self) -> None:
        """Call ``on_start``, if there is one, and let the consumers begin when that is done."""
        if self._hooks.on_start is None:
            self._has_started = True
            self._begin()
            return
        self._tried = asyncio.get_running_loop().create_future()
        self._readiness.await_start(self.queues)
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._is_slow)
        self._tasks.start(self._start(self._hooks.on_start, self._tried))

    def leave(self) -> None:
        """Call ``on_start`` no more."""
        self._is_leaving = True
        self._left.set()

    async def stop(self) -> None:
        """Call ``on_stop`` where ``on_start`` was good; one that is under way is awaited first."""
        if self._tried is not None:
            await self._tried
        if self._has_started and self._hooks.on_stop is not None:
            await self._call_stop(self._hooks.on_stop)

    async def _call_stop(self, hook: Hook) -> None:
        try:
            await self._call(hook)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            log.exception(
                "hook.stop_failed", module=self._hooks.module, error=type(error).__name__, line=line_of(error)
            )

    def skip_stop(self, reason: str) -> None:
        """``on_stop`` is not to be called, for that reason."""
        if self._has_started and self._hooks.on_stop is not None:
            log.warning("hook.stop_skipped", module=self._hooks.module, reason=reason)

    def stop_overdue(self, seconds: float) -> None:
        """Its time is over."""
        log.error("hook.stop_unfinished", module=self._hooks.module, seconds=seconds)

    async def _start(self, hook: Hook, tried: asyncio.Future[None]) -> None:
        begun_mono = self._clock.mono()
        while not self._is_leaving and not await self._was_good(hook):
            await self._pause(error_backoff_seconds(self._failures, self._jitter()))
        if self._has_started:
            seconds = round(self._clock.mono() - begun_mono, 3)
            log.info("hook.started", module=self._hooks.module, seconds=seconds, failures=self._failures)
            if not self._is_leaving:
                self._begin()
        if not tried.done():  # else the worker's end does not wait for it any more
            tried.set_result(None)

    async def _was_good(self, hook: Hook) -> bool:
        try:
            await self._call(hook)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - code of the user's, SystemExit included
            self._failed(error)
            return False
        self._has_started = True
        return True

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._left.wait(), seconds)
        except TimeoutError:
            return

    def _begin(self) -> None:
        self._readiness.begin(self.queues)
        for consumer in self._consumers:
            consumer.start()

    def _failed(self, error: BaseException) -> None:
        self._failures += 1
        self._unavailable(f"raised {in_one_line(error)}")
        suppressed = self._rate.suppressed(self._clock.mono())
        if suppressed is not None:
            log.error(
                "hook.start_failed",
                module=self._hooks.module,
                **listed(queues=self.queues),
                error=type(error).__name__,
                line=line_of(error),
                suppressed=suppressed,
                exc_info=(type(error), error, error.__traceback__),
            )
        illness = illness_of(error)
        if illness is not None:
            self._illness.fell(illness.text)

    def _is_slow(self) -> None:
        if not (self._has_started or self._failures or self._is_leaving):
            log.warning(
                "hook.start_slow", module=self._hooks.module, **listed(queues=self.queues), seconds=SLOW_SECONDS
            )
            self._unavailable(f"has not returned for {SLOW_SECONDS:g} s")

    def _unavailable(self, what: str) -> None:
        error = HandlerUnavailable(f"on_start of {self._hooks.module} {what}")
        for queue in self.queues:
            self._readiness.became_unavailable(queue, error)
