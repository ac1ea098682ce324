"""The zygotes of those generations that preload: made, asked for workers, and ended with their generation."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from functools import partial

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.pool.fleet import backoff_seconds
from punctuald.process import prctl
from punctuald.process.channel.channel import ChildEnd, open_channel
from punctuald.process.process_group import signal_child, signal_group
from punctuald.process.supervisor.children import Child, Closable, Fork, fork_child
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.process.zygote.line import LineLost, NoAnswer, SupervisorsEnd, ZygotesEnd, open_line

log = logger()


class _Zygote:
    """Of one generation, lost or not."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.line: SupervisorsEnd | None = None
        self.is_ready = False
        self.begun_mono = 0.0
        self.losses = 0
        self.due_mono = 0.0  # when it may be made anew

    @property
    def ends(self) -> list[Closable]:
        """What this process has open for it."""
        return [] if self.child is None or self.line is None else [self.line, self.child.channel]

    def end(self) -> None:
        """It holds nothing, so it is killed, whatever it is at, and what its imports began with it."""
        if self.child is not None:
            may_be_reaped = self.line is None or self.line.is_cut  # then its pid may be another's
            (signal_group if may_be_reaped else signal_child)(self.child.pid, signal.SIGKILL)
        for end in self.ends:
            end.close()
        self.child, self.line, self.is_ready = None, None, False


class Zygotes:
    """Without a zygote workers are forked by the supervisor, and import their handlers themselves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[int, _Zygote] = {}

    @property
    def lines(self) -> list[Closable]:
        """What a child that is forked here must close."""
        return [end for each in self._of.values() for end in each.ends]

    def follow(self, generation: Generation, inherited: Callable[[], Iterable[Closable]], *, proven: bool) -> bool:
        """Once a turn: have one for ``generation``, which is in force. Others are kept until it is ``proven``, because
        it may be rolled back. Whether workers may be started: not before the first imports are done, or given up."""
        if proven:
            self.end(keep=generation.number)
        if generation.zygote_main is None:
            return True
        zygote = self._of.setdefault(generation.number, _Zygote())
        now_mono = self._clock.mono()
        if zygote.child is None and now_mono >= zygote.due_mono:
            self._make(zygote, generation, inherited())
        elif zygote.line is not None:
            self._look(zygote, zygote.line, generation, now_mono - zygote.begun_mono)
        return zygote.is_ready or zygote.losses > 0

    def fork_of(self, generation: Generation, index: int) -> Fork:
        """What makes worker ``index`` of ``generation``."""
        zygote = self._of.get(generation.number)
        return partial(self._fork, zygote, generation, index) if zygote is not None and zygote.is_ready else fork_child

    def end(self, keep: int | None = None) -> None:
        """All, but for that of generation ``keep``."""
        for number in self._of.keys() - {keep}:
            self._of.pop(number).end()

    def _make(self, zygote: _Zygote, generation: Generation, inherited: Iterable[Closable]) -> None:
        prctl.become_subreaper()
        try:
            ours, its = open_line()
            try:
                zygote.child = fork_child("punctuald:zygote", partial(_main, generation, its), [ours, *inherited])
            finally:
                its.close()
        except OSError as error:
            self._lost(zygote, generation, str(error))
            return
        zygote.line, zygote.begun_mono = ours, self._clock.mono()
        log.info("preload.started", pid=zygote.child.pid, generation=generation.number)

    def _look(self, zygote: _Zygote, line: SupervisorsEnd, generation: Generation, seconds: float) -> None:
        longest_seconds = generation.rules.heartbeat_timeout_seconds
        try:
            if line.heard_ready():
                zygote.is_ready = True
                log.info("preload.ready", generation=generation.number, seconds=round(seconds, 3))
        except LineLost as lost:
            self._lost(zygote, generation, str(lost))
        else:
            if not zygote.is_ready and seconds > longest_seconds:
                self._lost(zygote, generation, f"its imports take longer than {longest_seconds:g} s")

    def _fork(
        self,
        zygote: _Zygote,
        generation: Generation,
        index: int,
        name: str,
        main: ChildMain,
        inherited: Iterable[Closable],
    ) -> Child:
        if zygote.line is None:
            return fork_child(name, main, inherited)
        parent_end, child_end = open_channel()
        try:
            return Child(zygote.line.ask(name, index, child_end.fileno()), parent_end)
        except (LineLost, OSError) as error:
            parent_end.close()
            if isinstance(error, LineLost | NoAnswer):
                self._lost(zygote, generation, str(error))
            if isinstance(error, OSError):
                raise
        finally:
            child_end.close()
        return fork_child(name, main, inherited)

    def _lost(self, zygote: _Zygote, generation: Generation, reason: str) -> None:
        zygote.end()
        zygote.losses += 1
        wait_seconds = backoff_seconds(zygote.losses, generation.rules)
        zygote.due_mono = self._clock.mono() + wait_seconds
        log.warning("preload.lost", generation=generation.number, reason=reason, wait_seconds=wait_seconds)


def _main(generation: Generation, line: ZygotesEnd, channel: ChildEnd) -> int:
    channel.close()  # its own line is enough, and workers must not have it
    if generation.zygote_main is None:
        raise AssertionError("asked for a zygote that has nothing to import")
    return generation.zygote_main(line)
