"""The observer's loop: one wait on signals, the lifeline, clients of two servers, a command's output and time.

It reads the board, and writes nothing there but its sign of life and what it reported last. When it dies nothing else
notices, and its successor goes on where it ended.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable, Mapping
from math import inf
from typing import Protocol

from punctuald.clock import Clock
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Down, OnTime, Ready
from punctuald.process.channel.operator_frames import Answered, Explained, PoolState
from punctuald.process.control.server import ControlServer
from punctuald.process.http.server import HttpServer
from punctuald.process.signals import FOR_THE_SUPERVISOR, SignalQueue, neutralise
from punctuald.stats.board.row_writer import RowWriter

from .change_command import ChangeCommand
from .interval_log import IntervalLog
from .questions.answers import Answers
from .sla_watch import SlaWatch

LOOK_SECONDS = 1.0
LAST_WORDS_SECONDS = 3.0
"""At the end: for a log that takes no line just now, and for a command that is running."""
LAST_ANSWERS_SECONDS = 1.0
"""And before that for who has asked: the answer to `reload` comes when the observer is to end already."""

_RETRY_SECONDS = 0.05
_STATUS_SECONDS = 5.0  # the supervisor hears of a mere change of the share so often at most


class Page(Protocol):
    """What people look at in a browser; its server runs in a thread (`process.web`)."""

    def look(self) -> None:
        """Publish what is new; call it each second or more often. Never waits."""
        ...

    def close(self) -> None:
        """The observer ends."""
        ...


class Observer:
    """`run` returns the exit status. ``server`` None: nobody can ask; ``http`` None: nobody can scrape; ``page`` None:
    there is none."""

    def __init__(
        self,
        *,
        intervals: IntervalLog,
        sla: SlaWatch,
        command: ChangeCommand,
        answers: Answers,
        server: ControlServer | None,
        http: HttpServer | None,
        page: Page | None = None,
        stats: RowWriter,
        channel: ChildEnd,
        clock: Clock,
    ) -> None:
        self._intervals = intervals
        self._sla = sla
        self._command = command
        self._answers = answers
        self._server = server
        self._http = http
        self._page = page
        self._stats = stats
        self._channel = channel
        self._clock = clock
        neutralise(FOR_THE_SUPERVISOR)  # and not ignored: a command would inherit that
        self._signals = SignalQueue((signal.SIGTERM, signal.SIGINT))
        self._looked_mono = -inf
        self._said: OnTime | None = None
        self._said_mono = -inf
        self._ends = False
        self._is_orphan = False

    def run(self) -> int:
        """Until SIGTERM, or until the supervisor is gone."""
        self._stats.attach(os.getpid(), self._clock.mono())
        self._send(Ready(0.0))
        while not self._ends:
            readable = self._wait(self._seconds_to_next())
            self._intervals.look()
            self._look_at_tiers()
            self._command.look()
            self._serve(readable)
        self._answer_the_last()
        self._end()
        return 0

    def _serve(self, found: Mapping[int, int]) -> None:
        self._answers.look()
        if self._server is not None:
            self._server.serve(found)
        if self._http is not None:
            self._http.serve(found)
        if self._page is not None:
            self._page.look()

    def _seconds_to_next(self) -> float:
        to_look_seconds = self._looked_mono + LOOK_SECONDS - self._clock.mono()
        return max(0.0, min(to_look_seconds, self._intervals.seconds_to_next(), self._answers.seconds_to_next))

    def _wait(self, seconds: float) -> Mapping[int, int]:
        """What was found of the clients and the command."""
        poll = select.poll()
        for number in (self._signals.fileno(), self._channel.fileno(), *self._command.descriptors()):
            poll.register(number, select.POLLIN)
        servers = [server for server in (self._server, self._http) if server is not None]
        for number, events in [each for server in servers for each in server.awaited().items()]:
            poll.register(number, events)
        readable = dict(poll.poll(seconds * 1000))
        if self._channel.fileno() in readable:
            frames, gone = self._channel.read()
            self._hear(frames)
            self._is_orphan = self._is_orphan or gone
            self._ends = self._ends or gone
        self._ends = self._ends or bool(self._signals.read())
        return readable

    def _hear(self, frames: Iterable[Down]) -> None:
        for frame in frames:
            match frame:
                case PoolState() | Explained() | Answered():
                    self._answers.hear(frame)

    def _look_at_tiers(self) -> None:
        now_mono = self._clock.mono()
        if now_mono - self._looked_mono < LOOK_SECONDS:
            return
        self._looked_mono = now_mono
        self._stats.heartbeat(now_mono)
        self._say(self._sla.look())

    def _say(self, on_time: OnTime) -> None:
        """To the supervisor, for systemd's status line."""
        said, now_mono = self._said, self._clock.mono()
        news = said is None or (said.tier, said.violated) != (on_time.tier, on_time.violated)
        if news or (said != on_time and now_mono - self._said_mono >= _STATUS_SECONDS):
            self._said, self._said_mono = on_time, now_mono
            self._send(on_time)

    def _send(self, frame: Ready | OnTime) -> None:
        try:
            if not self._channel.offer(frame):  # the parent reads no more just now: said at the next look
                self._said = None
        except OSError:  # the parent is gone: the channel says so at the next wait
            self._said = None

    def _answer_the_last(self) -> None:
        """Those who have asked; nobody new is let in."""
        until_mono = self._clock.mono() + LAST_ANSWERS_SECONDS
        while self._server is not None and self._server.owes and self._clock.mono() < until_mono:
            if self._is_orphan:  # nobody is left who could answer
                return
            self._server.let_nobody_in()
            self._serve(self._wait(_RETRY_SECONDS))

    def _pause(self, seconds: float) -> None:
        poll = select.poll()
        for number in self._command.descriptors():
            poll.register(number, select.POLLIN)
        poll.poll(seconds * 1000)

    def _end(self) -> None:
        """The last interval, whatever time of the clock it is."""
        until_mono = self._clock.mono() + LAST_WORDS_SECONDS
        written = self._intervals.finish()
        while (not written or self._command.running) and self._clock.mono() < until_mono:
            self._pause(_RETRY_SECONDS)
            self._command.look()
            written = written or self._intervals.finish()
        self._command.close()
        for server in (self._server, self._http):
            if server is not None:
                server.close()
        if self._page is not None:
            self._page.close()
