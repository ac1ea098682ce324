"""One pool slot together with its process: carries out what `policy.pool.fleet` decides, and logs it."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

import structlog

from punctuald.clock import Clock
from punctuald.policy.pool import fleet
from punctuald.policy.pool.fleet import Action, Event, PoolSlot, State
from punctuald.policy.pool.standstill import StandStill, is_evidence, woken
from punctuald.process.channel.channel import READ_BYTES, ParentEnd
from punctuald.process.channel.frames import Down, Ill, Stuck, Up
from punctuald.process.exit_status import ExitStatus
from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.running import Running

from .children import Child, Closable, Death, fork_child, send_signal
from .generation import ChildMain, Generation

log = structlog.get_logger()

_SIGNALS = {
    Action.SEND_DRAIN: signal.SIGTERM,
    Action.SEND_FAST: signal.SIGINT,
    Action.SEND_KILL: signal.SIGKILL,
}


class ManagedProcess:
    """A pool slot (a worker's by index, or the autoscaler's) and the process that has it now, if any."""

    def __init__(self, index: int, role: str, clock: Clock) -> None:
        self.slot = PoolSlot(index)
        # Not «process»: that names the writer of a line, and here the supervisor writes about another.
        self._log = log.bind(role=role, worker=index) if role == "worker" else log.bind(role=role)
        self._name = f"punctuald:{role[0]}{index}" if role == "worker" else f"punctuald:{role}"
        self._clock = clock
        self._child: Child | None = None
        self._board: Board | None = None
        self._board_index = index
        self._generation: Generation | None = None
        self._suspected: set[int] = set()  # digests, in the life of this process
        self._ill_over: set[int] = set()  # digests, likewise: each counts once
        self._woke_mono = -inf  # when the machine last began to move again
        self._excused = False  # killed by us for a silence that is no evidence

    @property
    def pid(self) -> int:
        """Of the live process; 0 = none."""
        return self._child.pid if self._child else 0

    @property
    def channel(self) -> ParentEnd | None:
        """To the live process."""
        return self._child.channel if self._child else None

    def start(self, generation: Generation, board_index: int, main: ChildMain, inherited: Iterable[Closable]) -> bool:
        """Fork a process for the empty slot; ``board_index`` is its row on the generation's board.

        A fork that fails costs this start, and is tried again later: False.
        """
        now_mono = self._clock.mono()
        self._board, self._board_index, self._generation = generation.board, board_index, generation
        self._suspected.clear()
        self._ill_over.clear()
        self._excused = False
        try:
            self._child = fork_child(self._name, main, inherited)
        except OSError as error:
            self._start_failed(error, generation, now_mono)
            return False
        self.slot = fleet.spawned(self.slot, generation.number, now_mono, generation.rules)
        self._log.info("process.spawned", pid=self.pid, generation=generation.number)
        return True

    def _start_failed(self, error: OSError, generation: Generation, now_mono: float) -> None:
        self.slot = fleet.step(self.slot, Event.SPAWN_FAILED, now_mono, generation.rules).slot
        name = errno.errorcode.get(error.errno or 0, str(error))
        wait_seconds = round((self.slot.due_mono or now_mono) - now_mono, 3)
        self._log.error("process.start_failed", error=name, wait_seconds=wait_seconds)

    def hear(self, at_most_bytes: int = READ_BYTES) -> list[Up]:
        """Write to the process what waits for it, and return the frames that it sent. Only the first line that is no
        frame is logged."""
        channel = self.channel
        if channel is None:
            return []
        channel.flush()
        refused_before = channel.refused
        frames = channel.read(at_most_bytes)
        if channel.refused and not refused_before:
            self._log.warning("process.frame_refused", pid=self.pid, error=channel.refusal)
        return frames

    def send(self, frame: Down) -> None:
        """To the process, if there is one; never waits."""
        if self.channel is not None:
            self.channel.send(frame)

    def became_ready(self, start_seconds: float) -> None:
        """The child says that it works."""
        self.order(Event.READY)
        self._log.info("process.ready", pid=self.pid, start_seconds=round(start_seconds, 4))

    def order(self, event: Event, reason: str = "") -> None:
        """Let ``event`` happen to the slot, and do what follows."""
        if self._generation is None:  # never had a process: nothing to signal, nothing to wait for
            return
        taken = fleet.step(self.slot, event, self._clock.mono(), self._generation.rules)
        self.slot = taken.slot
        if taken.action is not Action.NOTHING:
            number = _SIGNALS[taken.action]
            self._log.info("process.signalled", pid=self.pid, signal=number.name, reason=reason or event.value)
            send_signal(self.pid, number)

    def retire(self, reason: str) -> None:
        """The child asks to be replaced: it drains once its successor is ready."""
        self.slot = replace(self.slot, retire_reason=reason)
        self._log.info("process.retiring", pid=self.pid, reason=reason)

    def note(self, frame: Stuck | Ill) -> None:
        """What the child says of messages."""
        match frame:
            case Stuck(message_ids):
                self.suspect(message_ids)
            case Ill(message_ids) if self._board is not None:
                for digest in {message_digest(message_id) for message_id in message_ids} - self._ill_over:
                    self._ill_over.add(digest)
                    self._board.ills.add(digest)

    def suspect(self, message_ids: Iterable[str]) -> None:
        """The child is about to give these messages back, because its handlers are stuck in them. They are suspect from
        now on, before another worker can run them."""
        for message_id in message_ids:
            self._suspect(message_digest(message_id))

    def _suspect(self, digest: int) -> None:
        """Count a message once in a process's life: one reported as stuck may still be on the board at its death."""
        if self._board is not None and digest not in self._suspected:
            self._suspected.add(digest)
            self._board.suspects.add(digest)

    def woke(self, still: StandStill) -> None:
        """The machine stood still: it has a full `heartbeat_timeout_seconds` again, and whatever was left of others."""
        self.slot, self._woke_mono = woken(self.slot, still), still.ended_mono

    def watch(self, now_mono: float) -> None:
        """Time passes: time-outs, and heartbeats that stopped."""
        if self.slot.due_mono is not None and now_mono >= self.slot.due_mono:
            self.order(Event.OVERDUE, "did not end in time")
        if self._generation is None or self._board is None or self.slot.state is State.KILLING:
            return
        heartbeat_mono = self._board.reader(self._board_index).heartbeat_mono or self.slot.spawned_mono
        if fleet.is_stale(self.slot, max(heartbeat_mono, self._woke_mono), now_mono, self._generation.rules):
            self._excused = not is_evidence(heartbeat_mono, self._woke_mono)
            self._log.error("process.hung", pid=self.pid, silent_seconds=round(now_mono - heartbeat_mono, 1))
            self.order(Event.STALE, "heartbeat stopped")

    def ended(self, death: Death, generation_in_force: int) -> bool:
        """The process was reaped. What it was running is suspect: a worker that ends in order leaves nothing there.

        Returns whether it was of the generation in force and could not be started: given up, or not possible yet.
        """
        before, generation, board = self.slot, self._generation, self._board
        if generation is None or board is None or self._child is None:
            raise AssertionError("reaped a process that was never started here")
        now_mono = self._clock.mono()
        held = board.retire(self._board_index)
        for running in held if not self._excused else ():
            self._suspect(running.digest)
        event = fleet.exit_event(
            before,
            death.status,
            now_mono,
            generation.rules,
            held=bool(held),
            misconfigured_status=ExitStatus.MISCONFIGURED,
            not_yet_status=ExitStatus.NOT_YET,
        )
        self._hang_up(self._child)
        self.slot = fleet.step(before, event, now_mono, generation.rules).slot
        if before.generation != generation_in_force:
            self.order(Event.RELOADED)  # a process of older settings must not make those in force wait out its back-off
        self._log_death(death, before, held, now_mono)
        not_yet = event is Event.EXITED_NOT_YET and before.state is State.STARTING
        return self.slot.state is State.FATAL or (not_yet and before.generation == generation_in_force)

    def _hang_up(self, child: Child) -> None:
        refused, unsent = child.channel.refused, child.channel.dropped
        if refused > 1 or unsent:
            self._log.warning("process.frames_lost", pid=child.pid, refused=refused, unsent=unsent)
        child.channel.close()
        self._child = None

    def _log_death(self, death: Death, before: PoolSlot, held: Sequence[Running], now_mono: float) -> None:
        asked = before.state not in fleet.SERVING
        log_exit = self._log.info if asked or (death.status == 0 and not held) else self._log.error
        log_exit(
            "process.exited",
            pid=death.pid,
            status=death.status,
            cause=death.cause,
            asked=asked,
            was=before.state.value,
            lived_seconds=round(now_mono - before.spawned_mono, 3),
            held_messages=[running.message for running in held],
        )
        if self.slot.state is State.BACKOFF and self.slot.due_mono is not None:
            wait_seconds = round(self.slot.due_mono - now_mono, 3)
            self._log.warning("process.backoff", wait_seconds=wait_seconds, deaths=self.slot.deaths_in_a_row)
        if self.slot.state is State.FATAL:
            self._log.critical("process.fatal", failed_starts=self.slot.failed_starts, mend="fix it, then reload")
