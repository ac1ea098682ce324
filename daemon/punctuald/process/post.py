"""One place in the pool together with its process: carries out what `policy.fleet` decides, and logs it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog

from punctuald.clock import Clock
from punctuald.policy import fleet
from punctuald.policy.fleet import Action, Event, Place, State
from punctuald.process.channel import ParentEnd
from punctuald.process.children import EXIT_MISCONFIGURED, Child, Closable, Death, fork_child, send
from punctuald.process.generation import Body, Generation
from punctuald.stats.board import Board

log = structlog.get_logger()

OnHeld = Callable[[Board, int], Sequence[str]]
"""Told when a worker died in its boots: accuse what it held, and name it for the log."""

_SIGNALS = {
    Action.SEND_DRAIN: signal.SIGTERM,
    Action.SEND_FAST: signal.SIGINT,
    Action.SEND_KILL: signal.SIGKILL,
}


class Post:
    """A place (``worker`` by index, or the autoscaler) and whoever has it now."""

    def __init__(self, index: int, role: str, clock: Clock) -> None:
        self.place = Place(index)
        # Not «process»: that names the writer of a line, and here the supervisor writes about another.
        self._log = log.bind(role=role, worker=index) if role == "worker" else log.bind(role=role)
        self._name = f"punctuald:{role[0]}{index}" if role == "worker" else f"punctuald:{role}"
        self._clock = clock
        self._child: Child | None = None
        self._board: Board | None = None
        self._board_index = index
        self._generation: Generation | None = None

    @property
    def pid(self) -> int:
        """Of the live process; 0 = none."""
        return self._child.pid if self._child else 0

    @property
    def channel(self) -> ParentEnd | None:
        """To the live process."""
        return self._child.channel if self._child else None

    def start(self, generation: Generation, board_index: int, body: Body, inherited: Iterable[Closable]) -> None:
        """Fork a process for the empty place; ``board_index`` is its slot on the generation's board."""
        now_mono = self._clock.mono()
        self._child = fork_child(self._name, body, inherited)
        self._board, self._board_index, self._generation = generation.board, board_index, generation
        self.place = fleet.spawned(self.place, self._child.pid, generation.number, now_mono, generation.rules)
        self._log.info("process.spawned", pid=self.pid, generation=generation.number)

    def became_ready(self, start_seconds: float) -> None:
        """The child says that it works."""
        self.order(Event.READY)
        self._log.info("process.ready", pid=self.pid, start_seconds=round(start_seconds, 4))

    def order(self, event: Event, reason: str = "") -> None:
        """Let ``event`` happen to the place, and do what follows."""
        if self._generation is None:  # never had a process: nothing to tell, nothing to wait for
            return
        taken = fleet.step(self.place, event, self._clock.mono(), self._generation.rules)
        self.place = taken.place
        if taken.action is not Action.NOTHING:
            number = _SIGNALS[taken.action]
            self._log.info("process.told", pid=self.pid, signal=number.name, reason=reason or event.value)
            send(self.pid, number)

    def retire(self, reason: str) -> None:
        """The child asks to be replaced: it drains once its successor is ready."""
        self.place = replace(self.place, retire_reason=reason)
        self._log.info("process.retiring", pid=self.pid, reason=reason)

    def watch(self, now_mono: float) -> None:
        """Time passes: time-outs, and heartbeats that stopped."""
        if self.place.due_mono is not None and now_mono >= self.place.due_mono:
            self.order(Event.OVERDUE, "did not end in time")
        if self._generation is None or self._board is None or self.place.state is State.KILLING:
            return
        heartbeat_mono = self._board.reader(self._board_index).heartbeat_mono or self.place.spawned_mono
        if fleet.is_stale(self.place, heartbeat_mono, now_mono, self._generation.rules):
            self._log.error("process.hung", pid=self.pid, silent_seconds=round(now_mono - heartbeat_mono, 1))
            self.order(Event.STALE, "heartbeat stopped")

    def ended(self, death: Death, on_held: OnHeld) -> Place:
        """The process was reaped. Returns the place as it was while it lived."""
        before, generation, board = self.place, self._generation, self._board
        if generation is None or board is None or self._child is None:
            raise AssertionError("reaped a process that was never started here")
        now_mono = self._clock.mono()
        event = fleet.exit_event(
            before, death.status, now_mono, generation.rules, misconfigured_status=EXIT_MISCONFIGURED
        )
        held = on_held(board, self._board_index)
        self._child.channel.close()
        self._child = None
        self.place = fleet.step(before, event, now_mono, generation.rules).place
        self._tell_death(death, before, held, now_mono)
        return before

    def _tell_death(self, death: Death, before: Place, held: Sequence[str], now_mono: float) -> None:
        asked = before.state not in fleet.SERVING
        tell = self._log.info if asked or death.status == 0 else self._log.error
        tell(
            "process.exited",
            pid=death.pid,
            status=death.status,
            cause=death.cause,
            asked=asked,
            was=before.state.value,
            lived_seconds=round(now_mono - before.spawned_mono, 3),
            held_messages=list(held),
        )
        if self.place.state is State.BACKOFF and self.place.due_mono is not None:
            wait_seconds = round(self.place.due_mono - now_mono, 3)
            self._log.warning("process.backoff", wait_seconds=wait_seconds, deaths=self.place.deaths_in_a_row)
        if self.place.state is State.FATAL:
            self._log.critical("process.fatal", failed_starts=self.place.failed_starts, mend="fix it, then reload")
