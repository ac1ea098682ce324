"""A worker from its first receive to its end: signals, what the supervisor says, its own age, stuck handlers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from punctuald.clock import Clock
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.worker_illness import WorkerIllness
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.lists import listed
from punctuald.policy.pool.handler_slots import HandlerKind
from punctuald.policy.pool.illness import illness_of
from punctuald.process.awake_time import AwakeTime
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Dump, Recycle
from punctuald.process.channel.orders import Controls, carry_out
from punctuald.process.exit_status import ExitStatus
from punctuald.process.signals import SignalQueue
from punctuald.stats.board.row_writer import RowWriter

from .hooks import Hooks
from .ill_health import IllHealth
from .leaving import Leaving
from .limits.queue_orders import QueueOrders
from .overdue import overdue
from .readiness import Readiness
from .recycling import Recycling
from .stop import Stop
from .stuck import StuckHandlers
from .supervisor_line import SupervisorLine

log = logger()

TURN_SECONDS = 1.0  # heartbeats; also how late a stuck handler is seen


class Worker:
    """Made on its event loop; `run` returns the exit status. ``kinds``: of the queues' handlers, in their order."""

    def __init__(
        self,
        *,
        pools: Sequence[HandlerPool],
        kinds: Sequence[HandlerKind],
        stuck: StuckHandlers,
        illness: WorkerIllness,
        health: IllHealth,
        hooks: Hooks,
        stop: Stop,
        leaving: Leaving,
        readiness: Readiness,
        line: SupervisorLine,
        stats: RowWriter,
        channel: ChildEnd,
        signals: SignalQueue,
        clock: Clock,
        awake: AwakeTime,
        recycling: Recycling,
        limited: LimitedLog,
        limits: QueueOrders,
        in_hand: Callable[[], Iterable[InFlight]],
    ) -> None:
        self._limited = limited
        self._in_hand = in_hand
        self._pools = pools
        self._kinds = kinds
        self._stuck = stuck
        self._illness = illness
        self._health = health
        self._hooks = hooks
        self._stop = stop
        self._leaving = leaving
        self._readiness = readiness
        self._line = line
        self._stats = stats
        self._channel = channel
        self._limits = limits
        self._controls: Controls = {Dump: lambda _: self._log_state(), **limits.controls}
        self._clock = clock
        self._awake = awake
        self._recycling = recycling
        self._loop = asyncio.get_running_loop()
        self._signals = signals
        self._retiring = False
        readiness.when_ready(recycling.take_baseline)
        self._turn_due_mono = clock.mono()

    async def run(self) -> int:
        """Work until it is stopped. 0 = drained, 70 = stuck or crashed."""
        try:
            return await self._live()
        except BaseException:  # a fault of ours, which ends the process: it says nothing against what it was running
            for pool in self._pools:
                pool.runner.clear_running(())
            raise

    async def _live(self) -> int:
        self._loop.set_exception_handler(self._crashed)
        self._loop.add_reader(self._signals.fileno(), self._read_signals)
        self._loop.add_reader(self._channel.fileno(), self._hear)
        self._stats.attach(os.getpid(), self._clock.mono())
        self._say_slots()
        self._read_signals()
        if self._leaving.status is None:  # else it was stopped while handlers were imported
            self._hooks.start()
        self._turn()
        await self._leaving.wait()
        self._readiness.leave()
        self._hooks.leave()
        stuck = not await self._stop.run()
        if stuck:
            self._leaving.leave(ExitStatus.CRASHED)
        await self._hooks.stop({running.queue for running in self._stuck.running()}, stuck=stuck)
        self._limited.end()
        self._stats.heartbeat(self._clock.mono())  # the last samples too
        return self._leaving.status or 0

    def _say_slots(self) -> None:
        slots = {pool.runner.kind: pool.runner.slots for pool in self._pools}
        self._stats.slots(slots.get(HandlerKind.FUNCTION, 0), slots.get(HandlerKind.COROUTINE, 0))
        for queue, kind in enumerate(self._kinds):
            self._stats.handler_kind(queue, kind)

    # --- what wakes it

    def _read_signals(self) -> None:
        for number in self._signals.read():
            self._leaving.leave(0, fast=number is signal.SIGINT)

    def _hear(self) -> None:
        orders, orphaned = self._channel.read()
        carry_out(orders, self._controls)
        if orphaned:
            log.warning("worker.orphaned")
            self._loop.remove_reader(self._channel.fileno())  # it stays readable: no wait would ever wait again
            self._leaving.leave(0)

    def _crashed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody caught, in a task or a callback of ours: the worker must not go on with a part less."""
        error = context.get("exception")
        illness = None if error is None else illness_of(error)
        if illness is None:
            log.critical("worker.failed", text=context["message"], exc_info=error)
            self._leaving.leave(ExitStatus.CRASHED, fast=True)
        else:
            self._illness.fell(illness.text)
            self._leaving.leave(ExitStatus.NOT_YET, fast=True)

    def _turn(self) -> None:
        """Each second."""
        now_mono = self._clock.mono()
        self._stats.heartbeat(now_mono)
        self._stats.overdue(overdue(self._in_hand(), now_mono))
        self._stats.loop_lag(max(0.0, now_mono - self._turn_due_mono))
        self._turn_due_mono = now_mono + TURN_SECONDS
        self._loop.call_later(TURN_SECONDS, self._turn)
        self._limited.look()
        self._limits.look()
        self._awake.look()
        self._readiness.look()
        self._stuck.look()
        self._health.look()
        if not (self._retiring or self._health.is_ill) and self._leaving.status is None:
            self._watch_handlers()
            self._watch_age()

    # --- its state

    def _watch_handlers(self) -> None:
        stuck = self._stuck.now()
        for running in stuck:
            seconds = round(self._clock.mono() - running.since_mono, 1)
            for message_id in running.message_ids:
                self._limited.error("handler.stuck", queue=running.queue, message_id=message_id, seconds=seconds)
        if stuck:
            self._retire("handler stuck")
        elif self._stuck.loop_is_blocked():
            self._retire("the handlers' event loop is blocked")

    def _watch_age(self) -> None:
        try:
            reason = self._recycling.reason()
        except OSError as error:  # to look into /proc takes a descriptor
            illness = illness_of(error)
            if illness is None:
                raise
            self._illness.fell(illness.text)
            return
        if reason is not None and not self._retiring:
            self._retire(f"recycled by {reason}")

    def _retire(self, reason: str) -> None:
        """Ask to be replaced; the supervisor drains us once the successor is ready."""
        self._retiring = True
        self._line.send(Recycle(reason))

    def _log_state(self) -> None:
        now_mono = self._clock.mono()
        log.info(
            "worker.state",
            ready=self._readiness.is_ready,
            retiring=self._retiring or self._health.is_ill,
            leaving=self._leaving.status is not None,
            **listed(unavailable=self._readiness.unavailable, running=self._running_seconds(now_mono)),
            age_seconds=round(self._recycling.age_seconds, 3),
            handled=self._recycling.handled,
        )

    def _running_seconds(self, now_mono: float) -> dict[str, float]:
        """By message id, the longest first."""
        return {
            message_id: round(now_mono - each.since_mono, 3)
            for each in sorted(self._stuck.running(), key=lambda each: each.since_mono)
            for message_id in each.message_ids
        }
