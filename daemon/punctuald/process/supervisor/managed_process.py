"""One pool slot together with its process: carries out what `policy.pool.fleet` decides, and logs it."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf

from punctuald.clock import Clock
from punctuald.logs import logger, present
from punctuald.policy.log_lines.lists import listed
from punctuald.policy.pool import fleet
from punctuald.policy.pool.fleet import Action, Event, PoolSlot, State
from punctuald.policy.pool.standstill import StandStill, is_evidence, woken
from punctuald.process.channel.channel import READ_BYTES, ParentEnd
from punctuald.process.channel.frames import Down, Importing, OfMessages, Plain
from punctuald.process.death import Death
from punctuald.process.exit_status import ExitStatus
from punctuald.process.import_watch import ImportWatch
from punctuald.stats.board.board import Board
from punctuald.stats.board.running import Running

from .children import Child, Closable, Fork, fork_child, send_signal
from .deaths.suspicions import Suspicions
from .generation import ChildMain, Generation

log = logger()

_ENDINGS = {Event.DRAIN, Event.FAST}
_SIGNALS = {
    Action.SEND_DRAIN: signal.SIGTERM,
    Action.SEND_FAST: signal.SIGINT,
    Action.SEND_KILL: signal.SIGKILL,
}


class ManagedProcess:
    """A pool slot (a worker's by index, or a companion's) and the process that has it now, if any."""

    def __init__(self, index: int, role: str, clock: Clock) -> None:
        self.slot = PoolSlot(index)
        self.role = role
        # Not «process»: that names the writer of a line, and here the supervisor writes about another.
        self._log = log.bind(role=role, worker=index) if role == "worker" else log.bind(role=role)
        self._name = f"punctuald:{role[0]}{index}" if role == "worker" else f"punctuald:{role}"
        self._role = role
        self._clock = clock
        self._child: Child | None = None
        self._board: Board | None = None
        self._board_index = index
        self._generation: Generation | None = None
        self._suspicions: Suspicions | None = None
        self._killed_for: Event | None = None
        self._why_killed = ""
        self._imports = ImportWatch()
        self._woke_mono = -inf  # when the machine last began to move again
        self._excused = False  # killed by us for a silence that is no evidence

    @property
    def pid(self) -> int:
        """Of the live process; 0 = none."""
        return self._child.pid if self._child else 0

    @property
    def imports(self) -> str:
        """The handler that the live process said last that it imports; "" once it shows signs of life."""
        return self._imports.handler

    @property
    def channel(self) -> ParentEnd | None:
        """To the live process."""
        return self._child.channel if self._child else None

    def start(
        self,
        generation: Generation,
        board_index: int,
        main: ChildMain,
        inherited: Iterable[Closable],
        fork: Fork | None = None,
    ) -> bool:
        """Fork a process for the empty slot; ``board_index`` is its row on the generation's board.

        A fork that fails costs this start, and is tried again later: False.
        """
        now_mono = self._clock.mono()
        self._board, self._board_index, self._generation = generation.board, board_index, generation
        self._killed_for, self._why_killed, self._excused = None, "", False
        self._imports = ImportWatch()
        try:
            self._child = (fork or fork_child)(self._name, main, inherited)
        except OSError as error:
            self._start_failed(error, generation, now_mono)
            return False
        self._suspicions = Suspicions(generation.board.tables, self.pid)
        self.slot = fleet.spawned(self.slot, generation.number, now_mono, generation.rules)
        self._log.info("process.spawned", pid=self.pid, generation=generation.number)
        return True

    def _start_failed(self, error: OSError, generation: Generation, now_mono: float) -> None:
        self.slot = fleet.step(self.slot, Event.SPAWN_FAILED, now_mono, generation.rules).slot
        name = errno.errorcode.get(error.errno or 0, str(error))
        wait_seconds = round((self.slot.due_mono or now_mono) - now_mono, 3)
        self._log.error("process.start_failed", error=name, wait_seconds=wait_seconds)

    def hear(self, at_most_bytes: int = READ_BYTES) -> list[Plain]:
        """Write to the process what waits for it, and return the frames that it sent, but for what it says of messages,
        which is noted. Only the first line that is no frame is logged."""
        channel = self.channel
        if channel is None:
            return []
        channel.flush()
        refused_before = channel.refused
        frames: list[Plain] = []
        for frame in channel.read(at_most_bytes):
            if isinstance(frame, Importing):
                self._imports.began(frame, self._clock.mono())
            elif not isinstance(frame, OfMessages):
                frames.append(frame)
            elif self._suspicions is not None:
                self._suspicions.hear(frame)
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
        if event in _ENDINGS and self._holds_nothing():
            event, reason = Event.KILL, f"{reason or event.value}, while it starts"
        taken = fleet.step(self.slot, event, self._clock.mono(), self._generation.rules)
        self.slot = taken.slot
        if taken.action is not Action.NOTHING:
            number = _SIGNALS[taken.action]
            reason = reason or event.value
            self._killed_for = event if taken.action is Action.SEND_KILL else None
            self._why_killed = reason if taken.action is Action.SEND_KILL else ""
            self._log.info("process.signalled", pid=self.pid, signal=number.name, reason=reason)
            send_signal(self.pid, number)

    def _holds_nothing(self) -> bool:
        """Whether it still imports handlers, say, and would not hear of its end before that is over. A process takes
        over its row before it asks for messages."""
        board = self._board
        return (
            self.slot.state is State.STARTING and board is not None and board.reader(self._board_index).pid != self.pid
        )

    def retire(self, reason: str) -> None:
        """The child asks to be replaced: it drains once its successor is ready."""
        self.slot = replace(self.slot, retire_reason=reason)
        self._log.info("process.retiring", pid=self.pid, reason=reason)

    def woke(self, still: StandStill) -> None:
        """The machine stood still: it has a full `heartbeat_timeout_seconds` again, and whatever was left of others."""
        self.slot, self._woke_mono = woken(self.slot, still), still.ended_mono

    def watch(self, now_mono: float) -> None:
        """Time passes: time-outs, and heartbeats that stopped."""
        if self.slot.due_mono is not None and now_mono >= self.slot.due_mono:
            self.order(Event.OVERDUE, "did not end in time")
        if self._generation is None or self._board is None or self.slot.state is State.KILLING:
            return
        heartbeat_mono = self._board.reader(self._board_index).heartbeat_mono
        if heartbeat_mono:
            self._imports.ended()
        heartbeat_mono = heartbeat_mono or self.slot.spawned_mono
        if fleet.is_stale(self.slot, max(heartbeat_mono, self._woke_mono), now_mono, self._generation.rules):
            self._excused = not is_evidence(heartbeat_mono, self._woke_mono)
            self._hung(round(now_mono - heartbeat_mono, 1))
        else:
            self._imports.look(self.slot, self.pid, now_mono, self._generation.rules.heartbeat_timeout_seconds)

    def _hung(self, silent_seconds: float) -> None:
        handler = self.imports
        self._log.error(
            "process.hung", pid=self.pid, silent_seconds=silent_seconds, **present(importing=handler or None)
        )
        self.order(Event.STALE, f"still imports {handler}" if handler else "heartbeat stopped")

    def ended(self, death: Death, generation_in_force: int) -> bool:
        """The process was reaped. What it was running is suspect: a worker that ends in order leaves nothing there.

        Returns whether it was of the generation in force and could not be started: given up, or not possible yet.
        """
        before, generation, board = self.slot, self._generation, self._board
        if generation is None or board is None or self._child is None or self._suspicions is None:
            raise AssertionError("reaped a process that was never started here")
        now_mono = self._clock.mono()
        held = board.retire(self._board_index)
        if before.state in fleet.SERVING or self._killed_for is Event.STALE:
            board.tables.supervisor_words.died(self._role)
        may_convict = self._killed_for in {None, Event.STALE}  # else it did not end when asked, and we lost patience
        ran = [] if self._excused else [running.digest for running in held]
        self._suspicions.ended(ran, may_convict=may_convict)
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
            cause=death.cause(self._why_killed),
            asked=asked,
            was=before.state.value,
            lived_seconds=round(now_mono - before.spawned_mono, 3),
            **listed(held_messages=[running.message for running in held]),
        )
        if self.slot.state is State.BACKOFF and self.slot.due_mono is not None:
            wait_seconds = round(self.slot.due_mono - now_mono, 3)
            self._log.warning("process.backoff", wait_seconds=wait_seconds, deaths=self.slot.deaths_in_a_row)
        if self.slot.state is State.FATAL:
            self._log.critical("process.fatal", failed_starts=self.slot.failed_starts, mend="fix it, then reload")
