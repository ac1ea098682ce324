"""What `punctuald top` does: waits for keys, answers and signals, and shows what follows from them."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from dataclasses import dataclass, field

from punctuald.clock import Clock
from punctuald.process.exit_status import ExitStatus
from punctuald.process.signals import SignalQueue
from punctuald.view.terminal.sections.document import Document
from punctuald.view.terminal.top.commands import press
from punctuald.view.terminal.top.keys import KeyReader
from punctuald.view.terminal.top.screen import News, top_screen
from punctuald.view.terminal.top.viewing import Viewing

from .daemon_link import STATUS, Answer, DaemonLink
from .full_screen import FullScreen

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
NOTICE_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # how long a silence lasts is shown in seconds
_LONGEST_READ = 1024


@dataclass(slots=True)
class _Shown:
    """What the screen is made of."""

    document: Document
    answered_mono: float
    error: str = ""
    viewing: Viewing = field(default_factory=Viewing)
    notice: str = ""
    notice_until_mono: float = 0.0


class TopLoop:
    """``document``: the first answer, which the daemon gave already."""

    def __init__(
        self,
        document: Document,
        link: DaemonLink,
        screen: FullScreen,
        keyboard: int,
        signals: SignalQueue,
        clock: Clock,
    ) -> None:
        self._link = link
        self._screen = screen
        self._keyboard = keyboard
        self._signals = signals
        self._clock = clock
        self._keys = KeyReader()
        self._shown = _Shown(document, clock.mono())
        self._status: ExitStatus | None = None

    def run(self) -> ExitStatus:
        """Until the person leaves, or a signal ends it."""
        waits = select.poll()
        for descriptor in (self._keyboard, self._link.fileno(), self._signals.fileno()):
            waits.register(descriptor, select.POLLIN)
        while self._status is None:
            self._draw()
            self._act({descriptor for descriptor, _ in waits.poll(_LOOK_SECONDS * 1000)})
        return self._status

    def _act(self, readable: Iterable[int]) -> None:
        if self._signals.fileno() in readable:
            for number in self._signals.read():
                self._on_signal(number)
        if self._link.fileno() in readable:
            for answer in self._link.answers():
                self._on_answer(answer)
        if self._keyboard in readable:
            self._on_typed(self._typed())

    def _draw(self) -> None:
        size, now_mono, shown = self._screen.size(), self._clock.mono(), self._shown
        notice = shown.notice if now_mono < shown.notice_until_mono else ""
        news = News(shown.document, now_mono - shown.answered_mono, shown.error, notice)
        self._screen.show(top_screen(news, shown.viewing, size), size)

    def _typed(self) -> bytes:
        try:
            return os.read(self._keyboard, _LONGEST_READ)
        except OSError:  # EIO: nobody is at the other end any more
            return b""

    def _on_typed(self, typed: bytes) -> None:
        if not typed:  # the terminal is gone
            self._status = ExitStatus.INTERRUPTED
        for key in self._keys.keys(typed):
            step = press(key, self._shown.document, self._shown.viewing, self._screen.size().body_height)
            self._shown.viewing = step.viewing
            if step.notice:
                self._say(step.notice)
            if step.request:
                self._say(f"{step.request.verb}: no answer yet")
                self._link.request(step.request)
            if step.ends:
                self._status = ExitStatus.OK

    def _on_answer(self, answer: Answer) -> None:
        self._shown.error = answer.error
        if answer.answer is not None:
            self._shown.answered_mono = self._clock.mono()
        if answer.request is not STATUS:
            self._say(answer.error if answer.answer is None else answer.answer.get("text") or answer.request.verb)
        elif answer.answer is not None:
            self._shown.document = answer.answer

    def _say(self, notice: str) -> None:
        self._shown.notice, self._shown.notice_until_mono = notice, self._clock.mono() + NOTICE_SECONDS

    def _on_signal(self, number: signal.Signals) -> None:
        match number:
            case signal.SIGWINCH:
                self._screen.forget()
            case signal.SIGTSTP:  # Ctrl-Z: the shell has its terminal as it was, until SIGCONT
                self._screen.give_back()
                os.kill(os.getpid(), signal.SIGSTOP)
            case signal.SIGCONT:
                self._screen.take()
            case _:
                self._status = ExitStatus.INTERRUPTED
